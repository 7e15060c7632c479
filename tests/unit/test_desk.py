from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import shapely

from charting.anatomy import lift, name_place
from charting.anatomy.view import EDGE
from charting.desk import Desk
from charting.desk.answers import Outcome, SessionView
from charting.desk.asks import (
    AskAddSolution,
    AskChange,
    AskChangeSolution,
    AskDetails,
    AskName,
    AskRestore,
    AskState,
    AskWithdraw,
    Unreadable,
)
from charting.desk.showing import day_of
from charting.domain import (
    AlreadyThere,
    Component,
    Conflict,
    CourseNotFound,
    Details,
    FieldShape,
    Injection,
    Laterality,
    MarkState,
    NotAllowed,
    NotReadyToSign,
    PatientNotFound,
    PointShape,
    Role,
    SessionNotFound,
    SessionSealed,
    Sides,
    StaleRevision,
    StoreFull,
    TrackShape,
    UnknownFigure,
    UnknownRegion,
    ViewPoint,
    document_of,
    sha256_of,
)
from tests.clinic import KNEE_VIEW, OTHER_DOCTOR, Clinic, square
from tests.people import ADMINISTRATOR, ANNE, D15, DOCTOR, KNEE, NURSE, START, an_id

MCL_TIBIAL = "knee.mcl.tibial/right"


@pytest.fixture
def session(clinic: Clinic) -> SessionView:
    return clinic.start()


def anchor(clinic: Clinic, key: str = MCL_TIBIAL, view: str = KNEE_VIEW) -> ViewPoint:
    return next(site.anchor for site in clinic.view(view).sites if site.placed.site.key == key)


def beside(clinic: Clinic) -> ViewPoint:
    """Return a point of the drawing that is not on the figure."""
    view = clinic.view()
    empty = shapely.box(0, 0, *view.size).difference(view.silhouette.buffer(5)).representative_point()
    return ViewPoint(empty.x, empty.y)


def stored(clinic: Clinic, session: SessionView) -> Any:
    with clinic.store.reading() as store:
        return store.session(session.session_id)


# ---- placing -----------------------------------------------------------------------------------------------


def test_a_tap_becomes_a_mark_with_its_place_on_the_body_and_its_name(
    clinic: Clinic, session: SessionView
) -> None:
    at = anchor(clinic)
    placed = clinic.placed(session, PointShape(at=at))
    mark = placed.mark
    assert placed.number == 1
    assert placed.name == "R medial collateral ligament of the knee, tibial attachment"
    assert mark.site is not None
    assert mark.site.key == MCL_TIBIAL
    assert mark.laterality is Laterality.RIGHT
    assert mark.at == lift(clinic.view(), mark.shape.at)
    assert (mark.map.atlas_version, mark.map.atlas_sha256) == (clinic.atlas.version, clinic.atlas.sha256)
    assert (mark.map.figure, mark.map.view) == ("adult_female", KNEE_VIEW)
    assert (mark.placed_by, mark.revision, mark.withdrawn) == (DOCTOR.id, 1, False)
    assert stored(clinic, session).value.marks == (mark,)


def test_the_name_card_offers_the_next_two_names_and_never_the_mark_s_own(
    clinic: Clinic, session: SessionView
) -> None:
    placed = clinic.placed(session, PointShape(at=anchor(clinic)))
    naming = name_place(clinic.view().on_figure.table, placed.mark.at, 50)
    assert [one.key for one in placed.others] == [other.site.key for other in naming.others[:2]]
    assert MCL_TIBIAL not in {one.key for one in placed.others}


def test_a_place_without_a_name_says_where_it_is_and_on_which_side(
    clinic: Clinic, session: SessionView
) -> None:
    placed = clinic.placed(session, reach=0.0)
    assert placed.mark.site is None
    assert placed.mark.laterality is Laterality.RIGHT
    assert placed.name.startswith("unnamed place on the right, ")
    assert len(placed.others) == 2


def test_a_site_that_was_chosen_is_the_mark_s_whatever_lies_nearer(
    clinic: Clinic, session: SessionView
) -> None:
    at = PointShape(at=anchor(clinic))
    chosen = clinic.placed(session, at, chosen=True, site="knee.mcl.femoral/right")
    assert chosen.mark.site is not None
    assert chosen.mark.site.key == "knee.mcl.femoral/right"
    assert clinic.placed(session, at, chosen=True, site=None).mark.site is None


def test_a_site_of_the_other_side_is_refused(clinic: Clinic, session: SessionView) -> None:
    at = PointShape(at=anchor(clinic))
    ask = clinic.ask_place(session, at, chosen=True, site="knee.mcl.tibial/left")
    assert clinic.do(session.session_id, ask).code == "wrong_side"
    mark = clinic.placed(session, at).mark
    name = AskName(**clinic.step(mark_id=mark.id, seen=1, site="knee.mcl.tibial/left"))
    answer = clinic.do(session.session_id, name)
    assert answer.code == "wrong_side"
    assert answer.mark is not None
    assert answer.mark.mark == mark


