"""The clinic's limits as they are kept, and what they say of a session, in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from charting.desk.kept_settings import kept_setting
from charting.domain import Notice, Session, words_of
from charting.domain.rules import SHIPPED, RuleBook
from charting.domain.verdicts import Judgement, Outcome, Verdict
from charting.store import Reader
from charting.words import _

KEY = "rule_book"
"""The name of the setting that holds the limits, as JSON; the log of settings keeps those before."""


def book_of(store: Reader) -> RuleBook:
    """Return the clinic's limits as they stand; raises StoreUnusable if they cannot be read."""
    return kept_setting(store, KEY, SHIPPED)


def unanswered(session: Session, judgement: Judgement) -> tuple[Verdict, ...]:
    """Return the warnings that no reason was given for."""
    answered = {one.rule for one in session.details.overrides}
    return tuple(one for one in judgement.over if one.rule not in answered)


def notices(session: Session, judgement: Judgement) -> Iterator[Notice]:
    """Give a sentence for each limit that was passed, and for each that could not be judged."""
    answered = {one.rule: one.reason for one in session.details.overrides}
    for one in judgement.over:
        words = verdict_words(one)
        if one.rule in answered:
            words = _("{words} Passed knowingly: {reason}").format(words=words, reason=answered[one.rule])
        yield Notice(code=f"limit.{one.rule}", weight=one.weight, words=_fitting(words))
    for one in judgement.verdicts:
        if one.outcome is Outcome.NO_WEIGHT:
            words = _("{agent}: without a weight nothing is said per kg; only the absolute limit is.").format(
                agent=_agent(one)
            )
            yield Notice(code=f"limit.{one.rule}", weight=one.weight, words=_fitting(words))


def verdict_words(one: Verdict) -> str:
    """Return what a limit that was passed says: how much was given, and how much it allows."""
    if one.limit is None:
        return _("{n} local anaesthetics in one session: their shares add up. {source}.").format(
            n=one.amount, source=one.source
        )
    if one.rule.endswith(".strength"):
        return _("{agent} {amount} % is stronger than {limit} %. {source}.").format(
            agent=_agent(one), amount=words_of(one.amount), limit=words_of(one.limit), source=one.source
        )
    return _("{agent} {amount} mg is more than {limit} mg. {source}.").format(
        agent=_agent(one), amount=_tenths(one.amount), limit=_tenths(one.limit), source=one.source
    )


def _agent(one: Verdict) -> str:
    return (one.agent or "").replace("_", " ").capitalize()


def _tenths(mg: Decimal) -> str:
    return words_of(mg.quantize(Decimal("0.1"), ROUND_CEILING))


def _fitting(words: str) -> str:
    return words if len(words) <= 200 else words[:199] + "…"
