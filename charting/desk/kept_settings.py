"""What a clinic has said of itself: a value in the store's settings, as JSON."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from charting.domain import Record, StoreUnusable
from charting.store import Reader

Value = TypeVar("Value", bound=Record)


def kept_setting(store: Reader, key: str, unsaid: Value) -> Value:
    """Return what the clinic has said under a key, or ``unsaid``, a value of the same kind.

    Raises StoreUnusable if it cannot be read.
    """
    text = store.setting(key)
    if text is None:
        return unsaid
    try:
        return type(unsaid).model_validate_json(text)
    except ValidationError as trouble:
        raise StoreUnusable(f"the setting {key} cannot be read") from trouble
