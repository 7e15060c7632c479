"""The people of the record: patients, and the staff who care for them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from charting.domain.amounts import Kilograms
from charting.domain.ids import Id
from charting.domain.text import Line, Words
from charting.domain.values import Record


class Sex(StrEnum):
    """The recorded sex, which the figure follows unless another is chosen."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


FIGURES = {Sex.FEMALE: "adult_female", Sex.MALE: "adult_male"}

RecordNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$")]
"""The number under which the clinic's patient record knows a patient."""


class Patient(Record):
    """A person who is treated. ``allergies`` and ``cautions`` are shown wherever the patient is.

    ``figure`` is the reference body that was chosen for the maps; none means the one of the recorded sex.
    """

    id: Id
    record_number: RecordNumber
    family_name: Words
    given_names: Line = ""
    born: date
    sex: Sex = Sex.UNKNOWN
    weight_kg: Kilograms | None = None
    weighed_on: date | None = None
    allergies: Annotated[tuple[Words, ...], Field(max_length=40)] = ()
    cautions: Annotated[tuple[Words, ...], Field(max_length=40)] = ()
    figure: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,59}$")

    @property
    def name(self) -> str:
        """The name as the worklist sorts it: family name, given names."""
        return f"{self.family_name}, {self.given_names}" if self.given_names else self.family_name

    @property
    def reference_figure(self) -> str:
        """The figure whose maps are used; without a recorded sex or a choice, the male one."""
        return self.figure or FIGURES.get(self.sex, "adult_male")

    def age_on(self, day: date) -> int:
        """Return the age in whole years on a day.

        >>> from uuid import UUID
        >>> one = UUID("01890000-0000-7000-8000-000000000000")
        >>> anne = Patient(id=one, record_number="A-1", family_name="Roy", born=date(1974, 3, 4))
        >>> anne.age_on(date(2026, 3, 3)), anne.age_on(date(2026, 3, 4))
        (51, 52)
        """
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


class Role(StrEnum):
    """What a member of staff may do; ``charting.desk.permissions`` says what each role may."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    ADMINISTRATOR = "administrator"


SignIn = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")]
"""The name with which a member of staff signs in, in lower case."""


class Staff(Record):
    """A member of the clinic's staff; ``name`` is how it stands on a chart."""

    id: Id
    sign_in: SignIn
    name: Words
    role: Role
    active: bool = True
