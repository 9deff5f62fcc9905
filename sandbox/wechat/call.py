"""One call of the platform's API as it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.errors import WeChatError

MISSING: Any = object()


@dataclass(slots=True)
class Call:
    """Path, query, raw body, where it was sent to and from. Bodies come with any content type, or none."""

    path: str
    query: dict[str, str]
    raw: bytes
    base: str = ""
    caller: str = ""
    _parsed: Any = field(default=MISSING)

    @classmethod
    def read(cls, environ: dict[str, Any]) -> Call:
        """From a WSGI request."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        raw = environ["wsgi.input"].read(length) if length else b""
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        base = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        return cls(environ["PATH_INFO"], query, raw, base, environ.get("REMOTE_ADDR", ""))

    @property
    def json(self) -> dict[str, Any]:
        """The body. Raises 44002 (empty), 47001 (no JSON object, or not UTF-8)."""
        if self._parsed is MISSING:
            if not self.raw:
                raise WeChatError(44002)
            try:
                self._parsed = orjson.loads(self.raw)
            except orjson.JSONDecodeError:
                self._parsed = None
        if not isinstance(self._parsed, dict):
            raise WeChatError(47001)
        return self._parsed

    def hint(self, name: str) -> str:
        """A text of the body if there is one: for rules that look at the receiver."""
        try:
            value = self.json.get(name, "")
        except WeChatError:
            return ""
        return value if isinstance(value, str) else ""
