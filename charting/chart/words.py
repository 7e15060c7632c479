"""Numbers, days and names as they stand on paper."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from charting.domain import (
    Course,
    FieldShape,
    Guidance,
    Injection,
    Mark,
    Patient,
    PointShape,
    Sex,
    Technique,
    TrackShape,
    words_of,
)
from charting.domain.amounts import plain
from charting.words import _, ngettext

THIN = "\N{THIN SPACE}"
DASH = "\N{EN DASH}"

WHERE = _("Positions are in millimetres on the reference figure, not on the patient.")
"""What every document says of every place on it."""

_POUND = Decimal("0.45359237")


def day_words(day: date) -> str:
    """Return a day as it is written: 23 Nov 2026."""
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"), _("Jul"), _("Aug"), _("Sep"), _("Oct"),
        _("Nov"), _("Dec"),
    )  # fmt: skip
    return f"{day.day} {months[day.month - 1]} {day.year:04d}"


def moment_words(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in the clinic's zone, which is named: 23 Nov 2026 10:42 EST."""
    local = moment.astimezone(zone)
    return f"{day_words(local.date())} {local:%H:%M} {local.tzname() or ''}".rstrip()


def ml_words(ml: Decimal) -> str:
    """Return a volume with its unit: 22.5 mL."""
    return f"{words_of(ml)}{THIN}mL"


def mg_words(mg: Decimal, *, places: int = 1) -> str:
    """Return a dose in mg, to a tenth or as many ``places``; in micrograms if that would leave nothing.

    >>> mg_words(Decimal("712.5")), mg_words(Decimal("0.0004"))
    ('712.5\u2009mg', '0.4\u2009µg')
    """
    rounded = _rounded(mg, places)
    if mg and not rounded:
        return f"{words_of(_rounded(mg * 1000, 2))}{THIN}µg"
    return f"{words_of(rounded)}{THIN}mg"


def _rounded(amount: Decimal, places: int) -> Decimal:
    return plain(amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def weight_words(kilograms: Decimal, unit: str) -> str:
    """Return a weight in kg, or in lb with the kg that the record holds."""
    kg = f"{words_of(kilograms)}{THIN}kg"
    if unit == "lb":
        return f"{words_of(_rounded(kilograms / _POUND, 1))}{THIN}lb ({kg})"
    return kg


def sex_words(sex: Sex) -> str:
    """Return a recorded sex in words, and nothing where it is unknown."""
    return {Sex.FEMALE: _("female"), Sex.MALE: _("male"), Sex.OTHER: _("other"), Sex.UNKNOWN: ""}[sex]


def session_words(course: Course, number: int) -> str:
    """Return which session of how many: session 3 of 5."""
    if course.planned_sessions and number <= course.planned_sessions:
        return _("session {number} of {planned}").format(number=number, planned=course.planned_sessions)
    return _("session {number}").format(number=number)


def ago_words(days: int) -> str:
    """Return how long ago a day was."""
    if days <= 0:
        return _("today")
    return ngettext("{days} day ago", "{days} days ago", days).format(days=days)


def born_words(patient: Patient, today: date) -> str:
    """Return the day of birth with the age."""
    return _("{born} ({age} years)").format(born=day_words(patient.born), age=patient.age_on(today))


def shape_words(mark: Mark) -> str:
    """Return what a mark is, and its technique."""
    match mark.shape:
        case PointShape():
            shape = _("point")
        case TrackShape():
            shape = _("track")
        case FieldShape():
            shape = _("field")
    technique = mark.injection.technique
    return f"{shape}, {technique_words(technique)}" if technique else shape


def technique_words(technique: Technique) -> str:
    """Return a technique in words."""
    return {
        Technique.ENTHESIS: _("enthesis"),
        Technique.PEPPERING: _("peppering"),
        Technique.FAN: _("fan"),
        Technique.BOLUS: _("bolus"),
        Technique.INTRA_ARTICULAR: _("intra-articular"),
        Technique.PERINEURAL: _("perineural"),
        Technique.BLEB: _("bleb"),
        Technique.FENESTRATION: _("fenestration"),
    }[technique]


def guidance_words(guidance: Guidance) -> str:
    """Return how the needle found its place, in words."""
    return {
        Guidance.LANDMARK: _("landmark"),
        Guidance.ULTRASOUND: _("ultrasound"),
        Guidance.FLUOROSCOPY: _("fluoroscopy"),
        Guidance.CT: _("CT"),
    }[guidance]


def depth_words(injection: Injection) -> str:
    """Return how deep the needle went: bone, 25 mm, or 25 mm and bone."""
    if injection.depth_mm is None:
        return _("bone") if injection.to_bone else DASH
    depth = f"{injection.depth_mm}{THIN}mm"
    return _("{depth}, bone").format(depth=depth) if injection.to_bone else depth


def needle_words(injection: Injection, *, guided: bool = True) -> str:
    """Return the needle and, if it is wanted, how it was guided."""
    parts = [injection.needle] if injection.needle else []
    if injection.guidance and guided:
        parts.append(guidance_words(injection.guidance))
    return ", ".join(parts) or DASH


def hash_words(sha256: str) -> str:
    """Return the beginning of a hash, in groups that can be read aloud: 9f3c 71ae 04d2."""
    return " ".join(sha256[at : at + 4] for at in range(0, 12, 4))
