"""Online terminations: who asks to end a signing, and what the other party answers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STEPS = (
    ("request", "", "pending"),
    ("accept", "pending", "accepted"),
    ("refuse", "pending", "refused"),
    ("cancel", "pending", "cancelled"),
    ("ask_help", "pending", "pending"),
    ("settle", "pending", "settled"),
    ("settle_refused", "pending", "dismissed"),
)


def upgrade() -> None:
    op.create_table(
        "termination",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("filing_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("help_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'refused', 'cancelled', 'settled', 'dismissed')",
            name=op.f("termination_state_known"),
        ),
        sa.CheckConstraint("started_by IN ('graduate', 'employer')", name=op.f("termination_started_by_party")),
        sa.CheckConstraint("char_length(note) <= 200", name=op.f("termination_note_length")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("termination_claim_id_fkey")),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("termination_employer_id_fkey")),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("termination_filing_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("termination_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("termination_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("termination_pkey")),
    )
    op.create_index(
        "termination_one_open",
        "termination",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending')"),
    )
    op.create_index("termination_of_claim", "termination", ["claim_id", "created_at"])
    op.create_index(
        "termination_asking_help",
        "termination",
        ["school_id", "help_asked_at"],
        postgresql_where=sa.text("state = 'pending' AND help_asked_at IS NOT NULL"),
    )
    legal_step = sa.table(
        "legal_step", sa.column("machine"), sa.column("action"), sa.column("source"), sa.column("target")
    )
    names = ("machine", "action", "source", "target")
    op.bulk_insert(legal_step, [dict(zip(names, ("termination", *step), strict=True)) for step in STEPS])


def downgrade() -> None:
    op.drop_table("termination")
    op.execute("DELETE FROM legal_step WHERE machine = 'termination'")
