"""Documents for tests, real ones: typeset, drawn, protected, broken, and bombs."""

import io
import os
import zipfile
import zlib
from functools import cache

import pikepdf
import typst
from pikepdf import Array, Dictionary, Encryption, Name, StreamDecodeLevel, String
from PIL import Image

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@cache
def pdf(pages: int = 1, words: str = "Tarifs de l’eau") -> bytes:
    """A tagged PDF in French."""
    source = '#set document(title: "Tarifs de l’eau")\n#set text(lang: "fr")\n' + "\n#pagebreak()\n".join(
        [words] * pages
    )
    return typst.compile(source.encode(), format="pdf")


def saved(document: pikepdf.Pdf, **options: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def encrypted(user: str) -> bytes:
    return saved(pikepdf.open(io.BytesIO(pdf())), encryption=Encryption(owner="maire", user=user))


def scan() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(buffer, "PDF")
    return buffer.getvalue()


def acting() -> bytes:
    """One page that runs a script when it opens, and launches a program from a link."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(800, 500))
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F=String("calc.exe"))
    )
    document.pages[0].Annots = Array([document.make_indirect(note)])
    document.attachments["virus.exe"] = b"MZ"
    return saved(document)


@cache
def content_bomb() -> bytes:
    """A PDF of less than 3 kB whose only page unpacks to 2 GB."""
    document = pikepdf.new()
    document.add_blank_page()
    stream = document.make_stream(b"")
    stream.write(_packed(), filter=Array([Name.FlateDecode] * 3))
    document.pages[0].Contents = stream
    return saved(document, stream_decode_level=StreamDecodeLevel.none, compress_streams=False)


def _packed() -> bytes:
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * 2**20) for _ in range(2048)) + packer.flush()
    return zlib.compress(zlib.compress(once, 9), 9)


def heavy(size: int) -> bytes:
    """A few pages that carry that many bytes."""
    document = pikepdf.open(io.BytesIO(pdf(5)))
    document.attachments["plan.bin"] = os.urandom(size)
    return saved(document)


def package(**entries: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return buffer.getvalue()


def office(media_type: str, main: str, **more: bytes | str) -> bytes:
    types = f'<Types><Override ContentType="{media_type}.main+xml"/></Types>'
    return package(**{"[Content_Types].xml": types, main: "<document/>", **more})


def docx(**more: bytes | str) -> bytes:
    return office(DOCX, "word/document.xml", **more)


def odt() -> bytes:
    return package(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<office/>"})
