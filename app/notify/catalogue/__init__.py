"""Which event tells whom what: one table, a file for each subject. A further message is a further entry there.

What an entry promises is held against the templates when a process starts (:mod:`app.notify.catalogue.check`).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.notify.catalogue import answers, filings, invitations, results, terminations, transfers
from app.notify.entry import Entry, Mark
from app.notify.story import Story

ENTRIES: tuple[Entry, ...] = (
    *invitations.ENTRIES,
    *answers.ENTRIES,
    *results.ENTRIES,
    *filings.ENTRIES,
    *terminations.ENTRIES,
    *transfers.ENTRIES,
)

CLOSES: Mapping[str, Mark] = {
    "invitation.extended": Mark.OTHERS,
    "invitation.accepted": Mark.DONE,
    "invitation.refused": Mark.DONE,
    "invitation.withdrawn": Mark.LOST,
    "invitation.expired": Mark.LOST,
    "filing.passed": Mark.DONE,
    "filing.approved": Mark.DONE,
    "filing.rejected": Mark.DONE,
    "filing.withdrawn": Mark.OTHERS,
    "filing.returned": Mark.OTHERS,
    "filing.submitted": Mark.DONE,
    "filing.resubmitted": Mark.DONE,
    "filing.discarded": Mark.LOST,
    "termination.accepted": Mark.DONE,
    "termination.refused": Mark.DONE,
    "termination.cancelled": Mark.OTHERS,
    "termination.settled": Mark.DONE,
    "termination.dismissed": Mark.DONE,
    "transfer.kept": Mark.DONE,
    "transfer.changed": Mark.DONE,
    "transfer.lapsed": Mark.LOST,
    "confirmation.confirmed": Mark.DONE,
}
"""Event → what 「轮到你」 becomes on the earlier messages about its subject: the turn is over."""


_BY_EVENT: dict[str, list[Entry]] = {}
for _entry in ENTRIES:
    _BY_EVENT.setdefault(_entry.event, []).append(_entry)


def of(story: Story) -> list[Entry]:
    """The entries that tell this event."""
    return [entry for entry in _BY_EVENT.get(story.name, ()) if entry.when(story)]
