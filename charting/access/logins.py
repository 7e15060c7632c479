"""Logins: who is signed in on which browser, until when, and who is told when that ends.

A login is live until nobody has used it for the idle time; it is then locked and goes on once the password is
given again. It ends when its person signs out, leaves or gets another password, and in any case after the
absolute time. Of its token, 256 random bits, only the SHA-256 is kept.
"""

from __future__ import annotations

import logging
import math
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import TracebackType
from typing import Self
from uuid import UUID

from charting import edge
from charting.access.passwords import hash_password, needs_new_hash, too_weak, verify_password
from charting.domain import Staff, StoreFull, TooManyTries, WeakPassword, WrongSignIn
from charting.settings import Settings
from charting.store import LoginRow, Store, Tries

TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
SIGN_IN_NAME = re.compile(r"[a-z0-9._@-]{1,64}")

FREE_TRIES, LONGEST_WAIT_S = 3, 300
"""Of one name from one address: wrong passwords before signing in slows down, and how slow it gets. About 10
in 15 minutes."""

FREE_TRIES_OF_NAME, LONGEST_WAIT_OF_NAME_S = 6, 30
"""Of one name from anywhere: weaker, as whoever tries a name must not keep its owner out for long."""

PROVEN_FOR = timedelta(days=30)
"""For how long an address from which a name gave the right password is not slowed by what others try."""

MOST_PROVEN = 5_000

FREE_TRIES_OF_ADDRESS, LONGEST_WAIT_OF_ADDRESS_S = 20, 60
"""Of one address, which may be a whole clinic's: it must not keep everyone out for long."""

FORGOTTEN_AFTER = timedelta(hours=1)
FIRST_WAIT_S = 5

AT_ONCE = 2
"""Passwords that are hashed at a time; a core remains for the marks."""

WAITING = 8
"""Sign-ins that may wait for their turn; more are sent away, as they would only hold threads."""

FRESH_S = 2.0
"""For how long what the store says of a login is believed. The sweep asks anew every second."""

GONE_S = 60.0
"""For how long an ended login is remembered, far longer than any reader of the store takes."""

SEEN_WRITTEN_EVERY = timedelta(seconds=30)
"""How often the time of last use reaches the store; after a crash a login locks that much earlier."""

log = logging.getLogger(__name__)


class LoginState(StrEnum):
    """What a login is at a moment."""

    LIVE = "live"
    LOCKED = "locked"
    ENDED = "ended"


@dataclass(frozen=True)
class Login:
    """A browser's sign-in, as it is at a moment. Times are aware, in UTC."""

    id: UUID
    staff: Staff
    state: LoginState
    started_at: datetime
    seen_at: datetime
    locks_at: datetime
    ends_at: datetime
    token_sha256: str = field(repr=False)

    @property
    def locked(self) -> bool:
        """Whether it waits for its password."""
        return self.state is LoginState.LOCKED


@dataclass(frozen=True)
class LoginChange:
    """What happened to a login: its new state, and the login that took its place when it was unlocked."""

    login_id: UUID
    state: LoginState
    successor: Login | None = None


Heard = Callable[[LoginChange], None]
"""What is called with a change, on the thread of whoever caused it: it must not take long."""


class LoginListening:
    """A subscription to a login; ``end`` may be called more than once."""

    def __init__(self, logins: Logins, login_id: UUID, heard: Heard) -> None:
        self.login_id = login_id
        self.heard = heard
        self._logins = logins

    def end(self) -> None:
        """Hear nothing more."""
        self._logins._forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


