"""Everything that can happen to a session, and what each does to it.

One command is one step: carried out whole or refused whole, and undone by one other command. A command that
names a mark says which revision of it was seen; if the mark has changed since, it is refused, and nothing is
overwritten silently.

    PlaceMark       a mark is there            undone by  WithdrawMark
    WithdrawMark    a mark is taken back                  RestoreMark
    RestoreMark     and put back                          WithdrawMark
    MoveMark        it has another shape or place         MoveMark
    NameMark        it means another site                 NameMark
    ChangeMark      something else was given there        ChangeMark
    SetState        planned, given, skipped               SetState
    AddSolution     another syringe                       (stays)
    ChangeSolution  a syringe holds something else        ChangeSolution
    SetDetails      pain, note, plan                      SetDetails
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, assert_never

from pydantic import Field, TypeAdapter

from charting.domain.errors import (
    AlreadyThere,
    DetailsChanged,
    MarkChanged,
    SessionFull,
    SessionSealed,
    SolutionNotFound,
)
from charting.domain.ids import Id
from charting.domain.laterality import Laterality
from charting.domain.marks import Injection, MapRef, Mark, MarkState, Shape
from charting.domain.moments import Moment
from charting.domain.places import BodyPoint
from charting.domain.sessions import Details, Session
from charting.domain.sites import Site
from charting.domain.solutions import Solution
from charting.domain.values import Record

MOST_MARKS = 5000
"""Marks of one session, withdrawn ones included; a visit has 10 to 70."""

MOST_SOLUTIONS = 12


class Step(Record):
    """What every command says: its own id, who asked for it, and when it was taken."""

    id: Id
    by: Id
    at: Moment


class OfMark(Step):
    """A command that names a mark, and which revision of it was seen."""

    mark_id: Id
    seen: Annotated[int, Field(ge=1)]


class PlaceMark(Step):
    """Put a mark on the map."""

    kind: Literal["place_mark"] = "place_mark"
    mark: Mark


class WithdrawMark(OfMark):
    """Take a mark back; it neither counts nor shows any more."""

    kind: Literal["withdraw_mark"] = "withdraw_mark"


class RestoreMark(OfMark):
    """Put a withdrawn mark back where it was."""

    kind: Literal["restore_mark"] = "restore_mark"


class MoveMark(OfMark):
    """Give a mark another shape or place, and with it the site that lies there."""

    kind: Literal["move_mark"] = "move_mark"
    map: MapRef
    shape: Shape
    place: BodyPoint
    site: Site | None
    laterality: Laterality


class NameMark(OfMark):
    """Say which site a mark means; the place stays."""

    kind: Literal["name_mark"] = "name_mark"
    site: Site | None
    laterality: Laterality


class ChangeMark(OfMark):
    """Say what was given at a mark."""

    kind: Literal["change_mark"] = "change_mark"
    injection: Injection


class SetState(OfMark):
    """Say whether a mark is planned, was given, or was skipped."""

    kind: Literal["set_state"] = "set_state"
    state: MarkState


class AddSolution(Step):
    """Put another solution on the tray."""

    kind: Literal["add_solution"] = "add_solution"
    solution: Solution


class ChangeSolution(Step):
    """Say that a solution holds something else than ``was``, for the marks given with it as well."""

    kind: Literal["change_solution"] = "change_solution"
    solution: Solution
    was: Solution


class SetDetails(Step):
    """Say pain, note and plan, where they were ``was``."""

    kind: Literal["set_details"] = "set_details"
    details: Details
    was: Details


Command = Annotated[
    PlaceMark
    | WithdrawMark
    | RestoreMark
    | MoveMark
    | NameMark
    | ChangeMark
    | SetState
    | AddSolution
    | ChangeSolution
    | SetDetails,
    Field(discriminator="kind"),
]

COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
"""Reads and writes any command as JSON, as the log keeps it."""


def apply(session: Session, command: Command) -> Session:
    """Return the session as it is after the command; the one given stays as it was.

    Raises SessionSealed, MarkNotFound, MarkChanged, AlreadyThere, SolutionNotFound, DetailsChanged or
    SessionFull, and then nothing has happened.
    """
    if session.seal is not None:
        raise SessionSealed(f"session {session.id} is signed")
    match command:
        case PlaceMark(mark=mark):
            return _placed(session, mark)
        case WithdrawMark():
            return _changed(session, command, withdrawn=False, update={"withdrawn": True})
        case RestoreMark():
            return _changed(session, command, withdrawn=True, update={"withdrawn": False})
        case MoveMark():
            update = {
                "map": command.map,
                "shape": command.shape,
                "at": command.place,
                "site": command.site,
                "laterality": command.laterality,
            }
            return _changed(session, command, withdrawn=False, update=update)
        case NameMark():
            update = {"site": command.site, "laterality": command.laterality}
            return _changed(session, command, withdrawn=False, update=update)
        case ChangeMark(injection=injection):
            _need_solution(session, injection)
            return _changed(session, command, withdrawn=False, update={"injection": injection})
        case SetState(state=state):
            return _changed(session, command, withdrawn=False, update={"state": state})
        case AddSolution(solution=solution):
            if any(one.id == solution.id for one in session.solutions):
                raise AlreadyThere(f"the session has a solution {solution.id}")
            if len(session.solutions) >= MOST_SOLUTIONS:
                raise SessionFull(f"the session has {MOST_SOLUTIONS} solutions, the most it can hold")
            return session.model_copy(update={"solutions": (*session.solutions, solution)})
        case ChangeSolution(solution=solution, was=was):
            if solution.id != was.id:
                raise SolutionNotFound(f"solution {was.id} cannot become another, {solution.id}")
            if session.solution(was.id) != was:
                raise DetailsChanged(f"solution {was.id} has changed since it was read")
            kept = tuple(solution if one.id == was.id else one for one in session.solutions)
            return session.model_copy(update={"solutions": kept})
        case SetDetails(details=details, was=was):
            if session.details != was:
                raise DetailsChanged("the session's details have changed since they were read")
            for extra in details.off_map:
                session.solution(extra.solution_id)
            return session.model_copy(update={"details": details})
        case _:
            assert_never(command)


def _placed(session: Session, mark: Mark) -> Session:
    if any(one.id == mark.id for one in session.marks):
        raise AlreadyThere(f"the session holds a mark {mark.id}")
    if len(session.marks) >= MOST_MARKS:
        raise SessionFull(f"the session holds {MOST_MARKS} marks, the most it can")
    _need_solution(session, mark.injection)
    return session.model_copy(update={"marks": (*session.marks, mark)})


def _need_solution(session: Session, injection: Injection) -> None:
    if injection.solution_id is not None:
        session.solution(injection.solution_id)


def _changed(session: Session, command: OfMark, *, withdrawn: bool, update: Mapping[str, object]) -> Session:
    mark = session.mark(command.mark_id)
    if mark.revision != command.seen or mark.withdrawn is not withdrawn:
        raise MarkChanged(f"mark {mark.id} is at revision {mark.revision}, not {command.seen}", mark)
    after = mark.changed({**update, "revision": mark.revision + 1})
    return session.model_copy(
        update={"marks": tuple(after if one.id == mark.id else one for one in session.marks)}
    )
