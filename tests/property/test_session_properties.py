"""Whatever happens to a session: undo is exact, totals are sums, and documents say the same of the same."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from charting.domain import (
    COMMAND,
    ChangeMark,
    Command,
    Injection,
    Mark,
    MarkState,
    PlaceMark,
    PointShape,
    RestoreMark,
    Session,
    SetState,
    ViewPoint,
    WithdrawMark,
    apply,
    document_of,
    milligrams,
    numbers,
    shape_of,
    totals,
)  # fmt: skip
from tests.people import D15, DOCTOR, START, Ids, a_mark, a_session

volumes = st.integers(0, 3000).map(lambda microlitres: str(Decimal(microlitres) / 1000))
states = st.sampled_from(MarkState)


@st.composite
def marks(draw: st.DrawFn, number: int = 1) -> Mark:
    return a_mark(
        number, ml=draw(volumes), deposits=draw(st.integers(0, 12)), state=draw(states),
        shape=PointShape(at=ViewPoint(draw(st.integers(0, 180)), draw(st.integers(0, 290)))),
    )  # fmt: skip


def without_revisions(session: Session) -> tuple[Mark, ...]:
    return tuple(mark.model_copy(update={"revision": 1}) for mark in session.live)


class Exam(RuleBasedStateMachine):
    """A doctor who marks, changes, takes back and redoes, and remembers every state."""

    @initialize()
    def begin(self) -> None:
        self.ids = Ids()
        self.session = a_session()
        self.placed = 0
        self.timeline = [without_revisions(self.session)]
        self.here = 0
        self.inverse: list[tuple[str, object, object, object]] = []

    def _do(self, command: Command) -> None:
        self.session = apply(self.session, COMMAND.validate_json(COMMAND.dump_json(command)))

    def _step(self) -> dict[str, object]:
        return {"id": self.ids(), "by": DOCTOR.id, "at": START}

    def _new(self, kind: str, mark_id: object, before: object, after: object) -> None:
        del self.timeline[self.here + 1 :], self.inverse[self.here :]
        self.timeline.append(without_revisions(self.session))
        self.inverse.append((kind, mark_id, before, after))
        self.here += 1

    @rule(data=st.data())
    def place(self, data: st.DataObject) -> None:
        self.placed += 1
        mark = data.draw(marks(self.placed))
        self._do(PlaceMark(**self._step(), mark=mark))
        self._new("place", mark.id, None, None)

    @rule(data=st.data(), state=states)
    def say_what_became_of_one(self, data: st.DataObject, state: MarkState) -> None:
        if self.session.live:
            mark = data.draw(st.sampled_from(self.session.live))
            self._do(SetState(**self._step(), mark_id=mark.id, seen=mark.revision, state=state))
            self._new("state", mark.id, mark.state, state)

    @rule(data=st.data(), ml=volumes)
    def change_one(self, data: st.DataObject, ml: str) -> None:
        if self.session.live:
            mark = data.draw(st.sampled_from(self.session.live))
            injection = Injection(solution_id=D15.id, ml_each=Decimal(ml))
            self._do(ChangeMark(**self._step(), mark_id=mark.id, seen=mark.revision, injection=injection))
            self._new("change", mark.id, mark.injection, injection)

    @rule(data=st.data())
    def take_one_away(self, data: st.DataObject) -> None:
        if self.session.live:
            mark = data.draw(st.sampled_from(self.session.live))
            self._do(WithdrawMark(**self._step(), mark_id=mark.id, seen=mark.revision))
            self._new("withdraw", mark.id, None, None)

    def _carry_out(self, kind: str, mark_id: object, value: object) -> None:
        of = {**self._step(), "mark_id": mark_id, "seen": self.session.mark(mark_id).revision}
        match kind:
            case "state":
                self._do(SetState(**of, state=value))
            case "change":
                self._do(ChangeMark(**of, injection=value))
            case "withdraw":
                self._do(WithdrawMark(**of))
            case "restore":
                self._do(RestoreMark(**of))

    @rule()
    def undo(self) -> None:
        if self.here:
            self.here -= 1
            kind, mark_id, before, _ = self.inverse[self.here]
            back = {"place": "withdraw", "withdraw": "restore"}.get(kind, kind)
            self._carry_out(back, mark_id, before)

    @rule()
    def redo(self) -> None:
        if self.here < len(self.inverse):
            kind, mark_id, _, after = self.inverse[self.here]
            self.here += 1
            self._carry_out({"place": "restore"}.get(kind, kind), mark_id, after)

    @invariant()
    def the_session_is_where_the_doctor_thinks_it_is(self) -> None:
        if hasattr(self, "timeline"):
            assert without_revisions(self.session) == self.timeline[self.here]

    @invariant()
    def totals_are_the_sum_of_given_marks_alone(self) -> None:
        if hasattr(self, "session"):
            given = [mark for mark in self.session.live if mark.state is MarkState.GIVEN]
            sums = totals(self.session)
            assert sums.ml == sum(
                (one.injection.ml_each * one.injection.deposits for one in given), Decimal(0)
            )
            assert sums.punctures == sum(one.injection.punctures for one in given)
            assert sorted(numbers(self.session).values()) == list(range(1, len(given) + 1))


TestExam = Exam.TestCase
TestExam.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(st.lists(marks(), max_size=8), st.randoms())
def test_totals_do_not_depend_on_the_order_of_marks(some: list[Mark], order: object) -> None:
    own = [mark.model_copy(update={"id": Ids(number)()}) for number, mark in enumerate(some)]
    mixed = list(own)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    assert totals(a_session(marks=tuple(own))) == totals(a_session(marks=tuple(mixed)))


@given(st.lists(marks(), max_size=5))
def test_a_session_is_read_back_from_json_as_it_was(some: list[Mark]) -> None:
    own = tuple(mark.model_copy(update={"id": Ids(number)()}) for number, mark in enumerate(some))
    session = a_session(marks=own)
    again = Session.model_validate_json(session.model_dump_json())
    assert again == session
    assert document_of(again) == document_of(session)


@given(marks())
def test_a_shape_is_its_geometry(mark: Mark) -> None:
    assert shape_of(mark.shape.geometry) == mark.shape


@given(volumes, st.integers(1, 1_000_000))
def test_a_dose_is_volume_times_strength_to_the_last_digit(ml: str, strength: int) -> None:
    percent = Decimal(strength) / 10_000
    assert milligrams(Decimal(ml), percent) * 100 == Decimal(ml) * percent * 1000
