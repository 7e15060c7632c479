"""The procedure note: what was charted, as sentences, for a clinician to read over and change before signing.

It says what is in the record and nothing else: what was not answered is left out here, and stands among what
is missing. Nothing in it is a finding that nobody made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from charting.anatomy import Atlas
from charting.chart.facts import ChartFacts
from charting.chart.words import day_words, guidance_words, mg_words, ml_words
from charting.coursemap import name_of_place
from charting.domain import Mark, Sides, Solution, totals, words_of
from charting.domain.checklist import (
    Anticoagulant,
    Complication,
    ConsentKind,
    OffMapKind,
    Tolerance,
)
from charting.words import _, ngettext


def procedure_note(facts: ChartFacts) -> str:
    """Return the note of a session: a paragraph each for why, what was agreed, what was done, and after."""
    paragraphs = (_why(facts), _agreed(facts), _done(facts), _after(facts))
    return "\n\n".join(" ".join(sentences) for paragraph in paragraphs if (sentences := list(paragraph)))


def _why(facts: ChartFacts) -> Iterator[str]:
    course, session = facts.course, facts.session
    if course.planned_sessions is not None and session.number <= course.planned_sessions:
        yield _("Session {n} of {planned} for {problem}, on {day}.").format(
            n=session.number, planned=course.planned_sessions, problem=course.problem, day=day_words(facts.on)
        )
    else:
        yield _("Session {n} for {problem}, on {day}.").format(
            n=session.number, problem=course.problem, day=day_words(facts.on)
        )
    if course.indication:
        yield _("Indication: {indication}.").format(indication=course.indication.rstrip("."))
    if facts.last_on is not None:
        days = (facts.on - facts.last_on).days
        yield ngettext(
            "The session before was {n} day ago.", "The session before was {n} days ago.", days
        ).format(n=days)
    before = session.details
    if before.before.response.strip():
        yield before.before.response.strip()
    pains = [
        (_("now"), before.pain_before), (_("at worst"), before.pain_worst),
        (_("on average"), before.pain_average),
    ]  # fmt: skip
    said = [f"{pain}/10 {when}" for when, pain in pains if pain is not None]
    if said:
        yield _("Pain {pains}.").format(pains=", ".join(said))
    for score in before.scores:
        yield _("{name} {value} of {highest}.").format(
            name=score.name, value=words_of(score.value), highest=words_of(score.highest)
        )


def _agreed(facts: ChartFacts) -> Iterator[str]:
    before = facts.session.details.before
    consent = {
        ConsentKind.WRITTEN: _("Written consent was given"),
        ConsentKind.VERBAL: _("Consent was given verbally"),
        ConsentKind.DECLINED: _("Consent was declined"),
    }
    if before.consent is not None:
        discussed = ", ".join(before.discussed)
        tail = _(" after {what} had been discussed").format(what=discussed) if discussed else ""
        yield f"{consent[before.consent]}{tail}."
    if before.sides is not None:
        sides = {
            Sides.RIGHT: _("right"), Sides.LEFT: _("left"), Sides.BOTH: _("both sides"),
            Sides.MIDLINE: _("midline"),
        }  # fmt: skip
        yield _("Side agreed: {side}.").format(side=sides[before.sides])
    if before.time_out.whole:
        yield _("Time-out: identity, side, procedure, allergies and labels were checked.")
    if before.anticoagulant is not None:
        taken = {
            Anticoagulant.NONE: _("No anticoagulant is taken."),
            Anticoagulant.CONTINUED: _("An anticoagulant is taken and was continued."),
            Anticoagulant.HELD: _("An anticoagulant is taken and was held."),
            Anticoagulant.DEFERRED: _("An anticoagulant is taken, and the injections were put off."),
        }
        yield taken[before.anticoagulant]
        if before.anticoagulant_words:
            yield f"{before.anticoagulant_words.rstrip('.')}."
    if before.infection is not None:
        yield _("There was a sign of infection.") if before.infection else _("No sign of infection.")
    if before.position:
        yield _("Position: {position}.").format(position=before.position.rstrip("."))
    if before.preparation:
        yield _("The skin was prepared with {agent}.").format(agent=before.preparation.rstrip("."))


def _done(facts: ChartFacts) -> Iterator[str]:
    session = facts.session
    sums = totals(session)
    if not session.given and not session.off_map:
        yield _("Nothing was injected.")
        return
    for solution in session.solutions:
        marks = [mark for mark in session.given if mark.injection.solution_id == solution.id]
        if marks:
            yield from _given_of(facts.atlas, solution, marks)
    dry = [mark for mark in session.given if mark.injection.solution_id is None]
    if dry:
        yield _("Without solution: {sites}.").format(sites=_sites(facts.atlas, dry))
    for extra in session.off_map:
        kinds = {
            OffMapKind.BLEB: _("skin blebs"), OffMapKind.NERVE_BLOCK: _("nerve block"),
            OffMapKind.OTHER: _("other"),
        }  # fmt: skip
        yield _("Also {kind}: {count} × {each} of {solution}.").format(
            kind=kinds[extra.kind], count=extra.count, each=ml_words(extra.ml_each),
            solution=session.solution(extra.solution_id).formula,
        )  # fmt: skip
    agents = ", ".join(f"{agent} {mg_words(mg)}" for agent, mg in sums.mg_by_agent.items())
    punctures = ngettext("{n} puncture", "{n} punctures", sums.punctures).format(n=sums.punctures)
    deposits = ngettext("{n} deposit", "{n} deposits", sums.deposits).format(n=sums.deposits)
    yield _("In all {punctures}, {deposits}, {ml}: {agents}.").format(
        punctures=punctures, deposits=deposits, ml=ml_words(sums.ml), agents=agents or _("no agent")
    )


def _given_of(atlas: Atlas, solution: Solution, marks: Sequence[Mark]) -> Iterator[str]:
    ways = {mark.injection.guidance for mark in marks}
    way = ways.pop() if len(ways) == 1 else None
    by = _(", by {guidance}").format(guidance=guidance_words(way)) if way else ""
    yield _("{solution} was injected{by} at {sites}.").format(
        solution=solution.formula, by=by, sites=_sites(atlas, marks)
    )


def _sites(atlas: Atlas, marks: Sequence[Mark]) -> str:
    """Return where marks lie and what was given at each, those of one site together."""
    by_name: dict[str, list[Mark]] = {}
    for mark in marks:
        by_name.setdefault(
            name_of_place(mark.site, mark.laterality, atlas.sites(mark.map.figure)), []
        ).append(mark)
    return "; ".join(
        f"{name} ({ml_words(sum((one.injection.ml for one in ours), start=ours[0].injection.ml * 0))})"
        for name, ours in by_name.items()
    )


def _after(facts: ChartFacts) -> Iterator[str]:
    details = facts.session.details
    after = details.after
    if after.tolerance is not None:
        yield {
            Tolerance.WELL: _("The injections were tolerated well."),
            Tolerance.WITH_DISCOMFORT: _("The injections were tolerated with discomfort."),
            Tolerance.STOPPED: _("The injections were stopped."),
        }[after.tolerance]
    if after.complications is not None:
        if after.complications == (Complication.NONE,):
            yield _("No complication.")
        else:
            names = ", ".join(complication_words(one) for one in after.complications)
            yield _("Complications: {names}.").format(names=names)
        if after.complication_words.strip():
            yield after.complication_words.strip()
    if details.pain_after is not None:
        yield _("Pain afterwards {pain}/10.").format(pain=details.pain_after)
    if after.observed_minutes is not None:
        yield ngettext(
            "Observed for {n} minute.", "Observed for {n} minutes.", after.observed_minutes
        ).format(n=after.observed_minutes)
    if after.condition:
        yield _("Left {condition}.").format(condition=after.condition.rstrip("."))
    if after.aftercare_given:
        yield _("Aftercare was explained and given in writing.")
    if details.plan.strip():
        yield _("Plan: {plan}").format(plan=details.plan.strip())


def complication_words(complication: Complication) -> str:
    """Return a complication as it is said."""
    return {
        Complication.NONE: _("none"),
        Complication.VASOVAGAL: _("vasovagal reaction"),
        Complication.HAEMATOMA: _("haematoma"),
        Complication.PARAESTHESIA: _("paraesthesia"),
        Complication.PNEUMOTHORAX: _("suspected pneumothorax"),
        Complication.DURAL_PUNCTURE: _("dural puncture"),
        Complication.ALLERGIC: _("allergic reaction"),
        Complication.LAST: _("local anaesthetic systemic toxicity"),
        Complication.OTHER: _("other"),
    }[complication]
