"""What every value of the clinic keeps to."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from charting.domain import Patient
from tests.people import ANNE


def test_a_refused_value_is_not_quoted_in_the_message_for_it_may_be_a_patients() -> None:
    told = {**ANNE.model_dump(), "born": "Tremblay, Anne", "sex": "Tremblay"}
    with pytest.raises(ValidationError) as refusal:
        Patient.model_validate(told)
    assert "born" in str(refusal.value)
    assert "Tremblay" not in str(refusal.value)
