"""The child that opens a received file: started alone, with limits, it reads through pipes and says one verdict.

It imports nothing of ours. On its input come the size, then the ranges it asks for; on its output « R start length » or « V {verdict} ».
"""

import json
import os
import resource
import sys
import zipfile
import zlib
from io import BufferedReader, RawIOBase
from itertools import islice
from typing import Any

import pikepdf
import pypdfium2

BLOCK = 256 * 1024
KEPT_BLOCKS = 64
LIMITS = {
    resource.RLIMIT_AS: 1024 * 1024 * 1024,
    resource.RLIMIT_CPU: 60,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NOFILE: 64,
}
SAMPLED = 8
EXAMINED = 2000  # pages whose size, contents and actions are looked at
UNPACKED = 1024 * 1024 * 1024
RATIO = 200
OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word/document.xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xl/workbook.xml",
}
ODF = {"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"}
ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/RichMedia", "/Rendition"}


class Refusal(Exception):
    """The file is not accepted, for this reason."""


class Piped(RawIOBase):
    """A file whose bytes are asked from the parent, block by block, the last ones kept."""

    def __init__(self, size: int) -> None:
        self.length, self.at = size, 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.length}[whence]
        self.at = max(0, base + offset)
        return self.at

    def close(self) -> None:
        """Stays open when a parser lets it go: another one follows."""

    def buffered(self) -> BufferedReader:
        """The file from its beginning, as parsers like it."""
        self.at = 0
        return BufferedReader(self, BLOCK)

    def slice(self, start: int, length: int) -> bytes:
        """Some bytes, fewer at the end."""
        self.at = max(0, start)
        return BufferedReader(self, BLOCK).read(length)

    def readinto(self, buffer: Any) -> int:
        number, offset = divmod(self.at, BLOCK)
        if self.at >= self.length:
            return 0
        piece = self._block(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def _block(self, number: int) -> bytes:
        found = self._blocks.pop(number, None)
        if found is None:
            found = _asked(number * BLOCK, min(BLOCK, self.length - number * BLOCK))
            if len(self._blocks) >= KEPT_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
        self._blocks[number] = found
        return found


def _asked(start: int, length: int) -> bytes:
    os.write(1, b"R%d %d\n" % (start, length))
    found = sys.stdin.buffer.read(length)
    if len(found) != length:
        os._exit(3)
    return found


def limit() -> None:
    """No more memory, time, file or core dump than a check needs."""
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))


