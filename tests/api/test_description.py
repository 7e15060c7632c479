from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from charting.api.answering import Refusal
from tests.api.conftest import Browser, House, Placing


@pytest.fixture
def document(nurse: Browser) -> dict[str, Any]:
    answer = nurse.get("openapi.json")
    assert answer.status_code == 200
    body = answer.json()
    assert isinstance(body, dict)
    return body


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_says_what_it_is_what_it_takes_and_what_it_may_refuse(
    document: dict[str, Any],
) -> None:
    seen = list(operations(document))
    assert len(seen) >= 27
    refusal = {"$ref": "#/components/schemas/Refusal"}
    for path, method, operation in seen:
        assert operation["description"], path
        if method in ("post", "put") and not path.endswith("/logout"):
            assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"], path
        good = [code for code in operation["responses"] if code.startswith("2")]
        assert len(good) == 1, path
        for code, answer in operation["responses"].items():
            if not code.startswith("2"):
                assert answer["content"]["application/json"]["schema"] == refusal, (path, code)
        for name in re.findall(r"\{(\w+)\}", path):
            assert any(one["name"] == name for one in operation["parameters"]), (path, name)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert found <= schemas.keys()
    assert {"Batch", "BatchAnswer", "Refusal", "SessionView"} <= found
    assert "HTTPValidationError" not in schemas


def test_what_a_step_may_be_is_described_to_the_last_field(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    kinds = schemas["Batch"]["properties"]["commands"]["items"]["discriminator"]["mapping"]
    assert len(kinds) == 10
    place = schemas["AskPlace"]
    assert place["additionalProperties"] is False
    assert {"id", "made_at", "mark_id", "view", "atlas_sha256", "shape", "injection"} <= set(
        place["required"]
    )


def test_answers_have_the_fields_that_are_described(
    document: dict[str, Any], house: House, doctor: Browser, session: dict[str, Any], placing: Placing
) -> None:
    schemas = document["components"]["schemas"]
    answer = doctor.post(f"sessions/{session['session_id']}/commands", json={"commands": [placing()]}).json()
    assert answer.keys() == schemas["BatchAnswer"]["properties"].keys()
    assert answer["standing"].keys() == schemas["Standing"]["properties"].keys()
    assert answer["steps"][0].keys() == schemas["StepAnswer"]["properties"].keys()
    assert doctor.get("me").json().keys() == schemas["Me"]["properties"].keys()
    refused = doctor.get("staff").json()
    Refusal.model_validate(refused)
