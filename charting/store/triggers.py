"""What no function of the store may do, and no other program with the key should: refused by the database.

The logs and the documents are only ever added to; of a signed session nothing changes; and nothing that has a
chain is ever deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.engine import Connection

from charting.store.faults import APPEND_ONLY, KEPT, SEALED

NEVER_CHANGED = ("command_log", "documents", "reading_log")
NEVER_DELETED = ("patients", "courses", "sessions", "marks", "staff", "clinic")
PARTS = ("marks", "solutions", "components")


def create(connection: Connection) -> None:
    """Make all triggers, in the transaction that is open."""
    for statement in _statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Remove whatever triggers there are: to migrate, or to fill an empty store with what another holds."""
    postgres = connection.dialect.name == "postgresql"
    for name, table in _present(connection):
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}" if postgres else f"DROP TRIGGER {name}")


def missing(connection: Connection) -> tuple[str, ...]:
    """Return the names of the triggers that should be there and are not, or are switched off."""
    there = {name for name, _ in _present(connection)}
    return tuple(name for name in _names(connection.dialect.name) if name not in there)


def _present(connection: Connection) -> list[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') "
            "AND relnamespace = current_schema()::regnamespace"
        )
    return [(row[0], row[1]) for row in connection.exec_driver_sql(query)]


def _names(dialect: str) -> Iterator[str]:
    for statement in _statements(dialect):
        if statement.startswith("CREATE TRIGGER"):
            yield statement.split()[2]


def _statements(dialect: str) -> Iterator[str]:
    return _sqlite() if dialect == "sqlite" else _postgres()


def _sqlite() -> Iterator[str]:
    def refuse(name: str, event: str, table: str, when: str, why: str) -> str:
        condition = f" WHEN {when}" if when else ""
        return (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{condition} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )

    for table in NEVER_CHANGED:
        for event in ("UPDATE", "DELETE"):
            yield refuse(f"{table}_no_{event.lower()}", event, table, "", APPEND_ONLY)
    # REPLACE deletes without asking the triggers for DELETE, so what is there cannot be inserted again
    yield refuse(
        "command_log_in_order",
        "INSERT",
        "command_log",
        "EXISTS (SELECT 1 FROM command_log WHERE seq = NEW.seq) "
        "OR NEW.revision IS NOT 1 + (SELECT coalesce(max(revision), 0) FROM command_log "
        "WHERE subject_id = NEW.subject_id)",
        APPEND_ONLY,
    )
    yield refuse(
        "reading_log_once",
        "INSERT",
        "reading_log",
        "EXISTS (SELECT 1 FROM reading_log WHERE seq = NEW.seq)",
        APPEND_ONLY,
    )
    yield refuse(
        "documents_once",
        "INSERT",
        "documents",
        "EXISTS (SELECT 1 FROM documents WHERE session_id = NEW.session_id)",
        SEALED,
    )
    for table in NEVER_DELETED:
        yield refuse(f"{table}_no_delete", "DELETE", table, "", KEPT)
        if table != "marks":
            yield refuse(
                f"{table}_no_replace",
                "INSERT",
                table,
                f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
                KEPT,
            )
    yield refuse("sessions_sealed", "UPDATE", "sessions", "OLD.sealed_at IS NOT NULL", SEALED)
    for table in PARTS:
        for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            ids = ", ".join(f"{row}.session_id" for row in rows)
            sealed = f"EXISTS (SELECT 1 FROM sessions WHERE id IN ({ids}) AND sealed_at IS NOT NULL)"
            yield refuse(f"{table}_sealed_{event.lower()}", event, table, sealed, SEALED)


def _postgres() -> Iterator[str]:
    def function(name: str, body: str) -> str:
        return (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
        )

    for name, why in (
        ("charting_append_only", APPEND_ONLY),
        ("charting_kept", KEPT),
        ("charting_signed", SEALED),
    ):
        yield function(name, f"RAISE EXCEPTION '{why}';")
    yield function(
        "charting_in_order",
        "IF NEW.revision IS DISTINCT FROM 1 + (SELECT coalesce(max(revision), 0) FROM command_log "
        f"WHERE subject_id = NEW.subject_id) THEN RAISE EXCEPTION '{APPEND_ONLY}'; END IF; RETURN NEW;",
    )
    yield function(
        "charting_parts",
        "IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM sessions WHERE id = OLD.session_id AND sealed_at "
        f"IS NOT NULL) THEN RAISE EXCEPTION '{SEALED}'; END IF; "
        "IF TG_OP <> 'DELETE' AND EXISTS (SELECT 1 FROM sessions WHERE id = NEW.session_id AND sealed_at "
        f"IS NOT NULL) THEN RAISE EXCEPTION '{SEALED}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
    )
    for table in NEVER_CHANGED:
        yield (
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION charting_append_only()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION charting_append_only()"
        )
    yield (
        "CREATE TRIGGER command_log_in_order BEFORE INSERT ON command_log FOR EACH ROW "
        "EXECUTE FUNCTION charting_in_order()"
    )
    for table in NEVER_DELETED:
        yield (
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION charting_kept()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION charting_kept()"
        )
    yield (
        "CREATE TRIGGER sessions_sealed BEFORE UPDATE ON sessions FOR EACH ROW "
        "WHEN (OLD.sealed_at IS NOT NULL) EXECUTE FUNCTION charting_signed()"
    )
    for table in PARTS:
        yield (
            f"CREATE TRIGGER {table}_sealed BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION charting_parts()"
        )
