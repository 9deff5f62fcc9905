"""Uploads: photos and PDFs, and which of them look alike."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("original_size", sa.Integer(), nullable=False),
        sa.Column("original_width", sa.Integer(), nullable=False),
        sa.Column("original_height", sa.Integer(), nullable=False),
        sa.Column("page_sizes", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("page_widths", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("page_heights", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("likeness", postgresql.BIT(256), nullable=True),
        sa.Column("bands", postgresql.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan", sa.Text(), server_default=sa.text("'unscanned'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filing_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('image', 'pdf')", name=op.f("upload_kind_known")),
        sa.CheckConstraint("scan IN ('unscanned', 'clean')", name=op.f("upload_scan_known")),
        sa.CheckConstraint("num_nonnulls(account_id, link_id) = 1", name=op.f("upload_one_uploader")),
        sa.CheckConstraint("submitted_at IS NULL OR kept_at IS NOT NULL", name=op.f("upload_submitted_is_kept")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("upload_account_id_fkey")),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("upload_filing_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("upload_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("upload_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("upload_pkey")),
    )
    op.create_index(
        "upload_repeat",
        "upload",
        ["graduate_id", sa.text("coalesce(account_id, link_id)"), "digest"],
        unique=True,
        postgresql_where=sa.text("submitted_at IS NULL"),
    )
    op.create_index("upload_of_filing", "upload", ["filing_id"], postgresql_where=sa.text("filing_id IS NOT NULL"))
    op.create_index("upload_same", "upload", ["school_id", "digest"])
    op.create_index("upload_alike", "upload", ["bands"], postgresql_using="gin")
    op.create_index(
        "upload_loose",
        "upload",
        ["created_at"],
        postgresql_where=sa.text("filing_id IS NULL AND submitted_at IS NULL"),
    )
    op.create_index("upload_unkept", "upload", ["created_at"], postgresql_where=sa.text("kept_at IS NULL"))
    op.create_index(
        "upload_to_compare",
        "upload",
        ["kept_at"],
        postgresql_where=sa.text("kept_at IS NOT NULL AND compared_at IS NULL"),
    )
    op.create_table(
        "upload_likeness",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("difference", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("upload_id < other_id", name=op.f("upload_likeness_once")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["upload.id"], name=op.f("upload_likeness_other_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("upload_likeness_upload_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "other_id", name=op.f("upload_likeness_pkey")),
    )
    op.create_index("upload_likeness_back", "upload_likeness", ["other_id"])


def downgrade() -> None:
    op.drop_table("upload_likeness")
    op.drop_table("upload")
