"""The hash chain of the audit trail: a link for every event, made when its transaction commits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_FUNCTIONS = """
-- In one expression of built-in functions: it runs for each event while others wait to commit.
CREATE FUNCTION audit_content_sha256(event audit_events) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    at text := (extract(epoch FROM event.at) * 1000000)::bigint;
    who text := event.actor_user_id;
    old_values text := event.before;
    new_values text := event.after;
BEGIN
    RETURN sha256(convert_to(
        octet_length(at) || ':' || at
        || coalesce(octet_length(who) || ':' || who, '-')
        || octet_length(event.actor) || ':' || event.actor
        || octet_length(event.action) || ':' || event.action
        || octet_length(event.subject_kind) || ':' || event.subject_kind
        || octet_length(event.subject_id) || ':' || event.subject_id
        || coalesce(octet_length(old_values) || ':' || old_values, '-')
        || coalesce(octet_length(new_values) || ':' || new_values, '-'), 'UTF8'));
END
$$;

CREATE FUNCTION link_audit_event(event audit_events) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    content bytea := audit_content_sha256(event);
    last_seq bigint;
    last_hash bytea;
BEGIN
    -- Who commits next waits here until we have committed, so no two links follow the same one.
    PERFORM pg_advisory_xact_lock(7480);
    SELECT seq, hash INTO last_seq, last_hash FROM audit_links ORDER BY seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    INSERT INTO audit_links (seq, event_id, content_sha256, hash)
    VALUES (last_seq + 1, event.id, content,
            sha256(last_hash || int8send(last_seq + 1) || int8send(event.id) || content));
END
$$;

-- With the rights of its owner: the role of the application cannot write links by itself.
CREATE FUNCTION link_new_audit_event() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM link_audit_event(NEW);
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_links_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is this trigger itself; a link that comes with its event is one deeper.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'links of the audit trail come with their events: INSERT refused'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
"""

_NEEDS_UTF8 = """
DO $$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the database has the encoding %, UTF8 expected: what is hashed is UTF-8',
            current_setting('server_encoding');
    END IF;
END
$$
"""

_LINK_WHAT_IS_THERE = """
DO $$
DECLARE
    event audit_events;
BEGIN
    FOR event IN SELECT * FROM audit_events ORDER BY id LOOP
        PERFORM link_audit_event(event);
    END LOOP;
END
$$
"""

_TRIGGERS = """
CREATE TRIGGER audit_links_come_with_their_events
    BEFORE INSERT ON audit_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_links_of_others();
CREATE TRIGGER audit_links_are_append_only
    BEFORE UPDATE OR DELETE ON audit_links
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_links_are_not_emptied
    BEFORE TRUNCATE ON audit_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

_DROP = """
DROP TRIGGER audit_events_are_linked ON audit_events;
DROP TABLE audit_links;
DROP FUNCTION refuse_links_of_others();
DROP FUNCTION link_new_audit_event();
DROP FUNCTION link_audit_event(audit_events);
DROP FUNCTION audit_content_sha256(audit_events);
"""


def upgrade() -> None:
    op.create_table(
        "audit_links",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(content_sha256) = 32", name=op.f("ck_audit_links_content_sha256_length")
        ),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_links_hash_length")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_links_event_id")),
    )
    op.execute(_NEEDS_UTF8)
    op.execute(_FUNCTIONS)
    # Deferred, so that the lock is held for the commit alone. Made before the events of before
    # are linked: from here on nobody else adds one.
    op.execute(
        "CREATE CONSTRAINT TRIGGER audit_events_are_linked AFTER INSERT ON audit_events "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION link_new_audit_event()"
    )
    op.execute(_LINK_WHAT_IS_THERE)
    op.execute(_TRIGGERS)


def downgrade() -> None:
    op.execute(_DROP)
