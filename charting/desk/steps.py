"""What was asked, made into the command that the domain carries out."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from charting.anatomy import laterality_of
from charting.desk.asks import (
    AnyAsk,
    AskAddSolution,
    AskChange,
    AskChangeSolution,
    AskDetails,
    AskMove,
    AskName,
    AskPlace,
    AskRestore,
    AskState,
    AskWithdraw,
)
from charting.desk.placing import Places
from charting.domain import (
    AddSolution,
    ChangeMark,
    ChangeSolution,
    Command,
    Id,
    Mark,
    MoveMark,
    NameMark,
    PlaceMark,
    RestoreMark,
    Session,
    SetDetails,
    SetState,
    WithdrawMark,
)


def command_of(places: Places, session: Session, ask: AnyAsk, *, by: Id, at: datetime) -> Command:
    """Return the command that an ask means in a session; ``at`` is when the desk took it.

    Raises what ``Places.place`` raises for an ask that puts a mark on the map, and MarkNotFound, UnknownSite
    or WrongSide for one that names a site.
    """
    match ask:
        case AskPlace():
            placing = places.place(session.figure, ask)
            mark = Mark(
                id=ask.mark_id, map=placing.map, shape=placing.shape, at=placing.at, site=placing.site,
                laterality=placing.laterality, state=ask.state, injection=ask.injection, placed_at=at,
                placed_by=by, provenance=ask.provenance,
            )  # fmt: skip
            return PlaceMark(id=ask.id, by=by, at=at, mark=mark)
        case AskMove():
            placing = places.place(session.figure, ask)
            return MoveMark(
                id=ask.id, by=by, at=at, mark_id=ask.mark_id, seen=ask.seen, map=placing.map,
                shape=placing.shape, place=placing.at, site=placing.site, laterality=placing.laterality,
            )  # fmt: skip
        case AskWithdraw():
            return WithdrawMark(id=ask.id, by=by, at=at, mark_id=ask.mark_id, seen=ask.seen)
        case AskRestore():
            return RestoreMark(id=ask.id, by=by, at=at, mark_id=ask.mark_id, seen=ask.seen)
        case AskName():
            where = session.mark(ask.mark_id).at
            site = None if ask.site is None else places.site(session.figure, ask.site, where)
            return NameMark(
                id=ask.id, by=by, at=at, mark_id=ask.mark_id, seen=ask.seen, site=site,
                laterality=site.laterality if site else laterality_of(where),
            )  # fmt: skip
        case AskChange():
            return ChangeMark(
                id=ask.id, by=by, at=at, mark_id=ask.mark_id, seen=ask.seen, injection=ask.injection
            )
        case AskState():
            return SetState(id=ask.id, by=by, at=at, mark_id=ask.mark_id, seen=ask.seen, state=ask.state)
        case AskAddSolution():
            return AddSolution(id=ask.id, by=by, at=at, solution=ask.solution)
        case AskChangeSolution():
            return ChangeSolution(id=ask.id, by=by, at=at, solution=ask.solution, was=ask.was)
        case AskDetails():
            return SetDetails(id=ask.id, by=by, at=at, details=ask.details, was=ask.was)
        case _:
            assert_never(ask)


def mark_of(ask: AnyAsk) -> Id | None:
    """Return the id of the mark that an ask names, None if it is about something else."""
    match ask:
        case AskAddSolution() | AskChangeSolution() | AskDetails():
            return None
        case _:
            return ask.mark_id
