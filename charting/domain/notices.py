"""What the tool tells the clinician about a session: which rule, and what to do."""

from __future__ import annotations

from enum import StrEnum

from charting.domain.ids import Id
from charting.domain.text import Words
from charting.domain.values import Record


class Weight(StrEnum):
    """How much a notice weighs: it informs, or it warns."""

    INFORM = "inform"
    WARN = "warn"


class Notice(Record):
    """A sentence about a session, or about one of its marks; ``code`` is stable."""

    code: str
    weight: Weight
    words: Words
    mark_id: Id | None = None
