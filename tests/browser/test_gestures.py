"""What finger, pen, mouse and keys mean on the map; each gesture complete, cancelled and interrupted."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from charting.domain import FieldShape, MarkState, PointShape, TrackShape, ViewPoint
from tests.browser.conftest import Doctor, wait
from tests.browser.harness.exam import Exam
from tests.chromium import DESKTOP

LAYOUTS = {
    "letterboxed at the sides": ({"viewport": {"width": 1400, "height": 620}}, ""),
    "letterboxed above and below": ({"viewport": {"width": 920, "height": 1300}}, ""),
    "scaled by CSS": (
        {"viewport": DESKTOP},
        "#exam { width: 900px; height: 620px; transform: scale(1.5); transform-origin: 0 0 }",
    ),
    "zoomed by the browser": ({"viewport": {"width": 944, "height": 656}, "device_scale_factor": 1.25}, ""),
    "zoomed by a style": ({"viewport": DESKTOP}, "html { zoom: 1.25 }"),
}
ZOOMS = (1.0, 1.7, 3.0, 8.0)


def at(mark: object) -> tuple[float, float]:
    shape = getattr(mark, "mark", mark).shape
    assert isinstance(shape, PointShape)
    return shape.at.x, shape.at.y


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tap_on_a_marks_drawn_centre_means_its_stored_place_at_every_zoom(
    layout: str, sit_down: Callable[..., Doctor], exam: Exam
) -> None:
    options, style = LAYOUTS[layout]
    session = exam.session()
    first = exam.clinic.placed(session, PointShape(at=ViewPoint(90.0, 150.0)), view="knee_right_anterior")
    doctor = sit_down(session, **options)
    if style:
        doctor.page.add_style_tag(content=style)
        wait(0.3)
    for zoom in ZOOMS:
        doctor.ask("surface.board.fit()")
        x, y = doctor.on_glass(90.0, 150.0)
        doctor.ask("surface.board.zoomAbout({x: a[0], y: a[1]}, b)", [x, y], zoom)
        wait(0.3)
        assert doctor.ask("surface.board.zoom") == pytest.approx(zoom, rel=0.01)
        glass = doctor.centre(first.mark.id)
        meant = doctor.ask("surface.board.toMap({x: a[0], y: a[1]})", glass)
        assert math.dist((meant["x"], meant["y"]), (90.0, 150.0)) <= 0.5
        # the tap itself chooses the mark and makes no other
        doctor.page.mouse.click(*glass)
        assert doctor.ask("surface.chosen") == str(first.mark.id)
        doctor.ask("surface.choose(null)")
    assert doctor.shown() == 1


@pytest.mark.parametrize("zoom", ZOOMS)
def test_the_drawing_and_the_marks_stay_together_at_rest_and_in_motion(doctor: Doctor, zoom: float) -> None:
    drift = """(() => {
      const drawn = surface.board.drawing.getScreenCTM();
      const marks = surface.board.marks.getScreenCTM();
      const [w, h] = surface.view.size;
      return Math.max(...[[0, 0], [w, 0], [0, h], [w, h]].map(([x, y]) => {
        const glass = new DOMPoint(x, y).matrixTransform(drawn);
        const onGlass = surface.board.toMap(glass);
        const onMarks = glass.matrixTransform(marks.inverse());
        const { laidScale } = surface.board;
        return Math.max(Math.hypot(onGlass.x - x, onGlass.y - y),
          Math.hypot(onMarks.x / laidScale - x, onMarks.y / laidScale - y));
      }));
    })()"""
    x, y = doctor.on_glass(90.0, 150.0)
    doctor.ask("surface.board.zoomAbout({x: a[0], y: a[1]}, b)", [x, y], zoom)
    assert doctor.ask(drift) <= 0.5
    wait(0.3)
    assert doctor.ask(drift) <= 0.5
    doctor.ask("(surface.board.panFrom({x: 400, y: 400}), surface.board.panTo({x: 437.3, y: 381.9}))")
    assert doctor.ask(drift) <= 0.5


def test_a_tap_stores_the_place_that_was_touched(doctor: Doctor) -> None:
    doctor.tap(123.6, 116.3)
    (mark,) = doctor.saved(1)
    assert math.dist(at(mark), (123.6, 116.3)) <= 0.5
    assert mark.mark.site is not None
    assert mark.mark.site.laterality == "right"


def test_a_double_tap_makes_two_marks_and_two_undos_take_back_two(doctor: Doctor) -> None:
    x, y = doctor.on_glass(90.0, 150.0)
    doctor.page.touchscreen.tap(x, y)
    doctor.page.touchscreen.tap(x + 2, y + 1)
    doctor.saved(2)
    doctor.tool("undo")
    assert doctor.shown() == 1
    doctor.tool("undo")
    doctor.saved(0)
    doctor.tool("redo")
    doctor.tool("redo")
    assert [mark.number for mark in doctor.saved(2)] == [1, 2]


def test_a_pinch_zooms_and_makes_no_mark(doctor: Doctor) -> None:
    x, y = doctor.on_glass(90.0, 140.0)
    doctor.touch("touchStart", (x - 40, y))
    doctor.touch("touchStart", (x - 40, y), (x + 40, y))
    for step in range(1, 9):
        doctor.touch("touchMove", (x - 40 - 10 * step, y), (x + 40 + 10 * step, y))
    doctor.touch("touchEnd", (x - 120, y))
    doctor.touch("touchEnd")
    wait(0.3)
    assert doctor.ask("surface.board.zoom") == pytest.approx(3.0, rel=0.05)
    assert doctor.ask("surface.gesture.state") == "idle"
    assert doctor.shown() == 0
    there = doctor.ask("surface.board.toMap({x: a, y: b})", x, y)
    assert math.dist((there["x"], there["y"]), (90.0, 140.0)) <= 1.0


def test_a_drag_over_the_skin_makes_no_mark(doctor: Doctor) -> None:
    x, y = doctor.on_glass(90.0, 140.0)
    doctor.touch("touchStart", (x, y))
    assert doctor.page.locator(".cm-tentative").count() == 1
    for step in range(1, 6):
        doctor.touch("touchMove", (x + 8 * step, y))
    assert doctor.page.locator(".cm-tentative").count() == 0
    doctor.touch("touchEnd")
    assert doctor.shown() == 0


def test_a_cancelled_touch_and_escape_leave_nothing(doctor: Doctor) -> None:
    x, y = doctor.on_glass(90.0, 140.0)
    doctor.touch("touchStart", (x, y))
    doctor.touch("touchCancel")
    assert (doctor.page.locator(".cm-tentative").count(), doctor.ask("surface.gesture.state")) == (0, "idle")
    doctor.page.mouse.move(x, y)
    doctor.page.mouse.down()
    doctor.page.keyboard.press("Escape")
    assert doctor.page.locator(".cm-tentative").count() == 0
    doctor.page.mouse.up()
    doctor.tool("track")
    doctor.stroke((80, 120), (90, 140), (95, 160), lift=False)
    assert doctor.page.locator(".cm-drawn").count() == 1
    doctor.page.keyboard.press("Escape")
    doctor.page.mouse.up()
    assert doctor.page.locator(".cm-drawn").count() == 0
    assert doctor.ask("surface.gesture.state") == "idle"
    assert doctor.shown() == 0


def test_a_second_finger_takes_a_drag_back(doctor: Doctor) -> None:
    doctor.tap(90.0, 150.0)
    (before,) = doctor.saved(1)
    wait(0.7)
    x, y = doctor.on_glass(90.0, 150.0)
    doctor.touch("touchStart", (x, y))
    doctor.touch("touchMove", (x + 30, y))
    assert doctor.ask("surface.gesture.state") == "dragging"
    doctor.touch("touchStart", (x + 30, y), (x + 90, y))
    doctor.touch("touchEnd")
    wait(0.2)
    assert doctor.saved(1) == (before,)


def test_a_drag_moves_a_mark_by_one_command(doctor: Doctor) -> None:
    doctor.tap(90.0, 150.0)
    doctor.saved(1)
    wait(0.7)
    x, y = doctor.on_glass(90.0, 150.0)
    right, low = doctor.on_glass(100.0, 170.0)
    doctor.touch("touchStart", (x + 3, y))
    for part in (0.3, 0.6, 1.0):
        doctor.touch("touchMove", (x + 3 + (right - x) * part, y + (low - y) * part))
    doctor.touch("touchEnd")
    doctor.until(
        "surface.model.mark(surface.model.marks[0].id).revision === 2 && !surface.model.waiting.length"
    )
    (mark,) = doctor.saved(1)
    assert math.dist(at(mark), (100.0, 170.0)) <= 0.5
    assert mark.mark.revision == 2
    doctor.tool("undo")
    doctor.until("!surface.model.waiting.length && surface.model.marks[0].revision === 3")
    assert math.dist(at(doctor.saved(1)[0]), (90.0, 150.0)) <= 0.01


def test_beside_the_figure_nothing_is_marked_and_it_is_said(doctor: Doctor) -> None:
    doctor.tap(5.0, 140.0)
    assert "beside the figure" in doctor.page.inner_text(".cm-toast")
    assert doctor.shown() == 0


def test_a_pen_marks_while_the_palm_rests(doctor: Doctor) -> None:
    x, y = doctor.on_glass(90.0, 120.0)
    doctor.pen("mouseMoved", x, y)
    doctor.touch("touchStart", (x + 60, y + 90))
    assert doctor.page.locator(".cm-tentative").count() == 0
    doctor.pen("mousePressed", x, y)
    doctor.pen("mouseReleased", x, y)
    doctor.touch("touchEnd")
    (mark,) = doctor.saved(1)
    assert math.dist(at(mark), (90.0, 120.0)) <= 0.5


def test_a_palm_that_came_before_the_pen_leaves_no_mark(doctor: Doctor) -> None:
    x, y = doctor.on_glass(90.0, 120.0)
    doctor.touch("touchStart", (x + 60, y + 90))
    doctor.pen("mousePressed", x, y)
    doctor.pen("mouseReleased", x, y)
    doctor.touch("touchEnd")
    assert len(doctor.saved(1)) == 1


def test_a_stroke_is_a_track_and_a_lasso_a_field(doctor: Doctor) -> None:
    doctor.tool("track")
    doctor.stroke((70, 200), (80, 215), (84, 240))
    doctor.tool("field")
    doctor.stroke((70, 60), (95, 58), (98, 80), (72, 82))
    track, field = doctor.saved(2)
    assert isinstance(track.mark.shape, TrackShape)
    assert math.dist((track.mark.shape.path[0].x, track.mark.shape.path[0].y), (70, 200)) <= 1.0
    assert isinstance(field.mark.shape, FieldShape)
    assert 500 <= field.mark.shape.geometry.area <= 620
    assert (track.mark.injection.deposits, field.mark.injection.punctures) == (4, 6)


def test_strokes_that_cross_themselves_and_leave_the_figure_are_mended(doctor: Doctor) -> None:
    doctor.tool("track")
    doctor.stroke((60, 60), (90, 90), (60, 90), (90, 60))
    doctor.tool("field")
    doctor.stroke((60, 180), (100, 220), (100, 180), (60, 220))
    doctor.stroke((120, 120), (176, 120), (176, 150), (120, 150))
    marks = doctor.saved(3)
    assert [mark.mark.shape.kind for mark in marks] == ["track", "field", "field"]
    assert doctor.page.locator(".cm-notice-refused").count() == 0


def test_a_scribble_is_refused_in_words(doctor: Doctor) -> None:
    doctor.tool("field")
    doctor.stroke((80, 80), (82, 81), (80.5, 80.4))
    assert "too small" in doctor.page.inner_text(".cm-toast")
    assert doctor.shown() == 0


def test_planned_marks_are_given_by_a_tap_and_skipped_by_a_long_press(
    sit_down: Callable[..., Doctor], exam: Exam
) -> None:
    doctor = sit_down(exam.session(earlier=1))
    doctor.tool("again")
    planned = doctor.saved(5)
    assert {mark.mark.state for mark in planned} == {MarkState.PLANNED}
    assert {mark.number for mark in planned} == {None}
    doctor.tap(123.6, 116.3)
    doctor.until("surface.model.given.length === 1")
    x, y = doctor.on_glass(61.3, 152.5)
    doctor.touch("touchStart", (x, y))
    wait(0.7)
    doctor.touch("touchEnd")
    doctor.until(
        "!surface.model.waiting.length && surface.model.marks.some((mark) => mark.state === 'skipped')"
    )
    states = [mark.mark.state for mark in doctor.saved(5)]
    assert (states.count(MarkState.GIVEN), states.count(MarkState.SKIPPED)) == (1, 1)
    for _ in range(3):
        doctor.tool("undo")
    assert doctor.shown() == 0


def test_everything_is_reached_by_keys(sit_down: Callable[..., Doctor]) -> None:
    doctor = sit_down(viewport=DESKTOP, has_touch=False)
    keys = doctor.page.keyboard
    doctor.page.locator(".cm-board").focus()
    keys.press("Enter")
    for _ in range(3):
        keys.press("Shift+ArrowUp")
    keys.press("Enter")
    (mark,) = doctor.saved(1)
    x, y = at(mark)
    keys.press("Escape")
    keys.press("Escape")
    keys.press("Tab")
    assert doctor.ask("surface.chosen") == str(mark.mark.id)
    keys.press("ArrowRight")
    keys.press("Shift+ArrowDown")
    doctor.until("!surface.model.waiting.length && surface.model.marks[0].revision === 3")
    assert math.dist(at(doctor.saved(1)[0]), (x + 1, y + 5)) <= 0.01
    keys.press("Delete")
    assert "Undo" in doctor.page.inner_text(".cm-toast")
    doctor.saved(0)
    keys.press("Control+z")
    doctor.saved(1)
    keys.press("Control+z")
    keys.press("Control+y")
    doctor.until("!surface.model.waiting.length")
    assert math.dist(at(doctor.saved(1)[0]), (x + 1, y + 5)) <= 0.01
    keys.press("?")
    assert "Withdraw the chosen mark" in doctor.page.inner_text(".cm-chooser")
    keys.press("Escape")
    keys.press("l")
    assert doctor.ask("surface.tool") == "look"


def test_a_double_tap_fits_in_look_mode_only(doctor: Doctor) -> None:
    doctor.tool("look")
    x, y = doctor.on_glass(90.0, 140.0)
    doctor.ask("surface.board.zoomAbout({x: a[0], y: a[1]}, 3)", [x, y])
    wait(0.3)
    doctor.page.touchscreen.tap(x, y)
    doctor.page.touchscreen.tap(x, y)
    assert doctor.ask("surface.board.zoom") == pytest.approx(1.0)
    assert doctor.shown() == 0


def test_a_close_up_is_reached_from_the_full_body(doctor: Doctor) -> None:
    doctor.page.click('[data-view="full_anterior"]')
    doctor.until("surface.view.id === 'full_anterior'")
    ring = doctor.ask("surface.view.file.areas.find((one) => one.area === 'knee_left').polygon[0]")
    x, y = statistics.mean(ring[::2]), statistics.mean(ring[1::2])
    doctor.tap(x, y)
    doctor.page.click(".cm-chooser >> text=Left knee, anterior")
    doctor.until("surface.view.id === 'knee_left_anterior'")
    assert doctor.shown() == 0
    doctor.tap(90.0, 140.0)
    (mark,) = doctor.saved(1)
    assert mark.mark.laterality == "left"


def test_a_mark_shows_in_the_neighbouring_view_that_sees_it(doctor: Doctor) -> None:
    doctor.tap(118.0, 130.0)
    (mark,) = doctor.saved(1)
    doctor.page.click('[data-view="knee_right_medial"]')
    doctor.until("surface.view.id === 'knee_right_medial'")
    assert doctor.page.locator(f'[data-mark="{mark.mark.id}"]').count() == 1
    doctor.page.click('[data-view="knee_right_lateral"]')
    doctor.until("surface.view.id === 'knee_right_lateral'")
    assert doctor.page.locator(f'[data-mark="{mark.mark.id}"]').count() == 0


def test_the_name_card_is_beside_the_mark_and_goes_by_itself(doctor: Doctor) -> None:
    doctor.tap(123.6, 116.3)
    (mark,) = doctor.saved(1)
    box = doctor.page.locator(".cm-card").bounding_box()
    x, y = doctor.centre(mark.mark.id)
    assert box is not None
    assert not (
        box["x"] - 11 < x < box["x"] + box["width"] + 11 and box["y"] - 11 < y < box["y"] + box["height"] + 11
    )
    assert box["y"] + box["height"] < y, "the hand is below"
    offer = doctor.page.locator(".cm-card .cm-chip").first
    name = offer.inner_text()
    wait(0.4)  # a chip that has only just come is not meant
    offer.click()
    doctor.until("!surface.model.waiting.length && surface.model.marks[0].revision === 2")
    assert doctor.saved(1)[0].name == name
    doctor.tap(90.0, 190.0)
    doctor.page.wait_for_selector(".cm-card", state="visible")
    wait(4.2)
    assert not doctor.page.locator(".cm-card").is_visible()


def test_what_the_tray_says_sticks_and_a_marks_own_values_are_changed_in_the_same_place(
    doctor: Doctor,
) -> None:
    page = doctor.page
    page.click("button.cm-value >> nth=0")
    page.click(".cm-answer >> text='1'")
    doctor.tap(90.0, 150.0)
    doctor.tap(90.0, 180.0)
    first, second = doctor.saved(2)
    assert [str(one.mark.injection.ml_each) for one in (first, second)] == ["1", "1"]
    wait(0.7)
    page.click(".cm-row >> nth=0")
    page.click("button.cm-value >> nth=2")
    page.click(".cm-answer >> text='to bone'")
    page.click("button.cm-value >> nth=0")
    page.fill(".cm-other input", "0.25")
    page.click(".cm-other button")
    doctor.until("!surface.model.waiting.length && surface.model.marks[0].revision === 3")
    first, second = doctor.saved(2)
    assert (str(first.mark.injection.ml_each), first.mark.injection.to_bone) == ("0.25", True)
    assert (str(second.mark.injection.ml_each), second.mark.injection.to_bone) == ("1", False)
    assert page.inner_text(".cm-totals").split()[:4] == ["2", "punctures", "1.25", "mL"]
    page.click("text=Back to the tray")
    page.click("button.cm-value >> nth=0")
    page.fill(".cm-other input", "-3")
    page.click(".cm-other button")
    assert "Between 0 and 1000" in page.inner_text(".cm-wrong")


def test_a_nurse_reads_and_has_no_way_to_write(
    exam: Exam, browse: Callable[..., BrowserContext], sit_down: Callable[..., Doctor]
) -> None:
    from tests.people import NURSE

    session = exam.session(earlier=1)
    exam.clinic.placed(session, PointShape(at=ViewPoint(90.0, 150.0)), view="knee_right_anterior")
    exam.who = NURSE
    nurse = sit_down(session)
    assert nurse.page.inner_text(".cm-read-only") == "Read-only"
    for name in ("undo", "point", "track", "again"):
        assert nurse.page.locator(f'[data-name="{name}"]').count() == 0
    assert nurse.page.locator("button.cm-value, button.cm-syringe, .cm-actions *").count() == 0
    nurse.tap(90.0, 200.0)
    nurse.tap(90.0, 150.0)
    nurse.page.keyboard.press("Delete")
    nurse.page.keyboard.press("Enter")
    wait(0.3)
    assert nurse.shown() == 1
    assert not any(one.startswith("POST") for one in exam.asked)
