"""The spine: people, invitations, claims, filings, events, messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LEGAL_STEPS = (
    ("base_data", "confirm", "uploaded", "confirmed"),
    ("base_data", "correct", "confirmed", "changed"),
    ("base_data", "confirm", "changed", "confirmed"),
    ("base_data", "delete", "uploaded", "deleted"),
    ("base_data", "delete", "confirmed", "deleted"),
    ("base_data", "delete", "changed", "deleted"),
    ("base_data", "restore", "deleted", "uploaded"),
    ("invitation", "send", "", "pending"),
    ("invitation", "accept", "pending", "accepted"),
    ("invitation", "refuse", "pending", "refused"),
    ("invitation", "withdraw", "pending", "withdrawn"),
    ("invitation", "extend", "pending", "pending"),
    ("invitation", "expire", "pending", "expired"),
    ("invitation", "take_back", "accepted", "pending"),
    ("invitation", "lapse", "accepted", "expired"),
    ("claim", "open", "", "in_review"),
    ("claim", "take_effect", "in_review", "effective"),
    ("claim", "fail", "in_review", "failed"),
    ("claim", "release", "in_review", "failed"),
    ("filing.counsellor", "submit", "", "counsellor_review"),
    ("filing.counsellor", "withdraw", "counsellor_review", "withdrawn"),
    ("filing.counsellor", "approve", "counsellor_review", "approved"),
    ("filing.counsellor", "reject", "counsellor_review", "rejected"),
    ("filing.college", "submit", "", "college_review"),
    ("filing.college", "withdraw", "college_review", "withdrawn"),
    ("filing.college", "approve", "college_review", "approved"),
    ("filing.college", "reject", "college_review", "rejected"),
    ("filing.school", "submit", "", "school_review"),
    ("filing.school", "withdraw", "school_review", "withdrawn"),
    ("filing.school", "approve", "school_review", "approved"),
    ("filing.school", "reject", "school_review", "rejected"),
    ("filing.counsellor-college", "submit", "", "counsellor_review"),
    ("filing.counsellor-college", "withdraw", "counsellor_review", "withdrawn"),
    ("filing.counsellor-college", "approve", "counsellor_review", "college_review"),
    ("filing.counsellor-college", "reject", "counsellor_review", "rejected"),
    ("filing.counsellor-college", "approve", "college_review", "approved"),
    ("filing.counsellor-college", "reject", "college_review", "rejected"),
    ("filing.counsellor-school", "submit", "", "counsellor_review"),
    ("filing.counsellor-school", "withdraw", "counsellor_review", "withdrawn"),
    ("filing.counsellor-school", "approve", "counsellor_review", "school_review"),
    ("filing.counsellor-school", "reject", "counsellor_review", "rejected"),
    ("filing.counsellor-school", "approve", "school_review", "approved"),
    ("filing.counsellor-school", "reject", "school_review", "rejected"),
    ("filing.college-school", "submit", "", "college_review"),
    ("filing.college-school", "withdraw", "college_review", "withdrawn"),
    ("filing.college-school", "approve", "college_review", "school_review"),
    ("filing.college-school", "reject", "college_review", "rejected"),
    ("filing.college-school", "approve", "school_review", "approved"),
    ("filing.college-school", "reject", "school_review", "rejected"),
    ("filing.counsellor-college-school", "submit", "", "counsellor_review"),
    ("filing.counsellor-college-school", "withdraw", "counsellor_review", "withdrawn"),
    ("filing.counsellor-college-school", "approve", "counsellor_review", "college_review"),
    ("filing.counsellor-college-school", "reject", "counsellor_review", "rejected"),
    ("filing.counsellor-college-school", "approve", "college_review", "school_review"),
    ("filing.counsellor-college-school", "reject", "college_review", "rejected"),
    ("filing.counsellor-college-school", "approve", "school_review", "approved"),
    ("filing.counsellor-college-school", "reject", "school_review", "rejected"),
)

APPEND_ONLY = """
CREATE FUNCTION event_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are history and cannot be changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER event_append_only BEFORE DELETE OR UPDATE OF name, machine, subject, version, action, source, target,
    actor_id, actor_role, school_id, graduate_id, facts, request_id, at ON event
    FOR EACH ROW EXECUTE FUNCTION event_is_history();
