"""代修改 of drafts and of what was returned; the voided destinations of a school in their order."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ORDERS = (
    "counsellor", "college", "school", "counsellor-college", "counsellor-school", "college-school",
    "counsellor-college-school",
)  # fmt: skip


def upgrade() -> None:
    legal_step = sa.table(
        "legal_step", sa.column("machine"), sa.column("action"), sa.column("source"), sa.column("target")
    )
    states = {"form": ("draft", "returned"), "entry": ("draft",)}
    op.bulk_insert(
        legal_step,
        [
            {"machine": f"{way}.{stages}", "action": "assist", "source": state, "target": state}
            for way, found in states.items()
            for stages in ORDERS
            for state in found
        ],
    )
    op.create_index(
        "event_voided",
        "event",
        ["school_id", "at", "subject"],
        postgresql_where=sa.text("name = 'claim.voided'"),
    )


def downgrade() -> None:
    op.drop_index("event_voided", "event")
    op.execute("DELETE FROM legal_step WHERE action = 'assist'")
