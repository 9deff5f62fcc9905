"""The fonts of our documents, from locked packages under the Open Font License, and which characters they hold.

Text is set in Noto Serif SC, labels in Noto Sans SC; what these lack comes from Noto Sans CJK SC, which holds CJK
Extension A, the national list of characters (通用规范汉字表) and over two thousand rarer ones. A character beyond
all of them is refused, never left blank.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont

from app.documents.errors import MissingGlyph

SERIF = Path(str(files("pylopdf_fonts_zh_cn"))) / "NotoSerifSC-Regular.otf"
SANS = Path(str(files("manimgx_fonts_cjk"))) / "NotoSansCJK-VF.otf.ttc"
SANS_FACE = 2  # the collection holds JP, KR, SC, TC, HK in this order; a test reads the name
FOLDERS = (SERIF.parent, SANS.parent)
LAYOUT = frozenset("\n")  # set by the template, needs no glyph


@cache
def characters(font: Path, face: int = -1) -> frozenset[int]:
    """The code points a font has glyphs for; read once per process (0.2 s)."""
    with TTFont(font, fontNumber=face, lazy=True) as file:
        return frozenset(file.getBestCmap())


def require_glyphs(text: str) -> None:
    """Raise :class:`MissingGlyph` for the first character no font holds: an empty box in a name is a wrong name.

    Invisible controls (direction overrides, zero-width characters) have no glyph either and are refused alike.
    """
    rest = {character for character in text if ord(character) not in characters(SERIF)} - LAYOUT
    if rest:
        rest = {character for character in rest if ord(character) not in characters(SANS, SANS_FACE)}
    for character in text if rest else "":
        if character in rest:
            raise MissingGlyph(character)
