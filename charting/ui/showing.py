"""Days, amounts and people as they stand on the pages."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal
from html import escape

from charting.chart.glyphs import glyphs, session_glyph
from charting.chart.words import ago_words, day_words, ml_words, sex_words, weight_words
from charting.desk.answers import CourseLine, SessionLine
from charting.domain import Course, Patient, Sides
from charting.ui.looks import Looks
from charting.ui.words import _, ngettext

__all__ = [
    "about",
    "ago_words",
    "change_words",
    "course_words",
    "day_of",
    "day_words",
    "due_words",
    "ml_words",
    "pain_words",
    "region_words",
    "session_icon",
    "sex_words",
    "sides_words",
    "weight_words",
]


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Return the day that a moment is in the clinic's zone."""
    return moment.astimezone(zone).date()


def about(patient: Patient, looks: Looks, today: date) -> str:
    """Return who a patient is besides the name: female, 52 years, 71.5 kg."""
    age = patient.age_on(today)
    parts = [sex_words(patient.sex), ngettext("{years} year", "{years} years", age).format(years=age)]
    if patient.weight_kg is not None:
        parts.append(weight_words(patient.weight_kg, looks.weight_unit))
    return ", ".join(part for part in parts if part)


def sides_words(sides: Sides) -> str:
    """Return which side a course treats."""
    return {
        Sides.RIGHT: _("right"),
        Sides.LEFT: _("left"),
        Sides.BOTH: _("both sides"),
        Sides.MIDLINE: _("midline"),
    }[sides]


def region_words(region: str) -> str:
    """Return a region of the atlas as it is called."""
    known = {
        "full": _("Whole body"), "head_neck": _("Head and neck"), "jaw": _("Jaw"), "thorax": _("Thorax"),
        "low_back": _("Low back and sacrum"), "pelvis": _("Pelvis and groin"), "hip": _("Hip and thigh"),
        "shoulder": _("Shoulder"), "elbow": _("Elbow"), "hand": _("Wrist and hand"), "knee": _("Knee"),
        "ankle_foot": _("Ankle and foot"),
    }  # fmt: skip
    return known.get(region, region.replace("_", " ").capitalize())


def course_words(line: CourseLine) -> str:
    """Return how far a course is: session 3 of 5."""
    number = max((one.number for one in line.sessions), default=0)
    return number_words(line.course, number)


def number_words(course: Course, number: int) -> str:
    """Return which session of how many; no session yet for 0."""
    if number == 0:
        if course.planned_sessions:
            planned = course.planned_sessions
            return ngettext("{planned} session planned", "{planned} sessions planned", planned).format(
                planned=planned
            )
        return _("no session yet")
    if course.planned_sessions:
        return _("session {number} of {planned}").format(number=number, planned=course.planned_sessions)
    return _("session {number}").format(number=number)


def due_words(due_on: date, today: date) -> str:
    """Return when the next session is due: today, in 5 days, or since 3 days."""
    days = (due_on - today).days
    if days == 0:
        return _("due today")
    if days > 0:
        return ngettext("due in {days} day", "due in {days} days", days).format(days=days)
    return ngettext("due {days} day ago", "due {days} days ago", -days).format(days=-days)


def last_words(session: SessionLine, today: date, zone: tzinfo) -> str:
    """Return when a session was: last 26 Oct 2026, 28 days ago."""
    on = day_of(session.started_at, zone)
    return _("last {day}, {ago}").format(day=day_words(on), ago=ago_words((today - on).days))


def change_words(before: int | None, after: int | None) -> str:
    """Return pain before and after, of 10: 6 → 3; nothing where neither was said."""
    if before is None and after is None:
        return ""
    dash = "\N{EN DASH}"
    return f"{dash if before is None else before} → {dash if after is None else after}"


def pain_words(before: int | None, after: int | None) -> str:
    """Return pain before and after with its name: pain 6 → 3; nothing where neither was said."""
    change = change_words(before, after)
    return _("pain {change}").format(change=change) if change else ""


def spot_words(times: int, days_ago: int, ml: Decimal) -> str:
    """Return how often, how long ago and how much: ×3, last 28 days ago, 4.5 mL."""
    return _("×{times}, last {ago}, {ml}").format(times=times, ago=ago_words(days_ago), ml=ml_words(ml))


def marks_words(marks: int, ml: Decimal) -> str:
    """Return how much a session holds: 8 marks, 5 mL."""
    count = ngettext("{marks} mark", "{marks} marks", marks).format(marks=marks)
    return f"{count}, {ml_words(ml)}" if marks else count


def session_icon(number: int, label: str = "") -> str:
    """Return a small picture of a session's shape with its number, as SVG."""
    look = session_glyph(number - 1)
    size = glyphs()["session"]
    radius, line = size["diameter_px"] / 2, size["line_px"]
    name = escape(label or look.name)
    return (
        f'<svg viewBox="-14 -14 28 28" width="26" height="26" role="img" aria-label="{name}">'
        f'<path d="{look.path}" transform="scale({radius})" fill="var(--panel)" stroke="var(--ink)" '
        f'stroke-width="{line + 1.6}" vector-effect="non-scaling-stroke"/>'
        f'<path d="{look.path}" transform="scale({radius})" fill="none" stroke="{look.colour}" '
        f'stroke-width="{line}" vector-effect="non-scaling-stroke"/>'
        f'<text y="{look.middle * radius:.2f}" font-size="{size["number_px"]}" font-weight="700" '
        f'text-anchor="middle" dominant-baseline="central" fill="var(--ink)">{number}</text></svg>'
    )
