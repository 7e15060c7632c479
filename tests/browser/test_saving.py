"""No mark is lost, doubled or shown as what it is not: dead networks, killed tabs, reloads, others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Route

from charting.domain import PointShape, ViewPoint
from tests.browser.conftest import Doctor, wait
from tests.browser.harness.exam import Exam
from tests.clinic import OTHER_DOCTOR
from tests.people import ANNE, DOCTOR

KNEE = "knee_right_anterior"
PLACES = ((123.6, 116.3), (98.0, 190.0), (60.0, 100.0), (84.0, 60.0), (85.0, 220.0))

KEPT = """async () => {
  const open = indexedDB.open('charting-marking');
  const base = await new Promise((done) => { open.onsuccess = () => done(open.result); });
  const all = (store) => new Promise((done) => {
    const request = base.transaction(store).objectStore(store).getAll();
    request.onsuccess = () => done(request.result);
  });
  const caches_ = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) caches_.push(new URL(request.url).pathname);
  }
  return { steps: await all('steps'), kept: await all('kept'), caches: caches_ };
}"""


def test_a_mark_waits_while_the_server_is_away_and_is_saved_once_when_it_is_back(
    doctor: Doctor, exam: Exam
) -> None:
    size = doctor.page.locator(".cm-board").bounding_box()
    exam.down = True
    for place in PLACES:
        doctor.tap(*place)
    assert doctor.shown() == 5
    doctor.page.wait_for_selector(".cm-strip >> text=No connection")
    assert doctor.page.locator(".cm-board").bounding_box() == size, "the map does not move under the finger"
    doctor.page.wait_for_selector('.cm-saved[data-waiting="5"]')
    assert "waiting on this device" in doctor.page.inner_text(".cm-saved")
    assert doctor.page.locator(".cm-at.cm-waiting").count() == 5
    assert doctor.page.locator(".cm-actions [aria-disabled=true]").count() == 1
    exam.down = False
    marks = doctor.saved(5, within=20)
    assert [mark.number for mark in marks] == [1, 2, 3, 4, 5]
    assert doctor.page.locator(".cm-at.cm-waiting").count() == 0


def test_an_answer_that_is_lost_does_not_double_the_mark(doctor: Doctor) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    doctor.page.route("**/commands", lose)
    doctor.tap(*PLACES[0])
    doctor.saved(1, within=15)
    assert len(lost) == 1


def test_a_tab_killed_just_after_a_tap_loses_nothing(
    sit_down: Callable[..., Doctor], browse: Callable[..., BrowserContext], exam: Exam
) -> None:
    context, session = browse(), exam.session()
    doctor = sit_down(session, context=context)
    doctor.page.route("**/commands", lambda route: route.abort())
    x, y = doctor.on_glass(*PLACES[0])
    doctor.page.touchscreen.tap(x, y)
    wait(0.02)
    doctor.page.close(run_before_unload=False)
    again = sit_down(session, context=context)
    assert len(again.saved(1)) == 1


def test_a_reload_without_a_network_shows_the_session_and_marks_go_on(
    sit_down: Callable[..., Doctor], browse: Callable[..., BrowserContext], exam: Exam
) -> None:
    context, session = browse(), exam.session(earlier=1)
    exam.clinic.placed(session, PointShape(at=ViewPoint(*PLACES[0])), view=KNEE)
    doctor = sit_down(session, context=context)
    doctor.page.evaluate("navigator.serviceWorker.ready")
    doctor.page.reload()
    doctor.ready()
    doctor.until("surface.prefetched && navigator.serviceWorker.controller", within=15)
    doctor.tap(*PLACES[1])
    doctor.saved(2)
    wait(0.6)
    context.set_offline(True)
    doctor.tap(*PLACES[2])
    doctor.page.wait_for_selector('.cm-saved[data-waiting="1"]')
    doctor.page.reload()
    doctor.ready()
    assert doctor.shown() == 3
    assert "name is not kept" in doctor.page.inner_text(".cm-who")
    doctor.tap(*PLACES[3])
    doctor.page.click('[data-view="knee_right_medial"]')
    doctor.until("surface.view.id === 'knee_right_medial'")
    assert doctor.shown() == 4
    context.set_offline(False)
    doctor.saved(4, within=20)
    doctor.page.wait_for_selector(f"h1 >> text={ANNE.family_name}")


def test_nothing_on_the_device_names_the_patient(sit_down: Callable[..., Doctor], exam: Exam) -> None:
    doctor = sit_down(exam.session(earlier=1))
    doctor.page.evaluate("navigator.serviceWorker.ready")
    doctor.until("surface.prefetched", within=15)
    exam.down = True
    doctor.tap(*PLACES[0])
    wait(0.8)
    kept: dict[str, Any] = doctor.page.evaluate(KEPT)
    assert len(kept["steps"]) == 1
    assert any("view" in one for one in kept["kept"])
    text = json.dumps(kept, ensure_ascii=False)
    for said in (
        ANNE.family_name,
        ANNE.given_names,
        ANNE.record_number,
        "1974",
        *ANNE.allergies,
        'Right knee"',
    ):
        assert said not in text
    assert all(path.startswith(("/marking/", "/api/v1/atlas/", "/offline")) for path in kept["caches"])


def test_two_doctors_see_each_others_marks_within_a_second(
    sit_down: Callable[..., Doctor], exam: Exam
) -> None:
    session = exam.session()
    one, other = sit_down(session), sit_down(session)
    one.tap(*PLACES[0])
    other.page.wait_for_selector('.cm-saved[data-saved="1"]', timeout=1000)
    other.tap(*PLACES[1])
    one.page.wait_for_selector('.cm-saved[data-saved="2"]', timeout=1000)
    assert [mark["number"] for mark in one.ask("surface.model.marks")] == [1, 2]


def test_a_change_of_what_another_has_changed_is_refused_and_the_present_state_shown(
    sit_down: Callable[..., Doctor], exam: Exam
) -> None:
    session = exam.session()
    placed = exam.clinic.placed(session, PointShape(at=ViewPoint(90.0, 150.0)), view=KNEE)
    doctor = sit_down(session)
    doctor.page.route("**/events", lambda route: route.abort())
    doctor.page.route("**/commands", lambda route: (wait(0.4), route.continue_()))
    doctor.ask("surface.sync.pull = () => {}")
    exam.clinic.do(session.session_id, exam.clinic.ask_move(placed, PointShape(at=ViewPoint(80.0, 60.0))))
    doctor.ask("surface.choose(a)", str(placed.mark.id))
    doctor.page.click(".cm-acts >> text=Withdraw")
    doctor.page.wait_for_selector(".cm-notice-refused")
    assert "Someone else has changed this mark" in doctor.page.inner_text(".cm-notice-refused")
    mark = doctor.ask("surface.model.marks[0]")
    assert mark["shape"]["at"] == {"x": 80.0, "y": 60.0}
    assert doctor.ask("surface.model.canUndo") is None, "what never happened cannot be taken back"
    doctor.page.click(".cm-notice-refused >> text=Dismiss")
    doctor.page.wait_for_selector('.cm-saved[data-refused="0"]')
    assert exam.stored(session.session_id).marks[0].mark.revision == 2


def test_a_refused_mark_stays_in_sight_with_its_reason_until_it_is_dismissed(
    sit_down: Callable[..., Doctor], browse: Callable[..., BrowserContext], exam: Exam
) -> None:
    context, session = browse(), exam.session()
    doctor = sit_down(session, context=context)
    doctor.ask("(surface.atlas.sha256 = '0'.repeat(64))")
    doctor.tap(*PLACES[0])
    doctor.page.wait_for_selector('.cm-saved[data-refused="1"]')
    assert doctor.page.locator(".cm-at.cm-refused").count() == 1
    assert "older release of the body maps" in doctor.page.inner_text(".cm-notice-refused")
    again = sit_down(session, context=context)
    assert again.page.locator(".cm-at.cm-refused").count() == 1
    again.page.click(".cm-notice-refused >> text=Dismiss")
    doctor.page.wait_for_selector('.cm-saved[data-refused="0"]')
    assert (again.shown(), doctor.shown()) == (0, 0)
    assert exam.stored(session.session_id).marks == ()


def test_a_step_that_cannot_be_read_does_not_hold_up_the_others(doctor: Doctor) -> None:
    doctor.ask("(surface.tray.needle = 'x'.repeat(300))")
    doctor.tap(*PLACES[0])
    doctor.page.wait_for_selector('.cm-saved[data-refused="1"]')
    doctor.ask("(surface.tray.needle = '')")
    doctor.tap(*PLACES[1])
    doctor.page.wait_for_selector('.cm-saved[data-saved="1"][data-waiting="0"][data-refused="1"]')


def test_who_is_signed_out_keeps_the_marks_and_is_told(doctor: Doctor, exam: Exam) -> None:
    exam.who = None
    doctor.tap(*PLACES[0])
    doctor.page.wait_for_selector(".cm-strip >> text=Sign in")
    assert "Marks on this device are kept" in doctor.page.inner_text(".cm-strip")
    exam.who = DOCTOR
    doctor.ask("surface.sync.now()")
    doctor.saved(1)
    assert not doctor.page.locator(".cm-strip").is_visible()


def test_what_one_doctor_marked_is_never_sent_under_anothers_name(
    sit_down: Callable[..., Doctor], browse: Callable[..., BrowserContext], exam: Exam
) -> None:
    context, session = browse(), exam.session()
    doctor = sit_down(session, context=context)
    exam.down = True
    doctor.tap(*PLACES[0])
    doctor.page.wait_for_selector('.cm-saved[data-waiting="1"]')
    doctor.page.close()
    exam.down, exam.who = False, OTHER_DOCTOR
    other = sit_down(session, context=context)
    other.page.wait_for_selector(".cm-strip >> text=another member of staff")
    other.tap(*PLACES[1])
    other.until("surface.model.saved === 1")
    other.page.close()
    exam.who = DOCTOR
    again = sit_down(session, context=context)
    marks = again.saved(2)
    assert {mark.mark.placed_by for mark in marks} == {DOCTOR.id, OTHER_DOCTOR.id}


def test_a_reload_does_not_take_away_undo_and_redo(doctor: Doctor) -> None:
    for place in PLACES[:2]:
        doctor.tap(*place)
    doctor.saved(2)
    first, second = (mark["id"] for mark in doctor.ask("surface.model.marks"))
    doctor.ask("surface.setState(a, 'skipped')", first)
    doctor.ask("surface.withdraw(a)", second)
    doctor.tool("undo")
    doctor.saved(2)
    doctor.page.reload()
    doctor.ready()
    assert doctor.ask("[surface.model.canUndo, surface.model.canRedo]") == ["skip mark", "withdraw mark"]
    doctor.tool("undo")
    doctor.until("surface.model.marks[0].state === 'given' && !surface.model.waiting.length")
    doctor.tool("undo")
    doctor.tool("undo")
    assert doctor.saved(0) == ()
    for _step in range(4):
        doctor.tool("redo")
    (mark,) = doctor.saved(1)
    assert (str(mark.mark.id), mark.mark.state) == (first, "skipped")


def test_what_one_doctor_did_another_does_not_undo_after_a_reload(doctor: Doctor, exam: Exam) -> None:
    doctor.tap(*PLACES[0])
    doctor.saved(1)
    exam.who = OTHER_DOCTOR
    doctor.page.reload()
    doctor.ready()
    assert doctor.ask("surface.model.canUndo") is None
    exam.who = DOCTOR
    doctor.page.reload()
    doctor.ready()
    assert doctor.ask("surface.model.canUndo") == "place mark"


def test_a_session_that_cannot_be_loaded_says_so_and_is_tried_again(
    browse: Callable[..., BrowserContext], exam: Exam, address: str
) -> None:
    page = browse().new_page()
    session = exam.session()
    page.route(f"**/api/v1/sessions/{session.session_id}", lambda route: route.abort())
    page.goto(f"{address}/sessions/{session.session_id}")
    page.wait_for_selector(".cm-failed")
    assert page.locator(".cm-board").count() == 0, "never an empty body"
    page.unroute("**/*")
    page.unroute(f"**/api/v1/sessions/{session.session_id}")
    page.click("text=Try again")
    page.wait_for_selector(".cm-board svg.body-map")


def test_a_map_that_cannot_be_loaded_says_so_and_the_one_before_stays(
    browse: Callable[..., BrowserContext], exam: Exam, address: str
) -> None:
    page = browse(service_workers="block").new_page()
    session = exam.session()
    page.route(
        "**/knee_right_medial.svg",
        lambda route: route.abort() if "thumbnails" not in route.request.url else route.continue_(),
    )
    page.goto(f"{address}/sessions/{session.session_id}")
    page.wait_for_selector(".cm-board svg.body-map")
    page.click('[data-view="knee_right_medial"]')
    page.wait_for_selector(".cm-map-error")
    assert page.inner_text(".cm-view-title") == "Right knee, anterior"
    page.unroute("**/knee_right_medial.svg")
    page.click(".cm-map-error >> text=Try again")
    page.wait_for_selector(".cm-view-title >> text=Right knee, medial")


def test_a_session_signed_elsewhere_takes_no_more_marks(doctor: Doctor, exam: Exam) -> None:
    doctor.tap(*PLACES[0])
    doctor.saved(1)
    stored = exam.stored(doctor.session.session_id)
    exam.clinic.desk.seal(DOCTOR, stored.session_id, revision=stored.standing.revision, marks=1)
    doctor.page.wait_for_selector(".cm-read-only")
    doctor.tap(*PLACES[1])
    wait(0.3)
    assert doctor.shown() == 1
    assert doctor.page.locator('[data-name="undo"]').count() == 0


def test_a_new_solution_reaches_the_tray_and_the_marks(doctor: Doctor) -> None:
    page = doctor.page
    page.click("button.cm-syringe")
    page.click("text=Another solution")
    page.fill(".cm-form-row input >> nth=0", "20")
    page.click("text=Put on the tray")
    doctor.tap(*PLACES[0])
    (mark,) = doctor.saved(1)
    solutions = doctor.exam.stored(doctor.session.session_id).standing.solutions
    assert solutions[1].name == "Dextrose 20 % + lidocaine 0.2 %"
    assert mark.mark.injection.solution_id == solutions[1].id
    assert page.inner_text(".cm-totals").split()[4] == "100"
