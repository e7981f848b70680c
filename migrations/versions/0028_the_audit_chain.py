"""The hash chain of the audit trail: a link for every event, made when its transaction commits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_FUNCTIONS = """
CREATE FUNCTION audit_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        convert_to(octet_length(convert_to(value, 'UTF8')) || ':' || value, 'UTF8'), '-'::bytea)
$$;

CREATE FUNCTION audit_content_sha256(event audit_events) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(
        audit_field((extract(epoch FROM event.at) * 1000000)::bigint::text)
        || audit_field(event.actor_user_id::text) || audit_field(event.actor)
        || audit_field(event.action) || audit_field(event.subject_kind)
        || audit_field(event.subject_id) || audit_field(event.before::text)
        || audit_field(event.after::text))
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
DROP FUNCTION audit_field(text);
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
