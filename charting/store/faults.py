"""What a database complains about, in the words of the record.

Nothing of a driver's message travels on that could hold what was stored: a patient's name in a log is a leak.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from charting.domain import (
    AlreadyThere,
    ChartingError,
    CommandReused,
    Conflict,
    SessionSealed,
    StaleRevision,
    StoreFull,
    StoreUnusable,
    WrongKey,
)

SEALED = "the session is signed"
APPEND_ONLY = "the log is append only"
KEPT = "what the record holds is kept"
"""What the triggers say."""

_NO_ROOM_ON_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_POSTGRES_NO_ROOM = {"53100", "25006"}  # disk_full, read_only_sql_transaction
_POSTGRES_COLLISION = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_UNIQUE = {
    "command_log.id": (CommandReused, "the command's id is in the log already"),
    "patients.record_number_folded": (AlreadyThere, "the record number is taken"),
    "staff.sign_in": (AlreadyThere, "the sign-in name is taken"),
    "sessions.course_id, sessions.number": (AlreadyThere, "the course has a session of this number"),
    "command_log.subject_id, command_log.revision": (StaleRevision, "the subject has been changed since"),
}
_BY_CONSTRAINT = {
    "uq_command_log_id": "command_log.id",
    "uq_patients_record_number_folded": "patients.record_number_folded",
    "uq_staff_sign_in": "staff.sign_in",
    "uq_sessions_course_id_number": "sessions.course_id, sessions.number",
    "uq_command_log_subject_id_revision": "command_log.subject_id, command_log.revision",
}


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turn what the database complains about within into errors of the record."""
    try:
        yield
    except DBAPIError as trouble:
        # "from None": the driver's own message may hold a row
        raise translated(trouble.orig) from None
    except sqlcipher.Error as trouble:
        raise translated(trouble) from None
    except PoolTimeout:
        raise StoreUnusable("no connection to the store became free in time") from None
    except SQLAlchemyError as trouble:
        raise StoreUnusable(f"the store failed: {type(trouble).__name__}") from None


@contextmanager
def disk_in_our_words() -> Iterator[None]:
    """Turn what the operating system complains about within into errors of the record."""
    try:
        yield
    except OSError as trouble:
        name = errno.errorcode.get(trouble.errno or 0, "unknown")
        kind = StoreFull if trouble.errno in _NO_ROOM_ON_DISK else StoreUnusable
        raise kind(f"a file could not be written or read ({name})") from None


def translated(trouble: BaseException | None) -> ChartingError:
    """Return the record's error for a driver's error."""
    state = getattr(trouble, "sqlstate", None)
    if state is not None or trouble is None or hasattr(trouble, "diag"):
        return _of_postgres(trouble, state)
    return _of_sqlite(trouble)


def _of_sqlite(trouble: BaseException) -> ChartingError:
    name = getattr(trouble, "sqlite_errorname", "SQLITE_ERROR")
    message = str(trouble)
    if name == "SQLITE_FULL" or name.startswith("SQLITE_READONLY"):
        return StoreFull(f"the database has no room or is read-only ({name})")
    if name == "SQLITE_NOTADB":
        return WrongKey("the key does not open the store, or the file is not one")
    if message == SEALED:
        return SessionSealed(SEALED)
    if match := re.fullmatch(r"UNIQUE constraint failed: (.+)", message):
        return _unique(match[1])
    if message in (APPEND_ONLY, KEPT):
        return StoreUnusable(f"the store's guard refused this: {message}")
    if name.startswith("SQLITE_CONSTRAINT") or "constraint failed" in message:
        return Conflict(f"the database refused a row ({name})")
    return StoreUnusable(f"the database failed ({name})")


def _of_postgres(trouble: BaseException | None, state: str | None) -> ChartingError:
    diagnosis = getattr(trouble, "diag", None)
    if state in _POSTGRES_NO_ROOM:
        return StoreFull(f"the database has no room or is read-only (SQLSTATE {state})")
    if state in _POSTGRES_COLLISION:
        return StaleRevision("two changes met, and this one came second")
    if diagnosis is not None and diagnosis.message_primary == SEALED:
        return SessionSealed(SEALED)
    if diagnosis is not None and diagnosis.message_primary in (APPEND_ONLY, KEPT):
        return StoreUnusable(f"the store's guard refused this: {diagnosis.message_primary}")
    if state == "23505" and diagnosis is not None:
        constraint = diagnosis.constraint_name or ""
        return _unique(_BY_CONSTRAINT.get(constraint, constraint))
    if state is not None and state.startswith("23"):
        return Conflict(f"the database refused a row (SQLSTATE {state})")
    return StoreUnusable(f"the database failed (SQLSTATE {state})")


def _unique(columns: str) -> ChartingError:
    kind, facts = _UNIQUE.get(columns, (AlreadyThere, f"{columns} is taken"))
    return kind(facts)
