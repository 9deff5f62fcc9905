"""Kinds of filing (事项): one file each. A kind says what opens it, what an approval brings about, and its words."""

from __future__ import annotations

from collections.abc import Mapping

from app.workflows.kinds import online_signing
from app.workflows.kinds.kind import Kind

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (online_signing.ONLINE_SIGNING,)}