def test_beside_the_spine_a_site_of_either_side_can_be_meant(clinic: Clinic, session: SessionView) -> None:
    view = "low_back_posterior"
    at = anchor(clinic, "lumbar.facet_capsule/right/L4L5", view)
    placed = clinic.placed(
        session, PointShape(at=ViewPoint(at.x - 6, at.y)), view=view, chosen=True,
        site="lumbar.facet_capsule/left/L4L5",
    )  # fmt: skip
    assert -20 < placed.mark.at.x < -2.5
    assert placed.mark.laterality is Laterality.LEFT


def test_coordinates_are_kept_to_a_thousandth_of_a_millimetre(clinic: Clinic, session: SessionView) -> None:
    middle = clinic.on_figure()
    near = PointShape(at=ViewPoint(middle.x + 0.00041, middle.y - 0.0000001))
    shape = clinic.placed(session, near).mark.shape
    assert isinstance(shape, PointShape)
    assert shape.at == ViewPoint(round(near.at.x, 3), round(near.at.y, 3))


def test_the_line_of_the_figure_is_the_figure_and_what_lies_beyond_is_not(
    clinic: Clinic, session: SessionView
) -> None:
    edge = clinic.view().silhouette.geoms[0].exterior.interpolate(0.3, normalized=True)
    placed = clinic.do(
        session.session_id, clinic.ask_place(session, PointShape(at=ViewPoint(edge.x, edge.y)))
    )
    assert placed.outcome is Outcome.APPLIED
    off = clinic.do(session.session_id, clinic.ask_place(session, PointShape(at=beside(clinic))))
    assert (off.outcome, off.code) == (Outcome.REFUSED, "off_body_map")


def test_a_track_that_leaves_the_figure_is_refused(clinic: Clinic, session: SessionView) -> None:
    inside, outside = clinic.on_figure(), beside(clinic)
    track = TrackShape(path=(inside, outside))
    assert clinic.do(session.session_id, clinic.ask_place(session, track)).code == "off_body_map"


def test_a_track_between_two_legs_is_refused_though_its_ends_lie_on_the_figure(
    clinic: Clinic, session: SessionView
) -> None:
    view = "full_anterior"
    legs = [anchor(clinic, f"knee.patellar_tendon.tibia/{side}", view) for side in ("right", "left")]
    ask = clinic.ask_place(session, TrackShape(path=tuple(legs)), view=view)
    assert clinic.do(session.session_id, ask).code == "off_body_map"


def test_a_track_keeps_its_turns_and_lies_where_its_middle_does(clinic: Clinic, session: SessionView) -> None:
    middle = clinic.on_figure()
    path = tuple(ViewPoint(middle.x + step, middle.y + (step % 2)) for step in range(-6, 7))
    mark = clinic.placed(session, TrackShape(path=path)).mark
    assert isinstance(mark.shape, TrackShape)
    assert len(mark.shape.path) == 13
    assert mark.shape.geometry.hausdorff_distance(TrackShape(path=path).geometry) < 0.001


def test_a_field_on_the_figure_stays_as_it_was_drawn(clinic: Clinic, session: SessionView) -> None:
    field = FieldShape(outline=tuple(square(clinic.on_figure(), 8)))
    shape = clinic.placed(session, field).mark.shape
    assert isinstance(shape, FieldShape)
    assert len(shape.outline) == 4
    assert shape.geometry.symmetric_difference(field.geometry).area < 0.1


def test_a_field_over_the_edge_is_cut_at_the_edge_and_cutting_it_again_changes_nothing(
    clinic: Clinic, session: SessionView
) -> None:
    silhouette = clinic.view().silhouette
    edge = max(silhouette.geoms, key=lambda part: part.area).exterior.interpolate(0.25, normalized=True)
    inward = next(
        ViewPoint(edge.x + dx, edge.y + dy) for dx, dy in ((6, 0), (-6, 0), (0, 6), (0, -6))
        if silhouette.buffer(-2).contains(shapely.Point(edge.x + dx, edge.y + dy))
    )  # fmt: skip
    drawn = FieldShape(outline=tuple(square(inward, 12)))
    assert not silhouette.contains(drawn.geometry)
    placed = clinic.placed(session, drawn)
    kept = placed.mark.shape
    assert isinstance(kept, FieldShape)
    assert silhouette.buffer(EDGE).covers(kept.geometry)
    assert kept.geometry.symmetric_difference(drawn.geometry.intersection(silhouette)).area < 0.5
    again = clinic.do(session.session_id, clinic.ask_move(placed, kept))
    assert again.mark is not None
    assert again.mark.mark.shape == kept
    assert again.mark.mark.at == placed.mark.at


def test_a_field_mostly_beside_the_figure_is_refused(clinic: Clinic, session: SessionView) -> None:
    width, height = clinic.view().size
    whole = FieldShape(outline=tuple(square(beside(clinic), 10)))
    assert clinic.do(session.session_id, clinic.ask_place(session, whole)).code == "off_body_map"
    huge = FieldShape(outline=tuple(square(ViewPoint(width / 2, height / 2), 4000)))
    assert clinic.do(session.session_id, clinic.ask_place(session, huge)).code == "off_body_map"


