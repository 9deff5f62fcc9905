"""``/_sandbox/api``: what tests, benchmarks and the demo set and read, in JSON.

Refusals are problem+json (RFC 9457) with a stable ``code``.
"""

from sandbox.control import channels, people, platform
from sandbox.control.base import control

__all__ = ["channels", "control", "people", "platform"]
