"""Which bytes of a document an HTTP request asks for (RFC 9110 §13, §14); pure."""

from dataclasses import dataclass

from werkzeug.http import parse_etags, parse_if_range_header, parse_range_header


@dataclass(frozen=True)
class Span:
    """Bytes to send, of how many; `partial` when they answer a Range."""

    start: int
    length: int
    size: int
    partial: bool = False

    @property
    def content_range(self) -> str:
        """The Content-Range of a partial answer (RFC 9110 §14.4)."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def asked(size: int, etag: str, *, range_header: str | None, if_range: str | None) -> Span | None:
    """The span to send; None when the range cannot be satisfied (416).

    Several ranges, another unit, words that make no sense or another version (If-Range) give the whole document.
    """
    whole = Span(0, size, size)
    wanted = parse_range_header(range_header) if range_header else None
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1 or not _still(etag, if_range):
        return whole
    start, end = wanted.ranges[0]
    if start < 0:
        start, end = max(0, size + start), size
    end = size if end is None else min(end, size)
    if start >= end:
        return None
    return Span(start, end - start, size, partial=True)


def is_same(etag: str, if_none_match: str | None) -> bool:
    """Whether the reader already holds this version (RFC 9110 §13.1.2)."""
    return bool(if_none_match) and parse_etags(if_none_match).contains_weak(etag)


def _still(etag: str, if_range: str | None) -> bool:
    """A date never matches: documents carry no Last-Modified (RFC 9110 §13.1.5 asks for a strong comparison)."""
    return not if_range or (not if_range.startswith("W/") and parse_if_range_header(if_range).etag == etag)
