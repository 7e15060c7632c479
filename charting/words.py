"""The texts that a person reads, in their language: English words in, the clinic's language out.

Pages, charts, maps and notices all take their words from here, so that a word is the same on the screen and
on paper. The catalogue is looked up once, not at every word; without one, words are English as they stand.
"""

from __future__ import annotations

import gettext
from pathlib import Path

_catalogue = gettext.translation("charting", Path(__file__).parent / "locale", fallback=True)


def _(words: str) -> str:
    """Return a text in the clinic's language."""
    return _catalogue.gettext(words)


def ngettext(one: str, several: str, count: int) -> str:
    """Return the text for a count in the clinic's language, which may have more plurals than English."""
    return _catalogue.ngettext(one, several, count)
