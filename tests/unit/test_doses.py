"""Doses against the clinic's limits: each turns exactly at its boundary, and says what it was judged by."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charting.domain.checklist import OffMap, OffMapKind
from charting.domain.doses import doses, judge
from charting.domain.rules import SHIPPED
from charting.domain.sessions import Details, Session
from charting.domain.solutions import Component, Solution
from charting.domain.totals import totals
from charting.domain.verdicts import Judgement, Outcome
from tests.people import a_mark, a_session, an_id

PLAIN, WITH_EPINEPHRINE, MARCAINE, MARCAINE_WITH = (an_id(n) for n in (31, 32, 33, 34))


def of(id: object, **percents: str) -> Solution:
    return Solution.model_validate(
        {
            "id": id,
            "name": "x",
            "components": [Component(agent=agent, percent=Decimal(one)) for agent, one in percents.items()],
        }
    )


TRAY = (
    of(PLAIN, lidocaine="1"),
    of(WITH_EPINEPHRINE, lidocaine="1", epinephrine="0.001"),
    of(MARCAINE, bupivacaine="0.5"),
    of(MARCAINE_WITH, bupivacaine="0.5", epinephrine="0.0005"),
)


def session(**ml: str) -> Session:
    """Return a session in which so many mL of each solution were given."""
    ids = {
        "plain": PLAIN, "epinephrine": WITH_EPINEPHRINE, "marcaine": MARCAINE, "marcaine_with": MARCAINE_WITH
    }  # fmt: skip
    marks = []
    for number, (name, volume) in enumerate(ml.items(), start=1):
        mark = a_mark(number, ml=volume)
        injection = mark.injection.model_copy(update={"solution_id": ids[name]})
        marks.append(mark.model_copy(update={"injection": injection}))
    return a_session(marks=tuple(marks), solutions=TRAY)


def over(judgement: Judgement) -> set[str]:
    return {one.rule for one in judgement.over}


def test_plain_lidocaine_turns_between_66_66_and_66_67_kg() -> None:
    """300 mg is more than 4.5 mg/kg of 66.66 kg (299.97 mg), and not of 66.67 kg (300.015 mg)."""
    full = session(plain="30")
    assert over(judge(full, Decimal("66.66"), SHIPPED)) == {"lidocaine.plain.kg"}
    assert over(judge(full, Decimal("66.67"), SHIPPED)) == set()
    assert over(judge(session(plain="30.001"), Decimal("66.67"), SHIPPED)) == {"lidocaine.plain"}


def test_lidocaine_with_epinephrine_turns_between_71_42_and_71_43_kg() -> None:
    full = session(epinephrine="50")
    assert over(judge(full, Decimal("71.42"), SHIPPED)) == {"lidocaine.epinephrine.kg"}
    assert over(judge(full, Decimal("71.43"), SHIPPED)) == set()
    assert over(judge(session(epinephrine="50.001"), Decimal("71.43"), SHIPPED)) == {"lidocaine.epinephrine"}


@pytest.mark.parametrize(
    ("ml", "rule"), [("35", None), ("35.001", "bupivacaine.plain")], ids=["175 mg", "175.005 mg"]
)
def test_bupivacaine_turns_at_175_mg(ml: str, rule: str | None) -> None:
    assert over(judge(session(marcaine=ml), None, SHIPPED)) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("ml", "rule"), [("45", None), ("45.001", "bupivacaine.epinephrine")], ids=["225 mg", "225.005 mg"]
)
def test_bupivacaine_with_epinephrine_turns_at_225_mg(ml: str, rule: str | None) -> None:
    assert over(judge(session(marcaine_with=ml), None, SHIPPED)) == ({rule} if rule else set())


def test_of_a_mixture_the_limits_without_epinephrine_hold() -> None:
    mixed = judge(session(plain="0.1", epinephrine="30"), Decimal(80), SHIPPED)
    assert over(mixed) == {"lidocaine.plain"}


def test_without_a_weight_only_the_absolute_limit_is_judged_and_that_is_said() -> None:
    verdicts = {one.rule: one for one in judge(session(plain="20"), None, SHIPPED).verdicts}
    assert verdicts["lidocaine.plain.kg"].outcome is Outcome.NO_WEIGHT
    assert verdicts["lidocaine.plain.kg"].share is None
    assert verdicts["lidocaine.plain"].outcome is Outcome.WITHIN
    assert verdicts["lidocaine.plain"].share == Decimal("0.6667")


def test_two_local_anaesthetics_are_warned_of_and_their_shares_added() -> None:
    both = judge(session(plain="15", marcaine="17.5"), Decimal(100), SHIPPED)
    assert over(both) == {"anaesthetics.two"}
    assert both.anaesthetics == 1
    assert judge(session(plain="15"), Decimal(100), SHIPPED).anaesthetics is None


def test_dextrose_above_25_per_cent_is_warned_of() -> None:
    def given_of(percent: str) -> Session:
        return a_session(marks=(a_mark(),), solutions=(of(an_id(30), dextrose=percent),))

    assert over(judge(given_of("25"), None, SHIPPED)) == set()
    assert over(judge(given_of("25.0001"), None, SHIPPED)) == {"dextrose.strength"}


def test_blebs_and_blocks_without_a_mark_count() -> None:
    """Forty blebs of 0.1 mL of 1 % are 40 mg."""
    blebs = OffMap(id=an_id(60), kind=OffMapKind.BLEB, solution_id=PLAIN, count=40, ml_each=Decimal("0.1"))
    with_blebs = session(plain="1").model_copy(update={"details": Details(off_map=(blebs,))})
    assert doses(with_blebs) == {"lidocaine": 50}
    assert totals(with_blebs).mg_by_agent == {"lidocaine": 50}
    assert totals(with_blebs).ml == 5


def test_every_verdict_names_its_rule_its_source_and_the_version() -> None:
    judged = judge(session(plain="20", marcaine="1"), Decimal(70), SHIPPED)
    assert judged.version == SHIPPED.version == 1
    known = {rule.id: rule.source for rule in SHIPPED.rules}
    assert judged.verdicts
    assert all(known[one.rule] == one.source for one in judged.verdicts)


VOLUMES = st.dictionaries(
    st.sampled_from(["plain", "epinephrine", "marcaine", "marcaine_with"]),
    st.decimals("0.001", "90", places=3).map(str),
    min_size=1,
)
WEIGHTS = st.none() | st.decimals("1", "300", places=2)


def shares(judgement: Judgement) -> dict[str, Decimal]:
    """Return the largest share of each agent."""
    found: dict[str, Decimal] = {}
    for one in judgement.verdicts:
        if one.agent and one.share is not None:
            found[one.agent] = max(found.get(one.agent, Decimal(0)), one.share)
    return found


@given(ml=VOLUMES, more=VOLUMES, weight=WEIGHTS)
def test_more_given_never_lowers_a_share(
    ml: dict[str, str], more: dict[str, str], weight: Decimal | None
) -> None:
    together = {name: str(Decimal(ml.get(name, "0")) + Decimal(more.get(name, "0"))) for name in {*ml, *more}}
    before = shares(judge(session(**ml), weight, SHIPPED))
    after = shares(judge(session(**together), weight, SHIPPED))
    assert all(after[agent] >= share for agent, share in before.items())


@settings(max_examples=50)
@given(ml=VOLUMES, weight=WEIGHTS, data=st.data())
def test_the_order_of_marks_does_not_matter(
    ml: dict[str, str], weight: Decimal | None, data: st.DataObject
) -> None:
    one = session(**ml)
    other = one.model_copy(update={"marks": tuple(data.draw(st.permutations(one.marks)))})
    assert judge(one, weight, SHIPPED) == judge(other, weight, SHIPPED)
