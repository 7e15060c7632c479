"""Signing in, being locked, and how a login ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from charting.access import Login, LoginChange, Logins, LoginState
from charting.access import logins as logins_module
from charting.domain import Role, Staff, TooManyTries, WeakPassword, WrongSignIn
from charting.settings import Settings
from charting.store import Store, open_store
from tests.people import Ids, an_id

PASSWORD = "violet ladder 9 harbour"
OSEI = Staff(id=an_id(701), sign_in="osei", name="Dr. Ama Osei", role=Role.DOCTOR)
LIND = Staff(id=an_id(702), sign_in="lind", name="N. Lind", role=Role.NURSE)


class StillClock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **how_much: float) -> None:
        self.now += timedelta(**how_much)


class House:
    """A store with two people, one of whom has a password, and their logins."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data=folder, idle_minutes=15, absolute_hours=12)
        self.clock = StillClock()
        self.ids = Ids(7_000_000)
        self.store: Store = open_store(f"sqlite:///{folder / 'clinic.db'}", key=bytes(range(32)))
        self.store.upgrade()
        with self.store.writing() as record:
            for member in (OSEI, LIND):
                record.put_staff(member, seen=None, by=None, at=self.clock(), command_id=self.ids())
        self.logins = self.process()
        self.logins.set_password(OSEI.id, PASSWORD, by=None)

    def process(self) -> Logins:
        """Return the logins as another process, or this one started anew, would see them."""
        return Logins(self.store, self.clock, self.settings, new_id=self.ids)

    def sign_in(
        self, password: str = PASSWORD, name: str = "osei", address: str = "10.0.0.4"
    ) -> tuple[str, Login]:
        return self.logins.sign_in(name, password, address=address)

    def put(self, member: Staff) -> None:
        with self.store.writing() as record:
            seen = record.staff(member.id).revision
            record.put_staff(member, seen=seen, by=None, at=self.clock(), command_id=self.ids())

    def fail(self, times: int, name: str = "osei", address: str = "10.0.0.4") -> None:
        for _ in range(times):
            with pytest.raises(WrongSignIn):
                self.sign_in("not the password", name, address)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost nothing: what they cost is looked at elsewhere."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("charting.access.passwords._hasher", hasher)


