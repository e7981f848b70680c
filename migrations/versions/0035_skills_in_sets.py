"""Skills of contractors checked set by set: an import brings a million of them at once."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_KEYS = (
    ("contractor_id", "contractors", "contractor_id"),
    ("skill", "skills", "name"),
)
"""What foreign keys did row by row, at half of the time of an import: column, table, its key."""

_CHECKS = """
CREATE FUNCTION check_new_contractor_skills() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_whole boolean;
BEGIN
    -- Locked as a foreign key locks: what the new rows name stays until they are committed.
    WITH named AS MATERIALIZED (SELECT DISTINCT contractor_id FROM new_rows)
    SELECT (SELECT count(*) FROM named) = (SELECT count(*) FROM (
        SELECT FROM contractors WHERE contractor_id IN (TABLE named)
        ORDER BY contractor_id FOR KEY SHARE) AS found)
    INTO is_whole;
    IF NOT is_whole THEN
        RAISE EXCEPTION 'a skill names no contractor' USING ERRCODE = 'foreign_key_violation';
    END IF;
    WITH named AS MATERIALIZED (SELECT DISTINCT skill FROM new_rows)
    SELECT (SELECT count(*) FROM named) = (SELECT count(*) FROM (
        SELECT FROM skills WHERE name IN (TABLE named) ORDER BY name FOR KEY SHARE) AS found)
    INTO is_whole;
    IF NOT is_whole THEN
        RAISE EXCEPTION 'a contractor has a skill that does not exist'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER new_contractor_skills_name_what_exists
    AFTER INSERT ON contractor_skills REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_new_contractor_skills();

CREATE FUNCTION refuse_other_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: the key of a row stays', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER contractor_skills_keep_their_key
    BEFORE UPDATE ON contractor_skills FOR EACH ROW
    WHEN ((OLD.contractor_id, OLD.skill) IS DISTINCT FROM (NEW.contractor_id, NEW.skill))
    EXECUTE FUNCTION refuse_other_key();

CREATE FUNCTION refuse_loss_of_held() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text := to_jsonb(OLD) ->> TG_ARGV[1];
    is_held boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM contractor_skills WHERE %I = $1)', TG_ARGV[0])
        INTO is_held USING held;
    IF is_held THEN
        RAISE EXCEPTION 'a skill of a contractor names % %', TG_ARGV[1], held
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
"""


def upgrade() -> None:
    for column, _table, _key in _KEYS:
        op.drop_constraint(op.f(f"fk_contractor_skills_{column}"), "contractor_skills")
    op.execute(_CHECKS)
    for column, table, key in _KEYS:
        # After the row is locked: only then a skill that somebody else adds is seen.
        op.execute(
            f"CREATE TRIGGER held_{table}_stay AFTER DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_held('{column}', '{key}')"
        )
        op.execute(
            f"CREATE TRIGGER held_{table}_keep_their_key AFTER UPDATE ON {table} "
            f"FOR EACH ROW WHEN (OLD.{key} IS DISTINCT FROM NEW.{key}) "
            f"EXECUTE FUNCTION refuse_loss_of_held('{column}', '{key}')"
        )


def downgrade() -> None:
    for _column, table, _key in _KEYS:
        op.execute(f"DROP TRIGGER held_{table}_keep_their_key ON {table}")
        op.execute(f"DROP TRIGGER held_{table}_stay ON {table}")
    op.execute("DROP TRIGGER contractor_skills_keep_their_key ON contractor_skills")
    op.execute("DROP TRIGGER new_contractor_skills_name_what_exists ON contractor_skills")
    for function in ("refuse_loss_of_held", "refuse_other_key", "check_new_contractor_skills"):
        op.execute(f"DROP FUNCTION {function}()")
    for column, table, key in _KEYS:
        op.create_foreign_key(
            op.f(f"fk_contractor_skills_{column}"), "contractor_skills", table, [column], [key]
        )
