"""What a browser may ask of a session: the desk makes commands of it.

An ask holds what the finger did and what the clinician chose. Where that lies on the body, what it is called
and who asked is the desk's to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from charting.domain import Details, Id, Injection, MarkState, Record, Shape, Solution
from charting.domain.text import Line

MOST_IN_A_BATCH = 100

Reach = Annotated[float, Field(ge=0, le=50)]
"""How far the finger may miss at the zoom it had, in mm of the figure."""

SiteKey = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_.]*/(left|right|midline)(/[A-Z0-9]{1,8})?$", max_length=120)
]
"""A site as one word, such as ``knee.mcl.tibial/right``."""


class Ask(Record):
    """One step: its own id, under which it is carried out once; ``made_at`` is told, not trusted."""

    id: Id
    made_at: AwareDatetime


class OnMap(Ask):
    """A step that puts a mark at a place of a view, in that view's frame (mm).

    The site is named by the place, unless ``chosen``: then ``site`` is meant, and none is no site.
    """

    mark_id: Id
    view: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    atlas_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    shape: Shape
    reach: Reach = 0.0
    chosen: bool = False
    site: SiteKey | None = None


class OfSeenMark(Ask):
    """A step that names a mark, and which revision of it was seen."""

    mark_id: Id
    seen: Annotated[int, Field(ge=1)]


class AskPlace(OnMap):
    """Put a mark on the map."""

    kind: Literal["place_mark"] = "place_mark"
    injection: Injection
    state: MarkState = MarkState.GIVEN
    provenance: Line = ""


class AskMove(OnMap):
    """Give a mark another shape or place."""

    kind: Literal["move_mark"] = "move_mark"
    seen: Annotated[int, Field(ge=1)]


class AskWithdraw(OfSeenMark):
    """Take a mark back."""

    kind: Literal["withdraw_mark"] = "withdraw_mark"


class AskRestore(OfSeenMark):
    """Put a withdrawn mark back."""

    kind: Literal["restore_mark"] = "restore_mark"


class AskName(OfSeenMark):
    """Say which site a mark means; none is a place without a name."""

    kind: Literal["name_mark"] = "name_mark"
    site: SiteKey | None


class AskChange(OfSeenMark):
    """Say what was given at a mark."""

    kind: Literal["change_mark"] = "change_mark"
    injection: Injection


class AskState(OfSeenMark):
    """Say whether a mark is planned, was given, or was skipped."""

    kind: Literal["set_state"] = "set_state"
    state: MarkState


class AskAddSolution(Ask):
    """Put another solution on the tray."""

    kind: Literal["add_solution"] = "add_solution"
    solution: Solution


class AskChangeSolution(Ask):
    """Say that a solution holds something else."""

    kind: Literal["change_solution"] = "change_solution"
    solution: Solution
    was: Solution


class AskDetails(Ask):
    """Say pain, note and plan."""

    kind: Literal["set_details"] = "set_details"
    details: Details
    was: Details


AnyAsk = Annotated[
    AskPlace
    | AskMove
    | AskWithdraw
    | AskRestore
    | AskName
    | AskChange
    | AskState
    | AskAddSolution
    | AskChangeSolution
    | AskDetails,
    Field(discriminator="kind"),
]

ASK: TypeAdapter[AnyAsk] = TypeAdapter(AnyAsk)


class Batch(Record):
    """Steps in their order; each is carried out or refused by itself, all in one transaction."""

    commands: Annotated[tuple[AnyAsk, ...], Field(min_length=1, max_length=MOST_IN_A_BATCH)]


class Unreadable(Record):
    """A step of which only the id could be read, and why: it is refused, and those behind it go on."""

    id: Id
    code: str
    sentence: str
    facts: str
