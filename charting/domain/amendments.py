"""What is said of a signed session afterwards: amendments, other signatures, and how the patient fared.

A signed session never changes. An amendment stands beside it with its author, time and reason; what it
withdraws stays readable. ``amended`` says how the session stands with all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from charting.domain.checklist import Pain
from charting.domain.errors import AlreadyThere
from charting.domain.ids import Id
from charting.domain.laterality import Laterality
from charting.domain.marks import Injection, Mark
from charting.domain.moments import Moment
from charting.domain.sessions import Session
from charting.domain.sites import Site
from charting.domain.text import Prose, Words
from charting.domain.values import Record

MOST = 200


class Correction(Record):
    """How one mark of a signed session is to be read: what was given there, or which site it means."""

    mark_id: Id
    injection: Injection | None = None
    site: Site | None = None
    laterality: Laterality | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.injection is None and self.site is None:
            raise ValueError("a correction says what was given or where")
        if (self.site is None) != (self.laterality is None):
            raise ValueError("a site has a side")
        if self.site is not None and self.site.laterality is not self.laterality:
            raise ValueError("the side is not the site's")
        return self


class Amendment(Record):
    """A later change to a signed session: who, when, why, and what.

    ``retracted`` marks were not given as charted; ``added`` were given and not charted; ``words`` say what
    else there is to say.
    """

    id: Id
    by: Id
    name: Words
    at: Moment
    reason: Words
    words: Prose = ""
    retracted: Annotated[tuple[Id, ...], Field(max_length=MOST)] = ()
    corrected: Annotated[tuple[Correction, ...], Field(max_length=MOST)] = ()
    added: Annotated[tuple[Mark, ...], Field(max_length=MOST)] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not (self.words.strip() or self.retracted or self.corrected or self.added):
            raise ValueError("an amendment says what is changed")
        named = [*self.retracted, *(one.mark_id for one in self.corrected), *(one.id for one in self.added)]
        if len(set(named)) != len(named):
            raise ValueError("names a mark twice")
        return self


def amended(session: Session, amendments: Sequence[Amendment]) -> Session:
    """Return how a signed session stands with its amendments, in their order; the session stays as signed.

    Raises MarkNotFound for a mark that it does not hold, AlreadyThere for an added one that it does.
    """
    for amendment in amendments:
        marks = {mark.id: mark for mark in session.marks}
        for mark_id in amendment.retracted:
            marks[mark_id] = session.mark(mark_id).changed({"withdrawn": True})
        for one in amendment.corrected:
            update: dict[str, object] = {}
            if one.injection is not None:
                update["injection"] = one.injection
                if one.injection.solution_id is not None:
                    session.solution(one.injection.solution_id)
            if one.site is not None:
                update |= {"site": one.site, "laterality": one.laterality}
            marks[one.mark_id] = session.mark(one.mark_id).changed(update)
        for mark in amendment.added:
            if mark.id in marks:
                raise AlreadyThere(f"the session holds a mark {mark.id}")
            if mark.injection.solution_id is not None:
                session.solution(mark.injection.solution_id)
            marks[mark.id] = mark
        session = session.model_copy(update={"marks": tuple(marks.values())})
    return session


class SecondKind(StrEnum):
    """Why someone else signs: as a second clinician, or to say that it was read."""

    COSIGNED = "cosigned"
    REVIEWED = "reviewed"


class SecondSignature(Record):
    """Someone else's name under a signed session; it gives no right to change it."""

    kind: SecondKind
    by: Id
    name: Words
    at: Moment


class Reached(StrEnum):
    """How the patient was heard of."""

    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"


class SideEffect(StrEnum):
    """What came after a session; soreness, stiffness and bruising are expected, the others are not."""

    NONE = "none"
    SORENESS = "soreness"
    STIFFNESS = "stiffness"
    BRUISING = "bruising"
    SWELLING = "swelling"
    FEVER = "fever"
    DRAINAGE = "drainage"
    NUMBNESS = "numbness"
    WEAKNESS = "weakness"
    HEADACHE = "headache"
    BREATHLESSNESS = "breathlessness"
    ALLERGIC = "allergic"
    OTHER = "other"


EXPECTED = frozenset({SideEffect.NONE, SideEffect.SORENESS, SideEffect.STIFFNESS, SideEffect.BRUISING})


class FollowUp(Record):
    """A call, visit or message after a session: how the patient fares. ``effects`` is never left unsaid."""

    id: Id
    by: Id
    name: Words
    at: Moment
    how: Reached
    effects: Annotated[tuple[SideEffect, ...], Field(min_length=1, max_length=13)]
    pain: Pain | None = None
    words: Prose = ""

    @model_validator(mode="after")
    def _none_is_alone(self) -> Self:
        if SideEffect.NONE in self.effects and len(self.effects) > 1:
            raise ValueError("says that there was nothing, and what there was")
        if len(set(self.effects)) != len(self.effects):
            raise ValueError("names a side effect twice")
        return self

    @property
    def expected(self) -> bool:
        """Whether all of it is what is to be expected after injections."""
        return set(self.effects) <= EXPECTED

    @property
    def may_be_infection(self) -> bool:
        """Whether it may be an infection: fever together with pain, or drainage."""
        hurts = bool(self.pain) or SideEffect.SORENESS in self.effects
        return SideEffect.DRAINAGE in self.effects or (SideEffect.FEVER in self.effects and hurts)
