"""The agents that solutions hold: one name each in the record, other names where a locale prefers them."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from charting.domain.values import Record

Agent = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
"""A drug by its one name in the record: ``dextrose``, ``lidocaine``; a locale may show another."""


class AgentKind(StrEnum):
    """What an agent is for."""

    PROLIFERANT = "proliferant"
    ANAESTHETIC = "anaesthetic"
    VASOCONSTRICTOR = "vasoconstrictor"
    OTHER = "other"


class AgentFacts(Record):
    """What is known of an agent.

    ``also`` are its other names, ``made_from`` what it comes from as far as an allergy to that matters, with
    ``source`` for it.
    """

    agent: Agent
    kind: AgentKind
    also: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
    source: str = ""


AGENTS: dict[str, AgentFacts] = {
    one.agent: one
    for one in (
        AgentFacts(
            agent="dextrose", kind=AgentKind.PROLIFERANT, also=("glucose", "d-glucose"), made_from=("corn",),
            source="Baxter Canada, dextrose injection: purified from corn; NCT05160532 excludes corn allergy",
        ),
        AgentFacts(
            agent="sodium_morrhuate", kind=AgentKind.PROLIFERANT,
            also=("morrhuate", "morrhuate sodium", "sodium morrhuate"), made_from=("fish",),
            source="studylib 7243000, instructions for prolotherapy: fish allergy",
        ),
        AgentFacts(agent="phenol", kind=AgentKind.PROLIFERANT),
        AgentFacts(agent="glycerin", kind=AgentKind.PROLIFERANT, also=("glycerine", "glycerol")),
        AgentFacts(
            agent="lidocaine", kind=AgentKind.ANAESTHETIC, also=("lignocaine", "xylocaine"),
            made_from=("amide",),
        ),
        AgentFacts(
            agent="bupivacaine", kind=AgentKind.ANAESTHETIC, also=("marcaine",), made_from=("amide",)
        ),
        AgentFacts(agent="ropivacaine", kind=AgentKind.ANAESTHETIC, also=("naropin",), made_from=("amide",)),
        AgentFacts(agent="mepivacaine", kind=AgentKind.ANAESTHETIC, made_from=("amide",)),
        AgentFacts(agent="procaine", kind=AgentKind.ANAESTHETIC, also=("novocaine",)),
        AgentFacts(agent="chloroprocaine", kind=AgentKind.ANAESTHETIC),
        AgentFacts(agent="epinephrine", kind=AgentKind.VASOCONSTRICTOR, also=("adrenaline",)),
        AgentFacts(
            agent="sodium_bicarbonate", kind=AgentKind.OTHER, also=("bicarbonate", "sodium bicarbonate")
        ),
        AgentFacts(agent="sodium_chloride", kind=AgentKind.OTHER, also=("saline", "sodium chloride")),
        AgentFacts(agent="iopamidol", kind=AgentKind.OTHER, made_from=("contrast",)),
    )
}  # fmt: skip
"""The agents that this release knows; a solution may hold others, of which nothing is known."""

_BY_NAME = {
    name: one.agent for one in AGENTS.values() for name in (one.agent, one.agent.replace("_", " "), *one.also)
}

NAMES: dict[str, dict[str, str]] = {
    "US": {"glycerin": "glycerin"},
    "INN": {
        "dextrose": "glucose", "lidocaine": "lidocaine", "epinephrine": "epinephrine", "glycerin": "glycerol",
    },
    "AU": {
        "dextrose": "glucose", "lidocaine": "lignocaine", "epinephrine": "adrenaline", "glycerin": "glycerol",
    },
}  # fmt: skip
"""How a country names an agent, where it is not as the record does."""


def agent_of(text: str) -> str | None:
    """Return the agent that a text names, whatever its case and whichever of its names; none if unknown.

    >>> agent_of("Lignocaine"), agent_of("glucose"), agent_of("adrenaline"), agent_of("honey")
    ('lidocaine', 'dextrose', 'epinephrine', None)
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _BY_NAME.get(plain)


def agent_in_words(agent: str, names: str = "US") -> str:
    """Return an agent's name as one of the sets of NAMES has it.

    >>> agent_in_words("lidocaine", "AU"), agent_in_words("sodium_morrhuate")
    ('lignocaine', 'sodium morrhuate')
    """
    return NAMES.get(names, {}).get(agent, agent.replace("_", " "))


def is_anaesthetic(agent: str) -> bool:
    """Say whether an agent is a local anaesthetic, whose doses add up."""
    facts = AGENTS.get(agent)
    return facts is not None and facts.kind is AgentKind.ANAESTHETIC