@pytest.fixture
def ever_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question goes to the store, as it does two seconds later."""
    monkeypatch.setattr(logins_module, "FRESH_S", 0.0)


def test_who_signs_in_is_who_the_token_says(house: House) -> None:
    token, login = house.sign_in()
    assert login.staff == OSEI
    assert house.logins.who(token) == login
    assert house.logins.who(None) is None
    assert house.logins.who("x" * 43) is None
    assert house.logins.who("' or 1=1") is None


def test_the_name_may_be_written_in_capitals_and_with_spaces_around_it(house: House) -> None:
    assert house.sign_in(name="  OSEI ")[1].staff == OSEI


def test_a_token_has_256_bits_and_the_store_holds_only_its_sha_256(house: House, tmp_path: Path) -> None:
    token, login = house.sign_in()
    assert len(token) == 43
    assert login.token_sha256 == sha256(token.encode()).hexdigest()
    assert token not in repr(login)
    with house.store.reading() as record:
        row = record.login(login.token_sha256)
    assert row is not None
    assert token not in repr(row)


def test_every_sign_in_has_a_token_of_its_own_and_ends_the_one_the_browser_had(house: House) -> None:
    before, _ = house.sign_in()
    after, _ = house.logins.sign_in("osei", PASSWORD, address="10.0.0.4", before=before)
    assert before != after
    assert house.logins.who(before) is None
    assert house.logins.who(after) is not None


def test_a_token_that_was_put_into_the_browser_does_not_become_a_login(house: House) -> None:
    planted = "A" * 43
    token, _ = house.logins.sign_in("osei", PASSWORD, address="10.0.0.4", before=planted)
    assert token != planted
    assert house.logins.who(planted) is None


@pytest.mark.parametrize("name", ["nobody", "lind", "", "osei\0", "a" * 10_000, "ösei", "\ud800"])
def test_who_has_no_account_or_no_password_gets_the_same_answer_as_a_wrong_password(
    house: House, name: str
) -> None:
    with pytest.raises(WrongSignIn) as wrong:
        house.sign_in("not the password")
    with pytest.raises(WrongSignIn) as unknown:
        house.sign_in("not the password", name=name)
    assert str(wrong.value) == str(unknown.value)
    assert wrong.value.sentence == unknown.value.sentence


def test_a_password_is_checked_for_unknown_names_too_so_that_time_does_not_tell(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def verify(kept: str, password: str) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr(logins_module, "verify_password", verify)
    house.fail(1, name="osei")
    house.fail(1, name="nobody")
    house.fail(1, name="lind")
    parameters = {kept.split("$")[3] for kept in checked}
    assert len(checked) == 3
    assert len(parameters) == 1


def test_who_has_left_cannot_sign_in_and_is_no_longer_signed_in(house: House, ever_fresh: None) -> None:
    token, _ = house.sign_in()
    house.put(OSEI.model_copy(update={"active": False}))
    assert house.logins.who(token) is None
    with pytest.raises(WrongSignIn):
        house.sign_in()


def test_a_change_of_role_holds_for_logins_that_there_are(house: House, ever_fresh: None) -> None:
    token, _ = house.sign_in()
    house.put(OSEI.model_copy(update={"role": Role.NURSE}))
    login = house.logins.who(token)
    assert login is not None
    assert login.staff.role is Role.NURSE


# ---- time ----


def test_a_login_that_nobody_uses_is_locked_and_not_lost(house: House) -> None:
    token, _ = house.sign_in()
    house.clock.on(minutes=14, seconds=59)
    assert house.logins.who(token) is not None
    house.clock.on(seconds=1)
    assert house.logins.who(token) is None
    found = house.logins.find(token)
    assert found is not None
    assert found.locked


def test_use_starts_the_idle_time_anew_but_does_not_open_what_is_locked(house: House) -> None:
    token, login = house.sign_in()
    for _ in range(3):
        house.clock.on(minutes=14)
        house.logins.who(token)
        house.logins.used(login)
    assert house.logins.who(token) is not None
    house.clock.on(minutes=15)
    house.logins.find(token)
    house.logins.used(login)
    assert house.logins.who(token) is None


def test_a_login_ends_after_twelve_hours_however_much_it_is_used(house: House) -> None:
    token, login = house.sign_in()
    for _ in range(71):
        house.clock.on(minutes=10)
        house.logins.who(token)
        house.logins.used(login)
    assert house.logins.who(token) is not None
    house.clock.on(minutes=10)
    assert house.logins.find(token) is None


def test_the_time_of_last_use_reaches_another_process(house: House) -> None:
    token, login = house.sign_in()
    house.clock.on(minutes=14)
    house.logins.find(token)
    house.logins.used(login)
    house.logins.sweep()
    house.clock.on(minutes=14)
    assert house.process().who(token) is not None


def test_the_password_unlocks_with_a_new_token_and_the_old_one_is_dead(house: House) -> None:
    token, login = house.sign_in()
    house.clock.on(minutes=20)
    with pytest.raises(WrongSignIn):
        house.logins.unlock(token, "not the password", address="10.0.0.4")
    fresh, after = house.logins.unlock(token, PASSWORD, address="10.0.0.4")
    assert fresh != token
    assert after.id != login.id
    assert house.logins.who(fresh) is not None
    assert house.logins.find(token) is None


def test_what_has_ended_cannot_be_unlocked(house: House) -> None:
    token, _ = house.sign_in()
    house.clock.on(hours=12)
    with pytest.raises(WrongSignIn):
        house.logins.unlock(token, PASSWORD, address="10.0.0.4")


def test_a_clock_that_is_set_back_neither_ends_nor_throttles_for_ever(house: House) -> None:
    token, _ = house.sign_in()
    house.fail(4 - 1)
    house.clock.on(days=-1)
    assert house.logins.who(token) is not None
    with pytest.raises(TooManyTries) as slowed:
        house.sign_in()
    assert slowed.value.wait_s <= 5


# ---- ending ----


def test_signing_out_ends_this_login_and_no_other(house: House) -> None:
    here, _ = house.sign_in()
    there, _ = house.sign_in()
    house.logins.sign_out(here)
    house.logins.sign_out(here)
    house.logins.sign_out("nothing")
    house.logins.sign_out(None)
    assert house.logins.find(here) is None
    assert house.logins.who(there) is not None


def test_a_new_password_ends_every_login_of_its_person(house: House) -> None:
    tokens = [house.sign_in()[0] for _ in range(3)]
    house.logins.set_password(OSEI.id, "another lamp of quartz", by=OSEI.id)
    assert [house.logins.find(token) for token in tokens] == [None] * 3
    with pytest.raises(WrongSignIn):
        house.sign_in()
    assert house.sign_in("another lamp of quartz")[1].staff == OSEI


def test_who_changes_their_own_password_goes_on_here_and_is_signed_out_everywhere_else(house: House) -> None:
    _other, elsewhere = house.sign_in(), house.sign_in()
    token, login = house.sign_in()
    heard: list[LoginChange] = []
    house.logins.listen(login, heard.append)
    new = "another lamp of quartz"
    fresh, now = house.logins.change_password(login, PASSWORD, new, address="10.0.0.4")
    assert house.logins.find(token) is None
    assert house.logins.find(elsewhere[0]) is None
    assert house.logins.who(fresh) == now
    assert [(one.state, one.successor and one.successor.id) for one in heard] == [(LoginState.LIVE, now.id)]
    with pytest.raises(WrongSignIn):
        house.sign_in()
    assert house.sign_in(new)[1].staff == OSEI


def test_a_wrong_weak_or_same_password_changes_nothing(house: House) -> None:
    token, login = house.sign_in()
    with pytest.raises(WrongSignIn):
        house.logins.change_password(login, "not the password", "another lamp of quartz", address="10.0.0.4")
    for new, why in (("short", "at least 12"), ("osei osei osei", "a name"), (PASSWORD, "you have")):
        with pytest.raises(WeakPassword) as refused:
            house.logins.change_password(login, PASSWORD, new, address="10.0.0.4")
        assert why in refused.value.sentence
    assert house.logins.who(token) is not None
    assert house.sign_in()[1].staff == OSEI


def test_a_weak_password_is_refused_and_the_one_before_holds(house: House) -> None:
    with pytest.raises(WeakPassword, match="refused") as refused:
        house.logins.set_password(OSEI.id, "osei osei osei", by=None)
    assert "name that everyone here knows" in refused.value.sentence
    assert house.sign_in()[1].staff == OSEI


def test_a_login_that_another_process_ends_is_over_at_the_next_sweep(house: House) -> None:
    token, login = house.sign_in()
    heard: list[LoginChange] = []
    house.logins.listen(login, heard.append)
    house.process().sign_out(token)
    house.logins.sweep()
    assert [change.state for change in heard] == [LoginState.ENDED]
    assert house.logins.find(token) is None


def test_listeners_are_told_once_of_the_lock_of_the_unlocking_and_of_the_end(house: House) -> None:
    token, login = house.sign_in()
    heard: list[LoginChange] = []
    listening = house.logins.listen(login, heard.append)
    house.logins.sweep()
    house.clock.on(minutes=15)
    house.logins.sweep()
    house.logins.sweep()
    fresh, after = house.logins.unlock(token, PASSWORD, address="10.0.0.4")
    house.logins.sweep()
    assert listening.login_id == after.id
    house.logins.sign_out(fresh)
    house.logins.sweep()
    assert [
        (change.login_id, change.state, change.successor and change.successor.id) for change in heard
    ] == [
        (login.id, LoginState.LOCKED, None),
        (login.id, LoginState.LIVE, after.id),
        (after.id, LoginState.ENDED, None),
    ]


def test_who_has_stopped_listening_hears_nothing(house: House) -> None:
    token, login = house.sign_in()
    heard: list[LoginChange] = []
    with house.logins.listen(login, heard.append) as listening:
        pass
    listening.end()
    house.logins.sign_out(token)
    house.logins.sweep()
    assert heard == []


def test_a_listener_that_fails_does_not_keep_the_others_signed_in(house: House) -> None:
    token, login = house.sign_in()
    heard: list[LoginChange] = []

    def fail(_: LoginChange) -> None:
        raise RuntimeError("the page has gone")

    house.logins.listen(login, fail)
    house.logins.listen(login, heard.append)
    house.logins.sign_out(token)
    assert [change.state for change in heard] == [LoginState.ENDED]


# ---- wrong passwords ----


def test_wrong_passwords_slow_their_name_down_more_and_more_and_never_for_good(house: House) -> None:
    house.fail(3)
    waits: list[int] = []
    for _ in range(10):
        with pytest.raises(TooManyTries) as slowed:
            house.sign_in("not the password")
        waits.append(slowed.value.wait_s)
        house.clock.on(seconds=slowed.value.wait_s)
        house.fail(1)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]
    house.clock.on(seconds=300)
    assert house.sign_in()[1].staff == OSEI


@pytest.mark.parametrize(("addresses", "most"), [(1, 10), (50, 40)])
def test_of_two_thousand_guesses_in_a_quarter_of_an_hour_few_are_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch, addresses: int, most: int
) -> None:
    checked = 0

    def verify(kept: str, password: str) -> bool:
        nonlocal checked
        checked += 1
        return False

    monkeypatch.setattr(logins_module, "verify_password", verify)
    for guess in range(2_000):
        with pytest.raises((WrongSignIn, TooManyTries)):
            house.sign_in(f"guess {guess}", address=f"10.0.0.{guess % addresses}")
        house.clock.on(seconds=900 / (2_000))
    assert checked <= most


def test_who_tries_a_name_from_elsewhere_makes_its_owner_wait_half_a_minute_at_most(house: House) -> None:
    for number in range(60):
        house.clock.on(seconds=30)
        house.fail(1, address=f"10.9.9.{number % 12}")
    with pytest.raises(TooManyTries) as slowed:
        house.sign_in(address="10.0.0.4")
    assert slowed.value.wait_s <= 30
    house.clock.on(seconds=30)
    assert house.sign_in(address="10.0.0.4")[1].staff == OSEI


def test_an_address_that_gave_the_right_password_before_is_not_slowed_by_what_others_try(
    house: House,
) -> None:
    house.sign_in(address="10.0.0.4")
    for number in range(20):
        house.clock.on(seconds=30)
        house.fail(1, address=f"10.9.9.{number}")
    assert house.sign_in(address="10.0.0.4")[1].staff == OSEI
    house.fail(3, address="10.0.0.4")
    with pytest.raises(TooManyTries):
        house.sign_in(address="10.0.0.4")


def test_a_right_password_is_not_looked_at_while_its_name_is_slowed_down(house: House) -> None:
    house.fail(3)
    with pytest.raises(TooManyTries) as slowed:
        house.sign_in()
    assert slowed.value.wait_s == 5
    house.clock.on(seconds=5)
    assert house.sign_in()[1].staff == OSEI


def test_an_unknown_name_is_slowed_down_like_a_known_one(house: House) -> None:
    house.fail(3, name="nobody")
    with pytest.raises(TooManyTries) as slowed:
        house.sign_in(name="nobody")
    assert slowed.value.wait_s == 5


def test_a_right_password_forgets_the_wrong_ones_before(house: House) -> None:
    for _ in range(4):
        house.fail(2)
        house.sign_in()


def test_an_address_that_tries_many_names_is_slowed_down_and_others_are_not(house: House) -> None:
    for number in range(20):
        house.fail(1, name=f"name{number}", address="10.9.9.9")
    with pytest.raises(TooManyTries) as slowed:
        house.sign_in(address="10.9.9.9")
    assert 1 <= slowed.value.wait_s <= 60
    assert house.sign_in(address="10.0.0.4")[1].staff == OSEI


def test_wrong_passwords_are_forgotten_after_a_quiet_hour(house: House) -> None:
    house.fail(3)
    house.clock.on(hours=1, seconds=1)
    house.fail(3)


def test_many_tries_at_the_same_moment_are_not_all_the_first(house: House) -> None:
    begin = threading.Barrier(8)

    def attempt(_: int) -> type[Exception]:
        begin.wait()
        try:
            house.sign_in("not the password")
        except (WrongSignIn, TooManyTries) as refused:
            return type(refused)
        raise AssertionError("signed in")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    assert outcomes.count(WrongSignIn) == 3


def test_a_signature_with_a_wrong_password_counts_as_a_wrong_password(house: House) -> None:
    _, login = house.sign_in()
    for _ in range(3):
        with pytest.raises(WrongSignIn):
            house.logins.confirm(login, "not the password", address="10.0.0.4")
    with pytest.raises(TooManyTries):
        house.logins.confirm(login, PASSWORD, address="10.0.0.4")


def test_the_store_does_not_hold_the_names_that_were_tried(house: House) -> None:
    house.fail(1, name="violet ladder typed into the wrong field")
    with house.store.reading() as record:
        keys = record._connection.exec_driver_sql("select key from tries").scalars().all()
    assert keys
    assert not any("violet" in key for key in keys)


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(house: House) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with house.store.writing() as record:
        record.set_password_hash(OSEI.id, old, by=None, at=house.clock(), command_id=house.ids())
    house.sign_in()
    with house.store.reading() as record:
        kept = record.password_hash(OSEI.id)
    assert kept is not None
    assert kept != old
    assert house.sign_in()[1].staff == OSEI


def test_a_new_clinic_has_nobody_who_can_sign_in(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'clinic.db'}", key=bytes(range(32)))
    store.upgrade()
    clock: Callable[[], datetime] = StillClock()
    logins = Logins(store, clock, Settings(data=tmp_path), new_id=Ids(7_500_000))
    assert not logins.has_staff()
    for name, password in (("admin", "admin"), ("administrator", "administrator"), ("", "")):
        with pytest.raises(WrongSignIn):
            logins.sign_in(name, password, address="10.0.0.4")
    store.close()
