"""One-time links for employers that send a stamped agreement back, and sending them by SMS and e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "return_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sent_count", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("sent_count BETWEEN 1 AND 4", name=op.f("return_link_sent_count_within")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("return_link_claim_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("return_link_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("return_link_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("return_link_pkey")),
        sa.UniqueConstraint("claim_id", name=op.f("return_link_claim_id_key")),
        sa.UniqueConstraint("token_hash", name=op.f("return_link_token_hash_key")),
    )
    op.create_index("return_link_of_graduate", "return_link", ["graduate_id"])
    op.alter_column("fallback", "message_id", nullable=True)
    op.add_column("fallback", sa.Column("link_id", sa.Uuid(), nullable=True))
    op.add_column("fallback", sa.Column("round", sa.SmallInteger(), nullable=True))
    op.create_foreign_key(op.f("fallback_link_id_fkey"), "fallback", "return_link", ["link_id"], ["id"])
    op.create_unique_constraint(op.f("fallback_link_id_round_channel_key"), "fallback", ["link_id", "round", "channel"])
    op.create_check_constraint(op.f("fallback_carries_one"), "fallback", "(message_id IS NULL) <> (link_id IS NULL)")
    op.create_check_constraint(op.f("fallback_link_has_round"), "fallback", "(link_id IS NULL) = (round IS NULL)")


def downgrade() -> None:
    op.execute("DELETE FROM fallback WHERE link_id IS NOT NULL")
    op.drop_column("fallback", "round")
    op.drop_column("fallback", "link_id")
    op.alter_column("fallback", "message_id", nullable=False)
    op.drop_table("return_link")
