"""Filings of every kind: drafts, lanes, proofs, modules, and the steps of the new machines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT_DESKS = "state IN ('counsellor_review', 'college_review', 'school_review')"
DESKS = {"counsellor": "counsellor_review", "college": "college_review", "school": "school_review"}
ORDERS = (
    ("counsellor",), ("college",), ("school",), ("counsellor", "college"), ("counsellor", "school"),
    ("college", "school"), ("counsellor", "college", "school"),
)  # fmt: skip
CLAIM_STEPS = (
    ("resume", "failed", "in_review"),
    ("generate", "in_review", "agreement_generated"),
    ("take_effect", "agreement_generated", "effective"),
    ("fail", "agreement_generated", "failed"),
    ("void", "agreement_generated", "voided"),
    ("void", "effective", "voided"),
    ("amend", "effective", "effective"),
    ("begin_ending", "effective", "terminating"),
    ("keep", "terminating", "effective"),
    ("terminate", "terminating", "terminated"),
    ("suspend", "effective", "suspended"),
    ("restore", "suspended", "effective"),
)


def steps():
    """The steps that this release adds, as rows of legal_step."""
    yield from (("claim", *step) for step in CLAIM_STEPS)
    for way in ("filing", "form", "entry"):
        for stages in ORDERS:
            name, first = f"{way}." + "-".join(stages), DESKS[stages[0]]
            for number, stage in enumerate(stages):
                state, onward = DESKS[stage], stages[number + 1 :]
                if onward:
                    yield name, "take_up", state, DESKS[onward[0]]
                if way == "filing":
                    continue
                yield name, "approve", state, DESKS[onward[0]] if onward else "approved"
                yield name, "reject", state, "rejected"
                yield name, "edit", state, state
                if way == "form":
                    yield name, "return", state, "returned"
            if way == "filing":
                continue
            yield from ((name, "draft", "", "draft"), (name, "submit", "draft", first))
            yield from ((name, "discard", "draft", "voided"), (name, "withdraw", first, "draft"))
            if way == "form":
                yield from ((name, "submit", "returned", first), (name, "discard", "returned", "voided"))


def upgrade() -> None:
    op.create_index("employer_by_name", "employer", ["name"], postgresql_ops={"name": "text_pattern_ops"})
    op.create_table(
        "module",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("module_closes_after_opening")),
        sa.CheckConstraint("name IN ('destination', 'archive', 'hukou')", name=op.f("module_name_known")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("module_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "class_year", "name", name=op.f("module_pkey")),
    )
    op.add_column("school", sa.Column("escalation_days", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column(
        "school", sa.Column("return_transfers", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("school", sa.Column("terminations_max", sa.Integer(), nullable=True))
    op.add_column("school", sa.Column("void_review", sa.Text(), server_default=sa.text("'reported'"), nullable=False))
    op.create_check_constraint(
        op.f("school_void_review_known"), "school", "void_review IN ('never', 'reported', 'always')"
    )
    op.add_column("claim", sa.Column("variant", sa.Text(), nullable=True))
    op.add_column("claim", sa.Column("form", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("claim", sa.Column("reported_on", sa.Date(), nullable=True))
    op.add_column("review", sa.Column("marks", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("review", sa.Column("note", sa.Text(), nullable=True))
    # What stands was handed in by signing: the lane of destinations.
    op.add_column("filing", sa.Column("lane", sa.Text(), server_default=sa.text("'destination'"), nullable=False))
    op.alter_column("filing", "lane", server_default=None)
    op.create_check_constraint(
        op.f("filing_lane_known"), "filing", "lane IN ('destination', 'claim', 'archive', 'hukou')"
    )
    op.add_column("filing", sa.Column("variant", sa.Text(), nullable=True))
    op.add_column("filing", sa.Column("files", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("filing", sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.execute("UPDATE filing SET subject = c.title FROM claim c WHERE c.id = filing.claim_id")
    op.execute("UPDATE claim SET form = i.terms FROM invitation i WHERE i.id = claim.invitation_id")
    op.add_column("filing", sa.Column("filed_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("filing_filed_by_fkey"), "filing", "account", ["filed_by"], ["id"])
    op.add_column(
        "filing", sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.add_column(
        "filing", sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.execute("UPDATE filing SET opened_at = submitted_at, saved_at = submitted_at")
    op.alter_column("filing", "submitted_at", nullable=True)
    op.drop_index("filing_of_graduate", table_name="filing")
    op.create_index("filing_of_graduate", "filing", ["graduate_id", "opened_at"])
    op.create_index("filing_lane", "filing", ["graduate_id", "lane"], unique=True, postgresql_where=sa.text(AT_DESKS))
    op.create_index(
        "filing_one_draft", "filing", ["graduate_id", "kind"], unique=True, postgresql_where=sa.text("state = 'draft'")
    )
    legal_step = sa.table(
        "legal_step", sa.column("machine"), sa.column("action"), sa.column("source"), sa.column("target")
    )
    names = ("machine", "action", "source", "target")
    op.bulk_insert(legal_step, [dict(zip(names, row, strict=True)) for row in steps()])


def downgrade() -> None:
    op.drop_index("employer_by_name", "employer")
    op.execute("DELETE FROM legal_step WHERE machine ~ '^(form|entry)[.]' OR action = 'take_up'")
    for action, source, target in CLAIM_STEPS:
        op.execute(
            sa.text(
                "DELETE FROM legal_step WHERE machine = 'claim' AND action = :action AND source = :source"
                " AND target = :target"
            ).bindparams(action=action, source=source, target=target)
        )
    op.drop_index("filing_one_draft", table_name="filing", postgresql_where=sa.text("state = 'draft'"))
    op.drop_index("filing_lane", table_name="filing", postgresql_where=sa.text(AT_DESKS))
    op.drop_index("filing_of_graduate", table_name="filing")
    op.execute("UPDATE filing SET submitted_at = opened_at WHERE submitted_at IS NULL")
    op.alter_column("filing", "submitted_at", nullable=False)
    op.create_index("filing_of_graduate", "filing", ["graduate_id", "submitted_at"])
    op.drop_constraint(op.f("filing_lane_known"), "filing", type_="check")
    for column in ("saved_at", "opened_at", "filed_by", "subject", "files", "variant", "lane"):
        op.drop_column("filing", column)
    for column in ("note", "marks"):
        op.drop_column("review", column)
    for column in ("reported_on", "form", "variant"):
        op.drop_column("claim", column)
    op.drop_constraint(op.f("school_void_review_known"), "school", type_="check")
    for column in ("void_review", "terminations_max", "return_transfers", "escalation_days"):
        op.drop_column("school", column)
    op.drop_table("module")