def test_a_field_over_both_legs_is_refused_and_not_put_on_one_of_them(
    clinic: Clinic, session: SessionView
) -> None:
    view = "full_anterior"
    right, left = (anchor(clinic, f"knee.patellar_tendon.tibia/{side}", view) for side in ("right", "left"))
    box = shapely.box(right.x - 20, right.y - 10, left.x + 30, left.y + 10)
    field = FieldShape(outline=tuple(ViewPoint(x, y) for x, y in list(box.exterior.coords)[:-1]))
    assert clinic.do(session.session_id, clinic.ask_place(session, field, view=view)).code == "off_body_map"


def test_a_field_with_as_many_turns_as_the_figure_keeps_no_more_than_a_record_holds(
    clinic: Clinic, session: SessionView
) -> None:
    view = clinic.view("full_anterior")
    width, height = view.size
    field = FieldShape(outline=tuple(square(ViewPoint(width / 2, height / 2), height)))
    body = view.silhouette  # fills too little of a square: then it is drawn closely around
    if body.area < 0.5 * field.geometry.area:
        hull = body.convex_hull.buffer(1).simplify(1)
        field = FieldShape(outline=tuple(ViewPoint(x, y) for x, y in list(hull.exterior.coords)[:-1]))
    answer = clinic.do(session.session_id, clinic.ask_place(session, field, view=view.id))
    assert answer.outcome is Outcome.APPLIED
    assert answer.mark is not None
    shape = answer.mark.mark.shape
    assert isinstance(shape, FieldShape)
    assert len(shape.outline) <= 400
    assert view.silhouette.buffer(EDGE).covers(shape.geometry.buffer(-1))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"view": "knee_right_inside", "shape": PointShape(at=ViewPoint(1, 1))}, "unknown_view"),
        ({"atlas_sha256": "0" * 64}, "atlas_differs"),
        ({"chosen": True, "site": "knee.nothing/right"}, "unknown_site"),
        ({"chosen": True, "site": "knee.mcl.tibial/midline"}, "unknown_site"),
        ({"injection": Injection(solution_id=an_id(7), ml_each=Decimal(1))}, "solution_not_found"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_cannot_be_placed_is_refused_with_its_code(
    clinic: Clinic, session: SessionView, wrong: dict[str, Any], code: str
) -> None:
    answer = clinic.do(session.session_id, clinic.ask_place(session, **wrong))
    assert (answer.outcome, answer.code, answer.mark) == (Outcome.REFUSED, code, None)
    assert answer.sentence
    assert stored(clinic, session).revision == 1


# ---- a batch -----------------------------------------------------------------------------------------------


def test_a_refused_step_changes_nothing_and_those_behind_it_go_on(
    clinic: Clinic, session: SessionView
) -> None:
    first, off, last = (
        clinic.ask_place(session), clinic.ask_place(session, PointShape(at=beside(clinic))),
        clinic.ask_place(session),
    )  # fmt: skip
    answer = clinic.carry_out(session.session_id, first, off, last)
    assert [step.outcome for step in answer.steps] == ["applied", "refused", "applied"]
    assert [step.id for step in answer.steps] == [first.id, off.id, last.id]
    assert answer.standing.revision == 3
    assert list(answer.standing.numbers.values()) == [1, 2]


def test_a_step_that_could_not_be_read_is_refused_in_its_place(clinic: Clinic, session: SessionView) -> None:
    unreadable = Unreadable(id=an_id(5), code="not_a_place", sentence="No place.", facts="x")
    place = clinic.ask_place(session)
    answer = clinic.desk.carry_out(DOCTOR, session.session_id, [unreadable, place])
    assert [(step.id, step.outcome, step.code) for step in answer.steps] == [
        (an_id(5), Outcome.REFUSED, "not_a_place"), (place.id, Outcome.APPLIED, None)
    ]  # fmt: skip


def test_a_step_sent_again_is_a_duplicate_and_shows_the_mark_as_it_is_now(
    clinic: Clinic, session: SessionView
) -> None:
    place = clinic.ask_place(session)
    mark = clinic.do(session.session_id, place).mark
    assert mark is not None
    changed = AskState(**clinic.step(mark_id=mark.mark.id, seen=1, state=MarkState.SKIPPED))
    clinic.do(session.session_id, changed)
    for _ in range(50):
        again = clinic.do(session.session_id, place)
        assert again.outcome is Outcome.DUPLICATE
        assert again.mark is not None
        assert again.mark.mark.revision == 2
    kept = stored(clinic, session)
    assert (kept.revision, len(kept.value.marks)) == (3, 1)


def test_a_step_twice_in_one_batch_is_done_once(clinic: Clinic, session: SessionView) -> None:
    place = clinic.ask_place(session)
    answer = clinic.carry_out(session.session_id, place, place)
    assert [step.outcome for step in answer.steps] == ["applied", "duplicate"]
    other = place.model_copy(update={"provenance": "something else"})
    answer = clinic.carry_out(session.session_id, place, other)
    assert [step.outcome for step in answer.steps] == ["duplicate", "refused"]


def test_an_id_that_comes_back_with_other_content_is_refused_and_the_first_stands(
    clinic: Clinic, session: SessionView
) -> None:
    place = clinic.ask_place(session)
    clinic.do(session.session_id, place)
    injection = place.injection.model_copy(update={"ml_each": Decimal("5")})
    answer = clinic.do(session.session_id, place.model_copy(update={"injection": injection}))
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "command_reused")
    assert stored(clinic, session).value.marks[0].injection.ml_each == Decimal("0.5")


