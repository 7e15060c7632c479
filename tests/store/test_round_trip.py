"""What goes in comes out equal, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charting.domain import (
    AddSolution,
    AlreadyThere,
    ChangeMark,
    ChangeSolution,
    Course,
    CourseNotFound,
    Details,
    FieldShape,
    Injection,
    MoveMark,
    Patient,
    PatientNotFound,
    PointShape,
    RestoreMark,
    Role,
    Session,
    SessionNotFound,
    SetDetails,
    Sides,
    Solution,
    Staff,
    StaffNotFound,
    ViewPoint,
    WithdrawMark,
    document_of,
)  # fmt: skip
from charting.store import LoginRow, Store
from charting.store.marks import mark_row
from tests.people import ANNE, D15, DOCTOR, KNEE, NURSE, START, a_mark, a_session, an_id
from tests.store.made_up import (
    IDS,
    as_done,
    carry_out,
    entry_of,
    patients,
    placing,
    read_afresh,
    sessions,
    solutions,
    tried_and_left,
)

FIRST = a_session().id
MILLIMETRES = st.floats(-5000, 5000, allow_nan=False)
many = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(x=MILLIMETRES, y=MILLIMETRES)
def test_a_point_is_stored_as_shapely_writes_it(x: float, y: float) -> None:
    mark = a_mark().model_copy(update={"shape": PointShape(at=ViewPoint(x, y))})
    row = mark_row(FIRST, 0, 1, mark)
    # a point has no negative zero
    assert row["geometry"] == shapely.to_wkb(shapely.Point(x + 0.0, y + 0.0), byte_order=1)


@many
@given(data=st.data())
def test_any_session_is_read_as_it_was_written(store: Store, data: st.DataObject) -> None:
    session = data.draw(sessions(number=2))
    with tried_and_left(store) as record:
        record.start_session(session, **as_done())
        # forgotten on purpose: what the database holds is read, and not what was just given
        record._held.clear()
        stored = record.session(session.id)
        assert stored.value == session
        again = Session.model_validate_json(session.model_dump_json())
        assert document_of(stored.value) == document_of(again)


@many
@given(one=patients(), other=patients())
def test_any_patient_is_read_as_saved_and_saved_over(store: Store, one: Patient, other: Patient) -> None:
    with store.writing() as record:
        assert record.put_patient(one, seen=None, **as_done()).revision == 1
    changed = other.model_copy(update={"id": one.id})
    with store.reading() as record:
        assert record.patient(one.id).value == one
    with store.writing() as record:
        assert record.put_patient(changed, seen=1, **as_done()).revision == 2
    with store.reading() as record:
        assert record.patient(one.id).value == changed
        assert record.patient(one.id).revision == 2


def test_a_course_is_read_as_saved_and_saved_over(store: Store) -> None:
    whole = Course(
        id=an_id(21), patient_id=ANNE.id, problem="Lendenwirbelsäule", region="lumbar", sides=Sides.MIDLINE,
        indication="L4–S1", planned_sessions=6, every_days=14, opened_on=START.date(), closed_on=START.date(),
    )  # fmt: skip
    bare = Course(
        id=an_id(21), patient_id=ANNE.id, problem="腰", region="lumbar", sides=Sides.BOTH,
        opened_on=START.date(),
    )  # fmt: skip
    with store.writing() as record:
        record.put_course(whole, seen=None, **as_done())
    with store.reading() as record:
        assert [kept.value for kept in record.courses_of(ANNE.id)] == [whole, KNEE]
    with store.writing() as record:
        record.put_course(bare, seen=1, **as_done())
    with store.reading() as record:
        assert record.course(bare.id).value == bare


def test_staff_are_read_as_saved_found_by_their_sign_in_name_and_listed_by_it(store: Store) -> None:
    member = Staff(id=an_id(4), sign_in="b.ng", name="B. Ng", role=Role.DOCTOR, active=False)
    with store.writing() as record:
        record.put_staff(member, seen=None, **as_done())
    with store.reading() as record:
        assert record.staff(member.id).value == member
        found = record.staff_by_sign_in("b.ng")
        assert found is not None
        assert found.value == member
        assert record.staff_by_sign_in("nobody") is None
        assert [kept.value.sign_in for kept in record.all_staff()] == ["admin", "b.ng", "lavoie", "osei"]


def test_a_password_s_hash_is_kept_and_is_not_in_the_log(store: Store) -> None:
    with store.writing() as record:
        record.set_password_hash(NURSE.id, "$argon2id$secret", **as_done())
    with store.reading() as record:
        assert record.password_hash(NURSE.id) == "$argon2id$secret"
        assert record.password_hash(DOCTOR.id) is None
        assert record.staff(NURSE.id).value == NURSE
        assert record.staff(NURSE.id).revision == 2
        assert not any("secret" in row.body for row in record.history(NURSE.id))
    with store.writing() as record:
        record.put_staff(NURSE.model_copy(update={"name": "M. L."}), seen=2, **as_done())
        assert record.password_hash(NURSE.id) == "$argon2id$secret"


def test_every_step_of_an_exam_is_stored_as_the_domain_has_it(store: Store) -> None:
    carry_out(store, FIRST, *(placing(number) for number in range(1, 6)))
    one, two, three = a_mark(1), a_mark(2), a_mark(3)
    about = {"by": DOCTOR.id, "at": START}
    syringe = Solution.model_validate({**dict(D15), "id": an_id(31), "name": "PRP"})
    field = FieldShape(outline=(ViewPoint(1, 1), ViewPoint(20, 1), ViewPoint(9, 30)))
    carry_out(
        store, FIRST,
        ChangeMark(
            **about, id=IDS(), mark_id=one.id, seen=1,
            injection=Injection(solution_id=D15.id, ml_each=Decimal("0.001"), note="ça va"),
        ),
        WithdrawMark(**about, id=IDS(), mark_id=two.id, seen=1),
        MoveMark(
            **about, id=IDS(), mark_id=three.id, seen=1, map=three.map, shape=field, place=three.at,
            site=None, laterality=three.laterality,
        ),
        SetDetails(**about, id=IDS(), details=Details(pain_before=7, plan="again"), was=Details()),
        AddSolution(**about, id=IDS(), solution=syringe),
    )  # fmt: skip
    changed = D15.model_copy(update={"components": D15.components[:1], "prepared_ml": None})
    after = carry_out(
        store, FIRST,
        RestoreMark(**about, id=IDS(), mark_id=two.id, seen=2),
        ChangeSolution(**about, id=IDS(), solution=changed, was=D15),
    )  # fmt: skip
    assert after.revision == 13
    assert read_afresh(store, FIRST) == after
    with store.reading() as record:
        assert record.session(FIRST) == after
        assert [kept.value for kept in record.sessions_of(KNEE.id)] == [after.value]
        assert [kept.value for kept in record.sessions_of_patient(ANNE.id)] == [after.value]
        assert record.drafts() == (after,)
    assert store.verify().first is None


@many
@given(some=solutions(), other=solutions())
def test_any_solution_is_stored_and_stored_over(store: Store, some: Solution, other: Solution) -> None:
    other = other.model_copy(update={"id": some.id})
    about = {"by": DOCTOR.id, "at": START}
    with tried_and_left(store) as record:
        before = record.session(FIRST).value
        with_one = before.model_copy(update={"solutions": (*before.solutions, some)})
        record.append(FIRST, before, with_one, [entry_of(AddSolution(**about, id=IDS(), solution=some))])
        with_other = before.model_copy(update={"solutions": (*before.solutions, other)})
        change = ChangeSolution(**about, id=IDS(), solution=other, was=some)
        record.append(FIRST, with_one, with_other, [entry_of(change)])
        record._held.clear()
        assert record.session(FIRST).value == with_other


def test_changes_are_the_marks_that_changed_after_a_revision_the_withdrawn_too(store: Store) -> None:
    carry_out(store, FIRST, *(placing(number) for number in range(1, 4)))
    carry_out(store, FIRST, WithdrawMark(id=IDS(), by=DOCTOR.id, at=START, mark_id=a_mark(2).id, seen=1))
    carry_out(store, FIRST, placing(4))
    with store.reading() as record:
        assert [mark.id for mark in record.changes(FIRST, 0)] == [
            a_mark(number).id for number in (1, 2, 3, 4)
        ]
        assert [(mark.id, mark.withdrawn) for mark in record.changes(FIRST, 4)] == [
            (a_mark(2).id, True),
            (a_mark(4).id, False),
        ]
        assert [mark.id for mark in record.changes(FIRST, 5)] == [a_mark(4).id]
        assert record.changes(FIRST, 6) == ()


def test_the_worklist_has_drafts_first_and_then_whoever_came_last(store: Store) -> None:
    people = [
        ANNE.model_copy(
            update={"id": an_id(60 + number), "record_number": f"B-{number}", "given_names": "Bo"}
        )
        for number in range(4)
    ]
    with store.writing() as record:
        for day, patient in enumerate(people):
            record.put_patient(
                patient, seen=None, by=DOCTOR.id, at=START + timedelta(days=day), command_id=IDS()
            )
    with store.reading() as record:
        listed = record.worklist(4)
        assert [one.patient.value.id for one in listed] == [ANNE.id, *(people[day].id for day in (3, 2, 1))]
        assert [one.drafts for one in listed] == [1, 0, 0, 0]
        assert [one.patient.value.id for one in record.worklist(1)] == [ANNE.id]


def test_a_login_is_kept_touched_and_ended_and_its_row_stays(store: Store) -> None:
    later = START + timedelta(minutes=5)
    one = LoginRow(
        id=an_id(70), token_sha256="a" * 64, staff_id=DOCTOR.id, started_at=START, seen_at=START,
        address="10.0.0.4",
    )  # fmt: skip
    other = LoginRow(id=an_id(71), token_sha256="b" * 64, staff_id=DOCTOR.id, started_at=later, seen_at=later)
    with store.writing() as record:
        record.add_login(one)
        record.add_login(other)
        record.touch_login("a" * 64, later)
    with store.reading() as record:
        assert record.login("a" * 64) == LoginRow(**{**vars(one), "seen_at": later})
        assert record.login("c" * 64) is None
        assert record.logins_of(DOCTOR.id) == (other, record.login("a" * 64))
    with store.writing() as record:
        assert record.end_login("b" * 64, later)
        assert not record.end_login("b" * 64, later)
        record.touch_login("b" * 64, later + timedelta(minutes=1))
        assert record.end_logins(DOCTOR.id, later) == 1
    with store.reading() as record:
        assert record.logins_of(DOCTOR.id) == ()
        assert record.login("b" * 64) == LoginRow(**{**vars(other), "ended_at": later})
    with pytest.raises(AlreadyThere), store.writing() as record:
        record.add_login(one)


def test_failed_tries_are_counted_under_a_key_and_forgotten(store: Store) -> None:
    with store.writing() as record:
        assert record.tries("name:osei") is None
        seconds = [START + timedelta(seconds=number) for number in range(3)]
        assert [record.add_try("name:osei", second).count for second in seconds] == [1, 2, 3]
        record.add_try("address:10.0.0.4", START)
    with store.reading() as record:
        tries = record.tries("name:osei")
        assert tries is not None
        assert (tries.count, tries.first_at, tries.last_at) == (3, START, START + timedelta(seconds=2))
    with store.writing() as record:
        record.clear_tries("name:osei")
        assert record.clear_tries_before(START + timedelta(seconds=1)) == 1
        assert record.tries("name:osei") is None
        assert record.tries("address:10.0.0.4") is None


def test_a_setting_is_kept_and_logged(store: Store) -> None:
    with store.writing() as record:
        assert record.setting("paper") is None
        record.put_setting("paper", "a4", **as_done())
        record.put_setting("paper", "letter", **as_done())
    with store.reading() as record:
        assert record.setting("paper") == "letter"
    assert store.verify().first is None


def test_what_the_record_does_not_hold_is_named(store: Store) -> None:
    nothing = an_id(999)
    with store.reading() as record:
        for ask, error in (
            (record.patient, PatientNotFound),
            (record.course, CourseNotFound),
            (record.session, SessionNotFound),
            (record.staff, StaffNotFound),
        ):
            with pytest.raises(error):
                ask(nothing)
        assert record.logged(nothing) is None
        assert record.document(FIRST) is None
        assert record.changes(nothing, 0) == ()
        assert record.history(nothing) == ()
    with pytest.raises(PatientNotFound), store.writing() as record:
        record.put_patient(ANNE.model_copy(update={"id": nothing}), seen=1, **as_done())
    course = KNEE.model_copy(update={"id": nothing, "patient_id": nothing})
    with pytest.raises(PatientNotFound), store.writing() as record:
        record.put_course(course, seen=None, **as_done())


def test_a_number_or_name_that_is_taken_is_refused_whatever_its_case(store: Store) -> None:
    other = ANNE.model_copy(update={"id": an_id(80), "record_number": "a-20931"})
    with pytest.raises(AlreadyThere, match="record number"), store.writing() as record:
        record.put_patient(other, seen=None, **as_done())
    with pytest.raises(AlreadyThere, match="sign-in name"), store.writing() as record:
        record.put_staff(DOCTOR.model_copy(update={"id": an_id(81)}), seen=None, **as_done())
    with pytest.raises(AlreadyThere, match="number"), store.writing() as record:
        record.start_session(a_session().model_copy(update={"id": an_id(82)}), **as_done())
    for again in (
        lambda record: record.put_patient(ANNE, seen=None, **as_done()),
        lambda record: record.put_course(KNEE, seen=None, **as_done()),
        lambda record: record.start_session(a_session(), **as_done()),
    ):
        with pytest.raises(AlreadyThere), store.writing() as record:
            again(record)
    assert store.verify().first is None


def test_times_come_back_as_the_same_moment_in_utc(store: Store) -> None:
    moment = datetime.fromisoformat("2027-03-28T02:30:00.123456+14:00")
    with store.writing() as record:
        record.start_session(a_session(2).model_copy(update={"started_at": moment}), **as_done())
    started = read_afresh(store, a_session(2).id).value.started_at
    assert started == moment
    assert started.tzinfo is UTC