def verdict(file: Piped) -> dict[str, Any]:
    """What the file is, whatever its name says."""
    if file.length == 0:
        raise Refusal("empty")
    head = file.slice(0, 4096)
    before, mark, _ = head[:1024].partition(b"%PDF-")
    if mark and b"<" not in before:
        return pdf(file)
    if head.startswith(b"PK\x03\x04"):
        return office(file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Refusal("password" if _is_sealed_office(file) else "old_office")
    raise Refusal("unknown_type")


def _is_sealed_office(file: Piped) -> bool:
    """An encrypted docx is an old container with an « EncryptedPackage » stream (MS-OFFCRYPTO §2.1)."""
    name = "EncryptedPackage".encode("utf-16-le")
    end = file.length - 1024 * 1024
    return name in file.slice(0, 1024 * 1024) or name in file.slice(end, 1024 * 1024)


def pdf(file: Piped) -> dict[str, Any]:
    """Pages and facts of a PDF that opens to the end, without a password."""
    _insist_on_end(file)
    repaired = False
    try:
        opened = pikepdf.open(file.buffered(), attempt_recovery=False)
    except pikepdf.PasswordError:
        raise Refusal("password") from None
    except (pikepdf.PdfError, ValueError):
        opened, repaired = _repaired(file), True
    with opened as document:
        if document.is_encrypted:
            raise Refusal("locked")
        pages = len(document.pages)
        if pages == 0:
            raise Refusal("damaged")
        facts = {**_facts(document), "repaired": repaired}
    drawn = _drawn(file, pages)
    return {"media_type": "application/pdf", "pages": pages, "facts": {**facts, **drawn}}


def _insist_on_end(file: Piped) -> None:
    """A file cut short has lost its %%EOF (ISO 32000-1 §7.5.5)."""
    if b"%%EOF" not in file.slice(file.length - 2048, 2048):
        raise Refusal("damaged")


def _repaired(file: Piped) -> Any:
    """A table of contents that had to be rebuilt is accepted when every page is still there."""
    try:
        opened = pikepdf.open(file.buffered())
        declared = int(opened.Root.Pages.Count)
        if declared != len(opened.pages) or not all(page.get("/Contents", None) is not None for page in opened.pages):
            raise Refusal("damaged")
    except pikepdf.PasswordError:
        raise Refusal("password") from None
    except (pikepdf.PdfError, ValueError, AttributeError, KeyError, TypeError):
        raise Refusal("damaged") from None
    return opened


def _facts(document: Any) -> dict[str, Any]:
    root = document.Root
    lang, title = root.get("/Lang"), document.docinfo.get("/Title") if "/Info" in document.trailer else None
    marked = root.get("/MarkInfo", {})
    pages = list(islice(document.pages, EXAMINED))
    return {
        "title": str(title or "")[:300],
        "lang": str(lang or "")[:20],
        "tagged": bool(marked.get("/Marked", False)) and "/StructTreeRoot" in root,
        "landscape": sum(_is_landscape(page) for page in pages),
        "active": sorted(_active(root, pages)),
    }


def _is_landscape(page: Any) -> bool:
    try:
        left, bottom, right, top = (float(edge) for edge in page.cropbox)
        wide, high = abs(right - left), abs(top - bottom)
        return (high > wide) if int(page.get("/Rotate", 0)) % 180 else (wide > high)
    except (TypeError, ValueError):
        return False


def _active(root: Any, pages: list[Any]) -> set[str]:
    """What acts by itself: told to the secretariat, never run by us."""
    names = root.get("/Names", {})
    found = {name.lstrip("/") for name in ("/JavaScript", "/EmbeddedFiles") if name in names}
    if "/AcroForm" in root and "/XFA" in root.AcroForm:
        found.add("XFA")
    acts = [root.get("/OpenAction")]
    for holder in [root, *pages]:
        acts += list(dict(holder.get("/AA", {})).values())
    for page in pages:
        acts += [note.get("/A") for note in islice(page.get("/Annots", []), EXAMINED) if hasattr(note, "get")]
    kinds = {str(act.get("/S")) for act in acts if hasattr(act, "keys")}
    return found | {kind.lstrip("/") for kind in kinds & ACTIONS}


def _drawn(file: Piped, pages: int) -> dict[str, Any]:
    """Whether the sampled pages, drawn by the engine of the readers, hold text (else: a scan) or nothing at all."""
    try:
        document = pypdfium2.PdfDocument(file.buffered())
        sample = sorted({round(step * (pages - 1) / max(1, SAMPLED - 1)) for step in range(min(SAMPLED, pages))} | {0})
        letters, images, blank = 0, 0, 0
        for number in sample:
            page = document[number]
            kinds = [shape.type for shape in islice(page.get_objects(max_depth=2), 500)]
            letters += page.get_textpage().count_chars()
            images += kinds.count(3)
            blank += not kinds
            page.close()
    except pypdfium2.PdfiumError:
        raise Refusal("damaged") from None
    return {"scanned": letters == 0 and images > 0, "blank": blank}


def office(file: Piped) -> dict[str, Any]:
    """A document of an office suite, whose every entry unpacks right and within bounds."""
    try:
        with zipfile.ZipFile(file.buffered()) as package:
            entries = package.infolist()
            media_type = _office_type(package)
            if any(entry.flag_bits & 1 for entry in entries) or _is_sealed_odf(package, media_type):
                raise Refusal("password")
            if len(entries) > 20_000 or sum(entry.file_size for entry in entries) > _room(file.length):
                raise Refusal("too_complex")
            _unpack(package, entries, _room(file.length))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, KeyError, UnicodeError, ValueError):
        raise Refusal("damaged") from None
    return {"media_type": media_type, "pages": None, "facts": {}}


def _room(size: int) -> int:
    return min(UNPACKED, size * RATIO + 10_000_000)


def _office_type(package: zipfile.ZipFile) -> str:
    names = set(package.namelist())
    if "[Content_Types].xml" in names:
        types = _bounded(package, "[Content_Types].xml", 1024 * 1024).decode("utf-8", "replace")
        if "macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in names):
            raise Refusal("macros")
        for media_type, main in OFFICE.items():
            if main in names and f"{media_type}.main+xml" in types:
                return media_type
    if "mimetype" in names:
        media_type = _bounded(package, "mimetype", 200).decode("ascii", "replace").strip()
        if media_type in ODF and "content.xml" in names:
            return media_type
    raise Refusal("unknown_type")


def _is_sealed_odf(package: zipfile.ZipFile, media_type: str) -> bool:
    name = "META-INF/manifest.xml"
    return (
        media_type in ODF and name in package.namelist() and b"encryption-data" in _bounded(package, name, 1024 * 1024)
    )


def _bounded(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    with package.open(name) as entry:
        return entry.read(most)


def _unpack(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], room: int) -> None:
    """Read every entry to its end, which verifies its CRC; what it really holds counts, not what it declares."""
    for entry in entries:
        with package.open(entry) as content:
            while piece := content.read(BLOCK):
                room -= len(piece)
                if room < 0:
                    raise Refusal("too_complex")


def main() -> None:
    """Set the limits, look, tell."""
    limit()
    try:
        told = verdict(Piped(int(sys.stdin.buffer.readline())))
    except Refusal as refusal:
        told = {"refusal": str(refusal)}
    except (MemoryError, RecursionError, OverflowError):
        told = {"refusal": "too_complex"}
    os.write(1, b"V" + json.dumps(told).encode() + b"\n")
    os._exit(0)  # parsers that were stretched to their limits are not asked to clean up


if __name__ == "__main__":
    main()
