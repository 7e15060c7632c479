"""How a patient is found: words without case and accents, each found by its beginning.

Scripts that write words without gaps, or join particles to them, are found by any part of a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

LONGEST = 60
"""Characters of a word that are searched."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
# below: Latin, Greek, Cyrillic and Armenian, which part their words with gaps
_WITH_GAPS = "\u0590"

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[ ./-](\d{1,2})[ ./-](\d{4})(?!\d)")


def folded(text: str) -> str:
    """Return a text without case, accents and forms of letters.

    >>> folded("Léa BRØNDUM-Strauß")
    'lea brondum-strauss'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return unicodedata.normalize("NFKC", bare).translate(_LETTERS)


def pieces(text: str) -> tuple[str, ...]:
    """Return the folded words of a text, parted at whatever is neither letter nor digit.

    >>> pieces("O'Brien-Roy, A-20931")
    ('o', 'brien', 'roy', 'a', '20931')
    """
    return tuple(piece[:LONGEST] for piece in re.split(r"[\W_]+", folded(text)) if piece)


def findable(*texts: str) -> frozenset[str]:
    """Return every word whose beginning finds someone with these names and numbers.

    >>> sorted(findable("O'Brien", "A-1"))
    ['1', 'a', 'a1', 'brien', 'o', 'obrien']
    """
    found: set[str] = set()
    for word in (word for text in texts for word in text.split()):
        parts = pieces(word)
        found.update(parts)
        found.add("".join(parts)[:LONGEST])
        for part in parts:
            if max(part) >= _WITH_GAPS:
                found.update(part[start:] for start in range(1, len(part)))
    return frozenset(found - {""})


@dataclass(frozen=True)
class Sought:
    """What a text looks for: beginnings of words, all of them, and a day of birth."""

    words: tuple[str, ...]
    born: date | None


def sought(text: str) -> Sought:
    """Return what is meant by the text of a search; the day is ISO, or day, month and year.

    >>> sought("tremb 04.03.1974")
    Sought(words=('tremb',), born=datetime.date(1974, 3, 4))
    >>> sought("31 02 1974").born is None
    True
    """
    for pattern, order in ((_ISO, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1))):
        if match := pattern.search(text):
            try:
                born = date(*(int(match[group]) for group in order))
            except ValueError:
                continue
            rest = text[: match.start()] + " " + text[match.end() :]
            return Sought(tuple(dict.fromkeys(pieces(rest))), born)
    return Sought(tuple(dict.fromkeys(pieces(text))), None)


def after_all_of(prefix: str) -> str:
    """Return a text that comes after every text with this beginning, and before all that come later."""
    return prefix + "\U0010ffff"
