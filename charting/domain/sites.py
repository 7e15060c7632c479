"""What a site is: a structure at one place of the patient."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from charting.domain.laterality import Laterality
from charting.domain.values import Record

StructureId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=80)]
"""A structure's stable name: the joint or region, then the part: ``knee.mcl.tibial``."""

Level = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]
"""A vertebra, rib or the gap between two, as the structures' table writes it: ``L4``, ``L4L5``, ``R7``."""

Digit = Annotated[int, Field(ge=1, le=5)]
"""A finger counted from the thumb, or a toe counted from the big toe."""


class Site(Record):
    """A structure with its laterality and, where it has them, level or digit.

    >>> Site(structure="lumbar.facet_capsule", laterality="right", level="L4L5").key
    'lumbar.facet_capsule/right/L4L5'
    """

    structure: StructureId
    laterality: Laterality
    level: Level | None = None
    digit: Digit | None = None

    @property
    def key(self) -> str:
        """The site as one word, the same on every figure, in every view and release."""
        return site_key(self.structure, self.laterality, self.level, self.digit)

    def mirrored(self) -> Site:
        """Return the same site on the other side of the body."""
        return self.model_copy(update={"laterality": self.laterality.mirrored()})


def site_key(structure: str, laterality: Laterality, level: str | None, digit: int | None) -> str:
    """Return a site's key from its parts; ``Site.key`` is the same."""
    part = level or digit
    return f"{structure}/{laterality}/{part}" if part else f"{structure}/{laterality}"
