from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charting.desk.asks import AskPlace, Unreadable
from charting.desk.payload import MOST_BYTES, read, read_batch, strict_json
from charting.domain import BadRequest, Details, Patient, TooLarge
from tests.people import ANNE, an_id

PLACE = {
    "id": str(an_id(1)), "made_at": "2026-11-23T09:30:00Z", "kind": "place_mark", "mark_id": str(an_id(2)),
    "view": "knee_right_medial", "atlas_sha256": "0" * 64,
    "shape": {"kind": "point", "at": {"x": 10, "y": 20.5}},
    "injection": {"solution_id": str(an_id(3)), "ml_each": "0.5"},
}  # fmt: skip


def place(**more: Any) -> dict[str, Any]:
    return {**PLACE, **more}


def batch(*commands: Any) -> bytes:
    return json.dumps({"commands": commands}).encode()


BAD_JSON = {
    "nothing": b"",
    "white space": b"  \n",
    "not JSON": b"marks please",
    "not UTF-8": b'{"note": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "a comma too many": b'{"a": 1,}',
    "two values": b"{} {}",
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": Infinity}',
    "minus Infinity": b'{"x": -Infinity}',
    "a number beyond all": b'{"x": 1e999}',
    "a number below all": b'{"x": -1e999}',
    "a number of 5000 digits": b'{"x": ' + b"9" * 5000 + b"}",
    "a fraction of 5000 digits": b'{"x": 0.' + b"3" * 5000 + b"}",
    "a key twice": b'{"ml": 4, "ml": 400}',
    "a key twice, far inside": b'[{"a": {"ml": 4, "b": 1, "ml": 400}}]',
    "a key twice, once escaped": b'{"ml": 4, "\\u006dl": 400}',
    "half a surrogate pair": b'{"note": "\\ud800"}',
    "the other half": b'{"note": "\\udc00 then \\ud800"}',
    "half a pair in a key": b'{"\\ud800": 1}',
    "NUL": b'{"note": "a\\u0000b"}',
    "NUL as it is": b'{"note": "a\x00b"}',
    "a line break as it is": b'{"note": "a\nb"}',
    "too many levels": b"[" * 40 + b"]" * 40,
    "a hundred thousand levels": b"[" * 100_000,
    "a hundred thousand levels of objects": b'{"a":' * 100_000,
    "more lists than any batch has": b"[" + b"[]," * 300_000 + b"1]",
    "an end without a beginning": b"]]]]",
    "a text without an end": b'{"note": "' + b"a" * 1000,
    "backslashes without an end": b'"' + b"\\" * 100_001,
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_what_could_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        strict_json(body)


def test_what_is_larger_than_anything_meant_here_is_refused() -> None:
    with pytest.raises(TooLarge):
        strict_json(b'"' + b"a" * MOST_BYTES + b'"')


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"' + b"[" * 900_000 + b'"', b"[" + b"[]," * 99_000 + b"1]", b'"' + b"\\\\" * 400_000 + b'"'],
)  # fmt: skip
def test_the_worst_body_that_is_allowed_is_read_as_json_reads_it(body: bytes) -> None:
    assert strict_json(body) == json.loads(body)


def test_text_of_every_script_is_read_as_it_is() -> None:
    names = ["محمد", "さくら", "Zoé O’Brien", "👩‍⚕️"]
    assert strict_json(json.dumps(names).encode()) == names
    assert strict_json(b'"\\ud83d\\ude00"') == "😀"


def test_brackets_inside_a_text_are_no_levels() -> None:
    assert strict_json(json.dumps({"note": '["{' * 100}).encode()) == {"note": '["{' * 100}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inside, max_size=4
    ),
    max_leaves=20,
)  # fmt: skip


@given(json_values, st.booleans())
def test_every_other_json_is_read_as_the_standard_reader_reads_it(value: Any, ascii_only: bool) -> None:
    assert strict_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=400))
def test_whatever_bytes_come_they_are_read_or_refused_in_words(body: bytes) -> None:
    # whatever else is raised fails this test
    with contextlib.suppress(BadRequest):
        strict_json(body)


def test_a_value_is_read_strictly() -> None:
    assert read(Details, b'{"pain_before": 3}') == Details(pain_before=3)
    for bad in (
        '{"pain_before": "3"}',
        '{"pain_before": true}',
        '{"pain_before": 3.0}',
        '{"pain": 3}',
        "[]",
        "4",
    ):
        with pytest.raises(BadRequest):
            read(Details, bad.encode())


def test_a_patient_goes_out_and_comes_in_unchanged() -> None:
    assert read(Patient, ANNE.model_dump_json().encode()) == ANNE


def test_a_refusal_does_not_repeat_what_was_written_about_a_patient() -> None:
    body = json.dumps({"pain_before": 99, "note": "Tremblay" + "\x07", "plan": "Tremblay"}).encode()
    with pytest.raises(BadRequest) as refusal:
        read(Details, body)
    assert "Tremblay" not in str(refusal.value)


