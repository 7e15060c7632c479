"""Everything is logged, once, in a chain; whoever changes the record behind its back is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from charting.domain import (
    ChangeSolution,
    ChartingError,
    CommandReused,
    Component,
    Session,
    StaleRevision,
    StoreUnusable,
    apply,
    sha256_of,
)
from charting.store import LogEntry, Store, SubjectKind, triggers
from charting.store.clinic import clinic_settings
from charting.store.courses import courses
from charting.store.log import BEGINNING, COLUMNS, command_log, logged_of
from charting.store.marks import marks
from charting.store.patients import patient_words, patients
from charting.store.sessions import components, documents, sessions, solutions
from charting.store.staff import staff
from charting.store.verify import rebuilt
from tests.people import ANNE, D15, DOCTOR, KNEE, START, a_mark, a_session, an_id
from tests.store.made_up import IDS, as_done, carry_out, entry_of, placing, sign

FIRST = a_session().id
SECOND = a_session(2).id


@pytest.fixture
def worked(store: Store) -> Store:
    """A store in which the first session is signed, and the second has five marks."""
    carry_out(store, FIRST, placing(1), placing(2))
    sign(store, FIRST)
    with store.writing() as record:
        record.start_session(a_session(2), **as_done())
        record.put_setting("paper", "a4", **as_done())
    for number in range(1, 6):
        carry_out(store, SECOND, placing(number, ml="0.25"))
    assert store.verify().first is None
    return store


def behind_its_back(store: Store, change: Callable[[Connection], None]) -> None:
    """Change the store as its owner can, who may drop the triggers and put them back."""
    with store.transaction() as connection:
        triggers.drop(connection)
        if store.embedded:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        change(connection)
        triggers.create(connection)


def test_a_command_is_logged_with_all_that_it_said(store: Store) -> None:
    command = placing(1)
    carry_out(store, FIRST, command)
    with store.reading() as record:
        logged = record.logged(command.id)
        before, found = record.history(FIRST)
    assert logged is not None
    assert logged == found
    assert (logged.subject_kind, logged.subject_id, logged.revision) == (SubjectKind.SESSION, FIRST, 2)
    assert (logged.by, logged.at, logged.kind) == (DOCTOR.id, START, "place_mark")
    assert json.loads(logged.body) == command.model_dump(mode="json")
    assert logged.asked_sha256 == sha256_of(logged.body)
    assert (before.before, logged.before, logged.hash) == (BEGINNING, before.hash, logged.hash_of_content())


def test_a_session_is_what_its_log_makes_of_nothing(worked: Store) -> None:
    with worked.reading() as record:
        for session in (FIRST, SECOND):
            assert rebuilt(list(record.history(session))) == record.session(session).value


def test_a_command_is_carried_out_once(store: Store) -> None:
    command = placing(1)
    after = carry_out(store, FIRST, command).value
    second = placing(2)
    reused = LogEntry(command.id, second.kind, second.by, second.at, "{}", "0" * 64)
    later = after.model_copy(update={"marks": (*after.marks, second.mark)})
    with pytest.raises(CommandReused), store.writing() as record:
        record.append(FIRST, after, later, [reused])
    with pytest.raises(CommandReused), store.writing() as record:
        record.put_patient(ANNE, seen=1, **as_done(command.id))
    with store.reading() as record:
        assert record.session(FIRST).value == after
        assert record.session(FIRST).revision == 2
    assert store.verify().first is None


def test_one_command_of_a_batch_that_was_logged_before_refuses_the_batch(store: Store) -> None:
    one, two = placing(1), placing(2)
    carry_out(store, FIRST, one)
    with store.reading() as record:
        session = record.session(FIRST).value
    more = session.model_copy(update={"marks": (*session.marks, two.mark)})
    with pytest.raises(CommandReused), store.writing() as record:
        record.append(FIRST, session, more, [entry_of(two), entry_of(one)])
    with store.reading() as record:
        assert record.logged(two.id) is None
        assert len(record.session(FIRST).value.marks) == 1


def test_whoever_ignores_that_a_batch_failed_half_way_keeps_none_of_it(store: Store) -> None:
    one, two = placing(1), placing(2)
    session = carry_out(store, FIRST, one).value
    more = session.model_copy(update={"marks": (*session.marks, two.mark)})

    def ignore_it() -> None:
        with store.writing() as record:
            record.put_setting("paper", "a4", **as_done())
            with suppress(CommandReused):
                record.append(FIRST, session, more, [entry_of(two), entry_of(one)])

    with pytest.raises(RuntimeError, match="half-way"):
        ignore_it()
    with store.reading() as record:
        assert record.setting("paper") is None
        assert record.session(FIRST).value == session
    assert store.verify().first is None


def test_a_refusal_before_anything_was_written_lets_the_rest_be_kept(store: Store) -> None:
    one = placing(1)
    stale = a_session(marks=(a_mark(7),))
    with store.writing() as record:
        record.put_setting("paper", "a4", **as_done())
        with pytest.raises(StaleRevision):
            record.append(FIRST, stale, apply(stale, one), [entry_of(one)])
    with store.reading() as record:
        assert record.setting("paper") == "a4"
    assert store.verify().first is None


def test_a_session_that_was_changed_since_it_was_read_is_not_written_over(store: Store) -> None:
    carry_out(store, FIRST, placing(1))
    stale = a_session()
    two = placing(2)
    after = stale.model_copy(update={"marks": (two.mark,)})
    with pytest.raises(StaleRevision), store.writing() as record:
        record.append(FIRST, stale, after, [entry_of(two)])
    with store.reading() as record:
        assert [mark.id for mark in record.session(FIRST).value.marks] == [a_mark(1).id]


def test_what_was_saved_by_someone_else_meanwhile_is_not_saved_over(store: Store) -> None:
    allergic = ANNE.model_copy(update={"allergies": ("chlorhexidine", "latex")})
    with store.writing() as record:
        record.put_patient(allergic, seen=1, **as_done())
    for stale in (1, 3, 0):
        with pytest.raises(StaleRevision), store.writing() as record:
            record.put_patient(ANNE, seen=stale, **as_done())
    with store.reading() as record:
        assert record.patient(ANNE.id).value == allergic


@pytest.mark.parametrize(
    "spoil",
    [
        lambda before, after: after.model_copy(update={"marks": after.marks[1:]}),
        lambda before, after: after.model_copy(update={"marks": after.marks[::-1]}),
        lambda before, after: after.model_copy(update={"solutions": ()}),
        lambda before, after: after.model_copy(update={"number": 7}),
        lambda before, after: after.model_copy(update={"patient_id": an_id(11)}),
        lambda before, after: after.model_copy(update={"id": SECOND}),
    ],
    ids=["lost", "reordered", "emptied", "renumbered", "of another patient", "another"],
)
def test_a_session_cannot_become_what_no_command_makes_of_it(
    store: Store, spoil: Callable[[Session, Session], Session]
) -> None:
    before = carry_out(store, FIRST, placing(1), placing(2)).value
    three = placing(3)
    after = before.model_copy(update={"marks": (*before.marks, three.mark)})
    with pytest.raises(ValueError, match=r"a session (keeps|stays)"), store.writing() as record:
        record.append(FIRST, before, spoil(before, after), [entry_of(three)])
    with pytest.raises(ValueError, match="without a command"), store.writing() as record:
        record.append(FIRST, before, after, [])
    assert store.verify().first is None


def nth_of(connection: Connection, subject: UUID, revision: int) -> UUID:
    query = select(command_log.c.id).where(
        command_log.c.subject_id == subject, command_log.c.revision == revision
    )
    return UUID(str(connection.execute(query).scalar_one()))


def edit_body(connection: Connection) -> None:
    edited = update(command_log).where(command_log.c.id == nth_of(connection, SECOND, 3))
    connection.execute(edited.values(body='{"forged":true}'))


def edit_the_time(connection: Connection) -> None:
    edited = update(command_log).where(command_log.c.id == nth_of(connection, SECOND, 3))
    connection.execute(edited.values(at=START.replace(year=2020)))


def edit_who_did_it(connection: Connection) -> None:
    edited = update(command_log).where(command_log.c.id == nth_of(connection, SECOND, 3))
    connection.execute(edited.values(by=an_id(2)))


def edit_and_seal_the_row_again(connection: Connection) -> None:
    chosen = command_log.c.id == nth_of(connection, SECOND, 3)
    connection.execute(update(command_log).where(chosen).values(body='{"forged":true}'))
    row = logged_of(connection.execute(select(*COLUMNS).where(chosen)).one())
    connection.execute(update(command_log).where(chosen).values(hash=row.hash_of_content()))


def leave_one_out(connection: Connection) -> None:
    connection.execute(delete(command_log).where(command_log.c.id == nth_of(connection, SECOND, 3)))


def put_one_in(connection: Connection) -> None:
    last = connection.execute(
        select(*COLUMNS).where(command_log.c.subject_id == SECOND, command_log.c.revision == 6)
    ).one()
    row = {**last._mapping, "id": an_id(7_777), "revision": 7, "before": last.hash}
    row["hash"] = logged_of(last).__class__(**{**row, "subject_kind": SubjectKind.SESSION}).hash_of_content()
    connection.execute(insert(command_log), [row])


def cut_the_tail(connection: Connection) -> None:
    connection.execute(
        delete(command_log).where(command_log.c.subject_id == SECOND, command_log.c.revision > 4)
    )


def cut_the_tail_and_set_the_session_back(connection: Connection) -> None:
    cut_the_tail(connection)
    head = connection.execute(
        select(command_log.c.hash).where(command_log.c.subject_id == SECOND, command_log.c.revision == 4)
    ).scalar_one()
    connection.execute(update(sessions).where(sessions.c.id == SECOND).values(revision=4, head=head))


def delete_a_whole_log(connection: Connection) -> None:
    connection.execute(delete(command_log).where(command_log.c.subject_id == SECOND))


def change_a_volume(connection: Connection) -> None:
    connection.execute(update(marks).where(marks.c.id == a_mark(3).id).values(ul_each=2500))


def change_a_side(connection: Connection) -> None:
    left = {"laterality": "left", "site_key": "knee.mcl.tibial/left"}
    connection.execute(update(marks).where(marks.c.id == a_mark(3).id).values(left))


def take_a_mark_away(connection: Connection) -> None:
    connection.execute(delete(marks).where(marks.c.session_id == SECOND, marks.c.position == 4))


def make_a_mark_unreadable(connection: Connection) -> None:
    connection.execute(update(marks).where(marks.c.id == a_mark(3).id).values(geometry=b"\x01\x01"))


def change_a_strength(connection: Connection) -> None:
    connection.execute(
        update(components).where(components.c.session_id == SECOND, components.c.agent == "dextrose").values(
            percent_e4=250_000
        )
    )  # fmt: skip


def change_a_lot(connection: Connection) -> None:
    connection.execute(update(solutions).where(solutions.c.session_id == SECOND).values(lots="another"))


def change_a_note(connection: Connection) -> None:
    connection.execute(update(sessions).where(sessions.c.id == SECOND).values(note="nothing happened"))


def change_an_allergy(connection: Connection) -> None:
    connection.execute(update(patients).where(patients.c.id == ANNE.id).values(allergies="[]"))


def change_a_course(connection: Connection) -> None:
    connection.execute(update(courses).where(courses.c.id == KNEE.id).values(sides="left"))


def promote_someone(connection: Connection) -> None:
    connection.execute(update(staff).where(staff.c.sign_in == "admin").values(role="doctor"))


def change_a_setting(connection: Connection) -> None:
    connection.execute(update(clinic_settings).values(value="letter"))


def hide_a_patient(connection: Connection) -> None:
    connection.execute(delete(patient_words).where(patient_words.c.word == "tremblay"))


def change_a_document(connection: Connection) -> None:
    connection.execute(update(documents).values(text=select(documents.c.text).scalar_subquery() + " "))


def change_a_document_and_its_hash(connection: Connection) -> None:
    text = str(connection.execute(select(documents.c.text)).scalar_one()).replace('"0.5"', '"5.0"')
    connection.execute(update(documents).values(text=text, sha256=sha256_of(text)))


def change_a_document_and_every_hash_of_it(connection: Connection) -> None:
    change_a_document_and_its_hash(connection)
    found = connection.execute(select(documents.c.sha256)).scalar_one()
    connection.execute(update(sessions).where(sessions.c.id == FIRST).values(sealed_sha256=found))


def break_a_seal(connection: Connection) -> None:
    nothing = dict.fromkeys(["sealed_at", "sealed_by", "sealed_name", "sealed_sha256"])
    connection.execute(update(sessions).where(sessions.c.id == FIRST).values(nothing))


def lose_a_document(connection: Connection) -> None:
    connection.execute(delete(documents))


UNREADABLE = f"the row of marks {a_mark(3).id} cannot be read (GEOSException)"


@pytest.mark.parametrize(
    ("change", "table", "row", "why"),
    [
        (edit_body, "command_log", None, "is not what its hash says"),
        (edit_the_time, "command_log", None, "is not what its hash says"),
        (edit_who_did_it, "command_log", None, "is not what its hash says"),
        (edit_and_seal_the_row_again, "command_log", None, "does not follow the row before it"),
        (leave_one_out, "command_log", None, f"is revision 4 of session {SECOND}, after 2"),
        (put_one_in, "sessions", SECOND, "stands at revision 6, and the log ends at 7"),
        (cut_the_tail, "sessions", SECOND, "stands at revision 6, and the log ends at 4"),
        (cut_the_tail_and_set_the_session_back, "marks", a_mark(4).id, "is not in the log"),
        (delete_a_whole_log, "sessions", SECOND, "has no row in the log"),
        (change_a_volume, "marks", a_mark(3).id, "is not what the log says"),
        (change_a_side, "marks", a_mark(3).id, "is not what the log says"),
        (take_a_mark_away, "marks", a_mark(5).id, "is in the log and not stored"),
        (make_a_mark_unreadable, "sessions", SECOND, UNREADABLE),
        (change_a_strength, "solutions", f"of session {SECOND}", "are not what the log says"),
        (change_a_lot, "solutions", f"of session {SECOND}", "are not what the log says"),
        (change_a_note, "sessions", SECOND, "is not what the log says"),
        (change_an_allergy, "patients", ANNE.id, "is not what the log says"),
        (change_a_course, "courses", KNEE.id, "is not what the log says"),
        (promote_someone, "staff", an_id(3), "is not what the log says"),
        (change_a_setting, "clinic_settings", "paper", "is not what the log says"),
        (hide_a_patient, "patient_words", ANNE.id, "are not those of the name"),
        (change_a_document, "documents", FIRST, "is not what was signed"),
        (change_a_document_and_its_hash, "documents", FIRST, "is not what was signed"),
        (change_a_document_and_every_hash_of_it, "sessions", FIRST, "is not what the log says"),
        (break_a_seal, "sessions", FIRST, "is not what the log says"),
        (lose_a_document, "sessions", FIRST, "is signed and has no document"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_whatever_is_changed_behind_its_back_is_found_and_named(
    worked: Store, change: Callable[[Connection], None], table: str, row: object, why: str
) -> None:
    behind_its_back(worked, change)
    faults = [
        fault for fault in worked.verify().faults if fault.table != "command_log" or fault.row[0] != "o"
    ]
    first = faults[0]
    assert (first.table, first.why) == (table, why)
    if row is not None:
        assert first.row == str(row)
    else:
        with worked.reading() as record:
            named = record.logged(UUID(first.row))
        assert named is not None
        assert named.revision in (3, 4)


def test_a_patient_who_is_gone_with_all_rows_leaves_a_gap_in_the_log(file_store: Store) -> None:
    other = ANNE.model_copy(update={"id": an_id(90), "record_number": "X-1"})
    with file_store.writing() as record:
        record.put_patient(other, seen=None, **as_done())
        record.put_setting("paper", "a4", **as_done())

    def remove(connection: Connection) -> None:
        connection.execute(delete(patient_words).where(patient_words.c.patient_id == other.id))
        connection.execute(delete(patients).where(patients.c.id == other.id))
        connection.execute(delete(command_log).where(command_log.c.subject_id == other.id))

    behind_its_back(file_store, remove)
    first = file_store.verify().first
    assert first is not None
    assert first.why == "1 rows are not there"


def test_a_missing_guard_is_found_and_put_back(worked: Store) -> None:
    with worked.transaction() as connection:
        on = "" if worked.embedded else " ON sessions"
        connection.exec_driver_sql(f"DROP TRIGGER sessions_sealed{on}")
    first = worked.verify().first
    assert first is not None
    assert str(first) == "guards sessions_sealed: is missing"
    with pytest.raises(StoreUnusable, match="sessions_sealed"):
        worked.check()
    worked.upgrade()
    worked.check()
    assert worked.verify().first is None


FORBIDDEN = [
    ("UPDATE command_log SET kind = 'x'", "append only"),
    ("UPDATE command_log SET seq = seq + 1000", "append only"),
    ("DELETE FROM command_log", "append only"),
    ("UPDATE documents SET text = ''", "append only"),
    ("DELETE FROM documents", "append only"),
    ("DELETE FROM marks", "kept|signed"),
    ("DELETE FROM sessions", "kept|signed"),
    ("DELETE FROM patients", "kept"),
    ("DELETE FROM courses", "kept"),
    ("DELETE FROM staff", "kept"),
    (
        "INSERT INTO command_log "
        "(id, subject_kind, subject_id, revision, at, kind, body, asked_sha256, before, hash) "
        "SELECT '019a0000000070008000000000009999', subject_kind, subject_id, revision + 2, at, kind, body, "
        "asked_sha256, before, hash FROM command_log "
        "WHERE revision = (SELECT max(revision) FROM command_log)",
        "append only",
    ),
]  # fmt: skip
ONLY_EMBEDDED = [
    "INSERT OR REPLACE INTO command_log SELECT * FROM command_log LIMIT 1",
    "UPDATE OR REPLACE command_log SET body = ''",
    "UPDATE OR IGNORE command_log SET body = ''",
    "INSERT OR REPLACE INTO documents SELECT * FROM documents",
    "INSERT OR REPLACE INTO sessions SELECT * FROM sessions",
    "INSERT OR REPLACE INTO patients SELECT * FROM patients",
]
ONLY_POSTGRES = [
    "TRUNCATE command_log",
    "TRUNCATE documents",
    "TRUNCATE marks",
    "TRUNCATE patients CASCADE",
    "INSERT INTO documents SELECT * FROM documents ON CONFLICT (session_id) DO UPDATE SET text = ''",
]


def test_the_database_itself_refuses_to_change_the_log_or_delete_what_is_kept(worked: Store) -> None:
    statements = FORBIDDEN + [
        (statement, "append only|kept|signed")
        for statement in (ONLY_EMBEDDED if worked.embedded else ONLY_POSTGRES)
    ]
    for statement, why in statements:
        if not worked.embedded:
            statement = statement.replace(
                "'019a0000000070008000000000009999'", "'019a0000000070008000000000009999'::uuid"
            )
        with pytest.raises(ChartingError, match=why), worked.transaction() as connection:
            connection.exec_driver_sql(statement)
    assert worked.verify().first is None


def test_a_log_of_a_strength_that_changed_tells_both(store: Store) -> None:
    weaker = D15.model_copy(update={"components": (Component(agent="dextrose", percent=12),)})
    carry_out(store, FIRST, ChangeSolution(id=IDS(), by=DOCTOR.id, at=START, solution=weaker, was=D15))
    with store.reading() as record:
        body = json.loads(record.history(FIRST)[-1].body)
    assert [one["components"][0]["percent"] for one in (body["was"], body["solution"])] == ["15", "12"]
    assert store.verify().first is None
