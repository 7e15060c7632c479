"""What a value of the clinic is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value of the clinic: it never changes, and it has no unknown fields.

    Numbers are finite: JSON has no way to say NaN, and neither have we.
    """

    # a refused value is never quoted: it may be a patient's, and messages end in logs
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)
