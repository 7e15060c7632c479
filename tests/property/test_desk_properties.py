"""Whatever order steps arrive in and however often, one state is stored; and taking back is exact."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charting.anatomy import Atlas
from charting.desk.answers import MarkView, Outcome, SessionView, Standing
from charting.desk.asks import (
    AskChange,
    AskChangeSolution,
    AskMove,
    AskName,
    AskPlace,
    AskRestore,
    AskState,
    AskWithdraw,
)
from charting.domain import (
    FieldShape,
    Injection,
    Mark,
    MarkState,
    PointShape,
    Session,
    Shape,
    TrackShape,
    ViewPoint,
    numbers,
    totals,
)
from tests.clinic import KNEE_VIEW, OTHER_DOCTOR, Clinic, square
from tests.people import DOCTOR, KNEE, START

SITES = ("knee.mcl.tibial/right", "knee.mcl.femoral/right", "knee.pes_anserinus/right", None)

thorough = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, real_atlas: Atlas) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path_factory.mktemp("clinic"), real_atlas)
    clinic.desk = type(clinic.desk)(clinic.store, real_atlas, clock=lambda: START, new_id=clinic.ids)
    yield clinic
    clinic.close()


def start(clinic: Clinic) -> SessionView:
    """Start the first session of a new course."""
    course = KNEE.model_copy(update={"id": clinic.asked()})
    clinic.desk.save_course(DOCTOR, course, None)
    return clinic.start(course)


@st.composite
def shapes(draw: st.DrawFn, middle: ViewPoint) -> Shape:
    x, y = (middle.x + draw(st.floats(-9, 9)), middle.y + draw(st.floats(-9, 9)))
    match draw(st.sampled_from(["point", "track", "field"])):
        case "point":
            return PointShape(at=ViewPoint(x, y))
        case "track":
            turns = draw(st.lists(st.floats(-3, 3), min_size=2, max_size=6))
            return TrackShape(path=tuple(ViewPoint(x + n, y + turn) for n, turn in enumerate(turns)))
        case _:
            return FieldShape(outline=tuple(square(ViewPoint(x, y), draw(st.floats(1.5, 6)))))


def injections(solution_id: UUID) -> st.SearchStrategy[Injection]:
    return st.builds(
        Injection, solution_id=st.just(solution_id), deposits=st.integers(0, 9),
        ml_each=st.integers(0, 2000).map(lambda ul: Decimal(ul) / 1000), note=st.sampled_from(["", "è 痛"]),
    )  # fmt: skip


@st.composite
def changes(draw: st.DrawFn, middle: ViewPoint) -> tuple[str, Any]:
    """One thing that can be done with a mark that is there."""
    kind = draw(st.sampled_from(["move", "name", "change", "state", "withdraw"]))
    match kind:
        case "move":
            return kind, draw(shapes(middle))
        case "name":
            return kind, draw(st.sampled_from(SITES))
        case "change":
            return kind, draw(st.tuples(st.integers(0, 2000), st.integers(0, 9)))
        case "state":
            return kind, draw(st.sampled_from(MarkState))
        case _:
            return kind, None


def ask_of(clinic: Clinic, session: SessionView, mark: Mark, kind: str, value: Any) -> Any:
    of = {"mark_id": mark.id, "seen": mark.revision}
    match kind:
        case "move":
            return AskMove(
                **clinic.step(**of, view=KNEE_VIEW, atlas_sha256=clinic.atlas.sha256, shape=value, reach=4.0)
            )
        case "move back":
            shape, site = value
            return AskMove(
                **clinic.step(
                    **of,
                    view=KNEE_VIEW,
                    atlas_sha256=clinic.atlas.sha256,
                    shape=shape,
                    chosen=True,
                    site=site,
                )
            )
        case "name":
            return AskName(**clinic.step(**of, site=value))
        case "change":
            microlitres, deposits = value
            injection = Injection(
                solution_id=clinic.solution(session).id,
                ml_each=Decimal(microlitres) / 1000,
                deposits=deposits,
            )
            return AskChange(**clinic.step(**of, injection=injection))
        case "change back":
            return AskChange(**clinic.step(**of, injection=value))
        case "state":
            return AskState(**clinic.step(**of, state=value))
        case "restore":
            return AskRestore(**clinic.step(**of))
        case _:
            return AskWithdraw(**clinic.step(**of))


def stored(clinic: Clinic, session: SessionView) -> Session:
    with clinic.store.reading() as store:
        return store.session(session.session_id).value


def content(mark: Mark, order: dict[UUID, int], trays: dict[UUID, int]) -> dict[str, Any]:
    """Return what a mark says, with the numbers of the plan in the place of ids, which differ by session."""
    plain = mark.model_dump(mode="json", exclude={"id", "placed_by"})
    solution_id = mark.injection.solution_id
    plain["injection"]["solution_id"] = None if solution_id is None else trays[solution_id]
    return {"number": order[mark.id], **plain}


@thorough
@given(data=st.data())
def test_any_order_of_two_doctors_steps_however_often_sent_gives_one_state(
    clinic: Clinic, data: st.DataObject
) -> None:
    middle = clinic.on_figure()
    plans = [
        data.draw(
            st.lists(st.tuples(shapes(middle), st.lists(changes(middle), max_size=3)), min_size=1, max_size=3)
        )
        for _ in range(2)
    ]
    states = [carried_out(clinic, plans, data, mixed) for mixed in (False, True)]
    assert states[0] == states[1]


def carried_out(clinic: Clinic, plans: list[Any], data: st.DataObject, mixed: bool) -> list[dict[str, Any]]:
    """Carry out both plans in a new session, in turn or mixed and some steps again; return its marks."""
    session = start(clinic)
    queues, order = [], {}
    for plan in plans:
        queue: list[Any] = []
        for shape, afterwards in plan:
            place = clinic.ask_place(session, shape)
            order[place.mark_id] = len(order)
            queue.append(place)
            mark = Mark.model_construct(id=place.mark_id, revision=1)
            for kind, value in afterwards:
                queue.append(ask_of(clinic, session, mark, kind, value))
                if kind == "withdraw":
                    break  # nothing else can be done with it
                mark = Mark.model_construct(id=place.mark_id, revision=mark.revision + 1)
        queues.append(queue)
    whose = [0] * len(queues[0]) + [1] * len(queues[1])
    if mixed:
        whose = data.draw(st.permutations(whose))
    waiting = [iter(queue) for queue in queues]
    sent: list[Any] = []
    for one in whose:
        ask = next(waiting[one])
        again = data.draw(st.sampled_from(sent)) if mixed and sent and data.draw(st.booleans()) else None
        batch = [ask] if again is None else data.draw(st.sampled_from([[again, ask], [ask, again, ask]]))
        answer = clinic.carry_out(session.session_id, *batch, who=(DOCTOR, OTHER_DOCTOR)[one])
        assert {step.outcome for step in answer.steps} <= {Outcome.APPLIED, Outcome.DUPLICATE}
        sent.append(ask)
    kept = stored(clinic, session)
    assert len(kept.marks) == sum(isinstance(ask, AskPlace) for queue in queues for ask in queue)
    trays = {solution.id: place for place, solution in enumerate(kept.solutions)}
    return sorted((content(mark, order, trays) for mark in kept.marks), key=lambda one: one["number"])


@thorough
@given(data=st.data())
def test_how_a_session_stands_after_any_steps_is_how_it_stands_counted_anew(
    clinic: Clinic, data: st.DataObject
) -> None:
    """Treated before in places, so that there is something to notice."""
    course = KNEE.model_copy(update={"id": clinic.asked()})
    clinic.desk.save_course(DOCTOR, course, None)
    earlier = clinic.start(course)
    middle = clinic.on_figure()
    clinic.placed(earlier, PointShape(at=middle))
    session = clinic.start(course)
    trays = [clinic.solution(session)]
    for _ in range(data.draw(st.integers(1, 8))):
        marks = stored(clinic, session).marks
        match data.draw(st.sampled_from(["place", "place", "change", "solution", "earlier"])):
            case "change" if marks:
                mark = data.draw(st.sampled_from(marks))
                kind, value = ("restore", None) if mark.withdrawn else data.draw(changes(middle))
                asks = [ask_of(clinic, session, mark, kind, value)]
            case "solution":
                stronger = trays[-1].model_copy(update={"components": trays[-1].components[:1]})
                asks = [AskChangeSolution(**clinic.step(was=trays[-1], solution=stronger))]
                trays.append(stronger)
            case "earlier":
                clinic.placed(earlier, PointShape(at=ViewPoint(middle.x + 5, middle.y)))
                continue
            case _:
                amounts = data.draw(st.lists(injections(trays[0].id), min_size=1, max_size=3))
                off = [data.draw(st.floats(-9, 9)) for _ in amounts]
                asks = [
                    clinic.ask_place(
                        session,
                        PointShape(at=ViewPoint(middle.x + x, middle.y)),
                        injection=one,
                        state=data.draw(st.sampled_from(MarkState)),
                    )
                    for x, one in zip(off, amounts, strict=True)
                ]
        answer = clinic.carry_out(session.session_id, *asks)
        anew = type(clinic.desk)(clinic.store, clinic.atlas)
        assert answer.standing == anew.changes(DOCTOR, session.session_id, 0).standing
        assert answer.standing == Standing.model_validate_json(answer.standing.model_dump_json())
        held = stored(clinic, session)
        assert (answer.standing.numbers, answer.standing.totals) == (numbers(held), totals(held))


def without_revisions(session: Session) -> tuple[Mark, ...]:
    return tuple(mark.model_copy(update={"revision": 1}) for mark in session.live)


def inverse(before: Mark | None, kind: str) -> tuple[str, Any]:
    """Return what takes a step back, as a browser knows it from the mark it showed before."""
    if before is None:
        return "withdraw", None
    site = before.site.key if before.site else None
    return {
        "move": ("move back", (before.shape, site)),
        "name": ("name", site),
        "change": ("change back", before.injection),
        "state": ("state", before.state),
        "withdraw": ("restore", None),
    }[kind]


@thorough
@given(data=st.data())
def test_undoing_every_step_returns_exactly_what_was_and_redoing_what_came(
    clinic: Clinic, data: st.DataObject
) -> None:
    session = start(clinic)
    middle = clinic.on_figure()
    timeline = [without_revisions(stored(clinic, session))]
    done: list[tuple[UUID, tuple[str, Any], tuple[str, Any]]] = []

    def carry_out(ask: Any) -> MarkView:
        answer = clinic.do(session.session_id, ask)
        assert answer.outcome is Outcome.APPLIED, answer
        assert answer.mark is not None
        return answer.mark

    for _ in range(data.draw(st.integers(1, 6))):
        live = stored(clinic, session).live
        if not live or data.draw(st.booleans()):
            injection = data.draw(injections(clinic.solution(session).id))
            ask = clinic.ask_place(session, data.draw(shapes(middle)), injection=injection)
            done.append((carry_out(ask).mark.id, inverse(None, "place"), ("restore", None)))
        else:
            mark = data.draw(st.sampled_from(live))
            kind, value = data.draw(changes(middle))
            after = carry_out(ask_of(clinic, session, mark, kind, value)).mark
            again = (kind, value)
            if (
                kind == "move"
            ):  # a browser redoes what it was answered, which the desk may have cut at the edge
                again = ("move back", (after.shape, after.site.key if after.site else None))
            done.append((mark.id, inverse(mark, kind), again))
        timeline.append(without_revisions(stored(clinic, session)))

    def step(mark_id: UUID, what: tuple[str, Any]) -> tuple[Mark, ...]:
        carry_out(ask_of(clinic, session, stored(clinic, session).mark(mark_id), *what))
        return without_revisions(stored(clinic, session))

    for (mark_id, back, _), was in zip(reversed(done), reversed(timeline[:-1]), strict=True):
        assert step(mark_id, back) == was
    for (mark_id, _, again), came in zip(done, timeline[1:], strict=True):
        assert step(mark_id, again) == came
