"""Files made to harm, byte by byte: small ones that unfold, ones that lie, ones that are two things at once."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image, PngImagePlugin

from tests.uploads.papers import jpeg

Dictionary, Name, Array = pikepdf.Dictionary, pikepdf.Name, pikepdf.Array


def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Something with detail."""
    noise = Image.effect_noise((width, height), 60)
    return noise if mode == "L" else Image.merge("RGB", (noise, noise.rotate(180), noise)).convert(mode)


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, form, **options)
    return made.getvalue()


def heic(image: Image.Image | None = None) -> bytes:
    made = io.BytesIO()
    pillow_heif.from_pillow(image or picture()).save(made, quality=80)
    return made.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, unpacked: int) -> bytes:
    """A PNG that says it is so large and holds so many bytes of pixels, all alike."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(unpacked), 9))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + png_chunk(b"IEND", b"")


def jpeg_saying(width: int, height: int) -> bytes:
    """A small JPEG whose frame says it is so large."""
    content = bytearray(jpeg(picture(64, 64)))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def heic_saying(width: int, height: int) -> bytes:
    content = bytearray(heic())
    size = content.index(b"ispe")
    content[size + 8 : size + 16] = struct.pack(">II", width, height)
    return bytes(content)


def webp_saying(width: int, height: int) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Phone"  # metadata make it say its size in a place of its own
    content = bytearray(written(picture(64, 64), "WEBP", exif=exif.tobytes()))
    canvas = content.index(b"VP8X") + 12
    content[canvas : canvas + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(content)


def endless_jpeg(scans: int = 4000) -> bytes:
    """A progressive JPEG with the same refinement thousands of times: little to send, hours to decode."""
    content = written(Image.new("L", (7000, 7000), 90), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + b"\xff\xd9"


def text_bomb_png() -> bytes:
    """A PNG whose description unfolds to 100 MB."""
    info = PngImagePlugin.PngInfo()
    info.add(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    return written(picture(64, 64), "PNG", pnginfo=info)


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("run.exe", b"MZ" + bytes(200))
    return made.getvalue()


SCRIPT = b"<html><script>alert(document.domain)</script></html>"
JPEG_AND_ZIP = jpeg(picture()) + archive()
JPEG_AND_SCRIPT = written(picture(), "JPEG", comment=SCRIPT) + SCRIPT
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\0" + bytes(60) + b"PE\0\0" + bytes(400)

# PDF


def pdf(change: Callable[[pikepdf.Pdf], None] | None = None, *, pages: int = 1, **options: Any) -> bytes:
    """A PDF of so many pages with a line of text, changed in one respect."""
    document = pikepdf.new()
    for number in range(pages):
        page = document.add_blank_page(page_size=(595, 842))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(Font=Dictionary(F1=document.make_indirect(font)))
        page.Contents = document.make_stream(b"BT /F1 24 Tf 72 700 Td (Offer of employment %d) Tj ET" % number)
    if change:
        change(document)
    made = io.BytesIO()
    document.save(made, **options)
    return made.getvalue()


def _opens(action: pikepdf.Dictionary) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = action

    return change


def _annotated(**annotation: Any) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        mark = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 100, 100]), **annotation)
        document.pages[0].Annots = Array([document.make_indirect(mark)])

    return change


def _attached(document: pikepdf.Pdf) -> None:
    document.attachments["run.exe"] = pikepdf.AttachedFileSpec(document, PROGRAM, filename="run.exe")


def _forms(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp:xdp/>"))


def _on_closing(document: pikepdf.Pdf) -> None:
    document.Root.AA = Dictionary(WC=Dictionary(S=Name.URI, URI=b"https://evil.example"))


def _forgotten(document: pikepdf.Pdf) -> None:
    """An action that nothing in the file leads to, as an older version of it might be left behind."""
    document.Root.Extra = document.make_indirect(Dictionary(Deep=Array([Dictionary(S=Name.JavaScript)])))


def escaped(content: bytes) -> bytes:
    """The same with a letter of each telling name as a number, which a reader takes for the letter."""
    plain, hidden = rb"/JS (app.alert\(1\)) /S /JavaScript >>", rb"/#4AS(app.alert\(1\))/S/J#61vaScript>>"
    assert plain in content
    return content.replace(plain, hidden.ljust(len(plain)))  # as long, so that the table of contents stays true


SCRIPTED = _opens(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
ACTIVE: dict[str, bytes] = {
    "a script when opened": pdf(SCRIPTED),
    "a script in a packed object": pdf(SCRIPTED, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "a script under an escaped name": escaped(pdf(SCRIPTED)),
    "a program to start": pdf(_annotated(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F="cmd.exe"))),
    "a form that sends": pdf(_annotated(Subtype=Name.Link, A=Dictionary(S=Name.SubmitForm, F="https://evil.example"))),
    "another file to open": pdf(_annotated(Subtype=Name.Link, A=Dictionary(S=Name.GoToR, F="//evil/share"))),
    "an address when opened": pdf(_opens(Dictionary(S=Name.URI, URI=b"https://evil.example"))),
    "an attachment": pdf(_attached),
    "an attachment on a page": pdf(_annotated(Subtype=Name.FileAttachment)),
    "rich media": pdf(_annotated(Subtype=Name.RichMedia)),
    "a form in XML": pdf(_forms),
    "an action on closing": pdf(_on_closing),
    "an action nothing leads to": pdf(_forgotten),
}
HARMLESS: dict[str, bytes] = {
    "plain": pdf(),
    "a link to tap": pdf(_annotated(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=b"https://example.com"))),
    "a page to open at": pdf(_opens(Dictionary(S=Name.GoTo, D=Array([0, Name.Fit])))),
    "packed": pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True),
    "twenty pages": pdf(pages=20),
}
LOCKED: dict[str, bytes] = {
    "with a password": pdf(encryption=pikepdf.Encryption(owner="o", user="u")),
    "with restrictions": pdf(encryption=pikepdf.Encryption(owner="o", user="")),
}


def acts(content: bytes) -> bool:
    """Whether a PDF names anything that acts, looked for as a person with a text editor would."""
    with pikepdf.open(io.BytesIO(content)) as document:
        whole = b"".join(bytes(one.unparse(resolved=True)) for one in document.objects if one is not None)
    return any(word in whole for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/SubmitForm", b"/XFA"))
