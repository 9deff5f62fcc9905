"""Push and countdown: other channels, preferences, merging, digests, the day's budget, binding by a code."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = (
    "inbox", "queued", "sending", "sent", "delivered", "blocked", "refused", "not_following", "in_review",
    "rate_limited", "expired", "cancelled", "unsure", "failed",
)  # fmt: skip

UNREAD_PUSH = "template IS NOT NULL AND read_at IS NULL"
MISSED = "'blocked', 'refused', 'not_following', 'failed', 'unsure'"
PAGED = (
    ("message_pushed", ("due_at", "id"), "template IS NOT NULL AND state NOT IN ('inbox', 'cancelled')"),
    ("message_problem", ("due_at", "id"), f"{UNREAD_PUSH} AND state IN ({MISSED})"),
    ("message_result_missed", ("expires_at",), f"topic = 'result' AND {UNREAD_PUSH} AND state IN ({MISSED}, 'merged')"),
)
"""What offices page through."""


def know_states(*more: str) -> None:
    """The check is made anew: NOT VALID first, so that the table is not locked while its rows are looked through."""
    values = ", ".join(f"'{state}'" for state in (*STATES, *more))
    op.drop_constraint(op.f("message_state_known"), "message", type_="check")
    op.execute(f"ALTER TABLE message ADD CONSTRAINT message_state_known CHECK (state IN ({values})) NOT VALID")
    op.execute("ALTER TABLE message VALIDATE CONSTRAINT message_state_known")


def upgrade() -> None:
    op.create_table(
        "clock_beat",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("late_milliseconds", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("step", name=op.f("clock_beat_pkey")),
    )
    op.create_table(
        "sending_count",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "day", "channel", "code", name=op.f("sending_count_pkey")),
    )
    op.create_table(
        "sending_quota",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("sending_quota_pkey")),
    )
    op.create_table(
        "subscription_consent",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("messages", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('accept', 'reject')", name=op.f("subscription_consent_status_known")),
        sa.CheckConstraint("messages >= 0", name=op.f("subscription_consent_messages_count")),
        sa.PrimaryKeyConstraint("app_id", "openid", "template_id", name=op.f("subscription_consent_pkey")),
    )
    op.create_table(
        "binding_scene",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scene", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("wrong", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("binding_scene_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("binding_scene_pkey")),
        sa.UniqueConstraint("scene", name=op.f("binding_scene_scene_key")),
    )
    op.create_index(op.f("binding_scene_account_id_idx"), "binding_scene", ["account_id"], unique=False)
    op.create_index("binding_scene_old", "binding_scene", ["expires_at"], unique=False)
    op.create_index("login_attempt_old", "login_attempt", ["expires_at"], unique=False)
    op.create_index("sign_in_old", "sign_in", ["expires_at"], unique=False)
    op.create_index(
        "wechat_callback_old",
        "wechat_callback",
        ["handled_at"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NOT NULL"),
    )
    op.create_table(
        "preference",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("pushed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("preference_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "choice", name=op.f("preference_pkey")),
    )
    op.create_table(
        "refusal",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("refusal_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "template", name=op.f("refusal_pkey")),
    )
    op.create_table(
        "fallback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("fallback_channel_known")),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'no_address', 'expired', 'unsure')",
            name=op.f("fallback_state_known"),
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fallback_message_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("fallback_pkey")),
        sa.UniqueConstraint("message_id", "channel", name=op.f("fallback_message_id_channel_key")),
    )
    op.create_index(
        "fallback_by_provider",
        "fallback",
        ["provider_id"],
        unique=False,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_index(
        "fallback_due",
        "fallback",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.add_column("account", sa.Column("email", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("slot", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("merge", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("message", sa.Column("merged", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("message", sa.Column("choice", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("fallback", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("rid", sa.Text(), nullable=True))
    op.alter_column("message", "event_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_index(
        "message_mergeable",
        "message",
        ["recipient", "merge"],
        unique=False,
        postgresql_where=sa.text("merge IS NOT NULL AND state = 'queued'"),
    )
    op.create_index(
        "message_to_fall_back",
        "message",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text(
            "fallback IS NOT NULL AND state IN ('blocked', 'refused', 'not_following', 'failed', 'unsure')"
        ),
    )
    op.create_index(
        "message_unsettled",
        "message",
        ["state", "first_tried_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('unsure', 'in_review', 'sent')"),
    )
    op.create_index(
        "document_failed", "document", ["due_at"], unique=False, postgresql_where=sa.text("state IN ('failed')")
    )
    op.add_column("sending_pause", sa.Column("rid", sa.Text(), nullable=True))
    op.create_index(
        "message_of_slot",
        "message",
        ["slot", "recipient", "kind"],
        unique=True,
        postgresql_where=sa.text("slot IS NOT NULL"),
    )
    op.execute(
        "ALTER TABLE message ADD CONSTRAINT message_has_a_cause CHECK ((event_id IS NULL) <> (slot IS NULL)) NOT VALID"
    )
    op.execute("ALTER TABLE message VALIDATE CONSTRAINT message_has_a_cause")
    know_states("merged", "switched_off")
    op.add_column("invitation", sa.Column("fault", sa.Text(), nullable=True))
    op.create_index(
        "message_followers",
        "message",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "message_spared", "message", ["recipient"], unique=False, postgresql_where=sa.text("state IN ('rate_limited')")
    )
    op.create_index(
        "message_by_person",
        "message",
        ["openid", "first_tried_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending', 'rate_limited', 'sent', 'unsure', 'in_review')"),
    )
    op.create_index(
        "invitation_replacing",
        "invitation",
        ["replaces_id"],
        unique=False,
        postgresql_where=sa.text("replaces_id IS NOT NULL"),
    )
    for name, columns, where in PAGED:
        op.create_index(name, "message", list(columns), unique=False, postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_index("message_by_person", table_name="message")
    op.drop_index("message_spared", table_name="message")
    op.drop_index("message_followers", table_name="message")
    op.drop_column("invitation", "fault")
    for name, _, where in reversed(PAGED):
        op.drop_index(name, table_name="message", postgresql_where=sa.text(where))
    op.drop_index("invitation_replacing", table_name="invitation", postgresql_where=sa.text("replaces_id IS NOT NULL"))
    op.execute("DELETE FROM fallback WHERE message_id IN (SELECT id FROM message WHERE event_id IS NULL)")
    op.execute("DELETE FROM message WHERE event_id IS NULL")
    op.execute("UPDATE message SET state = 'inbox' WHERE state IN ('merged', 'switched_off')")
    know_states()
    op.drop_constraint(op.f("message_has_a_cause"), "message", type_="check")
    op.drop_index("message_of_slot", table_name="message", postgresql_where=sa.text("slot IS NOT NULL"))
    op.drop_column("sending_pause", "rid")
    op.drop_index("document_failed", table_name="document", postgresql_where=sa.text("state IN ('failed')"))
    op.drop_index(
        "message_unsettled", table_name="message", postgresql_where=sa.text("state IN ('unsure', 'in_review', 'sent')")
    )
    op.drop_index(
        "message_to_fall_back",
        table_name="message",
        postgresql_where=sa.text(
            "fallback IS NOT NULL AND state IN ('blocked', 'refused', 'not_following', 'failed', 'unsure')"
        ),
    )
    op.drop_index(
        "message_mergeable", table_name="message", postgresql_where=sa.text("merge IS NOT NULL AND state = 'queued'")
    )
    op.alter_column("message", "event_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("message", "rid")
    op.drop_column("message", "fallback")
    op.drop_column("message", "choice")
    op.drop_column("message", "merged")
    op.drop_column("message", "merged_into")
    op.drop_column("message", "merge")
    op.drop_column("message", "slot")
    op.drop_column("account", "email")
    op.drop_index("fallback_due", table_name="fallback", postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.drop_index("fallback_by_provider", table_name="fallback", postgresql_where=sa.text("provider_id IS NOT NULL"))
    op.drop_table("fallback")
    op.drop_table("refusal")
    op.drop_table("preference")
    op.drop_index(
        "wechat_callback_old", table_name="wechat_callback", postgresql_where=sa.text("handled_at IS NOT NULL")
    )
    op.drop_index("sign_in_old", table_name="sign_in")
    op.drop_index("login_attempt_old", table_name="login_attempt")
    op.drop_index("binding_scene_old", table_name="binding_scene")
    op.drop_index(op.f("binding_scene_account_id_idx"), table_name="binding_scene")
    op.drop_table("binding_scene")
    op.drop_table("subscription_consent")
    op.drop_table("sending_quota")
    op.drop_table("sending_count")
    op.drop_table("clock_beat")