def test_a_step_of_one_session_is_not_done_in_another(clinic: Clinic, session: SessionView) -> None:
    place = clinic.ask_place(session)
    clinic.do(session.session_id, place)
    other = clinic.start()
    assert clinic.do(other.session_id, place).code == "command_reused"
    assert stored(clinic, other).value.marks == ()


def test_a_step_under_the_id_of_a_patient_s_command_is_refused(clinic: Clinic, session: SessionView) -> None:
    with clinic.store.reading() as store:
        taken = store.history(ANNE.id)[0].id
    answer = clinic.do(session.session_id, clinic.ask_place(session, id=taken))
    assert answer.code == "command_reused"


def test_a_mark_that_has_changed_since_is_shown_as_it_is_and_nothing_is_overwritten(
    clinic: Clinic, session: SessionView
) -> None:
    mark = clinic.placed(session).mark
    theirs = Injection(solution_id=mark.injection.solution_id, ml_each=Decimal("0.7"))
    mine = Injection(solution_id=mark.injection.solution_id, ml_each=Decimal("0.9"))
    first = AskChange(**clinic.step(mark_id=mark.id, seen=1, injection=theirs))
    assert clinic.do(session.session_id, first, OTHER_DOCTOR).outcome is Outcome.APPLIED
    answer = clinic.do(session.session_id, AskChange(**clinic.step(mark_id=mark.id, seen=1, injection=mine)))
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "mark_changed")
    assert answer.mark is not None
    assert answer.mark.mark.injection.ml_each == Decimal("0.7")
    assert answer.mark.mark.revision == 2


def test_every_kind_of_step_is_carried_out(clinic: Clinic, session: SessionView) -> None:
    placed = clinic.placed(session, PointShape(at=anchor(clinic)))
    mark, tray = placed.mark, clinic.solution(session)
    stronger = tray.model_copy(update={"components": (Component(agent="dextrose", percent=Decimal(25)),)})
    details = Details(pain_before=6, note="Tolerated well.")
    asks = [
        clinic.ask_move(placed, PointShape(at=clinic.on_figure())),
        AskName(**clinic.step(mark_id=mark.id, seen=2, site=MCL_TIBIAL)),
        AskChange(**clinic.step(mark_id=mark.id, seen=3, injection=Injection(deposits=3))),
        AskState(**clinic.step(mark_id=mark.id, seen=4, state=MarkState.PLANNED)),
        AskWithdraw(**clinic.step(mark_id=mark.id, seen=5)),
        AskRestore(**clinic.step(mark_id=mark.id, seen=6)),
        AskAddSolution(**clinic.step(solution=D15)),
        AskChangeSolution(**clinic.step(solution=stronger, was=tray)),
        AskDetails(**clinic.step(details=details, was=Details())),
    ]
    answer = clinic.carry_out(session.session_id, *asks)
    assert {step.outcome for step in answer.steps} == {Outcome.APPLIED}
    kept = stored(clinic, session).value
    assert kept.solutions == (stronger, D15)
    assert kept.details == details
    assert (kept.marks[0].revision, kept.marks[0].state) == (7, MarkState.PLANNED)
    assert answer.standing.details == details
    assert answer.standing.totals.marks == 0
    with clinic.store.reading() as store:
        kinds = [one.kind for one in store.history(session.session_id)]
    assert kinds == ["start_session", "place_mark", *(ask.kind for ask in asks)]


def test_a_mark_that_lost_its_name_has_the_side_of_its_place(clinic: Clinic, session: SessionView) -> None:
    mark = clinic.placed(session, PointShape(at=anchor(clinic))).mark
    answer = clinic.do(session.session_id, AskName(**clinic.step(mark_id=mark.id, seen=1, site=None)))
    assert answer.mark is not None
    assert answer.mark.mark.site is None
    assert answer.mark.mark.laterality is Laterality.RIGHT


def test_a_step_about_a_mark_that_is_not_there_is_refused(clinic: Clinic, session: SessionView) -> None:
    for ask in (
        AskWithdraw(**clinic.step(mark_id=an_id(77), seen=1)),
        AskName(**clinic.step(mark_id=an_id(77), seen=1, site=None)),
    ):
        answer = clinic.do(session.session_id, ask)
        assert (answer.code, answer.mark) == ("mark_not_found", None)


def test_a_command_says_when_the_desk_took_it_and_not_what_the_tablet_s_clock_told(
    clinic: Clinic, session: SessionView
) -> None:
    mark = clinic.placed(session, made_at=datetime(1999, 1, 1, tzinfo=UTC)).mark
    assert mark.placed_at == clinic.clock.now


