"""What a request brings: who asks, and a body that is no larger than anything that is meant here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, StringConstraints

from charting.access import Login, Logins, token_in
from charting.anatomy import Atlas
from charting.desk import Desk
from charting.desk.payload import MOST_BYTES
from charting.desk.usual import UsualTray
from charting.domain import BadRequest, Course, Id, Locked, Patient, Record, SignInNeeded, Staff, TooLarge
from charting.domain.rules import Rule
from charting.domain.text import Words
from charting.settings import Settings

Password = Annotated[str, StringConstraints(max_length=1000)]
"""A password as it is typed; which are too weak is for ``charting.access`` to say."""

Revision = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Rooms:
    """What the interface is a face of."""

    desk: Desk
    logins: Logins
    atlas: Atlas
    settings: Settings


class SignIn(Record):
    """A sign-in name and its password."""

    sign_in: Annotated[str, StringConstraints(max_length=200)]
    password: Password


class Unlock(Record):
    """The password of whoever is signed in."""

    password: Password


class SavePatient(Record):
    """A patient, and the revision that was seen."""

    seen: Revision
    patient: Patient


class SaveCourse(Record):
    """A course, and the revision that was seen."""

    seen: Revision
    course: Course


class StartSession(Record):
    """The id under which a session starts."""

    id: Id


class SignSession(Record):
    """What the signer saw, the session's revision and the count of its given marks, and the password."""

    password: Password
    revision: Revision
    marks: Annotated[int, Field(ge=0)]


class SaveUsualTray(Record):
    """The usual tray, and what it was when it was seen."""

    was: UsualTray
    tray: UsualTray


class SaveRules(Record):
    """All limits of the clinic, the version that was seen, and why they are changed."""

    seen: Revision
    rules: Annotated[tuple[Rule, ...], Field(max_length=200)]
    reason: Words


class NewStaff(Record):
    """A new member of staff, and the password to begin with."""

    staff: Staff
    password: Password


class SaveStaff(Record):
    """A member of staff, and the revision that was seen."""

    seen: Revision
    staff: Staff


class NewPassword(Record):
    """A password in the place of the one before."""

    password: Password


class OwnPassword(Record):
    """The password that one has, and the one to have instead."""

    password: Password
    new: Password


async def read_body(request: Request) -> bytes:
    """Return a request's body; raises TooLarge before it is read whole, BadRequest if it is not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BadRequest("the body is to be application/json")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and (len(stated) > 12 or int(stated) > MOST_BYTES):
        raise TooLarge(f"the body is larger than {MOST_BYTES} bytes")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise TooLarge(f"the body is larger than {MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


Body = Annotated[bytes, Depends(read_body)]


def address_of(request: Request) -> str:
    """Return the address that a request came from."""
    return request.client.host if request.client else ""


async def rooms_of(request: Request) -> Rooms:
    """Return the rooms that the router was made for."""
    rooms = request.state.rooms
    assert isinstance(rooms, Rooms)
    return rooms


Given = Annotated[Rooms, Depends(rooms_of)]


async def login_of(request: Request, rooms: Given) -> Login:
    """Return the live login of a request; raises SignInNeeded where there is none, Locked where it waits."""
    token = token_in(request.headers.raw, rooms.settings)
    login = rooms.logins.remembered(token) or await run_in_threadpool(rooms.logins.find, token)
    if login is None:
        raise SignInNeeded("no live login")
    if login.locked:
        raise Locked("the login waits for its password")
    return login


OwnLogin = Annotated[Login, Depends(login_of)]


async def staff_of(login: OwnLogin) -> Staff:
    """Return the member of staff who asks."""
    return login.staff


Who = Annotated[Staff, Depends(staff_of)]
