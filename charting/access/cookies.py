"""The cookie that carries a login's token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypedDict

from charting.settings import Settings


class Cookie(TypedDict):
    """The arguments of ``Response.set_cookie`` in Starlette."""

    key: str
    value: str
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name: over https one that no other host and no plain page can set."""
    return "__Host-charting" if settings.https else "charting"


def cookie(settings: Settings, token: str) -> Cookie:
    """Return how a token is handed to the browser: until it closes, for this host alone."""
    return Cookie(
        key=cookie_name(settings), value=token, path="/", secure=settings.https, httponly=True,
        samesite="strict",
    )  # fmt: skip


def token_in(headers: Iterable[tuple[bytes, bytes]], settings: Settings) -> str | None:
    """Return the token that a request's raw headers carry, or none.

    None too if there are several: only one can be ours, and which one the browser does not say.
    """
    name = cookie_name(settings)
    found = [
        value.strip()
        for header, content in headers
        if header.lower() == b"cookie"
        for part in content.decode("latin-1").split(";")
        for key, equals, value in [part.strip().partition("=")]
        if equals and key == name
    ]
    return found[0] if len(found) == 1 and found[0] else None