def test_nobody_but_a_doctor_marks(clinic: Clinic, session: SessionView) -> None:
    for who in (NURSE, ADMINISTRATOR, DOCTOR.model_copy(update={"active": False})):
        with pytest.raises(NotAllowed):
            clinic.carry_out(session.session_id, clinic.ask_place(session), who=who)
    assert stored(clinic, session).revision == 1


def test_a_session_that_is_not_there_is_not_found(clinic: Clinic, session: SessionView) -> None:
    with pytest.raises(SessionNotFound):
        clinic.carry_out(an_id(77), clinic.ask_place(session))


def test_when_the_store_fails_nothing_of_the_batch_has_happened_and_it_can_be_sent_again(
    clinic: Clinic, session: SessionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = [clinic.ask_place(session), clinic.ask_place(session)]

    def full(*_: object) -> int:
        raise StoreFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr("charting.store.Writer.append", full)
        with pytest.raises(StoreFull):
            clinic.carry_out(session.session_id, *asks)
    assert stored(clinic, session).revision == 1
    again = clinic.carry_out(session.session_id, *asks)
    assert {step.outcome for step in again.steps} == {Outcome.APPLIED}


def test_doctors_who_mark_at_once_lose_nothing(clinic: Clinic, session: SessionView) -> None:
    asks = [[clinic.ask_place(session) for _ in range(15)] for _ in range(4)]
    troubles: list[BaseException] = []

    def mark(mine: list[Any]) -> None:
        try:
            for ask in mine:
                assert clinic.do(session.session_id, ask).outcome is Outcome.APPLIED
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=mark, args=(mine,)) for mine in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    kept = stored(clinic, session)
    assert {mark.id for mark in kept.value.marks} == {ask.mark_id for mine in asks for ask in mine}
    assert kept.revision == 61


# ---- telling others ----------------------------------------------------------------------------------------


def test_who_listens_hears_of_every_change_once_it_is_stored(clinic: Clinic, session: SessionView) -> None:
    heard: list[tuple[int, int]] = []
    with clinic.desk.listen(
        NURSE, session.session_id, lambda revision: heard.append((revision, stored(clinic, session).revision))
    ):
        clinic.placed(session)
        clinic.do(session.session_id, clinic.ask_place(session, PointShape(at=beside(clinic))))
        clinic.placed(session)
        clinic.desk.seal(DOCTOR, session.session_id, revision=3, marks=2)
    clinic.placed(clinic.start())
    # whoever listens to other processes may begin with the present revision
    assert [revision for revision, _ in heard if revision > 1] == [2, 3, 4]
    assert all(revision <= kept for revision, kept in heard)


def test_nobody_else_changes_a_file_so_nothing_has_to_be_listened_for(
    clinic: Clinic, session: SessionView
) -> None:
    with clinic.desk.listen(NURSE, session.session_id, print):
        assert not clinic.desk.shared
        assert "hearing" not in {thread.name for thread in threading.enumerate()}


def test_a_revision_is_told_once_and_an_earlier_one_never(clinic: Clinic, session: SessionView) -> None:
    heard: list[int] = []
    bell = clinic.desk._bell
    with clinic.desk.listen(NURSE, session.session_id, heard.append):
        for revision in (3, 3, 2, 4):
            bell.ring(session.session_id, revision)
    assert bell.sessions() == ()
    bell.ring(session.session_id, 5)
    with clinic.desk.listen(NURSE, session.session_id, heard.append):
        bell.ring(session.session_id, 4)
    assert heard == [3, 4, 4]


