"""Which passwords are taken, and how they are kept."""

import unicodedata

import pytest
from argon2 import PasswordHasher

from charting.access import hash_password, too_weak, verify_password
from charting.access.passwords import common_passwords, needs_new_hash

GOOD = "violet ladder 9 harbour"


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    kept = hash_password(GOOD)
    assert GOOD not in kept
    assert verify_password(kept, GOOD)
    assert not verify_password(kept, GOOD + " ")
    assert not verify_password(kept, "")


def test_the_same_password_is_kept_differently_for_two_people() -> None:
    assert hash_password(GOOD) != hash_password(GOOD)


def test_a_hash_that_cannot_be_read_fits_no_password() -> None:
    assert not verify_password("", GOOD)
    assert not verify_password("$argon2id$v=19$broken", GOOD)
    assert not verify_password("plain text", "plain text")


def test_a_hash_is_argon2id_of_at_least_19_mib_and_two_passes() -> None:
    kind, parameters = hash_password(GOOD).split("$")[1:4:2]
    cost = dict(part.split("=") for part in parameters.split(","))
    assert kind == "argon2id"
    assert int(cost["m"]) >= 19 * 1024
    assert int(cost["t"]) >= 2


def test_a_hash_of_weaker_parameters_is_to_be_made_anew() -> None:
    assert needs_new_hash(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))
    assert not needs_new_hash(hash_password(GOOD))


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_an_accent_fits_however_the_keyboard_composes_it(form: str) -> None:
    kept = hash_password("forêt océane 12 ﬁl")
    assert verify_password(kept, unicodedata.normalize(form, "forêt océane 12 ﬁl"))


def test_wide_digits_of_another_keyboard_are_the_same_digits() -> None:
    assert verify_password(hash_password("山の上の家の猫 12345"), "山の上の家の猫\u3000１２３４５")


@pytest.mark.parametrize("password", [
    GOOD, "aaa9Zq!xY0#kLm", "пять зелёных лодок", "木漏れ日と海と青い空と月", "🦊🌊🪁🎻🧭🪴🦉🍋🧊🪶🫐🌙",
    "x{{7*7}}<script>'--", "quartz jumbo lamp 4", "knee wobble lantern fig",
])  # fmt: skip
def test_any_characters_may_be_in_a_password(password: str) -> None:
    assert too_weak(password) is None
    assert verify_password(hash_password(password), password)


@pytest.mark.parametrize(("password", "word"), [
    ("", "at least 12"), ("short", "at least 12"), ("elevenchars", "at least 12"), ("x" * 129, "at most 128"),
    ("ab" * 7, "different"), ("            ", "different"), ("aaaaaaaaaaaaaaaa", "different"),
    ("123456789012", "row"), ("qwertyuiop1234", "row"), ("abcdefghijklmnop", "row"), ("0987654321098", "row"),
    ("password1234", "guessed"), ("Password1234!", "guessed"), ("P@ssw0rd1234", "guessed"),
    ("prolotherapy2026", "guessed"), ("Prolotherapy!!", "guessed"), ("PrOlOtHeRaPy1", "guessed"),
    ("dextrosedextrose", "guessed"), ("Welcome2026!!!!", "guessed"), ("!!!!1234ligament", "guessed"),
    ("knee-injection", "guessed"), ("iloveyou1234", "guessed"), ("correcthorsebatterystaple", "guessed"),
    ("correct horse battery staple", "guessed"), ("Pròlothérapy2026", "guessed"),
    ("violet\0ladder harbour", "typed"), ("violet\ud800ladder harbour", "typed"),
])  # fmt: skip
def test_a_password_that_is_easy_to_guess_is_refused_with_the_reason(password: str, word: str) -> None:
    reason = too_weak(password)
    assert reason is not None
    assert word in reason
    assert reason.endswith(".")


def test_a_password_of_ones_own_name_is_refused() -> None:
    about = ("osei", "Dr. Ama Osei", "Oak Street Clinic")
    assert too_weak("Ama-Osei-Clinic-Oak-1", about) is not None
    assert too_weak(f"osei {GOOD}", about) is None


def test_more_than_three_thousand_common_passwords_are_known_and_all_are_refused() -> None:
    long_enough = [one for one in common_passwords() if len(one) >= 12]
    assert len(long_enough) > 3000
    assert [one for one in long_enough if too_weak(one) is None] == []


def test_a_password_is_measured_after_it_is_normalised() -> None:
    assert too_weak("ﷺ" * 7 + "abcdef") is not None  # 13 characters that become 132
    with pytest.raises(ValueError, match="cannot be kept"):
        hash_password("ﷺ" * 10)
    with pytest.raises(ValueError, match="cannot be kept"):
        hash_password("a\ud800b")


def test_a_megabyte_is_no_password_and_costs_nothing() -> None:
    assert not verify_password(hash_password(GOOD), "x" * 1_000_000)
    assert too_weak("x" * 1_000_000) == "A password has at most 128 characters."
