"""Every guard of the product: where it stands, what deleting it means, and the tests that must notice.

``python -m tests.mutations`` deletes them one by one; docs/mutations.md shows what turned red.
"""

from __future__ import annotations

from tests.guards import access, filings, kinds, signing
from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = (*signing.GUARDS, *kinds.GUARDS, *filings.GUARDS, *access.GUARDS)

__all__ = ["GUARDS", "Guard"]
