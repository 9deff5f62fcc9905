from __future__ import annotations

from tests.support import services, settings, world

__all__ = ["services", "settings", "world"]
