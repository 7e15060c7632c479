"""Text as the record keeps it: composed (NFC), without what cannot be read, stored or printed."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

UNREADABLE = frozenset({"Cc", "Cs", "Cn"})
"""Unicode categories that no text of a record holds: control characters, lone surrogates, unassigned."""

OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of the text after them: a name in Arabic needs none, a forged one does."""


def readable(text: str) -> str:
    """Return the text composed (NFC), or raise ValueError if it holds what nobody can read.

    Line breaks and tabs are text; other control characters, lone surrogates and direction overrides are not.

    >>> readable("Zoe\\u0301")
    'Zoé'
    """
    for character in text:
        if character in "\n\t":
            continue
        if character in OVERRIDES or unicodedata.category(character) in UNREADABLE:
            raise ValueError(f"holds the unreadable character U+{ord(character):04X}")
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Return a text of one line with single spaces, or raise ValueError.

    >>> one_line("  Anne   Marie ")
    'Anne Marie'
    """
    return " ".join(readable(text).split())


Line = Annotated[str, AfterValidator(one_line), StringConstraints(max_length=200)]
"""One line of text, which may be empty."""

Words = Annotated[str, AfterValidator(one_line), StringConstraints(max_length=200, pattern=r"\S")]
"""One line of text that says something."""

Prose = Annotated[str, AfterValidator(readable), StringConstraints(max_length=10_000)]
"""Text of any number of lines, which may be empty."""
