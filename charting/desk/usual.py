"""What a clinic has on the tray until a session says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from charting.desk.kept_settings import kept_setting
from charting.domain import Component, Guidance, Record, Solution, Technique
from charting.domain.amounts import Millilitres
from charting.domain.text import Line, Words
from charting.store import Reader

KEY = "usual_tray"
"""The name of the setting that holds it, as JSON."""


class UsualTray(Record):
    """The syringe of a course's first session, and what its first mark inherits.

    ``components`` at their final percent (g for 100 mL); ``ml_each`` mL a deposit; ``depth_mm`` as in
    ``Injection``.
    """

    name: Words
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=8)]
    ml_each: Annotated[Millilitres, Field(gt=0, le=50)]
    needle: Line = ""
    to_bone: bool = False
    depth_mm: Annotated[int, Field(ge=1, le=300)] | None = None
    guidance: Guidance | None = None
    technique: Technique | None = None

    def solution(self, new_id: Callable[[], UUID]) -> Solution:
        """Return the solution for a session's tray, under a new id; raises ValueError for what is none."""
        return Solution(id=new_id(), name=self.name, components=self.components)


UNSAID = UsualTray(
    name="Dextrose 15 % + lidocaine 0.2 %",
    components=(
        Component(agent="dextrose", percent=Decimal(15)),
        Component(agent="lidocaine", percent=Decimal("0.2")),
    ),
    ml_each=Decimal("0.5"),
)
"""What a clinic has that has said nothing."""


def stored(store: Reader) -> UsualTray:
    """Return what the clinic has said; raises StoreUnusable if it cannot be read."""
    return kept_setting(store, KEY, UNSAID)
