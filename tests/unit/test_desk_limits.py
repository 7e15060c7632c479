"""The clinic's limits at the desk: told as marks are placed, answered with a reason, kept when signed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from charting.desk.answers import SessionView
from charting.desk.asks import AskChangeSolution, AskDetails
from charting.domain import (
    BadRequest,
    Component,
    Conflict,
    Injection,
    LimitPassed,
    MoreThanPrepared,
)
from charting.domain.recipes import Labelled, Recipe, Stock
from charting.domain.rules import SHIPPED
from charting.domain.sessions import Override
from charting.domain.solutions import labelled
from charting.domain.verdicts import Outcome
from tests.clinic import Clinic
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, NURSE


def strong(clinic: Clinic, prepared: str | None = None) -> SessionView:
    """Start a session whose syringe holds lidocaine 1 %."""
    session = clinic.start()
    was = clinic.solution(session)
    solution = was.model_copy(
        update={
            "components": (Component(agent="lidocaine", percent=Decimal(1)),),
            "prepared_ml": None if prepared is None else Decimal(prepared),
        }
    )
    clinic.do(session.session_id, AskChangeSolution(**clinic.step(solution=solution, was=was)))
    return clinic.desk.session(DOCTOR, session.session_id)


def give(clinic: Clinic, session: SessionView, ml: str) -> SessionView:
    injection = Injection(solution_id=clinic.solution(session).id, ml_each=Decimal(ml))
    clinic.placed(session, injection=injection)
    return clinic.desk.session(DOCTOR, session.session_id)


def seal(clinic: Clinic, session: SessionView) -> None:
    standing = session.standing
    clinic.desk.seal(DOCTOR, session.session_id, revision=standing.revision, marks=standing.totals.marks)


def answered(clinic: Clinic, session: SessionView, *rules: str) -> SessionView:
    was = session.standing.details
    overrides = tuple(Override(rule=rule, reason="no other way") for rule in rules)
    details = was.model_copy(update={"overrides": overrides})
    clinic.do(session.session_id, AskDetails(**clinic.step(details=details, was=was)))
    return clinic.desk.session(DOCTOR, session.session_id)


def test_a_dose_over_the_limit_is_told_with_its_source(clinic: Clinic) -> None:
    """The patient weighs 71.5 kg: 4.5 mg/kg are 321.75 mg, and the absolute limit is 300 mg."""
    session = give(clinic, strong(clinic), "30")
    assert session.standing.notices == ()
    session = give(clinic, session, "0.1")
    (notice,) = session.standing.notices
    assert notice.code == "limit.lidocaine.plain"
    assert "301 mg is more than 300 mg" in notice.words
    assert "US label" in notice.words


def test_it_is_told_in_the_answer_to_the_mark_itself(clinic: Clinic) -> None:
    session = strong(clinic)
    injection = Injection(solution_id=clinic.solution(session).id, ml_each=Decimal(31))
    answer = clinic.carry_out(session.session_id, clinic.ask_place(session, injection=injection))
    assert [one.code for one in answer.standing.notices] == ["limit.lidocaine.plain"]


def test_without_a_weight_that_is_said(clinic: Clinic) -> None:
    clinic.desk.save_patient(NURSE, ANNE.model_copy(update={"weight_kg": None}), 1)
    session = give(clinic, strong(clinic), "1")
    (notice,) = session.standing.notices
    assert notice.code == "limit.lidocaine.plain.kg"
    assert "without a weight" in notice.words


def test_a_passed_limit_keeps_from_signing_until_it_is_said_why(clinic: Clinic) -> None:
    session = give(clinic, strong(clinic), "31")
    with pytest.raises(LimitPassed):
        seal(clinic, session)
    session = answered(clinic, session, "lidocaine.plain")
    assert "no other way" in session.standing.notices[0].words
    seal(clinic, session)
    document = json.loads(_document(clinic, session))
    assert document["judgement"]["version"] == 1
    assert document["session"]["details"]["overrides"][0]["reason"] == "no other way"


def _document(clinic: Clinic, session: SessionView) -> str:
    with clinic.store.reading() as store:
        document = store.document(session.session_id)
    assert document is not None
    return document


def test_more_than_was_prepared_keeps_from_signing(clinic: Clinic) -> None:
    session = give(clinic, strong(clinic, prepared="5"), "5.001")
    with pytest.raises(MoreThanPrepared):
        seal(clinic, session)
    seal(clinic, give(clinic, strong(clinic, prepared="5"), "5"))


def test_a_signed_session_keeps_the_verdicts_it_was_signed_with(clinic: Clinic) -> None:
    session = give(clinic, strong(clinic), "29")
    seal(clinic, session)
    lower = tuple(
        rule.model_copy(update={"limit": Decimal(100)}) if rule.id == "lidocaine.plain" else rule
        for rule in SHIPPED.rules
    )
    book = clinic.desk.save_rules(ADMINISTRATOR, lower, seen=1, reason="our own limit")
    assert (book.version, book.reason, book.changed_by) == (2, "our own limit", ADMINISTRATOR.id)
    now = clinic.desk.session(DOCTOR, session.session_id).standing.judgement
    assert now is not None
    assert now.version == 1
    assert all(one.outcome is Outcome.WITHIN for one in now.verdicts)
    assert clinic.store.verify().fits
    another = give(clinic, strong(clinic), "29")
    assert [one.code for one in another.standing.notices if one.code.startswith("limit")] == [
        "limit.lidocaine.plain"
    ]


def test_limits_are_changed_with_a_reason_and_over_what_was_seen(clinic: Clinic) -> None:
    with pytest.raises(BadRequest):
        clinic.desk.save_rules(ADMINISTRATOR, SHIPPED.rules, seen=1, reason="")
    clinic.desk.save_rules(ADMINISTRATOR, SHIPPED.rules, seen=1, reason="read again")
    with pytest.raises(Conflict):
        clinic.desk.save_rules(ADMINISTRATOR, SHIPPED.rules, seen=1, reason="read again")
    assert clinic.desk.rules(NURSE).version == 2


def test_what_was_drawn_up_for_one_session_is_not_taken_for_that_of_the_next(clinic: Clinic) -> None:
    first = clinic.start()
    was = clinic.solution(first)
    stocks = (
        Stock(
            name="Dextrose 50 %", amount=Decimal(3), lot="4471B",
            contents=(Labelled(agent="dextrose", strength=Decimal(50)),),
        ),
        Stock(name="Water", amount=Decimal(7)),
    )  # fmt: skip
    recipe = Recipe(stocks=stocks)
    mixed = was.model_copy(update={"components": labelled(recipe), "recipe": recipe})
    clinic.do(first.session_id, AskChangeSolution(**clinic.step(solution=mixed, was=was)))
    assert clinic.solution(clinic.desk.session(DOCTOR, first.session_id)).prepared == 10
    following = clinic.solution(clinic.start())
    assert following.components == mixed.components
    assert (following.recipe, following.prepared) == (None, None)
