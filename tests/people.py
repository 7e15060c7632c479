"""Invented people, and sessions to try things on: no random ids, no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from charting.domain import (
    BodyPoint,
    Component,
    Course,
    Injection,
    Laterality,
    MapRef,
    Mark,
    MarkState,
    Patient,
    PointShape,
    Role,
    Session,
    Sex,
    Shape,
    Sides,
    Site,
    Solution,
    Staff,
    ViewPoint,
)

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ATLAS = ("1.0.0", "0" * 64)


def an_id(number: int) -> UUID:
    """Return the id of this number: of version 7, and in the order of the numbers."""
    return UUID(int=0x019A_0000_0000 << 80 | 0x7 << 76 | 0b10 << 62 | number)


class Ids:
    """New ids, one after the other."""

    def __init__(self, first: int = 1_000_000) -> None:
        self._numbers = count(first)

    def __call__(self) -> UUID:
        return an_id(next(self._numbers))


DOCTOR = Staff(id=an_id(1), sign_in="osei", name="Dr. R. Osei", role=Role.DOCTOR)
NURSE = Staff(id=an_id(2), sign_in="lavoie", name="M. Lavoie, RN", role=Role.NURSE)
ADMINISTRATOR = Staff(id=an_id(3), sign_in="admin", name="K. Bergström", role=Role.ADMINISTRATOR)
ANNE = Patient(
    id=an_id(10), record_number="A-20931", family_name="Tremblay", given_names="Anne", born=date(1974, 3, 4),
    sex=Sex.FEMALE, weight_kg=Decimal("71.5"), weighed_on=date(2026, 11, 2), allergies=("chlorhexidine",),
)  # fmt: skip
KNEE = Course(
    id=an_id(20), patient_id=ANNE.id, problem="Right knee", region="knee", sides=Sides.RIGHT,
    indication="osteoarthritis of the right knee", planned_sessions=5, every_days=28,
    opened_on=date(2026, 9, 1),
)  # fmt: skip
D15 = Solution(
    id=an_id(30), name="Dextrose 15 % + lidocaine 0.2 %", prepared_ml=Decimal("22.5"), lots="D50 lot 4471B",
    components=(
        Component(agent="dextrose", percent=Decimal(15)), Component(agent="lidocaine", percent=Decimal("0.2"))
    ),
)  # fmt: skip
MCL = Site(structure="knee.mcl.tibial", laterality=Laterality.RIGHT)


def a_session(
    number: int = 1, *, marks: tuple[Mark, ...] = (), solutions: tuple[Solution, ...] = (D15,)
) -> Session:
    """Return session ``number`` of the knee course, four weeks after the one before."""
    return Session(
        id=an_id(40 + number), course_id=KNEE.id, patient_id=ANNE.id, figure="adult_female", number=number,
        started_at=START + timedelta(days=28 * (number - 1)), clinician_id=DOCTOR.id, solutions=solutions,
        marks=marks,
    )  # fmt: skip


def a_mark(
    number: int = 1,
    *,
    shape: Shape | None = None,
    view: str = "knee_right_medial",
    at: BodyPoint | None = None,
    site: Site | None = MCL,
    state: MarkState = MarkState.GIVEN,
    ml: str = "0.5",
    deposits: int = 1,
    when: datetime = START,
) -> Mark:
    """Return a mark on the right knee, 0.5 mL of ``D15``, unless told otherwise."""
    return Mark(
        id=an_id(100 + number),
        map=MapRef(figure="adult_female", view=view, atlas_version=ATLAS[0], atlas_sha256=ATLAS[1]),
        shape=shape or PointShape(at=ViewPoint(50 + number, 120)),
        at=at or BodyPoint(-70, -30, -420 - number),
        site=site,
        laterality=site.laterality if site else Laterality.RIGHT,
        state=state,
        injection=Injection(
            solution_id=D15.id, ml_each=Decimal(ml), deposits=deposits, to_bone=True, needle="27G 38 mm"
        ),
        placed_at=when,
        placed_by=DOCTOR.id,
    )  # fmt: skip
