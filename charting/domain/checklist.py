"""What is asked before the first needle and after the last. Nothing has a default: unsaid is None.

"None" is an answer, and is said as one: a field that was not answered is missing, and ``missing`` names it.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from charting.domain.amounts import Exact, Millilitres, plain
from charting.domain.courses import Sides
from charting.domain.ids import Id
from charting.domain.text import Line, Prose, Words
from charting.domain.values import Record

Pain = Annotated[int, Field(ge=0, le=10)]
"""Numeric rating of pain: 0 none, 10 the worst."""

Region = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Names = Annotated[tuple[Words, ...], Field(max_length=40)]


class ConsentKind(StrEnum):
    """How the patient consented."""

    WRITTEN = "written"
    VERBAL = "verbal"
    DECLINED = "declined"


class Anticoagulant(StrEnum):
    """Whether the patient takes something against clotting, and what was decided."""

    NONE = "none"
    CONTINUED = "continued"
    HELD = "held"
    DEFERRED = "deferred"


class Complication(StrEnum):
    """What can go wrong, by name; ``none`` is said, never left out."""

    NONE = "none"
    VASOVAGAL = "vasovagal"
    HAEMATOMA = "haematoma"
    PARAESTHESIA = "paraesthesia"
    PNEUMOTHORAX = "suspected_pneumothorax"
    DURAL_PUNCTURE = "dural_puncture"
    ALLERGIC = "allergic"
    LAST = "local_anaesthetic_toxicity"
    OTHER = "other"


class Tolerance(StrEnum):
    """How the patient bore it."""

    WELL = "well"
    WITH_DISCOMFORT = "with_discomfort"
    STOPPED = "stopped"


class TimeOut(Record):
    """What was said aloud before the first needle; each was checked or it was not."""

    identity: bool | None = None
    side: bool | None = None
    procedure: bool | None = None
    allergies: bool | None = None
    labels: bool | None = None

    @property
    def whole(self) -> bool:
        """Whether all of it was checked."""
        return all((self.identity, self.side, self.procedure, self.allergies, self.labels))


class Before(Record):
    """What is known and agreed before the first needle.

    ``sides`` and ``regions`` are what was consented to and said at the time-out; a mark elsewhere is asked
    about. ``consent_on`` what was discussed, ``avoid`` the medicines taken that impair healing.
    """

    sides: Sides | None = None
    regions: Annotated[tuple[Region, ...], Field(max_length=20)] = ()
    consent: ConsentKind | None = None
    discussed: Names = ()
    time_out: TimeOut = TimeOut()
    allergies_reviewed: bool | None = None
    anticoagulant: Anticoagulant | None = None
    anticoagulant_words: Line = ""
    infection: bool | None = None
    infection_words: Line = ""
    pregnant: bool | None = None
    avoid: Names | None = None
    position: Line = ""
    preparation: Line = ""
    response: Prose = ""


class After(Record):
    """What was seen after the last needle. ``complications`` is None until it was answered."""

    tolerance: Tolerance | None = None
    complications: Annotated[tuple[Complication, ...], Field(max_length=9)] | None = None
    complication_words: Prose = ""
    observed_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    condition: Line = ""
    aftercare_given: bool | None = None


class When(StrEnum):
    """At which end of a session a score was taken."""

    BEFORE = "before"
    AFTER = "after"


class Score(Record):
    """A value on a scale by its name; the items of a questionnaire are not kept, only what it came to.

    ``higher_is_better`` says which way the scale goes.
    """

    name: Words
    value: Annotated[Exact, Field(ge=0, le=1000, decimal_places=2)]
    lowest: Annotated[Exact, Field(ge=0, le=1000)] = Decimal(0)
    highest: Annotated[Exact, Field(gt=0, le=1000)]
    higher_is_better: bool
    when: When = When.BEFORE


class OffMapKind(StrEnum):
    """What was given without a place on the map."""

    BLEB = "bleb"
    NERVE_BLOCK = "nerve_block"
    OTHER = "other"


class OffMap(Record):
    """A dose without a mark: skin blebs that were not drawn, a block, what numbed the skin. It counts."""

    id: Id
    kind: OffMapKind
    solution_id: Id
    count: Annotated[int, Field(ge=1, le=500)] = 1
    ml_each: Annotated[Millilitres, Field(gt=0)]
    note: Line = ""

    @property
    def ml(self) -> Decimal:
        """The volume given, mL."""
        return plain(self.ml_each * self.count)


def missing_before(before: Before) -> tuple[str, ...]:
    """Return the names of what was not answered, in the order in which it is asked."""
    asked = {
        "sides": before.sides,
        "regions": before.regions or None,
        "consent": before.consent,
        "time_out": before.time_out.whole or None,
        "allergies_reviewed": before.allergies_reviewed,
        "anticoagulant": before.anticoagulant,
        "infection": before.infection,
        "pregnant": before.pregnant,
        "avoid": before.avoid,
        "position": before.position or None,
        "preparation": before.preparation or None,
    }
    return tuple(name for name, answer in asked.items() if answer is None)


def missing_after(after: After) -> tuple[str, ...]:
    """Return the names of what was not answered, in the order in which it is asked."""
    asked = {
        "tolerance": after.tolerance,
        "complications": after.complications or None,
        "observed_minutes": after.observed_minutes,
        "condition": after.condition or None,
        "aftercare_given": after.aftercare_given,
    }
    return tuple(name for name, answer in asked.items() if answer is None)
