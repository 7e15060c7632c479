"""What a patient takes home: stages with days, what to avoid, warning signs. The clinic's own words.

The default texts are the first clinic's own page on prolotherapy. Days count from the session; a stage's
text names its dates by ``{start}`` and ``{end}``.
"""

from __future__ import annotations

import string
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from charting.domain.text import Prose, Words
from charting.domain.values import Record

Language = Literal["en", "fr"]
Days = Annotated[int, Field(ge=0, le=730)]


class Stage(Record):
    """A stretch of days after the session, and what holds in it; without an end it goes on."""

    heading: Words
    words: Prose
    start: Days
    end: Days | None = None

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ValueError("ends before it begins")
        try:
            named = {name for _, name, _, _ in string.Formatter().parse(self.words) if name is not None}
        except ValueError:
            raise ValueError("has a bracket that does not close") from None
        known = {"start"} if self.end is None else {"start", "end"}
        if named - known:
            raise ValueError("names a date that it does not have; there are {start} and {end}")
        return self


class Aftercare(Record):
    """The clinic's sheet in one language. ``call`` says whom to call, and is the clinic's to fill in."""

    language: Language
    title: Words
    opening: Prose
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=12)]
    warning_heading: Words
    warnings: Annotated[tuple[Words, ...], Field(max_length=20)]
    call: Prose = ""


ENGLISH = Aftercare(
    language="en",
    title="After your injections",
    opening="Several points around the area were injected. Soreness is expected: the solution is meant to "
    "start healing, and the joint may feel worse before it feels better.",
    stages=(
        Stage(
            heading="Soreness and stiffness",
            words="May last until {end}. Heat helps: a hot bath or a heating pad.",
            start=0, end=7,
        ),
        Stage(
            heading="Medicines to avoid",
            words="Until {end}, do not take anti-inflammatories (ibuprofen, naproxen, aspirin and the like), "
            "acetaminophen or corticosteroids: they impair healing. Never stop a medicine that was "
            "prescribed to you without asking us.",
            start=0, end=7,
        ),
        Stage(
            heading="Light exercise",
            words="Until {end}. No excessive motion or force to the injected area.",
            start=0, end=14,
        ),
        Stage(
            heading="Back to exercise and activity",
            words="From {start} to {end}, step by step, as your examination and what you can do allow.",
            start=14, end=42,
        ),
        Stage(heading="Complete activities", words="From {start}.", start=42),
    ),
    warning_heading="Call us at once if you have",
    warnings=(
        "fever together with pain at the injection site",
        "drainage or bleeding from an injection site",
    ),
)  # fmt: skip

FRENCH = Aftercare(
    language="fr",
    title="Après vos injections",
    opening="Plusieurs points autour de la région ont été injectés. La douleur est attendue : la solution "
    "vise à déclencher la guérison, et l’articulation peut aller moins bien avant d’aller mieux.",
    stages=(
        Stage(
            heading="Douleur et raideur",
            words="Peuvent durer jusqu’au {end}. La chaleur aide : bain chaud ou coussin chauffant.",
            start=0, end=7,
        ),
        Stage(
            heading="Médicaments à éviter",
            words="Jusqu’au {end}, ne prenez pas d’anti-inflammatoires (ibuprofène, naproxène, aspirine et "
            "semblables), d’acétaminophène ni de corticostéroïdes : ils nuisent à la guérison. N’arrêtez "
            "jamais un médicament prescrit sans nous en parler.",
            start=0, end=7,
        ),
        Stage(
            heading="Exercice léger",
            words="Jusqu’au {end}. Pas de mouvement ni d’effort excessif de la région injectée.",
            start=0, end=14,
        ),
        Stage(
            heading="Reprise de l’exercice et des activités",
            words="Du {start} au {end}, par étapes, selon l’examen et vos capacités.",
            start=14, end=42,
        ),
        Stage(heading="Activités complètes", words="À partir du {start}.", start=42),
    ),
    warning_heading="Appelez-nous sans attendre en cas de",
    warnings=(
        "fièvre avec douleur au point d’injection",
        "écoulement ou saignement d’un point d’injection",
    ),
)  # fmt: skip

SHIPPED_SHEETS: dict[str, Aftercare] = {one.language: one for one in (ENGLISH, FRENCH)}
"""The sheets of a clinic that has changed none."""
