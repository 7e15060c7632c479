from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest

import charting.desk.desk as room
from charting.anatomy import Atlas
from charting.desk import Act, Desk, may, need
from charting.desk.asks import Batch
from charting.desk.usual import UNSAID
from charting.domain import Laterality, NotAllowed, Role, Staff
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, KNEE, NURSE, an_id

TABLE = {
    Act.READ_CHARTS: {Role.DOCTOR, Role.NURSE},
    Act.EDIT_PATIENTS: {Role.DOCTOR, Role.NURSE},
    Act.MARK: {Role.DOCTOR},
    Act.SIGN: {Role.DOCTOR},
    Act.RUN_CLINIC: {Role.ADMINISTRATOR},
    Act.SEE_READINGS: {Role.ADMINISTRATOR},
}

NEEDED = {
    "carry_out": Act.MARK,
    "session": Act.READ_CHARTS,
    "revision": Act.READ_CHARTS,
    "changes": Act.READ_CHARTS,
    "ghosts": Act.READ_CHARTS,
    "start_session": Act.MARK,
    "seal": Act.SIGN,
    "listen": Act.READ_CHARTS,
    "session_facts": Act.READ_CHARTS,
    "course_facts": Act.READ_CHARTS,
    "course_map": Act.READ_CHARTS,
    "worklist": Act.READ_CHARTS,
    "patients": Act.READ_CHARTS,
    "patient": Act.READ_CHARTS,
    "save_patient": Act.EDIT_PATIENTS,
    "course": Act.READ_CHARTS,
    "save_course": Act.EDIT_PATIENTS,
    "staff": Act.RUN_CLINIC,
    "save_staff": Act.RUN_CLINIC,
    "readings": Act.SEE_READINGS,
    "protocols": Act.READ_CHARTS,
    "lay_down": Act.MARK,
    "rules": Act.READ_CHARTS,  # or to run the clinic
    "save_rules": Act.RUN_CLINIC,
    "usual_tray": Act.READ_CHARTS,  # or to run the clinic
    "save_usual_tray": Act.RUN_CLINIC,
}
"""What every way into the desk needs; a new one that is not here fails below."""

STAFF = (DOCTOR, NURSE, ADMINISTRATOR)


def ways_in() -> Iterator[tuple[str, Any]]:
    for name, method in inspect.getmembers(Desk, inspect.isfunction):
        if not name.startswith("_"):
            yield name, method


def arguments(method: Any) -> dict[str, Any]:
    """Return something for each argument but the first two."""
    by_annotation = {
        "UUID": an_id(1), "UUID | str": an_id(1), "int": 1, "int | None": None, "str": "Tremblay",
        "Collection[int] | None": None,
        "Patient": ANNE, "UsualTray": UNSAID, "Sequence[Rule]": (),
        "Laterality": Laterality.RIGHT, "bool": False, "Course": KNEE,
        "Staff": ADMINISTRATOR, "Heard": print,
        "Batch | Sequence[AnyAsk | Unreadable]": Batch.model_construct(commands=()),
    }  # fmt: skip
    parameters = list(inspect.signature(method).parameters.values())[2:]
    return {one.name: by_annotation[str(one.annotation)] for one in parameters}


def test_every_way_into_the_desk_is_in_the_table() -> None:
    assert {name for name, _ in ways_in()} == NEEDED.keys()


@pytest.mark.parametrize(("name", "method"), list(ways_in()), ids=[name for name, _ in ways_in()])
def test_every_way_into_the_desk_asks_first_and_touches_nothing(
    name: str, method: Any, synthetic: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(inspect.signature(method).parameters)[1] == "who"
    asked: list[tuple[Staff, Act]] = []

    def refuse(who: Staff, act: Act) -> None:
        asked.append((who, act))
        raise NotAllowed("asked")

    monkeypatch.setattr(room, "need", refuse)
    store = MagicMock()
    with pytest.raises(NotAllowed):
        method(Desk(store, synthetic), NURSE, **arguments(method))
    assert asked == [(NURSE, NEEDED[name])]
    assert store.mock_calls == []


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("who", STAFF, ids=lambda who: who.role)
def test_each_role_may_what_the_table_says(who: Staff, act: Act) -> None:
    allowed = who.role in TABLE[act]
    assert may(who, act) is allowed
    if allowed:
        need(who, act)
    else:
        with pytest.raises(NotAllowed):
            need(who, act)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("who", STAFF, ids=lambda who: who.role)
def test_who_has_left_may_do_nothing(who: Staff, act: Act) -> None:
    assert not may(who.model_copy(update={"active": False}), act)
