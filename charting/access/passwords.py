"""Passwords: how they are kept, and which are too easy to guess.

A password is normalised to NFKC before it is measured or hashed: the same keys pressed on a tablet and on a
desk computer can send different code points (a composed and a decomposed é, a wide and a narrow digit), and
whoever typed the right password must get in with both. Every character is allowed that has an encoding;
lone surrogates and NUL have none that all systems agree on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 128
ADVICE = "Choose three or four words that do not belong together."
FEWEST_CHARACTERS = 5
"""How many different characters a password must have."""

# Argon2id, 64 MiB, two passes, one lane: about 120 ms on the slowest core seen, and the other cores stay free
_hasher = PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)

_LOOKALIKES = str.maketrans("013457@$!|€", "oieastasiie")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its salt and parameters, as text.

    Raises ValueError for a password that ``too_weak`` refuses for its length or its characters.
    """
    normal = _normal(password)
    if normal is None:
        raise ValueError("such a password cannot be kept")
    return _hasher.hash(normal)


def verify_password(kept: str, password: str) -> bool:
    """Say whether a password is that of a hash. A hash that cannot be read fits no password."""
    normal = _normal(password)
    if normal is None:
        return False
    try:
        return _hasher.verify(kept, normal)
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(kept: str) -> bool:
    """Say whether a hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(kept)


def too_weak(password: str, about: Iterable[str] = ()) -> str | None:
    """Return a sentence that says why a password is refused, or none if it can be used.

    ``about`` are words that everyone knows of its owner: the sign-in name, the name, the clinic.
    """
    normal = _normal(password)
    if normal is None and len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    if normal is None:
        return "This password holds a character that cannot be typed everywhere. Choose other characters."
    if len(normal) < SHORTEST:
        return f"A password has at least {SHORTEST} characters. {ADVICE}"
    if len(set(normal)) < FEWEST_CHARACTERS:
        return f"A password has at least {FEWEST_CHARACTERS} different characters. {ADVICE}"
    if _is_a_row(normal.casefold()):
        return f"This password is a row of neighbouring characters. {ADVICE}"
    if any(word in common_passwords() for word in _undressed(normal)):
        return f"This password is among the first that are guessed. {ADVICE}"
    known = {part for text in about for part in re.split(r"\W+", _folded(text)) if len(part) > 2}
    left = _folded(normal)
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "")
    if known and len(left) < SHORTEST // 2:
        return f"This password is made of a name that everyone here knows. {ADVICE}"
    return None


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that are guessed first, in lower case, and the words they are made of."""
    text = (files("charting.access") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _normal(password: str) -> str | None:
    # the length is looked at first: normalising must not be given a megabyte
    if len(password) > LONGEST:
        return None
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) > LONGEST or "\0" in normal or any("\ud800" <= one <= "\udfff" for one in normal):
        return None
    return normal


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def _undressed(password: str) -> set[str]:
    """Return what a password is under capitals, digits for letters, ornaments at its ends, and repetition."""
    plain = _folded(password)
    found = {plain, plain.translate(_LOOKALIKES)}
    found |= {_EDGES.sub("", one) for one in (plain, plain.translate(_LOOKALIKES))}
    bare = _EDGES.sub("", plain)
    found.add(bare.translate(_LOOKALIKES))
    found |= {re.sub(r"[\W_]+", "", one) for one in found}
    found |= {_unit(one) for one in found}
    return found - {""}


def _unit(text: str) -> str:
    """Return what a text repeats from its beginning to its end, or the text."""
    start = (text + text).find(text, 1)
    return text[:start] if 0 < start < len(text) else text


_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
_SHORTEST_RUN = 4


def _is_a_row(text: str) -> bool:
    """Say whether a text is made of runs of neighbours, such as 12345678qwertyuiop, but for a short rest."""
    rows = (*_ROWS, *(row[::-1] for row in _ROWS))
    while len(text) >= _SHORTEST_RUN:
        run = max(_common_start(text, row[at:]) for row in rows for at in range(len(row)))
        if run < _SHORTEST_RUN:
            return False
        text = text[run:]
    return True


def _common_start(one: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
