"""Published protocols and the clinic's own: sites, volumes, solutions and schedule, with the source.

A protocol is never "recommended": it says who published it. Only what stands on the page that is named is
here; what a reader would have to guess is in ``note``.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from charting.domain.amounts import Millilitres
from charting.domain.marks import Technique
from charting.domain.recipes import Labelled, Recipe, Stock
from charting.domain.solutions import Component
from charting.domain.text import Prose, Words
from charting.domain.values import Record

ProtocolId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
StructureId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{1,99}$")]


class Part(StrEnum):
    """Whether a site belongs to the protocol always, or only where it hurts."""

    CORE = "core"
    OPTIONAL = "optional"


class ProtocolSolution(Record):
    """A solution that a protocol names by a short key: what it holds, and the recipe if one was published."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,8}$")]
    name: Words
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=8)]
    recipe: Recipe | None = None


class ProtocolSite(Record):
    """Where a protocol injects: a structure, how many places there, and what at each.

    ``levels`` and ``digits`` choose among those of the structure; none means every one that it has.
    ``places`` marks are laid side by side at the structure.
    """

    structure: StructureId
    solution: str
    ml_each: Millilitres
    deposits: Annotated[int, Field(ge=1, le=100)] = 1
    places: Annotated[int, Field(ge=1, le=20)] = 1
    levels: Annotated[tuple[str, ...], Field(max_length=40)] = ()
    digits: Annotated[tuple[int, ...], Field(max_length=5)] = ()
    technique: Technique | None = None
    part: Part = Part.CORE


class Protocol(Record):
    """A set of sites with volumes, solutions and a schedule; ``weeks`` counts from the first session.

    ``citation`` is what a mark's provenance says ("from Dumais 2012"), ``source`` where it can be read.
    """

    id: ProtocolId
    title: Words
    citation: Words
    source: Words
    region: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    solutions: Annotated[tuple[ProtocolSolution, ...], Field(min_length=1, max_length=8)]
    sites: Annotated[tuple[ProtocolSite, ...], Field(min_length=1, max_length=100)]
    weeks: Annotated[tuple[Annotated[int, Field(ge=0, le=520)], ...], Field(max_length=40)] = ()
    most_ml: Millilitres | None = None
    note: Prose = ""
    published: bool = False

    @model_validator(mode="after")
    def _names_what_it_has(self) -> Self:
        keys = [one.key for one in self.solutions]
        if len(set(keys)) != len(keys):
            raise ValueError("names a solution twice")
        unknown = {site.solution for site in self.sites} - set(keys)
        if unknown:
            raise ValueError(f"a site has the solution {min(unknown)}, which the protocol does not hold")
        return self

    @property
    def ml(self) -> Decimal:
        """The volume of its core sites on one side, mL."""
        core = (one for one in self.sites if one.part is Part.CORE)
        return sum((one.ml_each * one.deposits * one.places for one in core), Decimal(0))


def _mix(**percents: str) -> tuple[Component, ...]:
    return tuple(Component(agent=agent, percent=Decimal(percent)) for agent, percent in percents.items())


def _each(ml: str, solution: str, *structures: str, part: Part = Part.CORE) -> tuple[ProtocolSite, ...]:
    return tuple(
        ProtocolSite(structure=one, solution=solution, ml_each=Decimal(ml), part=part) for one in structures
    )


PUBLISHED: tuple[Protocol, ...] = (
    Protocol(
        id="dumais_2012_knee",
        title="Knee osteoarthritis: joint and collateral ligaments",
        citation="Dumais 2012",
        source="painmedicine 13/8/990; PMC5079700, table 2",
        region="knee",
        solutions=(
            ProtocolSolution(
                key="IA", name="Intra-articular", components=_mix(dextrose="20", lidocaine="0.5")
            ),
            ProtocolSolution(key="EA", name="Ligaments", components=_mix(dextrose="15", lidocaine="0.6")),
        ),
        sites=(
            ProtocolSite(
                structure="knee.joint", solution="IA", ml_each=Decimal(5), technique=Technique.INTRA_ARTICULAR
            ),
            *(
                ProtocolSite(structure=one, solution="EA", ml_each=Decimal(1), places=2)
                for one in ("knee.mcl.femoral", "knee.mcl.tibial", "knee.lcl.femoral", "knee.lcl.fibular")
            ),
        ),
        weeks=(0, 4, 8, 12),
        note="Eight sites: the osteotendinous junction of both insertions of the collateral ligaments. "
        "Here two places at each of the four insertions.",
        published=True,
    ),
    Protocol(
        id="bertrand_2016_shoulder",
        title="Rotator cuff tendinopathy",
        citation="Bertrand 2016",
        source="NCT01402011; archives-pmr.org S0003-9993(15)01091-6",
        region="shoulder",
        solutions=(
            ProtocolSolution(
                key="S", name="Dextrose 25 % + lidocaine 0.1 %",
                components=_mix(dextrose="25", lidocaine="0.1"),
            ),
        ),
        sites=(
            *_each(
                "1", "S", "shoulder.supraspinatus", "shoulder.infraspinatus",
                "shoulder.teres_minor_insertion", "shoulder.subscapularis",
                "shoulder.biceps_long_origin", "shoulder.biceps_short_coracoid",
                "shoulder.ighl_anterior", "shoulder.ighl_posterior",
            ),
            *_each(
                "1", "S", "shoulder.teres_minor_origin", "shoulder.triceps_long_head", part=Part.OPTIONAL
            ),
        ),
        note="Three sets, a month apart. One deposit of 1 mL at each named structure is assumed: the "
        "registry says injections of 1 mL. The last two where they are symptomatic.",
        published=True,
    ),
    Protocol(
        id="rabago_2013_knee",
        title="Knee osteoarthritis: joint, 25 %, and ligament insertions, 15 %",
        citation="Rabago 2013",
        source="annfammed 11/3/229 with its erratum; PMC5079700, table 2; NCT00085722",
        region="knee",
        solutions=(
            ProtocolSolution(
                key="IA", name="Intra-articular", components=_mix(dextrose="25", lidocaine="0.5"),
                recipe=Recipe(
                    stocks=(
                        Stock(
                            name="Dextrose 50 %", amount=Decimal(5),
                            contents=(Labelled(agent="dextrose", strength=Decimal(50)),),
                        ),
                        Stock(
                            name="Lidocaine 1 %", amount=Decimal(5),
                            contents=(Labelled(agent="lidocaine", strength=Decimal(1)),),
                        ),
                    )
                ),
            ),
        ),
        sites=(
            ProtocolSite(
                structure="knee.joint", solution="IA", ml_each=Decimal(6), technique=Technique.INTRA_ARTICULAR
            ),
        ),
        weeks=(1, 5, 9),
        note="Weeks 13 and 17 optional. At each tender ligament insertion 0.5 mL of dextrose 15 %, up to "
        "22.5 mL (45 deposits): which insertions, and how much lidocaine, is the clinician's to mark.",
        published=True,
    ),
)  # fmt: skip
"""The protocols that the tool ships."""
