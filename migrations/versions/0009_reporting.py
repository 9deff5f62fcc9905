"""Batches of reported destinations, transfer numbers, error reports, renewals of what is still to be confirmed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STEPS = (
    *(("confirmation", "report_again", state, "again") for state in ("todo", "done", "wrong", "again")),
    ("confirmation", "renew", "todo", "todo"),
    ("confirmation", "renew", "again", "again"),
    ("error_report", "submit", "", "submitted"),
    ("error_report", "change", "submitted", "submitted"),
    ("error_report", "take_up", "submitted", "handling"),
    *(
        ("error_report", action, state, target)
        for action, target in (("correct", "corrected"), ("dismiss", "needless"), ("withdraw", "withdrawn"))
        for state in ("submitted", "handling")
    ),
)


def upgrade() -> None:
    op.create_table(
        "report_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'due'"), nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('due', 'made', 'failed')", name=op.f("report_batch_state_known")),
        sa.CheckConstraint("system IN ('national', 'provincial', 'school')", name=op.f("report_batch_system_known")),
        sa.CheckConstraint("scope IN ('changed', 'all')", name=op.f("report_batch_scope_known")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("report_batch_school_id_fkey")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("report_batch_asked_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("report_batch_pkey")),
    )
    op.create_index("report_batch_of_school", "report_batch", ["school_id", "asked_at"])
    op.create_index("report_batch_due", "report_batch", ["asked_at"], postgresql_where=sa.text("state IN ('due')"))
    op.create_table(
        "report_line",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["report_batch.id"], name=op.f("report_line_batch_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("report_line_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("report_line_claim_id_fkey")),
        sa.PrimaryKeyConstraint("batch_id", "graduate_id", name=op.f("report_line_pkey")),
    )
    op.create_index("report_line_of_graduate", "report_line", ["graduate_id"])
    op.create_table(
        "error_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("college_id", sa.Integer(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('submitted', 'handling', 'corrected', 'needless', 'withdrawn')",
            name=op.f("error_report_state_known"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("error_report_school_id_fkey")),
        sa.ForeignKeyConstraint(["college_id"], ["college.id"], name=op.f("error_report_college_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("error_report_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["handled_by"], ["account.id"], name=op.f("error_report_handled_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("error_report_pkey")),
    )
    op.create_index(
        "error_report_one_open",
        "error_report",
        ["graduate_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'handling')"),
    )
    op.create_index("error_report_queue", "error_report", ["school_id", "college_id", "submitted_at", "id"])
    op.create_index("error_report_of_graduate", "error_report", ["graduate_id", "submitted_at"])
    op.add_column("claim", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("claim_batch_id_fkey"), "claim", "report_batch", ["batch_id"], ["id"])
    op.add_column("graduate", sa.Column("transfer_number", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("graduate_transfer_number_key"), "graduate", ["transfer_number"])
    op.add_column("school", sa.Column("confirm_until", sa.Text(), server_default=sa.text("'08-31'"), nullable=False))
    op.create_check_constraint(op.f("school_confirm_until_shape"), "school", "confirm_until ~ '^0[1-8]-[0-3][0-9]$'")
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
    op.drop_constraint(op.f("school_confirm_until_shape"), "school", type_="check")
    op.drop_column("school", "confirm_until")
    op.drop_column("graduate", "transfer_number")
    op.drop_column("claim", "batch_id")
    for name in ("error_report", "report_line", "report_batch"):
        op.drop_table(name)
