"""Published protocols, laid down and given over the interface, come to the totals that their figures give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from charting import edge
from tests.api.conftest import Browser


def step(**more: Any) -> dict[str, Any]:
    return {"id": str(edge.new_id()), "made_at": edge.now().isoformat(), **more}


def laid_down(doctor: Browser, session: dict[str, Any], protocol: str, query: str) -> list[dict[str, Any]]:
    """Lay a protocol down on a session as planned marks, and return those as they are stored."""
    address = f"sessions/{session['session_id']}"
    laid = doctor.get(f"{address}/protocols/{protocol}?{query}").json()
    steps = [step(kind="add_solution", solution=one) for one in laid["solutions"]]
    for one in laid["marks"]:
        steps.append(
            step(
                kind="place_mark", mark_id=str(edge.new_id()), view=one["view"],
                atlas_sha256=session["atlas_sha256"], shape=one["shape"], chosen=True, site=one["site"],
                injection=one["injection"], state="planned", provenance=one["provenance"],
            )
        )  # fmt: skip
    answer = doctor.post(f"{address}/commands", json={"commands": steps}).json()
    assert [one["outcome"] for one in answer["steps"]] == ["applied"] * len(steps), answer
    assert answer["standing"]["totals"]["ml"] == "0", "what was planned and not given does not count"
    return [one["mark"]["mark"] for one in answer["steps"] if one["mark"]]


def given(doctor: Browser, session: dict[str, Any], marks: list[dict[str, Any]]) -> dict[str, Any]:
    steps = [step(kind="set_state", mark_id=one["id"], seen=one["revision"], state="given") for one in marks]
    answer = doctor.post(f"sessions/{session['session_id']}/commands", json={"commands": steps}).json()
    totals: dict[str, Any] = answer["standing"]["totals"]
    return totals


def in_mg(totals: dict[str, Any]) -> dict[str, Decimal]:
    return {agent: Decimal(mg) for agent, mg in totals["mg_by_agent"].items()}


def test_dumais_2012_given_on_a_knee(doctor: Browser, session: dict[str, Any]) -> None:
    marks = laid_down(doctor, session, "dumais_2012_knee", "side=right")
    assert {one["provenance"] for one in marks} == {"from Dumais 2012"}
    assert {one["laterality"] for one in marks} == {"right"}
    totals = given(doctor, session, marks)
    assert totals["marks"] == 9
    assert Decimal(totals["ml"]) == 13
    assert in_mg(totals) == {"dextrose": 2200, "lidocaine": 73}
    assert sorted(Decimal(ml) for ml in totals["ml_by_solution"].values()) == [5, 8]


@pytest.mark.parametrize(
    ("query", "sites", "dextrose", "lidocaine"),
    [("side=left", 8, 2000, 8), ("side=left&optional=true", 10, 2500, 10)],
    ids=["core", "with optional"],
)
def test_bertrand_2016_given_on_a_shoulder(
    doctor: Browser, session: dict[str, Any], query: str, sites: int, dextrose: int, lidocaine: int
) -> None:
    totals = given(doctor, session, laid_down(doctor, session, "bertrand_2016_shoulder", query))
    assert totals["marks"] == Decimal(totals["ml"]) == sites
    assert in_mg(totals) == {"dextrose": dextrose, "lidocaine": lidocaine}


def test_rabago_2013_in_the_joint(doctor: Browser, session: dict[str, Any]) -> None:
    marks = laid_down(doctor, session, "rabago_2013_knee", "side=right")
    assert in_mg(given(doctor, session, marks)) == {"dextrose": 1500, "lidocaine": 30}
    tray = doctor.get(f"sessions/{session['session_id']}").json()["standing"]["solutions"]
    recipe = next(one["recipe"] for one in tray if one["recipe"])
    assert sum(Decimal(one["amount"]) for one in recipe["stocks"]) == 10


def test_an_unknown_protocol_and_side_are_refused_in_words(doctor: Browser, session: dict[str, Any]) -> None:
    address = f"sessions/{session['session_id']}/protocols"
    assert doctor.get(f"{address}/nobody_1999?side=right").status_code == 404
    assert doctor.get(f"{address}/dumais_2012_knee?side=inside").status_code == 400
    assert doctor.get(f"{address}/dumais_2012_knee?side=midline").status_code == 404
