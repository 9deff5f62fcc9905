"""Kinds of filing (事项): one file each, found by looking, so that a further kind touches no other file.

A module that declares kinds lists them in ``KINDS``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from app.workflows.kind import Kind


def _declared() -> Iterator[Kind]:
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield from getattr(importlib.import_module(f"{__name__}.{module.name}"), "KINDS", ())


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _declared()}
