"""Signing in and out."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import AwareDatetime

from charting.access import Login, cookie, cookie_name, token_in
from charting.api.answering import answered
from charting.api.asking import Body, Given, OwnLogin, OwnPassword, Rooms, SignIn, Unlock, address_of
from charting.api.described import Described
from charting.api.routing import Routes
from charting.desk import Act, may
from charting.desk.payload import read
from charting.domain import Record, SignInNeeded, Staff

routes = Routes("signing in")

WRONG = {401: "The name and the password do not fit", 429: "Too many wrong passwords"}


class Me(Record):
    """Who is signed in, what they may do, when the login locks if nothing is done, and when it ends."""

    staff: Staff
    may: tuple[Act, ...]
    locks_at: AwareDatetime
    ends_at: AwareDatetime


class SignedOut(Record):
    """Nobody is signed in on this browser any more."""

    signed_out: bool = True


@routes.post("/login", Described(asks=SignIn, answers=Me, refuses=WRONG, open=True))
def sign_in(request: Request, body: Body, rooms: Given) -> Response:
    """Sign in; the answer sets the cookie under which everything else is asked."""
    asked = read(SignIn, body)
    before = token_in(request.headers.raw, rooms.settings)
    token, login = rooms.logins.sign_in(
        asked.sign_in, asked.password, address=address_of(request), before=before
    )
    return _with_cookie(rooms, token, login)


@routes.post("/unlock", Described(asks=Unlock, answers=Me, refuses=WRONG, open=True))
def unlock(request: Request, body: Body, rooms: Given) -> Response:
    """Go on with a login that was locked while nobody was there; the answer sets a new cookie."""
    asked = read(Unlock, body)
    token = token_in(request.headers.raw, rooms.settings)
    if token is None:
        raise SignInNeeded("no login to unlock")
    fresh, login = rooms.logins.unlock(token, asked.password, address=address_of(request))
    return _with_cookie(rooms, fresh, login)


@routes.post("/logout", Described(answers=SignedOut, open=True))
def sign_out(request: Request, rooms: Given) -> Response:
    """Sign out, on every page of this browser."""
    rooms.logins.sign_out(token_in(request.headers.raw, rooms.settings))
    answer = answered(SignedOut())
    answer.delete_cookie(
        cookie_name(rooms.settings), path="/", secure=rooms.settings.https, httponly=True, samesite="strict"
    )
    return answer


@routes.get("/me", Described(answers=Me))
def get_me(login: OwnLogin) -> Response:
    """Return who is signed in."""
    return answered(_me(login))


@routes.post("/me/password", Described(asks=OwnPassword, answers=Me, refuses=WRONG))
def change_password(request: Request, body: Body, login: OwnLogin, rooms: Given) -> Response:
    """Change one's own password; one's other logins end, and the answer sets a new cookie."""
    asked = read(OwnPassword, body)
    token, fresh = rooms.logins.change_password(login, asked.password, asked.new, address=address_of(request))
    return _with_cookie(rooms, token, fresh)


def _with_cookie(rooms: Rooms, token: str, login: Login) -> Response:
    answer = answered(_me(login))
    answer.set_cookie(**cookie(rooms.settings, token))
    return answer


def _me(login: Login) -> Me:
    return Me(
        staff=login.staff, may=tuple(act for act in Act if may(login.staff, act)), locks_at=login.locks_at,
        ends_at=login.ends_at,
    )  # fmt: skip
