"""What a session gave of every agent, against the clinic's limits; exact until it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from uuid import UUID

from charting.domain.agents import is_anaesthetic
from charting.domain.amounts import plain
from charting.domain.rules import Rule, RuleBook, RuleKind
from charting.domain.sessions import Session
from charting.domain.solutions import Solution
from charting.domain.sums import sums_of, volumes_of
from charting.domain.verdicts import Judgement, Outcome, Verdict

EPINEPHRINE = "epinephrine"
NANOGRAM = Decimal("0.000001")
"""In mg."""

SHARE = Decimal("0.0001")


def given_volumes(session: Session) -> dict[UUID, Decimal]:
    """Return the mL given of each solution, by its id: by the marks, and off the map (blebs, blocks)."""
    return volumes_of(sums_of(session.marks), session)


def doses(session: Session) -> dict[str, Fraction]:
    """Return the mg given of every agent, over all solutions; exact, whatever the order."""
    return doses_of(given_volumes(session), session.solutions)


def doses_of(volumes: Mapping[UUID, Decimal], solutions: Iterable[Solution]) -> dict[str, Fraction]:
    """Return the mg of every agent in volumes (mL) of solutions, by their ids."""
    mg: dict[str, Fraction] = defaultdict(Fraction)
    for solution in solutions:
        if solution.id in volumes:
            for agent, percent in solution.strengths.items():
                mg[agent] += Fraction(volumes[solution.id]) * percent * 10
    return dict(sorted(mg.items()))


def in_mg(mg: Fraction) -> Decimal:
    """Return a dose as it is shown and stored: to the nanogram, as labelled strengths give it."""
    return plain((Decimal(mg.numerator) / Decimal(mg.denominator)).quantize(NANOGRAM))


def judge(session: Session, weight_kg: Decimal | None, book: RuleBook) -> Judgement:
    """Return how a session stands to the clinic's limits; agents that it did not give have no verdict.

    The limits for doses with epinephrine hold only where all of an agent was given with it: of a mixture, the
    stricter plain ones hold. More given never lowers a share.
    """
    return judge_volumes(given_volumes(session), session.solutions, weight_kg, book)


def judge_volumes(
    volumes: Mapping[UUID, Decimal], solutions: Iterable[Solution], weight_kg: Decimal | None, book: RuleBook
) -> Judgement:
    """Return how volumes (mL) of solutions, by their ids, stand to the clinic's limits."""
    given_of = tuple(one for one in solutions if volumes.get(one.id))
    given = doses_of(volumes, given_of)
    plain_of = _without_epinephrine(given_of)
    verdicts = []
    for rule in book.rules:
        match rule.kind:
            case RuleKind.DOSE | RuleKind.DOSE_PER_KG:
                if rule.agent in given and rule.with_epinephrine in (None, rule.agent not in plain_of):
                    verdicts.append(_of_dose(rule, given[rule.agent], weight_kg))
            case RuleKind.STRENGTH:
                verdicts.extend(_of_strength(rule, given_of))
            case RuleKind.TWO_ANAESTHETICS:
                verdicts.extend(_of_two(rule, given))
            case RuleKind.INTERVAL:
                pass  # of the course, not of what was given: charting.domain.intervals
    return Judgement(
        version=book.version, weight_kg=weight_kg, verdicts=tuple(verdicts),
        anaesthetics=_together(given, verdicts),
    )  # fmt: skip


def _without_epinephrine(solutions: Iterable[Solution]) -> frozenset[str]:
    """Return the agents of which some was given in a solution without epinephrine."""
    agents: set[str] = set()
    for solution in solutions:
        if EPINEPHRINE not in solution.strengths:
            agents |= solution.strengths.keys()
    return frozenset(agents)


def _of_dose(rule: Rule, mg: Fraction, weight_kg: Decimal | None) -> Verdict:
    assert rule.limit is not None
    limit = Fraction(rule.limit)
    if rule.kind is RuleKind.DOSE_PER_KG:
        if weight_kg is None:
            return Verdict(
                rule=rule.id, agent=rule.agent, amount=in_mg(mg), limit=None, share=None,
                outcome=Outcome.NO_WEIGHT, weight=rule.weight, source=rule.source,
            )  # fmt: skip
        limit *= Fraction(weight_kg)
    return _verdict(rule, mg, limit)


def _verdict(rule: Rule, amount: Fraction, limit: Fraction) -> Verdict:
    return Verdict(
        rule=rule.id, agent=rule.agent, amount=in_mg(amount), limit=in_mg(limit),
        share=_rounded_up(amount / limit), outcome=Outcome.OVER if amount > limit else Outcome.WITHIN,
        weight=rule.weight, source=rule.source,
    )  # fmt: skip


def _of_strength(rule: Rule, solutions: Iterable[Solution]) -> Iterator[Verdict]:
    """Give a verdict on the strongest solution given of an agent."""
    assert rule.limit is not None
    strengths = [one.strengths[rule.agent] for one in solutions if rule.agent in one.strengths]
    if strengths:
        yield _verdict(rule, max(strengths), Fraction(rule.limit))


def _of_two(rule: Rule, given: Mapping[str, Fraction]) -> Iterator[Verdict]:
    several = [agent for agent, mg in given.items() if mg and is_anaesthetic(agent)]
    if len(several) > 1:
        yield Verdict(
            rule=rule.id, agent=None, amount=Decimal(len(several)), limit=None, share=None,
            outcome=Outcome.OVER, weight=rule.weight, source=rule.source,
        )  # fmt: skip


def _together(given: Mapping[str, Fraction], verdicts: list[Verdict]) -> Decimal | None:
    """Return the sum of the largest share of each local anaesthetic, if there are several."""
    shares: dict[str, Decimal] = {}
    for one in verdicts:
        if one.agent and one.share is not None and is_anaesthetic(one.agent):
            shares[one.agent] = max(shares.get(one.agent, Decimal(0)), one.share)
    several = [agent for agent, mg in given.items() if mg and is_anaesthetic(agent)]
    return sum(shares.values(), Decimal(0)) if len(several) > 1 else None


def _rounded_up(share: Fraction) -> Decimal:
    # more digits than are shown, so that the division itself is never rounded down to them
    return (Decimal(share.numerator) / Decimal(share.denominator)).quantize(SHARE, ROUND_CEILING)
