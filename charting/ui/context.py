"""What every page is given: the rooms of the running program, and who is looking."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import context

from charting.access import Login, Logins
from charting.anatomy import Atlas
from charting.desk import Desk
from charting.domain import Locked, SignInNeeded, Staff
from charting.settings import Settings
from charting.store import Store
from charting.ui.open_pages import OpenPages


@dataclass(frozen=True)
class AppContext:
    """The rooms of the running program, put together once.

    Pages are functions in ``charting.ui.pages`` that ``register(app_context)`` ties to their addresses.
    """

    settings: Settings
    atlas: Atlas
    store: Store
    desk: Desk
    logins: Logins
    pages: OpenPages

    def login(self) -> Login:
        """Return the live login of the page that is being built or whose event is being handled.

        Raises SignInNeeded if it has ended, Locked if it waits for the password, RuntimeError outside a page.
        """
        login = self.pages.login_of(context.client)
        if login is None:
            raise SignInNeeded("the page's login has ended")
        if login.locked:
            raise Locked("the page's login is locked")
        return login

    def signed_in(self) -> Staff:
        """Return who is looking at the page that is being built or whose event is being handled.

        Ask anew in every handler: whoever built the page may have signed out or changed roles since. Raises
        as ``login`` does.
        """
        return self.login().staff
