"""The language that documents and notices are written in: looked up once, not at every word.

It is the catalogue of the pages, so that a word is the same on the screen and on paper; without one, the
words are the English of the source.
"""

from __future__ import annotations

import gettext as _gettext
from pathlib import Path

import charting

_words = _gettext.translation("charting", Path(charting.__file__).parent / "ui" / "locale", fallback=True)


def _(words: str) -> str:
    """Return words in the language of the clinic."""
    return _words.gettext(words)


def ngettext(one: str, many: str, count: int) -> str:
    """Return words for a count in the language of the clinic."""
    return _words.ngettext(one, many, count)
