"""What each command does to a session, and when it is refused."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from charting.domain import (
    AddSolution,
    AlreadyThere,
    ChangeMark,
    ChangeSolution,
    Command,
    Component,
    Details,
    DetailsChanged,
    Injection,
    Laterality,
    MarkChanged,
    MarkNotFound,
    MarkState,
    MoveMark,
    NameMark,
    PlaceMark,
    PointShape,
    RestoreMark,
    Seal,
    Session,
    SessionSealed,
    SetDetails,
    SetState,
    Site,
    Solution,
    SolutionNotFound,
    ViewPoint,
    WithdrawMark,
    apply,
    numbers,
    totals,
)  # fmt: skip
from tests.people import D15, DOCTOR, MCL, START, a_mark, a_session, an_id

LCL = Site(structure="knee.lcl.fibular", laterality=Laterality.RIGHT)


def step(number: int = 900) -> dict[str, object]:
    return {"id": an_id(number), "by": DOCTOR.id, "at": START}


def of(mark: UUID, seen: int = 1) -> dict[str, object]:
    return {**step(), "mark_id": mark, "seen": seen}


def with_marks(*count: int) -> Session:
    return a_session(marks=tuple(a_mark(number) for number in count))


def test_a_mark_placed_is_the_last_and_the_session_before_stays_as_it_was() -> None:
    before = with_marks(1)
    after = apply(before, PlaceMark(**step(), mark=a_mark(2)))
    assert [mark.id for mark in after.marks] == [a_mark(1).id, a_mark(2).id]
    assert len(before.marks) == 1


def test_a_mark_withdrawn_neither_counts_nor_shows_and_comes_back_in_its_place() -> None:
    session = with_marks(1, 2, 3)
    mark = session.marks[1]
    without = apply(session, WithdrawMark(**of(mark.id)))
    assert [one.id for one in without.live] == [session.marks[0].id, session.marks[2].id]
    assert numbers(without) == {session.marks[0].id: 1, session.marks[2].id: 2}
    assert totals(without).ml == Decimal(1)
    again = apply(without, RestoreMark(**of(mark.id, seen=2)))
    assert [one.id for one in again.live] == [one.id for one in session.live]
    assert again.marks[1].model_copy(update={"revision": 1}) == mark


def test_a_mark_moved_has_the_new_place_and_the_site_that_lies_there() -> None:
    session = with_marks(1)
    mark = session.marks[0]
    shape = PointShape(at=ViewPoint(10, 10))
    command = MoveMark(
        **of(mark.id), map=mark.map, shape=shape, place=mark.at, site=LCL, laterality=Laterality.RIGHT
    )
    moved = apply(session, command).marks[0]
    assert (moved.shape, moved.site, moved.injection, moved.revision) == (shape, LCL, mark.injection, 2)


def test_a_mark_cannot_be_moved_to_a_site_of_another_side_than_it_says() -> None:
    session = with_marks(1)
    mark = session.marks[0]
    with pytest.raises(ValidationError, match="side"):
        apply(session, NameMark(**of(mark.id), site=MCL, laterality=Laterality.LEFT))


def test_a_change_that_has_not_seen_the_last_one_is_refused_with_the_mark_as_it_is() -> None:
    session = apply(with_marks(1), SetState(**of(a_mark(1).id), state=MarkState.SKIPPED))
    with pytest.raises(MarkChanged) as refusal:
        apply(session, SetState(**of(a_mark(1).id, seen=1), state=MarkState.GIVEN))
    assert refusal.value.present == session.marks[0]


@pytest.mark.parametrize("state", [MarkState.PLANNED, MarkState.SKIPPED])
def test_a_mark_that_was_not_given_has_no_number_and_counts_for_nothing(state: MarkState) -> None:
    session = apply(with_marks(1, 2), SetState(**of(a_mark(1).id), state=state))
    assert numbers(session) == {a_mark(2).id: 1}
    assert totals(session).punctures == 1


def test_a_mark_that_is_there_cannot_be_placed_again() -> None:
    with pytest.raises(AlreadyThere):
        apply(with_marks(1), PlaceMark(**step(), mark=a_mark(1)))


def test_a_command_for_a_mark_that_is_not_there_is_refused() -> None:
    with pytest.raises(MarkNotFound):
        apply(with_marks(1), WithdrawMark(**of(a_mark(2).id)))


def test_a_volume_needs_a_solution_of_the_session() -> None:
    other = Injection(solution_id=an_id(31), ml_each=Decimal("0.5"))
    with pytest.raises(SolutionNotFound):
        apply(with_marks(1), ChangeMark(**of(a_mark(1).id), injection=other))
    with pytest.raises(ValidationError, match="solution"):
        Injection(ml_each=Decimal("0.5"))


def test_a_solution_put_right_puts_the_marks_given_with_it_right() -> None:
    weaker = D15.model_copy(update={"components": (Component(agent="dextrose", percent=Decimal("12.5")),)})
    session = apply(with_marks(1, 2), ChangeSolution(**step(), solution=weaker, was=D15))
    assert totals(session).mg_by_agent == {"dextrose": Decimal(125)}
    with pytest.raises(DetailsChanged):
        apply(session, ChangeSolution(**step(), solution=weaker, was=D15))


def test_a_solution_is_added_once() -> None:
    another = Solution(
        id=an_id(31), name="Lidocaine 1 %", components=(Component(agent="lidocaine", percent=Decimal(1)),)
    )
    session = apply(with_marks(1), AddSolution(**step(), solution=another))
    assert session.solutions == (D15, another)
    with pytest.raises(AlreadyThere):
        apply(session, AddSolution(**step(), solution=another))


def test_details_are_not_overwritten_by_someone_who_has_not_seen_them() -> None:
    session = apply(with_marks(), SetDetails(**step(), details=Details(pain_before=6), was=Details()))
    assert session.details.pain_before == 6
    with pytest.raises(DetailsChanged):
        apply(session, SetDetails(**step(), details=Details(pain_before=2), was=Details()))


def _every_command(session: Session) -> list[Command]:
    mark = session.marks[0]
    return [
        PlaceMark(**step(), mark=a_mark(9)),
        WithdrawMark(**of(mark.id)),
        RestoreMark(**of(mark.id)),
        MoveMark(
            **of(mark.id),
            map=mark.map,
            shape=mark.shape,
            place=mark.at,
            site=None,
            laterality=mark.laterality,
        ),
        NameMark(**of(mark.id), site=None, laterality=mark.laterality),
        ChangeMark(**of(mark.id), injection=mark.injection),
        SetState(**of(mark.id), state=MarkState.SKIPPED),
        AddSolution(**step(), solution=D15),
        ChangeSolution(**step(), solution=D15, was=D15),
        SetDetails(**step(), details=Details(), was=Details()),
    ]


def test_nothing_can_happen_to_a_session_that_is_signed() -> None:
    signed = with_marks(1).model_copy(
        update={"seal": Seal(at=START, by=DOCTOR.id, name=DOCTOR.name, sha256="0" * 64)}
    )
    commands = _every_command(signed)
    assert {type(one) for one in commands} == set(Command.__origin__.__args__)  # type: ignore[attr-defined]
    for command in commands:
        with pytest.raises(SessionSealed):
            apply(signed, command)


def test_doses_are_exact() -> None:
    session = a_session(marks=tuple(a_mark(number, ml="0.1") for number in range(1, 31)))
    sums = totals(session)
    assert (sums.ml, sums.mg_by_agent) == (Decimal(3), {"dextrose": Decimal(450), "lidocaine": Decimal(6)})
