"""A signed session is a record: no function of the store changes it, and the database refuses the rest."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from charting.domain import (
    ChartingError,
    Details,
    Seal,
    Session,
    SessionSealed,
    SetDetails,
    StaleRevision,
    WithdrawMark,
    canonical,
    document_of,
    sha256_of,
)
from charting.store import SEAL, LogEntry, Store
from tests.people import D15, DOCTOR, START, a_mark, a_session
from tests.store.made_up import IDS, as_done, carry_out, entry_of, placing, read_afresh, sign

FIRST = a_session().id


def signed(session: Session) -> tuple[Session, str, LogEntry]:
    """Return what is handed to the store to sign a session."""
    document = document_of(session)
    seal = Seal(at=START, by=DOCTOR.id, name=DOCTOR.name, sha256=sha256_of(document))
    body = canonical(seal.model_dump(mode="json"))
    entry = LogEntry(IDS(), SEAL, DOCTOR.id, START, body, sha256_of(body))
    return session.model_copy(update={"seal": seal}), document, entry


def test_signing_keeps_the_document_to_the_letter_and_the_seal(store: Store) -> None:
    carry_out(store, FIRST, placing(1), placing(2))
    session = sign(store, FIRST)
    assert read_afresh(store, FIRST).value == session
    assert read_afresh(store, FIRST).revision == 4
    with store.reading() as record:
        document = record.document(FIRST)
        assert document == document_of(session)
        assert session.seal is not None
        assert sha256_of(document) == session.seal.sha256
        assert record.drafts() == ()
        assert record.worklist(1)[0].drafts == 0
    assert store.verify().documents == 1
    assert store.verify().first is None


def test_no_function_of_the_store_changes_a_signed_session(store: Store) -> None:
    before = carry_out(store, FIRST, placing(1)).value
    session = sign(store, FIRST)
    two = placing(2)
    more = session.model_copy(update={"marks": (*session.marks, two.mark)})
    unsealed = more.model_copy(update={"seal": None})
    for then, after in ((session, more), (before, unsealed), (session, unsealed)):
        with pytest.raises(SessionSealed), store.writing() as record:
            record.append(FIRST, then, after, [entry_of(two)])
    for command in (
        WithdrawMark(id=IDS(), by=DOCTOR.id, at=START, mark_id=a_mark(1).id, seen=1),
        SetDetails(id=IDS(), by=DOCTOR.id, at=START, details=Details(note="x"), was=Details()),
    ):
        with pytest.raises(SessionSealed):
            carry_out(store, FIRST, command)
    with pytest.raises(SessionSealed), store.writing() as record:
        record.seal(FIRST, *signed(before))
    with pytest.raises(ChartingError), store.writing() as record:
        record.start_session(before, **as_done())
    assert read_afresh(store, FIRST).value == session
    assert store.verify().first is None


def test_the_database_refuses_every_change_of_a_signed_session(store: Store) -> None:
    carry_out(store, FIRST, placing(1))
    session = sign(store, FIRST)
    second = a_session(2)
    with store.writing() as record:
        record.start_session(second, **as_done())
    carry_out(store, second.id, placing(2))
    ids = (
        {"first": FIRST.hex, "second": second.id.hex}
        if store.embedded
        else {"first": FIRST, "second": second.id}
    )
    for statement in (
        "UPDATE sessions SET note = 'x' WHERE id = :first",
        "UPDATE sessions SET sealed_at = NULL, sealed_by = NULL, sealed_name = NULL, sealed_sha256 = NULL "
        "WHERE id = :first",
        "UPDATE sessions SET revision = revision + 1 WHERE id = :first",
        "UPDATE marks SET ul_each = 5000 WHERE session_id = :first",
        "UPDATE marks SET session_id = :second, position = 9 WHERE session_id = :first",
        "UPDATE marks SET session_id = :first, position = 9 WHERE session_id = :second",
        "UPDATE solutions SET lots = 'x' WHERE session_id = :first",
        "UPDATE components SET percent_e4 = 1 WHERE session_id = :first",
        "DELETE FROM components WHERE session_id = :first",
    ):  # fmt: skip
        used = {name: value for name, value in ids.items() if f":{name}" in statement}
        with pytest.raises(SessionSealed), store.transaction() as connection:
            connection.execute(text(statement), used)
    assert read_afresh(store, FIRST).value == session
    assert store.verify().first is None


def test_what_is_signed_is_what_is_stored(store: Store) -> None:
    stale = carry_out(store, FIRST, placing(1)).value
    carry_out(store, FIRST, placing(2))
    with pytest.raises(StaleRevision), store.writing() as record:
        record.seal(FIRST, *signed(stale))
    with store.reading() as record:
        assert record.session(FIRST).value.seal is None
        assert record.document(FIRST) is None


def test_a_document_that_is_not_the_session_s_or_not_the_seal_s_is_not_signed(store: Store) -> None:
    session = carry_out(store, FIRST, placing(1)).value
    sealed, document, entry = signed(session)
    other = a_session(2)
    for one, text_, logged in (
        (session, document, entry),
        (sealed, document + " ", entry),
        (sealed, document_of(other), entry),
        (sealed.model_copy(update={"solutions": (D15.model_copy(update={"lots": "x"}),)}), document, entry),
        (sealed, document, LogEntry(IDS(), "place_mark", DOCTOR.id, START, entry.body_json, "0" * 64)),
        (sealed, document, LogEntry(IDS(), SEAL, DOCTOR.id, START, "{}", "0" * 64)),
    ):
        with pytest.raises(ValueError, match=r"seal|document|signs"), store.writing() as record:
            record.seal(FIRST, one, text_, logged)
    with store.reading() as record:
        assert record.session(FIRST).value == session


def test_a_session_cannot_start_signed_or_be_signed_by_a_command(store: Store) -> None:
    session, *_ = signed(a_session(2))
    with pytest.raises(ValueError, match="start signed"), store.writing() as record:
        record.start_session(session, **as_done())
    one = placing(1)
    first, *_ = signed(a_session())
    with pytest.raises(ValueError, match="by seal"), store.writing() as record:
        record.append(FIRST, a_session(), first, [entry_of(one)])
