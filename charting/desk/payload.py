"""What comes in over the wire, read strictly: what could be read in two ways is refused in words.

Python's own reader takes NaN, Infinity, 1e999, the last of two equal keys, half a surrogate pair and NUL: a
dose written twice is read as the second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from shapely.errors import ShapelyError

from charting.desk.asks import ASK, MOST_IN_A_BATCH, AnyAsk, Unreadable
from charting.domain import BadRequest, Id, NotAPlace, Record, TooLarge

MOST_BYTES = 1_000_000
"""What one request may hold: a batch of 100 fields of 400 vertices is more, and no hand draws one."""

DEEPEST = 32
"""Levels of lists and objects inside one another."""

MOST_PARTS = 100_000
"""Lists and objects in all; the largest batch that is read has fewer."""

LONGEST_NUMBER = 30
"""Digits of a number, sign and point among them; nothing in a clinic has as many."""

LONGEST_FACTS = 300

Value = TypeVar("Value", bound=Record)

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_STEP_ID = TypeAdapter(Id)


def strict_json(body: bytes) -> Any:
    """Return the JSON value that a body holds.

    Raises TooLarge over MOST_BYTES; BadRequest, saying what is the matter, for anything else than UTF-8 JSON
    in which every object names each key once, every number is finite, and every text can be read and stored.

    >>> strict_json(b'{"ml": "0.5"}')
    {'ml': '0.5'}
    """
    if len(body) > MOST_BYTES:
        raise TooLarge(f"{len(body)} bytes, and at most {MOST_BYTES} are read")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as trouble:
        raise BadRequest(f"byte {trouble.start} is not UTF-8") from None
    _refuse_deep(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_each_key_once, parse_constant=_not_a_number, parse_float=_number(float),
            parse_int=_number(int),
        )  # fmt: skip
    except json.JSONDecodeError as trouble:
        raise BadRequest(f"not JSON: {trouble.msg} at character {trouble.pos}") from None
    if "\\u" in text:  # the only way in for half a pair and for NUL
        _refuse_unreadable(value)
    return value


def read(shape: type[Value], body: bytes) -> Value:
    """Return what a body holds in its shape, strictly: text is no number; raises BadRequest, TooLarge."""
    value = strict_json(body)
    return _fit(lambda: shape.model_validate_json(json.dumps(value), strict=True))


def read_batch(body: bytes) -> tuple[AnyAsk | Unreadable, ...]:
    """Return the steps of a batch in their order.

    A step that cannot be read but for its id is Unreadable: it is refused by itself, and does not hold up
    those behind it. Raises BadRequest, TooLarge if the batch as a whole cannot be read.
    """
    value = strict_json(body)
    if not isinstance(value, dict) or value.keys() != {"commands"} or not isinstance(value["commands"], list):
        raise BadRequest('a batch is an object with one field, "commands", that is a list')
    commands = value["commands"]
    if not 1 <= len(commands) <= MOST_IN_A_BATCH:
        raise BadRequest(f"a batch has 1 to {MOST_IN_A_BATCH} commands, this one {len(commands)}")
    return tuple(_step(number, command) for number, command in enumerate(commands))


def _step(number: int, command: Any) -> AnyAsk | Unreadable:
    try:
        return _fit(lambda: ASK.validate_json(json.dumps(command), strict=True))
    except (BadRequest, NotAPlace) as trouble:
        told = command.get("id") if isinstance(command, dict) else None
        try:
            step_id = _STEP_ID.validate_json(json.dumps(told), strict=True)
        except ValidationError:
            raise BadRequest(f"command {number} has no id of version 7") from None
        return Unreadable(id=step_id, code=trouble.code, sentence=trouble.sentence, facts=str(trouble))


Fitted = TypeVar("Fitted")


def _fit(build: Callable[[], Fitted]) -> Fitted:
    """Return what was built; raises NotAPlace if the first misfit is in a shape, else BadRequest."""
    try:
        return build()
    except ValidationError as misfit:
        first = misfit.errors(include_url=False, include_input=False, include_context=False)[0]
        where = _path(first["loc"])
        facts = f"{where}: {first['msg']}"[:LONGEST_FACTS]
        raise (NotAPlace if "shape" in first["loc"] else BadRequest)(facts) from None
    except (ShapelyError, RecursionError) as trouble:
        raise NotAPlace(f"a shape that has no geometry: {type(trouble).__name__}") from None


def _path(loc: Sequence[int | str]) -> str:
    return ".".join(str(step) for step in loc)[:LONGEST_FACTS] or "the whole"


def _refuse_deep(text: str) -> None:
    bare = _STRING.sub('""', text)
    if bare.count("[") + bare.count("{") > MOST_PARTS:
        raise BadRequest(f"more than {MOST_PARTS} lists and objects")
    deep = 0
    for bracket in _BRACKET.finditer(bare):
        deep += 1 if bracket[0] in "[{" else -1
        if deep > DEEPEST:
            raise BadRequest(f"more than {DEEPEST} levels inside one another")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise BadRequest("an object names a key twice")
    return value


def _not_a_number(name: str) -> None:
    raise BadRequest(f"{name} is not a number that JSON has")


def _number(kind: type[int] | type[float]) -> Callable[[str], int | float]:
    def number(text: str) -> int | float:
        if len(text) > LONGEST_NUMBER:
            raise BadRequest(f"a number of {len(text)} digits")
        value = kind(text)
        if value in (float("inf"), float("-inf")):
            raise BadRequest(f"{text} is not a finite number")
        return value

    return number


def _refuse_unreadable(value: Any) -> None:
    match value:
        case str():
            if found := _UNREADABLE.search(value):
                raise BadRequest(f"a text holds the unreadable character U+{ord(found[0]):04X}")
        case list():
            for one in value:
                _refuse_unreadable(one)
        case dict():
            for key, one in value.items():
                _refuse_unreadable(key)
                _refuse_unreadable(one)
