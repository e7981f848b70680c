"""The schema: every table, and the triggers that keep history as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = {
    "admin": "accounts and imports",
    "ops_manager": "pauses projects, reviews plans",
    "contractor": "sees own assignments, logs own hours",
    "payroll": "exports hours",
}

TABLES = (
    "clients",
    "contractors",
    "roles",
    "skills",
    "contractor_skills",
    "projects",
    "time_off",
    "users",
    "walls",
    "audit_events",
    "export_batches",
    "pauses",
    "project_skills",
    "rejected_pairs",
    "users_roles",
    "pause_projects",
    "plan_runs",
    "plan_progress",
    "proposals",
    "unplaced",
    "assignments",
    "hours_entries",
)
"""In the order of their making: each refers only to earlier ones."""

TRIGGERS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps what it holds: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_events_are_append_only
    BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_are_not_emptied
    BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER export_batches_are_immutable
    BEFORE UPDATE OR DELETE ON export_batches
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER export_batches_are_not_emptied
    BEFORE TRUNCATE ON export_batches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exported_hours_are_immutable
    BEFORE UPDATE OR DELETE ON hours_entries
    FOR EACH ROW WHEN (OLD.export_batch_id IS NOT NULL)
    EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:  # noqa: PLR0915 - a statement a table, read top to bottom
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_clients")),
    )
    op.create_table(
        "contractors",
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("max_weekly_hours", sa.Integer(), nullable=False),
        sa.Column("pay_rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("utc_offset", sa.Double(), nullable=True),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("clearance_expires_on", sa.Date(), nullable=True),
        sa.Column("compartments", sa.Text(), nullable=False),
        sa.Column("floor_hours", sa.Integer(), nullable=True),
        sa.Column("max_projects", sa.Integer(), nullable=False),
        sa.Column("min_pay_rate_cents", sa.BigInteger(), nullable=True),
        sa.Column("payroll_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'inactive')", name=op.f("ck_contractors_status_choice")
        ),
        sa.CheckConstraint(
            "clearance BETWEEN 0 AND 4", name=op.f("ck_contractors_clearance_range")
        ),
        sa.CheckConstraint(
            "floor_hours BETWEEN 0 AND 168", name=op.f("ck_contractors_floor_hours_range")
        ),
        sa.CheckConstraint(
            "max_projects BETWEEN 0 AND 100", name=op.f("ck_contractors_max_projects_range")
        ),
        sa.CheckConstraint(
            "max_weekly_hours BETWEEN 0 AND 168", name=op.f("ck_contractors_max_weekly_hours_range")
        ),
        sa.CheckConstraint(
            "min_pay_rate_cents BETWEEN 0 AND 100000000",
            name=op.f("ck_contractors_min_pay_rate_cents_range"),
        ),
        sa.CheckConstraint(
            "pay_rate_cents BETWEEN 0 AND 100000000",
            name=op.f("ck_contractors_pay_rate_cents_range"),
        ),
        sa.CheckConstraint(
            "utc_offset BETWEEN -12 AND 14", name=op.f("ck_contractors_utc_offset_range")
        ),
        sa.PrimaryKeyConstraint("contractor_id", name=op.f("pk_contractors")),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "skills",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_skills")),
    )
    op.create_table(
        "contractor_skills",
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_contractor_skills_level_range")),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_contractor_skills_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["skill"], ["skills.name"], name=op.f("fk_contractor_skills_skill")
        ),
        sa.PrimaryKeyConstraint("contractor_id", "skill", name=op.f("pk_contractor_skills")),
    )
    op.create_index(
        op.f("ix_contractor_skills_skill"), "contractor_skills", ["skill"], unique=False
    )
    op.create_table(
        "projects",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("codename", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("demand_hours", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("min_hours", sa.Integer(), nullable=False),
        sa.Column("max_hours", sa.Integer(), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("compartments", sa.Text(), nullable=False),
        sa.Column("pay_rate_cents", sa.BigInteger(), nullable=True),
        sa.Column("weekly_budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("utc_offset", sa.Double(), nullable=True),
        sa.Column("max_utc_distance", sa.Double(), nullable=True),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'paused', 'closed')", name=op.f("ck_projects_status_choice")
        ),
        sa.CheckConstraint("clearance BETWEEN 0 AND 4", name=op.f("ck_projects_clearance_range")),
        sa.CheckConstraint(
            "demand_hours BETWEEN 0 AND 10000000", name=op.f("ck_projects_demand_hours_range")
        ),
        sa.CheckConstraint("max_hours BETWEEN 1 AND 168", name=op.f("ck_projects_max_hours_range")),
        sa.CheckConstraint(
            "max_utc_distance BETWEEN 0 AND 24", name=op.f("ck_projects_max_utc_distance_range")
        ),
        sa.CheckConstraint("min_hours <= max_hours", name=op.f("ck_projects_hours_in_order")),
        sa.CheckConstraint("min_hours BETWEEN 1 AND 168", name=op.f("ck_projects_min_hours_range")),
        sa.CheckConstraint(
            "pay_rate_cents BETWEEN 0 AND 100000000", name=op.f("ck_projects_pay_rate_cents_range")
        ),
        sa.CheckConstraint("priority BETWEEN 1 AND 5", name=op.f("ck_projects_priority_range")),
        sa.CheckConstraint("seats BETWEEN 0 AND 10000000", name=op.f("ck_projects_seats_range")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_projects_dates_in_order")),
        sa.CheckConstraint(
            "utc_offset BETWEEN -12 AND 14", name=op.f("ck_projects_utc_offset_range")
        ),
        sa.CheckConstraint(
            "weekly_budget_cents BETWEEN 0 AND 100000000000000",
            name=op.f("ck_projects_weekly_budget_cents_range"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.client_id"], name=op.f("fk_projects_client_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_projects")),
    )
    op.create_index(op.f("ix_projects_client_id"), "projects", ["client_id"], unique=False)
    op.create_index(op.f("ix_projects_codename"), "projects", ["codename"], unique=False)
    op.create_table(
        "time_off",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_time_off_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["contractors.contractor_id"], name=op.f("fk_time_off_contractor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
    )
    op.create_index(op.f("ix_time_off_contractor_id"), "time_off", ["contractor_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("current_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_login_ip", sa.Text(), nullable=True),
        sa.Column("last_login_ip", sa.Text(), nullable=True),
        sa.Column("login_count", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower_case")),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["contractors.contractor_id"], name=op.f("fk_users_contractor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("contractor_id", name=op.f("uq_users_contractor_id")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "walls",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("competitor_id", sa.Text(), nullable=False),
        sa.Column("cooling_off_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cooling_off_days BETWEEN 0 AND 36500", name=op.f("ck_walls_cooling_off_days_range")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.client_id"], name=op.f("fk_walls_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["competitor_id"], ["clients.client_id"], name=op.f("fk_walls_competitor_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "competitor_id", name=op.f("pk_walls")),
    )
    op.create_index(op.f("ix_walls_competitor_id"), "walls", ["competitor_id"], unique=False)
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor_user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["users.id"], name=op.f("fk_audit_events_actor_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"], unique=False)
    op.create_index(
        "ix_audit_events_subject", "audit_events", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "export_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period_starts_on", sa.Date(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("line_count > 0", name=op.f("ck_export_batches_line_count_range")),
        sa.CheckConstraint("number > 0", name=op.f("ck_export_batches_number_range")),
        sa.CheckConstraint(
            "period_starts_on <= period_ends_on", name=op.f("ck_export_batches_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_export_batches_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_export_batches_number")),
    )
    op.create_table(
        "pauses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("reason_class", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("paused_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "paused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("resumed_by", sa.BigInteger(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason_class IN ('security_breach', 'contract_dispute', 'funding', 'other')",
            name=op.f("ck_pauses_reason_class_choice"),
        ),
        sa.CheckConstraint(
            "scope_kind IN ('project', 'client')", name=op.f("ck_pauses_scope_kind_choice")
        ),
        sa.CheckConstraint("status IN ('open', 'resumed')", name=op.f("ck_pauses_status_choice")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.client_id"], name=op.f("fk_pauses_client_id")
        ),
        sa.ForeignKeyConstraint(["paused_by"], ["users.id"], name=op.f("fk_pauses_paused_by")),
        sa.ForeignKeyConstraint(["resumed_by"], ["users.id"], name=op.f("fk_pauses_resumed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_client_id"), "pauses", ["client_id"], unique=False)
    op.create_table(
        "project_skills",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("min_level", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "min_level BETWEEN 1 AND 5", name=op.f("ck_project_skills_min_level_range")
        ),
        sa.CheckConstraint("weight BETWEEN 1 AND 10", name=op.f("ck_project_skills_weight_range")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_project_skills_project_id")
        ),
        sa.ForeignKeyConstraint(["skill"], ["skills.name"], name=op.f("fk_project_skills_skill")),
        sa.PrimaryKeyConstraint("project_id", "skill", name=op.f("pk_project_skills")),
    )
    op.create_index(op.f("ix_project_skills_skill"), "project_skills", ["skill"], unique=False)
    op.create_table(
        "rejected_pairs",
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rejected_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "rejected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_rejected_pairs_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_rejected_pairs_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["rejected_by"], ["users.id"], name=op.f("fk_rejected_pairs_rejected_by")
        ),
        sa.PrimaryKeyConstraint("contractor_id", "project_id", name=op.f("pk_rejected_pairs")),
    )
    op.create_table(
        "users_roles",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_users_roles_role_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_users_roles_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_users_roles")),
    )
    op.create_index(op.f("ix_users_roles_role_id"), "users_roles", ["role_id"], unique=False)
    op.create_table(
        "pause_projects",
        sa.Column("pause_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("previous_status", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "previous_status IN ('open', 'paused')",
            name=op.f("ck_pause_projects_previous_status_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["pause_id"], ["pauses.id"], name=op.f("fk_pause_projects_pause_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_pause_projects_project_id")
        ),
        sa.PrimaryKeyConstraint("pause_id", "project_id", name=op.f("pk_pause_projects")),
    )
    op.create_index(
        "uq_pause_projects_project_id_open",
        "pause_projects",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "plan_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pause_id", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("time_limit_s", sa.Double(), nullable=False),
        sa.Column("gap", sa.Double(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("pause_date", sa.Date(), nullable=False),
        sa.Column("horizon_starts_on", sa.Date(), nullable=False),
        sa.Column("horizon_ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("stop_requested", sa.Text(), server_default="none", nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("certificate", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'failed') = (error IS NOT NULL)", name=op.f("ck_plan_runs_error_when_failed")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_plan_runs_status_choice"),
        ),
        sa.CheckConstraint(
            "stop_requested IN ('none', 'keep', 'cancel')",
            name=op.f("ck_plan_runs_stop_requested_choice"),
        ),
        sa.CheckConstraint("time_limit_s > 0", name=op.f("ck_plan_runs_time_limit_s_range")),
        sa.CheckConstraint("weeks BETWEEN 1 AND 104", name=op.f("ck_plan_runs_weeks_range")),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name=op.f("fk_plan_runs_pause_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_plan_runs_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_runs")),
    )
    op.create_index(
        "ix_plan_runs_pause_id_status", "plan_runs", ["pause_id", "status"], unique=False
    )
    op.create_index(
        "uq_plan_runs_pause_id_unfinished",
        "plan_runs",
        ["pause_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "plan_progress",
        sa.Column("plan_run_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("elapsed_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_run_id"], ["plan_runs.id"], name=op.f("fk_plan_progress_plan_run_id")
        ),
        sa.PrimaryKeyConstraint("plan_run_id", "seq", name=op.f("pk_plan_progress")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_run_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("hours_per_week", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("fit", sa.Integer(), nullable=False),
        sa.Column("pay_rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("previous_pay_rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_projects", sa.Text(), nullable=False),
        sa.Column("restored_hour_weeks", sa.Numeric(precision=10, scale=1), nullable=False),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("status", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'approved', 'rejected', 'superseded')",
            name=op.f("ck_proposals_status_choice"),
        ),
        sa.CheckConstraint("fit BETWEEN 0 AND 100", name=op.f("ck_proposals_fit_range")),
        sa.CheckConstraint(
            "hours_per_week BETWEEN 1 AND 168", name=op.f("ck_proposals_hours_per_week_range")
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_proposals_contractor_id"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_proposals_decided_by")),
        sa.ForeignKeyConstraint(
            ["plan_run_id"], ["plan_runs.id"], name=op.f("fk_proposals_plan_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_proposals_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(
        op.f("ix_proposals_contractor_id"), "proposals", ["contractor_id"], unique=False
    )
    op.create_index(
        "ix_proposals_plan_run_id_status", "proposals", ["plan_run_id", "status"], unique=False
    )
    op.create_index(op.f("ix_proposals_project_id"), "proposals", ["project_id"], unique=False)
    op.create_index(
        "uq_proposals_place",
        "proposals",
        ["plan_run_id", "contractor_id", "project_id"],
        unique=True,
    )
    op.create_table(
        "unplaced",
        sa.Column("plan_run_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("lost_hours", sa.Integer(), nullable=False),
        sa.Column("restored_hours", sa.Double(), nullable=False),
        sa.Column("floor_hours", sa.Integer(), nullable=False),
        sa.Column("covered", sa.Boolean(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("blocker", sa.Text(), nullable=False),
        sa.Column("nearest_project", sa.Text(), nullable=False),
        sa.Column("unlock", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["contractors.contractor_id"], name=op.f("fk_unplaced_contractor_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_run_id"], ["plan_runs.id"], name=op.f("fk_unplaced_plan_run_id")
        ),
        sa.PrimaryKeyConstraint("plan_run_id", "contractor_id", name=op.f("pk_unplaced")),
    )
    op.create_table(
        "assignments",
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("hours_per_week", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("pay_rate_cents", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("suspended_by_pause_id", sa.BigInteger(), nullable=True),
        sa.Column("proposal_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_by_pause_id IS NOT NULL)",
            name=op.f("ck_assignments_suspended_by_a_pause"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'ended', 'suspended')", name=op.f("ck_assignments_status_choice")
        ),
        sa.CheckConstraint(
            "hours_per_week BETWEEN 1 AND 168", name=op.f("ck_assignments_hours_per_week_range")
        ),
        sa.CheckConstraint(
            "pay_rate_cents BETWEEN 0 AND 100000000",
            name=op.f("ck_assignments_pay_rate_cents_range"),
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_assignments_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_assignments_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_assignments_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_assignments_proposal_id")
        ),
        sa.ForeignKeyConstraint(
            ["suspended_by_pause_id"],
            ["pauses.id"],
            name=op.f("fk_assignments_suspended_by_pause_id"),
        ),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_assignments_proposal_id")),
    )
    op.create_index(
        op.f("ix_assignments_contractor_id"), "assignments", ["contractor_id"], unique=False
    )
    op.create_index(
        "ix_assignments_project_id_status", "assignments", ["project_id", "status"], unique=False
    )
    op.create_index(
        op.f("ix_assignments_suspended_by_pause_id"),
        "assignments",
        ["suspended_by_pause_id"],
        unique=False,
    )
    op.create_table(
        "hours_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("export_batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("hours > 0 AND hours <= 24", name=op.f("ck_hours_entries_hours_range")),
        sa.CheckConstraint("rate_cents >= 0", name=op.f("ck_hours_entries_rate_cents_range")),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.assignment_id"],
            name=op.f("fk_hours_entries_assignment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["users.id"], name=op.f("fk_hours_entries_entered_by")
        ),
        sa.ForeignKeyConstraint(
            ["export_batch_id"],
            ["export_batches.id"],
            name=op.f("fk_hours_entries_export_batch_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_entries")),
        sa.UniqueConstraint(
            "assignment_id", "work_date", name=op.f("uq_hours_entries_assignment_id_work_date")
        ),
    )
    op.create_index(
        op.f("ix_hours_entries_export_batch_id"), "hours_entries", ["export_batch_id"], unique=False
    )
    op.create_index(
        "ix_hours_entries_work_date_unexported",
        "hours_entries",
        ["work_date"],
        unique=False,
        postgresql_where=sa.text("export_batch_id IS NULL"),
    )
    op.execute(TRIGGERS)
    op.bulk_insert(
        sa.table("roles", sa.column("name"), sa.column("description")),
        [{"name": name, "description": text} for name, text in ROLES.items()],
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change")
