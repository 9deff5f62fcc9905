"""Archive and hukou, the confirmation to be renewed, the directory of archive offices, deletions that wait."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STEPS = (
    ("transfer", "register", "", "active"),
    ("transfer", "register", "lapsed", "active"),
    ("transfer", "change", "active", "active"),
    ("transfer", "change", "doubtful", "active"),
    ("transfer", "doubt", "active", "doubtful"),
    ("transfer", "keep", "doubtful", "active"),
    ("transfer", "lapse", "active", "lapsed"),
    ("transfer", "lapse", "doubtful", "lapsed"),
    ("confirmation", "report", "", "todo"),
    ("confirmation", "confirm", "todo", "done"),
    ("confirmation", "confirm", "again", "done"),
    ("confirmation", "confirm", "wrong", "done"),
    ("confirmation", "dispute", "todo", "wrong"),
    ("confirmation", "dispute", "again", "wrong"),
    ("confirmation", "renew", "done", "again"),
    ("confirmation", "renew", "wrong", "again"),
    ("claim", "lapse", "suspended", "voided"),
)


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("form", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'doubtful', 'lapsed')", name=op.f("transfer_state_known")),
        sa.CheckConstraint("source IN ('filed', 'copied', 'school')", name=op.f("transfer_source_known")),
        sa.CheckConstraint("lane IN ('archive', 'hukou')", name=op.f("transfer_lane_known")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("transfer_school_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("transfer_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("transfer_claim_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("transfer_pkey")),
        sa.UniqueConstraint("graduate_id", "lane", name=op.f("transfer_graduate_id_lane_key")),
    )
    op.create_index("transfer_of_claim", "transfer", ["claim_id"])
    op.create_table(
        "confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('todo', 'done', 'wrong', 'again')", name=op.f("confirmation_state_known")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("confirmation_school_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("confirmation_graduate_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("confirmation_pkey")),
        sa.UniqueConstraint("graduate_id", name=op.f("confirmation_graduate_id_key")),
    )
    op.create_table(
        "archive_office",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("region", "name", "place", "address", "postcode", "phone", "source")
        ),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("region ~ '^[0-9]{6}$'", name=op.f("archive_office_region_shape")),
        sa.PrimaryKeyConstraint("region", name=op.f("archive_office_pkey")),
    )
    op.create_table(
        "deletion_request",
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("deletion_request_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("deletion_request_asked_by_fkey")),
        sa.PrimaryKeyConstraint("graduate_id", name=op.f("deletion_request_pkey")),
    )
    names = ("machine", "action", "source", "target")
    legal_step = sa.table("legal_step", *(sa.column(name) for name in names))
    op.bulk_insert(legal_step, [dict(zip(names, row, strict=True)) for row in STEPS])


def downgrade() -> None:
    for row in STEPS:
        values = dict(zip(("machine", "action", "source", "target"), row, strict=True))
        op.execute(
            sa.text(
                "DELETE FROM legal_step WHERE machine = :machine AND action = :action AND source = :source"
                " AND target = :target"
            ).bindparams(**values)
        )
    for name in ("deletion_request", "archive_office", "confirmation", "transfer"):
        op.drop_table(name)