"""


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'due'"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('due', 'made', 'failed')", name=op.f("document_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("document_pkey")),
        sa.UniqueConstraint("subject", "kind", "number", name=op.f("document_subject_kind_number_key")),
    )
    op.create_index("document_due", "document", ["due_at"], unique=False, postgresql_where=sa.text("state IN ('due')"))
    op.create_table(
        "employer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_landline", sa.Text(), nullable=True),
        sa.Column("contact_mobile", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("credit_code ~ '^[0-9A-Z]{18}$'", name=op.f("employer_credit_code_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("employer_pkey")),
        sa.UniqueConstraint("credit_code", name=op.f("employer_credit_code_key")),
    )
    op.create_table(
        "legal_step",
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("machine", "action", "source", "target", name=op.f("legal_step_pkey")),
        sa.UniqueConstraint("machine", "action", "source", name=op.f("legal_step_machine_action_source_key")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("login_attempt_pkey")),
        sa.UniqueConstraint("secret", name=op.f("login_attempt_secret_key")),
    )
    op.create_index(op.f("login_attempt_browser_idx"), "login_attempt", ["browser"], unique=False)
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "stages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text('\'{"*": ["college", "school"]}\''),
            nullable=False,
        ),
        sa.Column("invitation_days_max", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("refusal_pause_days", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("review_days", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("one_person_levels", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{5}$'", name=op.f("school_code_shape")),
        sa.CheckConstraint("invitation_days_max BETWEEN 1 AND 30", name=op.f("school_invitation_days_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("school_pkey")),
        sa.UniqueConstraint("code", name=op.f("school_code_key")),
    )
    op.create_table(
        "sending_pause",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("errcode", sa.Integer(), nullable=False),
        sa.Column("errmsg", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "template", name=op.f("sending_pause_pkey")),
    )
    op.create_table(
        "wechat_callback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("wechat_callback_pkey")),
        sa.UniqueConstraint("key", name=op.f("wechat_callback_key_key")),
    )
    op.create_index(
        "wechat_callback_open",
        "wechat_callback",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "college",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("college_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("college_pkey")),
        sa.UniqueConstraint("school_id", "name", name=op.f("college_school_id_name_key")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("fanned_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_off_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["machine", "action", "source", "target"],
            ["legal_step.machine", "legal_step.action", "legal_step.source", "legal_step.target"],
            name="event_legal_step_fkey",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("event_pkey")),
        sa.UniqueConstraint("subject", "version", name=op.f("event_subject_version_key")),
    )
    op.create_index("event_of_graduate", "event", ["graduate_id", "id"], unique=False)
    op.create_index("event_open", "event", ["id"], unique=False, postgresql_where=sa.text("fanned_out_at IS NULL"))
    op.create_table(
        "graduate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("college_id", sa.Integer(), nullable=False),
        sa.Column("candidate_no", sa.Text(), nullable=False),
        sa.Column("student_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_type", sa.Text(), server_default=sa.text("'resident'"), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_index", sa.LargeBinary(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("ethnicity", sa.Text(), nullable=False),
        sa.Column("political_status", sa.Text(), nullable=False),
        sa.Column("degree", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=True),
        sa.Column("major", sa.Text(), nullable=False),
        sa.Column("class_name", sa.Text(), nullable=True),
        sa.Column("study_years", sa.Numeric(precision=3, scale=1), nullable=False),
        sa.Column("enrolled_on", sa.Text(), nullable=False),
        sa.Column("graduates_on", sa.Text(), nullable=False),
        sa.Column("training_mode", sa.Text(), nullable=False),
        sa.Column("commissioned_by", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("archive_moved", sa.Boolean(), nullable=True),
        sa.Column("hukou_moved", sa.Boolean(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("rest", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("base_state", sa.Text(), server_default=sa.text("'uploaded'"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pin", sa.LargeBinary(), nullable=True),
        sa.Column("pin_failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("pin_paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "base_state IN ('uploaded', 'confirmed', 'changed', 'deleted')", name=op.f("graduate_state_known")
        ),
        sa.CheckConstraint(
            "enrolled_on ~ '^[0-9]{6}$' AND graduates_on ~ '^[0-9]{6}$'", name=op.f("graduate_months_shape")
        ),
        sa.CheckConstraint("origin ~ '^[0-9]{6}$'", name=op.f("graduate_origin_shape")),
        sa.CheckConstraint("pin_failures BETWEEN 0 AND 5", name=op.f("graduate_pin_failures_range")),
        sa.ForeignKeyConstraint(["college_id"], ["college.id"], name=op.f("graduate_college_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("graduate_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("graduate_pkey")),
        sa.UniqueConstraint(
            "school_id", "class_year", "candidate_no", name=op.f("graduate_school_id_class_year_candidate_no_key")
        ),
        sa.UniqueConstraint(
            "school_id", "class_year", "id_number_index", name=op.f("graduate_school_id_class_year_id_number_index_key")
        ),
    )
    op.create_index("graduate_by_college", "graduate", ["school_id", "class_year", "college_id"], unique=False)
    op.create_index("graduate_by_id_number", "graduate", ["id_number_index"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("graduate_id", sa.Uuid(), nullable=True),
        sa.Column("employer_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("college_id", sa.Integer(), nullable=True),
        sa.Column("session_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "CASE role WHEN 'graduate' THEN graduate_id IS NOT NULL AND password IS NULL WHEN 'employer' THEN employer_id IS NOT NULL AND login IS NOT NULL WHEN 'school' THEN school_id IS NOT NULL AND login IS NOT NULL ELSE school_id IS NOT NULL AND college_id IS NOT NULL AND login IS NOT NULL END",
            name=op.f("account_role_fits"),
        ),
        sa.CheckConstraint(
            "role IN ('graduate', 'employer', 'counsellor', 'college', 'school')", name=op.f("account_role_known")
        ),
        sa.ForeignKeyConstraint(["college_id"], ["college.id"], name=op.f("account_college_id_fkey")),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("account_employer_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("account_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("account_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("account_pkey")),
        sa.UniqueConstraint("graduate_id", name=op.f("account_graduate_id_key")),
        sa.UniqueConstraint("login", name=op.f("account_login_key")),
    )
    op.create_index(
        "account_by_employer",
        "account",
        ["employer_id"],
        unique=False,
        postgresql_where=sa.text("employer_id IS NOT NULL"),
    )
    op.create_index(
        "account_by_school",
        "account",
        ["school_id", "college_id"],
        unique=False,
        postgresql_where=sa.text("role <> 'graduate'"),
    )
    op.create_index(
        "account_newcomers",
        "account",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("role = 'graduate' AND introduced_at IS NULL"),
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("idempotent_answer_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("idempotent_answer_pkey")),
    )
    op.create_index("idempotent_answer_old", "idempotent_answer", ["created_at"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("party", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("clauses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms_hash", sa.Text(), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("put_off_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'refused', 'withdrawn', 'expired')", name=op.f("invitation_state_known")
        ),
        sa.CheckConstraint("respond_by > sent_at", name=op.f("invitation_deadline_after_sending")),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("invitation_employer_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("invitation_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["replaces_id"], ["invitation.id"], name=op.f("invitation_replaces_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("invitation_school_id_fkey")),
        sa.ForeignKeyConstraint(["sent_by"], ["account.id"], name=op.f("invitation_sent_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("invitation_pkey")),
    )
    op.create_index(
        "invitation_due", "invitation", ["respond_by"], unique=False, postgresql_where=sa.text("state IN ('pending')")
    )
    op.create_index("invitation_of_employer", "invitation", ["employer_id", "sent_at"], unique=False)
    op.create_index("invitation_of_graduate", "invitation", ["graduate_id", "sent_at"], unique=False)
    op.create_index(
        "invitation_one_open",
        "invitation",
        ["employer_id", "graduate_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending')"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("href", sa.Text(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reminder", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wanted_while", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("client_msg_id", sa.Uuid(), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("errcode", sa.Integer(), nullable=True),
        sa.Column("errmsg", sa.Text(), nullable=True),
        sa.Column("wechat_msgid", sa.BigInteger(), nullable=True),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('inbox', 'queued', 'sending', 'sent', 'delivered', 'blocked', 'refused', 'not_following', 'in_review', 'rate_limited', 'expired', 'cancelled', 'unsure', 'failed')",
            name=op.f("message_state_known"),
        ),
        sa.CheckConstraint("topic IN ('invitation', 'result', 'desk')", name=op.f("message_topic_known")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("message_event_id_fkey")),
        sa.ForeignKeyConstraint(["recipient"], ["account.id"], name=op.f("message_recipient_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("message_pkey")),
        sa.UniqueConstraint("event_id", "recipient", "kind", name=op.f("message_event_id_recipient_kind_key")),
    )
    op.create_index(
        "message_by_wechat",
        "message",
        ["wechat_msgid"],
        unique=False,
        postgresql_where=sa.text("wechat_msgid IS NOT NULL"),
    )
    op.create_index(
        "message_due",
        "message",
        ["urgent", "next_try_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending', 'rate_limited')"),
    )
    op.create_index("message_inbox", "message", ["recipient", "due_at", "id"], unique=False)
    op.create_index("message_of_subject", "message", ["subject"], unique=False)
    op.create_index(
        "message_under_way", "message", ["recipient"], unique=False, postgresql_where=sa.text("state IN ('sending')")
    )
    op.create_index(
        "message_unread",
        "message",
        ["recipient"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL AND state <> 'cancelled'"),
    )
    op.create_index(
        "message_waiting",
        "message",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('not_following')"),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("sign_in_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("sign_in_pkey")),
        sa.UniqueConstraint("token", name=op.f("sign_in_token_key")),
    )
    op.create_index(op.f("sign_in_account_id_idx"), "sign_in", ["account_id"], unique=False)
    op.create_table(
        "wechat_follower",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("following", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caught_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("wechat_follower_account_id_fkey")),
        sa.PrimaryKeyConstraint("app_id", "openid", name=op.f("wechat_follower_pkey")),
        sa.UniqueConstraint("app_id", "account_id", name=op.f("wechat_follower_app_id_account_id_key")),
    )
    op.create_index(
        "wechat_follower_to_catch_up",
        "wechat_follower",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text(
            "account_id IS NOT NULL AND following AND (caught_up_at IS NULL OR caught_up_at < bound_at)"
        ),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_number", sa.Text(), nullable=True),
        sa.Column("destination_code", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('in_review', 'agreement_generated', 'effective', 'terminating', 'terminated', 'failed', 'voided', 'suspended')",
            name=op.f("claim_state_known"),
        ),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("claim_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("claim_invitation_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("claim_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("claim_pkey")),
        sa.UniqueConstraint("agreement_number", name=op.f("claim_agreement_number_key")),
    )
    op.create_index(
        "claim_lane",
        "claim",
        ["graduate_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('in_review', 'agreement_generated', 'effective', 'terminating', 'suspended')"
        ),
    )
    op.create_index("claim_of_graduate", "claim", ["graduate_id", "opened_at"], unique=False)
    op.create_index("claim_of_invitation", "claim", ["invitation_id"], unique=False)
    op.create_table(
        "filing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_year", sa.SmallInteger(), nullable=False),
        sa.Column("college_id", sa.Integer(), nullable=False),
        sa.Column("graduate_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("stages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("form_version", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'counsellor_review', 'college_review', 'school_review', 'returned', 'rejected', 'approved', 'withdrawn', 'voided')",
            name=op.f("filing_state_known"),
        ),
        sa.CheckConstraint("round >= 1", name=op.f("filing_round_counts")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("filing_claim_id_fkey")),
        sa.ForeignKeyConstraint(["college_id"], ["college.id"], name=op.f("filing_college_id_fkey")),
        sa.ForeignKeyConstraint(["graduate_id"], ["graduate.id"], name=op.f("filing_graduate_id_fkey")),
        sa.ForeignKeyConstraint(["holder_id"], ["account.id"], name=op.f("filing_holder_id_fkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("filing_school_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("filing_pkey")),
    )
    op.create_index("filing_college_desk", "filing", ["college_id", "state", "stage_since", "id"], unique=False)
    op.create_index("filing_of_claim", "filing", ["claim_id"], unique=False)
    op.create_index("filing_of_graduate", "filing", ["graduate_id", "submitted_at"], unique=False)
    op.create_index("filing_school_desk", "filing", ["school_id", "state", "stage_since", "id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("filing_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("verdict IN ('approve', 'return', 'reject')", name=op.f("review_verdict_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("review_account_id_fkey")),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("review_filing_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("review_pkey")),
        sa.UniqueConstraint("filing_id", "round", "stage", name=op.f("review_filing_id_round_stage_key")),
    )
    op.create_index("review_by_account", "review", ["account_id", "decided_at"], unique=False)
    legal_step = sa.table(
        "legal_step", sa.column("machine"), sa.column("action"), sa.column("source"), sa.column("target")
    )
    names = ("machine", "action", "source", "target")
    op.bulk_insert(legal_step, [dict(zip(names, row, strict=True)) for row in LEGAL_STEPS])
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_index("review_by_account", table_name="review")
    op.drop_table("review")
    op.drop_index("filing_school_desk", table_name="filing")
    op.drop_index("filing_of_graduate", table_name="filing")
    op.drop_index("filing_of_claim", table_name="filing")
    op.drop_index("filing_college_desk", table_name="filing")
    op.drop_table("filing")
    op.drop_index("claim_of_invitation", table_name="claim")
    op.drop_index("claim_of_graduate", table_name="claim")
    op.drop_index(
        "claim_lane",
        table_name="claim",
        postgresql_where=sa.text(
            "state IN ('in_review', 'agreement_generated', 'effective', 'terminating', 'suspended')"
        ),
    )
    op.drop_table("claim")
    op.drop_index(
        "wechat_follower_to_catch_up",
        table_name="wechat_follower",
        postgresql_where=sa.text(
            "account_id IS NOT NULL AND following AND (caught_up_at IS NULL OR caught_up_at < bound_at)"
        ),
    )
    op.drop_table("wechat_follower")
    op.drop_index(op.f("sign_in_account_id_idx"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index("message_waiting", table_name="message", postgresql_where=sa.text("state IN ('not_following')"))
    op.drop_index(
        "message_unread", table_name="message", postgresql_where=sa.text("read_at IS NULL AND state <> 'cancelled'")
    )
    op.drop_index("message_under_way", table_name="message", postgresql_where=sa.text("state IN ('sending')"))
    op.drop_index("message_of_subject", table_name="message")
    op.drop_index("message_inbox", table_name="message")
    op.drop_index(
        "message_due", table_name="message", postgresql_where=sa.text("state IN ('queued', 'sending', 'rate_limited')")
    )
    op.drop_index("message_by_wechat", table_name="message", postgresql_where=sa.text("wechat_msgid IS NOT NULL"))
    op.drop_table("message")
    op.drop_index("invitation_one_open", table_name="invitation", postgresql_where=sa.text("state IN ('pending')"))
    op.drop_index("invitation_of_graduate", table_name="invitation")
    op.drop_index("invitation_of_employer", table_name="invitation")
    op.drop_index("invitation_due", table_name="invitation", postgresql_where=sa.text("state IN ('pending')"))
    op.drop_table("invitation")
    op.drop_index("idempotent_answer_old", table_name="idempotent_answer")
    op.drop_table("idempotent_answer")
    op.drop_index(
        "account_newcomers",
        table_name="account",
        postgresql_where=sa.text("role = 'graduate' AND introduced_at IS NULL"),
    )
    op.drop_index("account_by_school", table_name="account", postgresql_where=sa.text("role <> 'graduate'"))
    op.drop_index("account_by_employer", table_name="account", postgresql_where=sa.text("employer_id IS NOT NULL"))
    op.drop_table("account")
    op.drop_index("graduate_by_id_number", table_name="graduate")
    op.drop_index("graduate_by_college", table_name="graduate")
    op.drop_table("graduate")
    op.drop_index("event_open", table_name="event", postgresql_where=sa.text("fanned_out_at IS NULL"))
    op.drop_index("event_of_graduate", table_name="event")
    op.drop_table("event")
    op.drop_table("college")
    op.drop_index("wechat_callback_open", table_name="wechat_callback", postgresql_where=sa.text("handled_at IS NULL"))
    op.drop_table("wechat_callback")
    op.drop_table("sending_pause")
    op.drop_table("school")
    op.drop_index(op.f("login_attempt_browser_idx"), table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_table("legal_step")
    op.drop_table("employer")
    op.drop_index("document_due", table_name="document", postgresql_where=sa.text("state IN ('due')"))
    op.drop_table("document")
    op.execute("DROP FUNCTION event_is_history() CASCADE")
