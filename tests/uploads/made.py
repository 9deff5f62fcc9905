"""Uploads for whoever needs one to refer to; what a file goes through is told by the tests beside this."""

from __future__ import annotations

import uuid

from sqlalchemy import func, insert

from app.access import Actor
from app.models import Upload
from tests.factories import World


def make_upload(
    world: World,
    graduate: Actor,
    *,
    sender: Actor | None = None,
    link: uuid.UUID | None = None,
    submitted: bool = False,
) -> uuid.UUID:
    """A picture sent in for a graduate's filing, by the graduate unless told otherwise (by another account, or through
    an employer's link); no files behind it.

    What a file goes through is the matter of tests/uploads; this is for whoever needs one to refer to.
    """
    upload_id = uuid.uuid4()
    with world.services.db.transaction() as connection:
        connection.execute(
            insert(Upload).values(
                id=upload_id, school_id=world.school_id, class_year=world.class_year, graduate_id=graduate.graduate_id,
                account_id=None if link else (sender or graduate).id, link_id=link, kind="image",
                file_name="证明.jpg", digest=upload_id.bytes,
                original_size=3_000_000, original_width=3024, original_height=4032, page_sizes=[280_000],
                page_widths=[1200], page_heights=[1600], kept_at=func.now(),
                submitted_at=func.now() if submitted else None,
            )
        )  # fmt: skip
    return upload_id
