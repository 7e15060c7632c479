"""The document of a signed session: one text, the same wherever it is written, and its SHA-256."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from charting.domain.sessions import Session
from charting.domain.verdicts import Judgement

SCHEMA = "charting-session/1"


def canonical(value: Any) -> str:
    """Return a JSON value as its one text: keys in order, no spaces, nothing escaped that need not be.

    >>> canonical({"b": 1, "a": ["é", None]})
    '{"a":["é",null],"b":1}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def document_of(session: Session, judgement: Judgement | None = None) -> str:
    """Return the canonical document of a session: all that was given, skipped or left planned, and no seal.

    ``judgement`` is how it stands to the clinic's limits; of a signed session, what it was judged by then.
    Withdrawn marks are not part of it; the log keeps them.
    """
    if session.seal is not None:
        judgement = session.seal.judgement
    kept = session.model_copy(update={"marks": session.live, "seal": None})
    content = {"schema": SCHEMA, "session": kept.model_dump(mode="json", exclude={"seal": True})}
    if judgement is not None:
        content["judgement"] = judgement.model_dump(mode="json")
    return canonical(content)
