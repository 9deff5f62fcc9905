"""Ways a document can be refused. They carry facts, not HTTP: the caller decides what a person is told."""

from __future__ import annotations

import unicodedata


class DocumentError(Exception):
    """A document was not made, not found or not believed."""


class IncompleteTerms(DocumentError):
    """A required field of the agreement form is missing; ``field`` names it as in the API."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"the agreement form lacks {field}")


class MissingGlyph(DocumentError):
    """No font holds this character, so it would be printed as an empty box; ``character`` names it.

    ``str()`` is a Chinese sentence fit for the page. It quotes the one character only, never the text around it.
    """

    def __init__(self, character: str) -> None:
        self.character = character
        self.code_point = f"U+{ord(character):04X}"
        shown = f"「{character}」" if unicodedata.category(character)[0] in "LNPSM" else ""
        super().__init__(f"字库中没有字符{shown}（{self.code_point}），无法生成电子协议书，请联系学校处理。")


class NotTypeset(DocumentError):
    """The typesetter refused; its own words stay in ``__cause__`` only, as they may quote the document."""


class UnreadableCode(DocumentError):
    """Not a QR payload of ours at all: cut off, mistyped, another system's."""


class ForgedCode(DocumentError):
    """Looks like ours, but the signature, the key or the issuer is not."""


class UnusableKey(DocumentError):
    """A key file cannot be read, or is of the wrong kind."""