class Logins:
    """Signs in and out, and says who is signed in. Safe from any thread.

    ``sweep`` is to be called every second: it notices time-outs, tells listeners, and writes down when logins
    were last used.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        settings: Settings,
        *,
        new_id: Callable[[], UUID] = edge.new_id,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._new_id = new_id
        self._idle = timedelta(minutes=settings.idle_minutes)
        self._absolute = timedelta(hours=settings.absolute_hours)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[LoginRow, Staff, float]] = {}
        self._seen: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}
        self._gone: dict[str, float] = {}
        self._listening: dict[UUID, list[LoginListening]] = {}
        self._tokens: dict[UUID, str] = {}
        self._told: dict[UUID, LoginState] = {}
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._waiting = 0
        self._cleared_at: datetime | None = None
        self._proven: dict[str, datetime] = {}
        # whoever has no password, or no account, costs the same time as anyone else
        self._nobody = hash_password(secrets.token_urlsafe(TOKEN_BYTES))

    # ---- signing in ----------------------------------------------------------------------------------------

    def sign_in(
        self, name: str, password: str, *, address: str, before: str | None = None
    ) -> tuple[str, Login]:
        """Return a new token and its login.

        ``address`` is the browser's; ``before`` the token it had until now, which is dead afterwards. Raises
        WrongSignIn, the same for a wrong password and an unknown name, and TooManyTries.
        """
        name = unicodedata.normalize("NFKC", name[:200]).strip().casefold()
        staff = self._checked(name, password, address)
        return self._start(staff, address, before)

    def unlock(self, token: str, password: str, *, address: str) -> tuple[str, Login]:
        """Return a new token and login in the place of one that is live or locked.

        Open pages and listeners go over to the new login. Raises WrongSignIn, also for a login that has
        ended, and TooManyTries.
        """
        old = self.find(token)
        if old is None:
            raise WrongSignIn("the login has ended")
        staff = self._checked(old.staff.sign_in, password, address)
        fresh, login = self._start(staff, address, None)
        with self._store.writing() as store:
            ended = store.end_login(old.token_sha256, self._clock())
        if ended:
            self._replace(old, login)
        return fresh, login

    def confirm(self, login: Login, password: str, *, address: str) -> None:
        """Check the password of who is signed in, as for a signature; raises WrongSignIn, TooManyTries."""
        self._checked(login.staff.sign_in, password, address)

    def set_password(self, staff_id: UUID, password: str, *, by: UUID | None) -> None:
        """Give a member of staff a password, and end all their logins.

        Raises WeakPassword with a sentence that says why, StaffNotFound.
        """
        with self._store.reading() as record:
            staff = record.staff(staff_id).value
        weakness = too_weak(password, (staff.sign_in, staff.name, self._settings.clinic))
        if weakness:
            raise WeakPassword("the password was refused", weakness)
        kept = hash_password(password)
        with self._store.writing() as store:
            store.set_password_hash(staff_id, kept, by=by, at=self._clock(), command_id=self._new_id())
        self.end_all(staff_id)

    def change_password(self, login: Login, password: str, new: str, *, address: str) -> tuple[str, Login]:
        """Give whoever is signed in another password; return a new token and login in the place of theirs.

        All their other logins end. Raises WrongSignIn if ``password`` is not theirs, TooManyTries, and
        WeakPassword with a sentence that says why the new one is refused.
        """
        staff = self._checked(login.staff.sign_in, password, address)
        weakness = too_weak(new, (staff.sign_in, staff.name, self._settings.clinic))
        if weakness is None and new == password:
            weakness = "This is the password you have. Choose another one."
        if weakness:
            raise WeakPassword("the password was refused", weakness)
        with self._turn():
            kept = hash_password(new)
        now = self._clock()
        # in one transaction: no login outlives the password it was made with
        with self._store.writing() as store:
            store.set_password_hash(staff.id, kept, by=staff.id, at=now, command_id=self._new_id())
            rows = store.logins_of(staff.id)
            store.end_logins(staff.id, now)
        token, fresh = self._start(staff, address, None)
        for row in rows:
            if row.id == login.id:
                self._replace(login, fresh)
            else:
                self._ended(row)
        return token, fresh

    def has_staff(self) -> bool:
        """Say whether anyone can sign in at all; a new clinic has no staff."""
        with self._store.reading() as record:
            return any(
                kept.value.active and record.password_hash(kept.value.id) is not None
                for kept in record.all_staff()
            )

    # ---- who is signed in ----------------------------------------------------------------------------------

    def who(self, token: str | None) -> Login | None:
        """Return the live login of a token; none if it is unknown, has ended, or is locked."""
        login = self.find(token)
        return login if login is not None and login.state is LoginState.LIVE else None

    def find(self, token: str | None) -> Login | None:
        """Return the login of a token, live or locked; none if it is unknown or has ended."""
        if token is None or not TOKEN.fullmatch(token):
            return None
        return self._find(_hash(token))

    def again(self, login: Login) -> Login | None:
        """Return a login as it is now, live or locked; none if it has ended."""
        return self._find(login.token_sha256)

    def seconds_until(self, moment: datetime) -> float:
        """Return how many seconds there are until a moment; 0 if it is over."""
        return max(0.0, (moment - self._clock()).total_seconds())

    def remembered(self, token: str | None) -> Login | None:
        """Return what ``find`` would without asking the store; none also if that would have to be asked."""
        if token is None or not TOKEN.fullmatch(token):
            return None
        return self._from_memory(_hash(token))

    def used(self, login: Login) -> None:
        """Note that a person has just used a live login, which starts its idle time anew."""
        now = self._clock()
        with self._lock:
            seen = max(login.seen_at, self._seen.get(login.token_sha256, login.seen_at))
            if now - seen < self._idle and login.token_sha256 not in self._gone:
                self._seen[login.token_sha256] = now

    # ---- ending --------------------------------------------------------------------------------------------

    def sign_out(self, token: str | None) -> None:
        """End the login of a token, on all its pages; nothing happens if there is none."""
        if token is None or not TOKEN.fullmatch(token):
            return
        digest = _hash(token)
        with self._store.writing() as store:
            row = store.login(digest)
            store.end_login(digest, self._clock())
        if row is not None:
            self._ended(row)

    def end_all(self, staff_id: UUID) -> int:
        """End all logins of a member of staff; how many there were."""
        with self._store.writing() as store:
            rows = store.logins_of(staff_id)
            store.end_logins(staff_id, self._clock())
        for row in rows:
            self._ended(row)
        return len(rows)

    def listen(self, login: Login, heard: Heard) -> LoginListening:
        """Return a subscription to what happens to a login; it goes over to the login that takes its place.

        Listeners of a login that has already ended are told at the next sweep.
        """
        listening = LoginListening(self, login.id, heard)
        with self._lock:
            self._listening.setdefault(login.id, []).append(listening)
            self._tokens[login.id] = login.token_sha256
            self._told.setdefault(login.id, LoginState.LIVE)
        return listening

    def sweep(self) -> None:
        """Tell listeners whose login has locked or ended, and write down when logins were last used."""
        now = self._clock()
        with self._lock:
            watched = dict(self._tokens)
            due = {
                digest: at
                for digest, at in self._seen.items()
                if at - self._written.get(digest, at - SEEN_WRITTEN_EVERY) >= SEEN_WRITTEN_EVERY
            }
        if due:
            self._write_seen(due)
        for login_id, digest in watched.items():
            login = self._find(digest, anew=True)
            self._tell(LoginChange(login_id, login.state if login else LoginState.ENDED))
        with self._lock:
            for digest in [one for one, at in self._seen.items() if now - at > self._absolute]:
                self._seen.pop(digest)
                self._written.pop(digest, None)
            for digest in [one for one, (row, _, _) in self._known.items() if self._over(row, now)]:
                self._known.pop(digest)
            for digest in [one for one, at in self._gone.items() if time.monotonic() - at > GONE_S]:
                self._gone.pop(digest)
        if self._cleared_at is None or now - self._cleared_at > FORGOTTEN_AFTER:
            self._cleared_at = now
            with self._store.writing() as store:
                store.clear_tries_before(now - FORGOTTEN_AFTER)

    # ---- inside --------------------------------------------------------------------------------------------

    def _checked(self, name: str, password: str, address: str) -> Staff:
        """Return the active member of staff of a name and its password; counts what fails."""
        of_name, of_address = f"name:{_hash(name)[:32]}", f"address:{address[:64]}"
        of_both = f"both:{_hash(name + chr(0) + address)[:32]}"
        now = self._clock()
        limits = [
            (of_both, FREE_TRIES, LONGEST_WAIT_S),
            (of_address, FREE_TRIES_OF_ADDRESS, LONGEST_WAIT_OF_ADDRESS_S),
        ]
        if not self._is_proven(of_both, now):
            limits.append((of_name, FREE_TRIES_OF_NAME, LONGEST_WAIT_OF_NAME_S))
        with self._store.writing() as store:
            for key, free, longest in limits:
                tries = store.tries(key)
                if tries is not None and now - tries.last_at > FORGOTTEN_AFTER:
                    store.clear_tries(key)
                elif tries is not None and (wait := _wait_s(tries, now, free, longest)) > 0:
                    raise TooManyTries(f"wait {wait} s", wait)
            # counted before it is checked, so that many at the same moment are not all the first
            store.add_try(of_both, now)
            store.add_try(of_name, now)
            # what can be no sign-in name is not looked for, and otherwise goes the same way
            member = store.staff_by_sign_in(name) if SIGN_IN_NAME.fullmatch(name) else None
            staff = member.value if member and member.value.active else None
            kept = store.password_hash(staff.id) if staff else None
        with self._turn():
            right = verify_password(kept or self._nobody, password)
        if staff is None or kept is None or not right:
            with self._store.writing() as store:
                store.add_try(of_address, now)
            raise WrongSignIn("the name and the password do not fit")
        self._succeeded((of_both, of_name), staff, kept, password)
        self._prove(of_both, now)
        return staff

    def _is_proven(self, of_both: str, now: datetime) -> bool:
        with self._lock:
            at = self._proven.get(of_both)
        return at is not None and now - at <= PROVEN_FOR

    def _prove(self, of_both: str, now: datetime) -> None:
        with self._lock:
            # the latest stand last; the oldest makes room
            self._proven.pop(of_both, None)
            self._proven[of_both] = now
            if len(self._proven) > MOST_PROVEN:
                self._proven.pop(next(iter(self._proven)))

    def _succeeded(self, counted: tuple[str, ...], staff: Staff, kept: str, password: str) -> None:
        renewed = hash_password(password) if needs_new_hash(kept) else None
        with self._store.writing() as store:
            for key in counted:
                store.clear_tries(key)
            # not if another password was set while this one was being checked
            if renewed and store.password_hash(staff.id) == kept:
                store.set_password_hash(
                    staff.id, renewed, by=staff.id, at=self._clock(), command_id=self._new_id()
                )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._waiting >= WAITING:
                raise TooManyTries("many are signing in at this moment")
            self._waiting += 1
        try:
            with self._turns:
                yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _start(self, staff: Staff, address: str, before: str | None) -> tuple[str, Login]:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock()
        row = LoginRow(self._new_id(), _hash(token), staff.id, now, now, address[:64])
        with self._store.writing() as store:
            store.add_login(row)
        if before is not None:
            self.sign_out(before)
        login = self._find(row.token_sha256)
        if login is None:
            raise WrongSignIn("the member of staff has just left")
        return token, login

    def _from_memory(self, digest: str) -> Login | None:
        with self._lock:
            known = None if digest in self._gone else self._known.get(digest)
        if known is None or time.monotonic() - known[2] >= FRESH_S:
            return None
        return self._login(known[0], known[1])

    def _find(self, digest: str, *, anew: bool = False) -> Login | None:
        with self._lock:
            if digest in self._gone:
                return None
            known = self._known.get(digest)
        if anew or known is None or time.monotonic() - known[2] >= FRESH_S:
            asked = time.monotonic()
            with self._store.reading() as record:
                row = record.login(digest)
                staff = record.staff(row.staff_id).value if row and row.ended_at is None else None
            if row is None or staff is None:
                with self._lock:
                    self._known.pop(digest, None)
                return None
            known = (row, staff, asked)
            with self._lock:
                if digest in self._gone:
                    return None
                self._known[digest] = known
        return self._login(known[0], known[1])

    def _login(self, row: LoginRow, staff: Staff) -> Login | None:
        now = self._clock()
        if row.ended_at is not None or self._over(row, now) or not staff.active:
            return None
        with self._lock:
            seen = max(row.seen_at, self._seen.get(row.token_sha256, row.seen_at))
        return Login(
            id=row.id,
            staff=staff,
            state=LoginState.LOCKED if now - seen >= self._idle else LoginState.LIVE,
            started_at=row.started_at,
            seen_at=seen,
            locks_at=seen + self._idle,
            ends_at=row.started_at + self._absolute,
            token_sha256=row.token_sha256,
        )

    def _over(self, row: LoginRow, now: datetime) -> bool:
        return now - row.started_at >= self._absolute

    def _write_seen(self, due: dict[str, datetime]) -> None:
        try:
            with self._store.writing() as store:
                for digest, at in due.items():
                    store.touch_login(digest, at)
        except StoreFull:
            # who is signed in stays so while there is no room; reading goes on
            log.warning("the time of last use of %d logins was not written: no room", len(due))
            return
        with self._lock:
            self._written.update(due)

    def _bury(self, digest: str) -> None:
        for kept in (self._known, self._seen, self._written):
            kept.pop(digest, None)
        # a reader that began before the end must not bring it back
        self._gone[digest] = time.monotonic()

    def _ended(self, row: LoginRow) -> None:
        with self._lock:
            self._bury(row.token_sha256)
        self._tell(LoginChange(row.id, LoginState.ENDED))

    def _replace(self, old: Login, new: Login) -> None:
        with self._lock:
            self._bury(old.token_sha256)
            listeners = self._listening.pop(old.id, [])
            self._tokens.pop(old.id, None)
            self._told.pop(old.id, None)
            for listening in listeners:
                listening.login_id = new.id
            if listeners:
                self._listening.setdefault(new.id, []).extend(listeners)
                self._tokens[new.id] = new.token_sha256
                self._told[new.id] = LoginState.LIVE
        self._call(listeners, LoginChange(old.id, LoginState.LIVE, successor=new))

    def _tell(self, change: LoginChange) -> None:
        with self._lock:
            if self._told.get(change.login_id, change.state) == change.state:
                return
            self._told[change.login_id] = change.state
            listeners = list(self._listening.get(change.login_id, []))
            if change.state is LoginState.ENDED:
                self._drop(change.login_id)
        self._call(listeners, change)

    def _call(self, listeners: list[LoginListening], change: LoginChange) -> None:
        for listening in listeners:
            try:
                listening.heard(change)
            except Exception:  # a page that has gone is no reason to keep the others open
                log.exception("a listener to login %s failed", change.login_id)

    def _forget(self, listening: LoginListening) -> None:
        with self._lock:
            listeners = self._listening.get(listening.login_id, [])
            if listening in listeners:
                listeners.remove(listening)
            if not listeners:
                self._drop(listening.login_id)

    def _drop(self, login_id: UUID) -> None:
        self._listening.pop(login_id, None)
        self._tokens.pop(login_id, None)
        self._told.pop(login_id, None)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _wait_s(tries: Tries, now: datetime, free: int, longest: int) -> int:
    """Return for how many whole seconds yet nobody may try again."""
    if tries.count < free:
        return 0
    pause: int = min(longest, FIRST_WAIT_S * 2 ** min(tries.count - free, 16))
    # a clock that was set back must not make the wait longer than it would have been
    return min(pause, math.ceil(pause - (now - tries.last_at).total_seconds()))