def test_a_batch_is_read_in_its_order() -> None:
    first, second = read_batch(batch(place(), place(id=str(an_id(9)))))
    assert isinstance(first, AskPlace)
    assert first.injection.ml_each == Decimal("0.5")
    assert second.id == an_id(9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "inject"}, {"kind": None}, {"colour": "red"}, {"seen": "1"}, {"view": "../../etc/passwd"},
        {"atlas_sha256": "0"}, {"reach": -1}, {"reach": 51}, {"reach": "3"}, {"made_at": "today"},
        {"made_at": "2026-11-23T09:30:00"}, {"mark_id": "1"},
        {"mark_id": str(an_id(2)).replace("-7", "-4", 1)}, {"injection": {"ml_each": "NaN"}},
        {"injection": {"ml_each": 0.5, "solution_id": str(an_id(3))}}, {"injection": {"ml_each": "0.5"}},
        {"injection": {"ml_each": "-1"}}, {"injection": {"ml_each": "1e400"}},
        {"injection": {"ml_each": "0,5", "solution_id": str(an_id(3))}}, {"injection": {"deposits": True}},
        {"injection": {"deposits": 2**63}}, {"injection": {"deposits": 1.0}}, {"injection": None},
        {"injection": {"ml_each": "1.00000000000000000000000000001", "solution_id": str(an_id(3))}},
        {"injection": {"ml_each": "1e999999999", "solution_id": str(an_id(3))}},
        {"injection": {"ml_each": "0.0005", "solution_id": str(an_id(3))}}, {"provenance": "a\u202eb"},
        {"provenance": "x" * 201}, {"site": "knee"}, {"chosen": "yes"}, {"state": "done"},
    ],
    ids=str,
)  # fmt: skip
def test_a_step_that_cannot_be_read_is_refused_by_itself(wrong: dict[str, Any]) -> None:
    step, after = read_batch(batch(place(**wrong), place(id=str(an_id(9)))))
    assert isinstance(step, Unreadable)
    assert (step.id, step.code) == (an_id(1), "bad_request")
    assert step.facts
    assert isinstance(after, AskPlace)


@pytest.mark.parametrize(
    "shape",
    [
        None, {}, "point", {"kind": "point"}, {"kind": "cloud", "at": {"x": 1, "y": 2}},
        {"kind": "point", "at": {"x": "1", "y": 2}}, {"kind": "point", "at": {"x": 1e12, "y": 2}},
        {"kind": "point", "at": {"x": True, "y": 2}}, {"kind": "point", "at": [1, 2]},
        {"kind": "point", "at": {"x": 1, "y": 2, "z": 3}}, {"kind": "point", "at": {"x": None, "y": 2}},
        {"kind": "track", "path": []}, {"kind": "track", "path": [{"x": 1, "y": 1}]},
        {"kind": "track", "path": [{"x": 1, "y": 1}, {"x": 1, "y": 1}]},
        {"kind": "track", "path": [{"x": x, "y": y} for x, y in ((0, 0), (9, 9), (0, 9), (9, 0))]},
        {"kind": "track", "path": [{"x": x, "y": 0} for x in range(401)]},
        {"kind": "field", "outline": [{"x": x, "y": y} for x, y in ((0, 0), (9, 9), (9, 0), (0, 9))]},
        {"kind": "field", "outline": [{"x": x, "y": 1} for x in (0, 5, 9)]},
        {"kind": "field", "outline": [{"x": 0, "y": 0}, {"x": 9, "y": 9}]},
        {"kind": "field", "outline": [{"x": 0, "y": 0}, {"x": 9, "y": 9}, {"x": 0, "y": 0}]},
        {"kind": "field", "outline": [{"x": x, "y": y} for x, y in ((0, 0), (1, 0), (1, 1))]},
    ],
    ids=lambda shape: str(shape)[:60],
)  # fmt: skip
def test_a_shape_that_cannot_be_meant_is_not_a_place(shape: Any) -> None:
    (step,) = read_batch(batch(place(shape=shape)))
    assert isinstance(step, Unreadable)
    assert step.code == "not_a_place"
    assert step.sentence == "That is not a place on the body map. Nothing was stored; mark it again."


@pytest.mark.parametrize(
    "body",
    [
        {}, [], None, 4, {"commands": {}}, {"commands": None}, {"commands": []},
        {"commands": [place()] * 101},
        {"commands": [place()], "session": 1}, {"commands": [4]}, {"commands": [None]}, {"commands": [{}]},
        {"commands": [place(id=None)]}, {"commands": [place(id="x", kind="y")]}, {"commands": [place(), []]},
        {"commands": [place(id="00000000-0000-4000-8000-000000000000")]},
    ],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_a_batch_that_names_no_steps_is_refused_whole(body: Any) -> None:
    with pytest.raises(BadRequest):
        read_batch(json.dumps(body).encode())
