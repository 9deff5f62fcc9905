"""The fixtures of this folder."""

from tests.support import crowded, services, settings, world  # noqa: F401