def test_a_listener_that_fails_keeps_neither_the_writer_nor_the_others_from_their_work(
    clinic: Clinic, session: SessionView, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []

    def fail(_: int) -> None:
        raise RuntimeError("the page has gone")

    with (
        clinic.desk.listen(NURSE, session.session_id, fail),
        clinic.desk.listen(DOCTOR, session.session_id, heard.append),
    ):
        clinic.placed(session)
    assert heard == [2]
    assert "a listener to session" in caplog.text


def test_changes_are_those_after_a_revision_with_the_withdrawn_ones(
    clinic: Clinic, session: SessionView
) -> None:
    first, second = clinic.placed(session).mark, clinic.placed(session).mark
    clinic.do(session.session_id, AskWithdraw(**clinic.step(mark_id=first.id, seen=1)))
    desk = clinic.desk
    assert [view.mark.id for view in desk.changes(NURSE, session.session_id, 0).marks] == [
        first.id,
        second.id,
    ]
    changes = desk.changes(NURSE, session.session_id, 3)
    assert [(view.mark.id, view.mark.withdrawn, view.number) for view in changes.marks] == [
        (first.id, True, None)
    ]
    assert changes.standing.revision == 4
    assert changes.standing.numbers == {second.id: 1}
    assert desk.changes(NURSE, session.session_id, 4).marks == ()
    assert desk.revision(NURSE, session.session_id) == 4


# ---- a session ---------------------------------------------------------------------------------------------


def test_a_session_shows_whom_it_is_of_and_who_may_change_it(clinic: Clinic, session: SessionView) -> None:
    view = clinic.desk.session(NURSE, session.session_id)
    assert (view.patient, view.course, view.clinician) == (ANNE, KNEE, DOCTOR.name)
    assert (view.number, view.last_on, view.may_write) == (1, None, False)
    assert clinic.desk.session(DOCTOR, session.session_id).may_write
    clinic.desk.seal(DOCTOR, session.session_id, revision=1, marks=0)
    assert not clinic.desk.session(DOCTOR, session.session_id).may_write
    with pytest.raises(NotAllowed):
        clinic.desk.session(ADMINISTRATOR, session.session_id)


def test_withdrawn_marks_are_not_shown_in_a_session(clinic: Clinic, session: SessionView) -> None:
    mark = clinic.placed(session).mark
    clinic.do(session.session_id, AskWithdraw(**clinic.step(mark_id=mark.id, seen=1)))
    assert clinic.desk.session(DOCTOR, session.session_id).marks == ()


def test_the_first_session_begins_with_what_the_clinic_has_on_its_tray(session: SessionView) -> None:
    (solution,) = session.standing.solutions
    assert solution.formula == "dextrose 15 % + lidocaine 0.2 %"


def test_the_next_session_has_the_tray_of_the_one_before_but_not_its_lots(
    clinic: Clinic, session: SessionView
) -> None:
    clinic.do(session.session_id, AskAddSolution(**clinic.step(solution=D15)))
    following = clinic.start()
    assert [one.formula for one in following.standing.solutions] == [D15.formula, D15.formula]
    assert {(one.lots, one.prepared_ml) for one in following.standing.solutions} == {("", None)}
    before = {one.id for one in stored(clinic, session).value.solutions}
    assert before.isdisjoint(one.id for one in following.standing.solutions)
    assert (following.number, following.last_on) == (2, date(2026, 11, 23))


def test_a_session_started_twice_under_one_id_is_one_session(clinic: Clinic) -> None:
    one = clinic.desk.start_session(DOCTOR, KNEE.id, id=an_id(70))
    assert clinic.desk.start_session(OTHER_DOCTOR, KNEE.id, id=an_id(70)) == one
    assert clinic.start().number == 2


def test_a_session_is_not_started_under_the_id_of_another_course_s(clinic: Clinic) -> None:
    other = KNEE.model_copy(update={"id": an_id(21), "problem": "Left knee", "sides": Sides.LEFT})
    clinic.desk.save_course(NURSE, other, None)
    clinic.desk.start_session(DOCTOR, KNEE.id, id=an_id(70))
    with pytest.raises(AlreadyThere):
        clinic.desk.start_session(DOCTOR, other.id, id=an_id(70))


def test_no_session_is_started_in_a_course_that_has_ended_or_is_not_there(clinic: Clinic) -> None:
    clinic.desk.save_course(NURSE, KNEE.model_copy(update={"closed_on": date(2026, 11, 1)}), 1)
    with pytest.raises(Conflict):
        clinic.start()
    with pytest.raises(CourseNotFound):
        clinic.desk.start_session(DOCTOR, an_id(77), id=an_id(70))


def test_earlier_sessions_are_ghosts_with_what_was_given_in_them(
    clinic: Clinic, session: SessionView
) -> None:
    given = clinic.placed(session)
    clinic.placed(session, state=MarkState.PLANNED)
    taken_back = clinic.placed(session).mark
    clinic.do(session.session_id, AskWithdraw(**clinic.step(mark_id=taken_back.id, seen=1)))
    clinic.desk.seal(DOCTOR, session.session_id, revision=5, marks=1)
    second = clinic.start()
    third = clinic.start()
    ghosts = clinic.desk.ghosts(NURSE, third.session_id)
    assert [(one.session_id, one.number, one.signed) for one in ghosts] == [
        (session.session_id, 1, True), (second.session_id, 2, False)
    ]  # fmt: skip
    assert [view.mark.id for view in ghosts[0].marks] == [given.mark.id]
    assert clinic.desk.ghosts(NURSE, session.session_id) == ()


def test_a_place_that_was_treated_before_is_said_so(clinic: Clinic, session: SessionView) -> None:
    at = PointShape(at=anchor(clinic))
    clinic.placed(session, at)
    clinic.clock.now += timedelta(days=28)
    following = clinic.start()
    answer = clinic.carry_out(following.session_id, clinic.ask_place(following, at))
    (notice,) = answer.standing.notices
    assert notice.code == "given_before"
    assert notice.mark_id == answer.steps[0].mark.mark.id  # type: ignore[union-attr]
    assert "given here once, last 28 days ago, 0.5 mL so far" in notice.words.replace("\u2009", " ")
    assert clinic.desk.session(NURSE, session.session_id).standing.notices == ()


# ---- signing -----------------------------------------------------------------------------------------------


def test_a_signed_session_is_a_record_with_its_document(clinic: Clinic, session: SessionView) -> None:
    clinic.placed(session)
    seal = clinic.desk.seal(DOCTOR, session.session_id, revision=2, marks=1)
    kept = stored(clinic, session)
    with clinic.store.reading() as store:
        document = store.document(session.session_id)
    assert document == document_of(kept.value)
    assert seal.sha256 == sha256_of(document)
    assert (seal.by, seal.name, kept.value.seal) == (DOCTOR.id, DOCTOR.name, seal)
    assert kept.revision == 3


@pytest.mark.parametrize(("revision", "marks"), [(1, 1), (3, 1), (2, 0), (2, 2), (0, 0)])
def test_what_the_signer_did_not_see_is_not_signed(
    clinic: Clinic, session: SessionView, revision: int, marks: int
) -> None:
    clinic.placed(session)
    with pytest.raises(NotReadyToSign):
        clinic.desk.seal(DOCTOR, session.session_id, revision=revision, marks=marks)
    assert stored(clinic, session).value.seal is None


def test_signing_twice_is_signing_once(clinic: Clinic, session: SessionView) -> None:
    seal = clinic.desk.seal(DOCTOR, session.session_id, revision=1, marks=0)
    assert clinic.desk.seal(DOCTOR, session.session_id, revision=1, marks=0) == seal
    with pytest.raises(SessionSealed):
        clinic.desk.seal(OTHER_DOCTOR, session.session_id, revision=1, marks=0)
    with pytest.raises(SessionSealed):
        clinic.desk.seal(DOCTOR, session.session_id, revision=2, marks=0)


def test_nobody_but_a_doctor_signs(clinic: Clinic, session: SessionView) -> None:
    for who in (NURSE, ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            clinic.desk.seal(who, session.session_id, revision=1, marks=0)


def test_a_signed_session_takes_no_step_but_knows_those_it_took(clinic: Clinic, session: SessionView) -> None:
    place = clinic.ask_place(session)
    clinic.do(session.session_id, place)
    clinic.desk.seal(DOCTOR, session.session_id, revision=2, marks=1)
    answer = clinic.carry_out(session.session_id, place, clinic.ask_place(session))
    assert [(step.outcome, step.code) for step in answer.steps] == [
        (Outcome.DUPLICATE, None), (Outcome.REFUSED, "session_sealed")
    ]  # fmt: skip
    assert answer.standing.seal is not None


# ---- patients, courses, staff ------------------------------------------------------------------------------


def test_a_patient_is_saved_over_the_revision_that_was_seen(clinic: Clinic) -> None:
    heavier = ANNE.model_copy(update={"weight_kg": Decimal("73")})
    view = clinic.desk.save_patient(NURSE, heavier, 1)
    assert (view.patient, view.revision) == (heavier, 2)
    with pytest.raises(StaleRevision):
        clinic.desk.save_patient(DOCTOR, ANNE, 1)
    assert clinic.desk.patient(NURSE, ANNE.id).patient == heavier


def test_a_new_patient_sent_twice_is_there_once_and_never_becomes_another(clinic: Clinic) -> None:
    new = ANNE.model_copy(update={"id": an_id(11), "record_number": "A-2"})
    first = clinic.desk.save_patient(NURSE, new, None)
    assert clinic.desk.save_patient(NURSE, new, None) == first
    for other in (
        new.model_copy(update={"family_name": "Roy"}),
        new.model_copy(update={"id": an_id(12)}),
    ):
        with pytest.raises(AlreadyThere):
            clinic.desk.save_patient(NURSE, other, None)


def test_a_patient_of_a_figure_that_no_map_shows_is_refused(clinic: Clinic) -> None:
    with pytest.raises(UnknownFigure):
        clinic.desk.save_patient(NURSE, ANNE.model_copy(update={"figure": "child"}), 1)


def test_patients_are_found_as_they_are_typed(clinic: Clinic) -> None:
    for text in ("tremb", "ANNE", "a-209", "1974-03-04", "04 03 1974", ""):
        assert [line.patient.id for line in clinic.desk.patients(NURSE, text)] == [ANNE.id], text
    assert clinic.desk.patients(NURSE, "zzz") == ()


def test_a_course_stays_with_its_patient_and_its_region_has_maps(clinic: Clinic) -> None:
    clinic.add(ANNE.model_copy(update={"id": an_id(11), "record_number": "A-2"}))
    with pytest.raises(Conflict):
        clinic.desk.save_course(NURSE, KNEE.model_copy(update={"patient_id": an_id(11)}), 1)
    with pytest.raises(UnknownRegion):
        clinic.desk.save_course(NURSE, KNEE.model_copy(update={"region": "tail"}), 1)
    with pytest.raises(PatientNotFound):
        clinic.desk.save_course(
            NURSE, KNEE.model_copy(update={"id": an_id(21), "patient_id": an_id(77)}), None
        )
    with pytest.raises(CourseNotFound):
        clinic.desk.save_course(NURSE, KNEE.model_copy(update={"id": an_id(77)}), 1)
    assert clinic.desk.save_course(NURSE, KNEE, None).revision == 1


def test_the_next_session_is_due_after_the_last_one_in_which_something_was_given(
    clinic: Clinic, session: SessionView
) -> None:
    desk = clinic.desk
    assert desk.course(NURSE, KNEE.id).due_on is None
    clinic.placed(session)
    assert desk.course(NURSE, KNEE.id).due_on == date(2026, 12, 21)
    clinic.clock.now += timedelta(days=30)
    empty = clinic.start()
    assert desk.course(NURSE, KNEE.id).due_on == date(2026, 12, 21)
    clinic.placed(empty)
    assert desk.course(NURSE, KNEE.id).due_on == date(2027, 1, 20)
    for change in ({"every_days": None}, {"closed_on": date(2026, 12, 30)}, {"planned_sessions": 2}):
        kept = desk.course(NURSE, KNEE.id)
        desk.save_course(NURSE, KNEE.model_copy(update=change), kept.revision)
        assert desk.course(NURSE, KNEE.id).due_on is None


def test_a_day_is_that_of_the_clinic_and_not_of_greenwich() -> None:
    late = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    assert day_of(late, ZoneInfo("America/Montreal")) == date(2026, 11, 23)
    assert day_of(late, ZoneInfo("Australia/Sydney")) == date(2026, 11, 24)


def test_the_worklist_begins_with_sessions_that_are_not_signed(clinic: Clinic, session: SessionView) -> None:
    signed, waiting = (
        ANNE.model_copy(update={"id": an_id(10 + n), "record_number": f"A-{n}", "family_name": name})
        for n, name in ((1, "Roy"), (2, "Achebe"))
    )
    for patient, course in ((signed, an_id(21)), (waiting, an_id(22))):
        clinic.add(patient, KNEE.model_copy(update={"id": course, "patient_id": patient.id}))
    draft = clinic.desk.start_session(DOCTOR, an_id(22), id=an_id(72))
    done = clinic.desk.start_session(DOCTOR, an_id(21), id=an_id(71))
    clinic.desk.seal(DOCTOR, done.session_id, revision=1, marks=0)
    lines = clinic.desk.worklist(NURSE)
    assert [(line.patient.family_name, line.drafts) for line in lines] == [
        ("Achebe", 1), ("Tremblay", 1), ("Roy", 0)
    ]  # fmt: skip
    assert lines[0].course is not None
    assert [line.session_id for line in lines[0].course.sessions] == [draft.session_id]


def test_a_patient_is_shown_with_all_courses_and_what_was_given_in_each_session(
    clinic: Clinic, session: SessionView
) -> None:
    clinic.placed(session)
    clinic.placed(session, state=MarkState.SKIPPED)
    clinic.do(
        session.session_id,
        AskDetails(**clinic.step(details=Details(pain_before=7, pain_after=3), was=Details())),
    )
    (course,) = clinic.desk.patient(NURSE, ANNE.id).courses
    (line,) = course.sessions
    assert (line.marks, line.ml, line.signed, line.clinician) == (1, Decimal("0.5"), False, DOCTOR.name)
    assert (line.pain_before, line.pain_after) == (7, 3)


def test_only_an_administrator_sees_and_edits_staff(clinic: Clinic) -> None:
    assert {view.staff.sign_in for view in clinic.desk.staff(ADMINISTRATOR)} == {
        "admin", "osei", "lavoie", "haddad"
    }  # fmt: skip
    promoted = NURSE.model_copy(update={"role": Role.DOCTOR})
    assert clinic.desk.save_staff(ADMINISTRATOR, promoted, 1).revision == 2
    with pytest.raises(StaleRevision):
        clinic.desk.save_staff(ADMINISTRATOR, NURSE, 1)
    for who in (DOCTOR, NURSE):
        with pytest.raises(NotAllowed):
            clinic.desk.staff(who)
        with pytest.raises(NotAllowed):
            clinic.desk.save_staff(who, who, 1)


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.DOCTOR}])
def test_somebody_stays_who_may_run_the_clinic(clinic: Clinic, change: dict[str, object]) -> None:
    with pytest.raises(Conflict):
        clinic.desk.save_staff(ADMINISTRATOR, ADMINISTRATOR.model_copy(update=change), 1)


def test_the_facts_of_a_chart_and_of_a_course_map_are_what_is_stored(
    clinic: Clinic, session: SessionView
) -> None:
    clinic.placed(session)
    facts = clinic.desk.session_facts(NURSE, session.session_id)
    assert (facts.patient, facts.course, facts.revision) == (ANNE, KNEE, 2)
    assert facts.session == stored(clinic, session).value
    assert facts.names == {DOCTOR.id: DOCTOR.name}
    course = clinic.desk.course_facts(NURSE, KNEE.id)
    assert course.sessions == (facts.session,)


def test_the_desk_takes_time_and_ids_from_the_edge_unless_told(clinic: Clinic) -> None:
    desk = Desk(clinic.store, clinic.atlas)
    view = desk.start_session(DOCTOR, KNEE.id, id=an_id(70))
    assert abs(datetime.now(UTC) - view.started_at) < timedelta(minutes=1)
    assert isinstance(view.standing.solutions[0].id, UUID)
    assert START.tzinfo is UTC
