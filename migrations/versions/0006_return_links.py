"""One-time links for employers that send a stamped agreement back."""

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
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
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


def downgrade() -> None:
    op.drop_table("return_link")
