"""A form with files read as it arrives, never spooled: fields are given whole, files as streams (RFC 7578)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

READ = 256 * 1024
FIELD = 64 * 1024
PARTS = 500


@dataclass
class Value:
    """A field of the form."""

    name: str
    text: str


@dataclass
class Upload:
    """A file of the form, to be read before the next part is asked for."""

    name: str
    filename: str
    chunks: Iterator[bytes]


def parts(stream: IO[bytes], content_type: str) -> Iterator[Value | Upload]:
    """The parts of a form in their order; raise `BadRequest` when it is not a form or stops midway."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise BadRequest
    events = _events(stream, MultipartDecoder(options["boundary"].encode("latin-1", "replace"), max_parts=PARTS))
    for event in events:
        if isinstance(event, Field):
            yield Value(event.name, _text(_data(events)))
        elif isinstance(event, File):
            chunks = _data(events)
            yield Upload(event.name, event.filename, chunks)
            for _ in chunks:  # what nobody wanted
                pass


def _events(stream: IO[bytes], decoder: MultipartDecoder) -> Iterator[Event]:
    while True:
        try:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                decoder.receive_data(stream.read(READ) or None)
                continue
        except ValueError:
            raise BadRequest from None
        yield event
        if isinstance(event, Epilogue):
            return


def _data(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if not isinstance(event, Data):
            raise BadRequest
        if event.data:
            yield event.data
        if not event.more_data:
            return
    raise BadRequest


def _text(chunks: Iterator[bytes]) -> str:
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > FIELD:
            raise BadRequest
    return whole.decode("utf-8", "replace")
