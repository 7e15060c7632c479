"""Who is in the demo: invented people, and their courses in days before today."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from charting.demo.protocols import (
    BERTRAND_2016,
    BERTRAND_2016_WITH_SCAPULA,
    DECHOW_1999,
    DUMAIS_2012,
    GUL_2020,
    REEVES_2000,
    USUAL_BACK,
    USUAL_HIP,
    USUAL_KNEE,
    USUAL_SHOULDERS,
    YELLAND_2004,
    Followed,
)
from charting.domain import Sex, Sides


@dataclass(frozen=True)
class Sitting:
    """One session: how many days ago, when in the day (hours, minutes), and what came of it.

    ``given`` is how many of the protocol's marks were given, all unless told otherwise; the next ``planned``
    are planned, and the next ``skipped`` skipped. A session that is not ``signed`` is a draft.
    ``second_thoughts`` has a mark moved, one withdrawn and put back, and one withdrawn for good on the way.
    """

    days_ago: int
    at: tuple[int, int] = (9, 30)
    pain: tuple[int | None, int | None] = (None, None)
    plan: str = ""
    given: int | None = None
    planned: int = 0
    skipped: int = 0
    signed: bool = True
    second_thoughts: bool = False
    by_other_doctor: bool = False


@dataclass(frozen=True)
class Problem:
    """A course: what it is of, what it follows, and its sittings, the first one first."""

    problem: str
    region: str
    sides: Sides
    indication: str
    follows: Followed
    planned_sessions: int
    every_days: int
    sittings: tuple[Sitting, ...] = ()
    closed_days_ago: int | None = None
    opened_days_ago: int = 0


@dataclass(frozen=True)
class Person:
    """A patient, with ``more`` of what the record says, and courses."""

    record_number: str
    family_name: str
    given_names: str
    born: str
    sex: Sex
    weight_kg: str | None
    problems: tuple[Problem, ...]
    allergies: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


PEOPLE = (
    Person(
        "D-1001", "Tremblay", "Anne", "1974-03-04", Sex.FEMALE, "71.5",
        (
            Problem(
                "Right knee", "knee", Sides.RIGHT, "Osteoarthritis, pain on stairs", DUMAIS_2012, 4, 28,
                (
                    Sitting(84, (9, 30), (7, 6), "Light exercise; next in 4 weeks.", second_thoughts=True),
                    Sitting(56, (9, 45), (6, 5), "As before; next in 4 weeks."),
                    Sitting(28, (9, 30), (5, 3), "Better on stairs; next in 4 weeks."),
                ),
            ),
        ),
        allergies=("chlorhexidine",),
    ),
    Person(
        "D-1002", "Côté-Bélanger", "Noémie", "1981-11-19", Sex.FEMALE, "63",
        (
            Problem(
                "Low back", "low_back", Sides.BOTH, "Low back pain for three years, worse on standing",
                YELLAND_2004, 6, 14,
                (
                    Sitting(84, (10, 15), (8, 7), "Next in two weeks."),
                    Sitting(70, (10, 0), (7, 6), "Next in two weeks."),
                    Sitting(56, (10, 15), (7, 5), "Next in two weeks.", second_thoughts=True),
                    Sitting(42, (10, 15), (6, 4), "Next in two weeks.", given=9, skipped=1),
                    Sitting(28, (10, 30), (5, 3), "Next in two weeks.", by_other_doctor=True),
                    Sitting(14, (10, 15), (4, 2), "Call in six weeks.", given=8, skipped=2),
                ),
            ),
        ),
    ),
    Person(
        "D-1003", "O'Neill", "Siobhán", "1968-07-30", Sex.FEMALE, "78.2",
        (
            Problem(
                "Right shoulder", "shoulder", Sides.RIGHT, "Rotator cuff tendinopathy", BERTRAND_2016, 3, 28,
                (
                    Sitting(56, (11, 0), (7, 6), "Physiotherapy every other week."),
                    Sitting(28, (11, 15), (6, 4), "Physiotherapy every other week."),
                    Sitting(0, (9, 0), (5, None), given=4, planned=3, skipped=1, signed=False),
                ),
            ),
        ),
        cautions=("faints at the sight of needles: lying down",),
    ),
    Person(
        "D-1004", "الحداد", "ليلى", "1990-01-12", Sex.FEMALE, "58.4",
        (
            Problem(
                "Left knee", "knee", Sides.LEFT, "Patellar tendon pain, runner", USUAL_KNEE, 5, 28,
                (
                    Sitting(91, (14, 0), (6, 6), "No running for a week."),
                    Sitting(63, (14, 0), (5, 4), "Light running from the second week."),
                    Sitting(35, (14, 15), (4, 3), "Running as before from the third week."),
                    Sitting(7, (14, 0), (3, 2), "Next in four weeks.", given=7),
                ),
            ),
        ),
        allergies=("latex",),
    ),
    Person(
        "D-1005", "佐藤", "健一", "1957-09-03", Sex.MALE, "66",
        (
            Problem(
                "Low back", "low_back", Sides.BOTH, "Pain at L4 to S1 after lifting", DECHOW_1999, 3, 7,
                (
                    Sitting(133, (8, 45), (7, 7), "Next in a week."),
                    Sitting(126, (8, 45), (6, 5), "Next in a week."),
                    Sitting(119, (8, 45), (5, 3), "Follow-up call in six weeks."),
                ),
                closed_days_ago=77,
            ),
            Problem(
                "Left hip", "hip", Sides.LEFT, "Pain over the greater trochanter", USUAL_HIP, 3, 28,
                (Sitting(21, (8, 30), (6, 5), "Next in four weeks."),),
            ),
        ),
    ),
    Person(
        "D-1006", "Bjørnstad", "Øyvind", "1962-05-27", Sex.MALE, "94.5",
        (
            Problem(
                "Right hip", "hip", Sides.RIGHT, "Osteoarthritis from dysplasia", GUL_2020, 6, 21,
                (
                    Sitting(66, (13, 30), (8, 7), "Next in three weeks."),
                    Sitting(45, (13, 30), (7, 5), "Next in three weeks."),
                    Sitting(24, (13, 30), (5, 4), "Next in three weeks.", second_thoughts=True),
                    Sitting(3, (13, 45), (4, 3), "Next in three weeks."),
                ),
            ),
        ),
        cautions=("takes apixaban",),
    ),
    Person(
        "D-1007", "D'Angelo-Reyes", "María José", "1985-12-08", Sex.FEMALE, "61.3",
        (
            Problem(
                "Both shoulders", "shoulder", Sides.BOTH, "Instability of both shoulders, swimmer",
                USUAL_SHOULDERS, 4, 28,
                (
                    Sitting(30, (15, 0), (5, 5), "No swimming for a week."),
                    Sitting(2, (15, 0), (4, 3), "Next in four weeks."),
                ),
            ),
        ),
    ),
    Person(
        "D-1008", "Nguyễn", "Thị Hồng", "1950-02-14", Sex.FEMALE, "52.8",
        (
            Problem(
                "Both knees", "knee", Sides.BOTH, "Osteoarthritis of both knees", REEVES_2000, 3, 61,
                (
                    Sitting(122, (10, 45), (7, 7), "Next in two months."),
                    Sitting(61, (10, 45), (6, 4), "Next in two months."),
                    Sitting(0, (9, 40), (5, None), given=1, signed=False),
                ),
            ),
        ),
        allergies=("penicillin", "iodine"),
    ),
    Person(
        "D-1009", "MacLeod", "Hamish", "1979-06-21", Sex.MALE, "88",
        (
            Problem(
                "Low back and right sacroiliac joint", "low_back", Sides.BOTH,
                "Pain on the right after a fall", USUAL_BACK, 5, 28,
                (
                    Sitting(117, (9, 0), (8, 8), "Soreness for some days is usual."),
                    Sitting(89, (9, 15), (7, 5), "Next in four weeks."),
                    Sitting(61, (9, 0), (6, 4), "Next in four weeks.", second_thoughts=True),
                    Sitting(33, (9, 0), (5, 3), "Next in four weeks.", given=14),
                    Sitting(5, (9, 0), (3, 2), "Exercise as agreed.", given=11, by_other_doctor=True),
                ),
            ),
        ),
    ),
    Person(
        "D-1010", "Okonkwo", "Chidi", "1993-10-02", Sex.MALE, "80.1",
        (
            Problem(
                "Left shoulder", "shoulder", Sides.LEFT, "Rotator cuff tendinopathy, throwing arm",
                BERTRAND_2016_WITH_SCAPULA, 3, 28,
                (Sitting(1, (16, 0), (6, 5), "Physiotherapy every other week."),),
            ),
        ),
    ),
    Person(
        "D-1011", "Łukasiewicz", "Zbigniew", "1958-08-16", Sex.MALE, "90.7",
        (
            Problem(
                "Left hip", "hip", Sides.LEFT, "Gluteal tendinopathy", USUAL_HIP, 4, 28,
                (
                    Sitting(37, (11, 30), (6, 6), "Next in four weeks."),
                    Sitting(9, (11, 30), (5, None), "Next in four weeks.", signed=False),
                ),
            ),
        ),
        cautions=("diabetes",),
    ),
    Person(
        "D-1012", "Smith", "Jo", "1999-04-23", Sex.OTHER, None,
        (
            Problem(
                "Right knee", "knee", Sides.RIGHT, "Old sprain of the medial collateral ligament", USUAL_KNEE,
                5, 28, opened_days_ago=1,
            ),
        ),
        more={"figure": "adult_female"},
    ),
)  # fmt: skip
