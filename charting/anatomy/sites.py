"""Where the structures lie on one figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from charting.anatomy.files import XYZ, LandmarkEntry, SiteEntry, SitesFile, Structure
from charting.anatomy.naming import PatchTable
from charting.domain import BodyMapUnusable, BodyPoint, Laterality, Site, UnknownSite
from charting.domain.sites import site_key

MIDLINE_WITHIN = 5.0
"""mm from the midline plane within which the anchors of a midline structure lie, on average."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Where a finger touches the skin to mean a site: all within ``radius`` mm of a body-frame curve."""

    skin: tuple[BodyPoint, ...]
    radius: float


@dataclass(frozen=True, slots=True, eq=False)
class NamedSite:
    """A site with its name in words and its structure, the same on every figure."""

    site: Site
    name: str
    structure: Structure


@dataclass(frozen=True, slots=True, eq=False)
class PlacedSite:
    """A site on one figure and its name in words; ``entry`` holds its places."""

    site: Site
    name: str
    structure: Structure
    entry: SiteEntry

    @property
    def anchor(self) -> tuple[BodyPoint, ...]:
        """Where it lies in the body: a point or a short curve, in the body frame."""
        return _curve(self.entry.anchor)

    @property
    def patches(self) -> tuple[Patch, ...]:
        """Where a finger touches the skin to mean it."""
        return tuple(Patch(_curve(patch.skin), patch.radius) for patch in self.entry.patches)


@dataclass(frozen=True, slots=True)
class Landmark:
    """A bony point that a finger can feel, in the body frame."""

    id: str
    name: str
    laterality: Laterality
    at: BodyPoint


@dataclass(frozen=True, eq=False)
class FigureSites:
    """Every site and landmark of one figure, sites by their key."""

    figure: str
    by_key: Mapping[str, PlacedSite]
    _landmarks: Mapping[tuple[str, Laterality], LandmarkEntry]

    def site(self, key: str) -> PlacedSite:
        """Return a site by its key; raises UnknownSite."""
        try:
            return self.by_key[key]
        except (KeyError, TypeError):
            raise UnknownSite(f"the figure {self.figure} has no site {key!r}") from None

    def landmark(self, landmark: str, laterality: Laterality) -> Landmark | None:
        """Return a landmark by its id and laterality, None where the figure has none such."""
        entry = self._landmarks.get((landmark, laterality))
        return None if entry is None else _landmark(entry)

    @cached_property
    def landmarks(self) -> tuple[Landmark, ...]:
        """Every landmark of the figure, in the order of its file."""
        return tuple(_landmark(entry) for entry in self._landmarks.values())

    @cached_property
    def table(self) -> PatchTable:
        """Every patch of the figure, ready to be searched."""
        return PatchTable.of(
            (placed.site, placed.name, patch.skin, patch.radius)
            for placed in self.by_key.values()
            for patch in placed.entry.patches
        )


def name_sites(structures: Iterable[Structure]) -> dict[str, NamedSite]:
    """Return every site that the structures have, by its key: each side, level and digit, in order."""
    return {
        site.key: NamedSite(site, name_of(structure, site), structure)
        for structure in structures
        for site in sites_of(structure)
    }


def place_sites(file: SitesFile, named: Mapping[str, NamedSite]) -> FigureSites:
    """Return where every one of the named sites lies on a figure, in their order.

    Raises BodyMapUnusable for a site that no structure has, one that is missing or there twice, and one on
    the wrong side of the body.
    """
    entry_by_key: dict[str, SiteEntry] = {}
    for entry in file.sites:
        key = site_key(entry.structure, entry.laterality, entry.level, entry.digit)
        if key not in named:
            raise BodyMapUnusable(f"{key} is not a site of any structure in the index")
        if key in entry_by_key:
            raise BodyMapUnusable(f"the site {key} is there twice")
        _refuse_wrong_side(key, entry.laterality, entry.anchor)
        for patch in entry.patches:
            _refuse_wrong_side(key, entry.laterality, patch.skin)
        entry_by_key[key] = entry
    if missing := named.keys() - entry_by_key.keys():
        raise BodyMapUnusable(f"the site {min(missing)} is missing")
    by_key = {
        key: PlacedSite(one.site, one.name, one.structure, entry_by_key[key]) for key, one in named.items()
    }
    landmarks = {(entry.id, entry.laterality): entry for entry in file.landmarks}
    if len(landmarks) != len(file.landmarks):
        raise BodyMapUnusable("a landmark is there twice")
    return FigureSites(file.figure, by_key, landmarks)


def sites_of(structure: Structure) -> list[Site]:
    """Return every site that a structure has: right before left, levels and digits in their order."""
    paired = structure.side == "paired"
    sides = (Laterality.RIGHT, Laterality.LEFT) if paired else (Laterality.MIDLINE,)
    parts: list[tuple[str | None, int | None]] = [(level, None) for level in structure.levels]
    parts += [(None, digit) for digit in structure.digits]
    return [
        Site(structure=structure.id, laterality=side, level=level, digit=digit)
        for side in sides
        for level, digit in parts or [(None, None)]
    ]


def name_of(structure: Structure, site: Site) -> str:
    """Return a site's name in words, as it stands on a chart: R or L first, level or digit last.

    >>> from charting.anatomy.files import Structure
    >>> capsule = Structure(
    ...     id="lumbar.facet_capsule", number=4, name="Lumbar facet joint capsule", synonyms=(),
    ...     region="low_back", kind="joint", side="paired", levels=("L4L5",), digits=(), cautions=(),
    ...     views=("low_back_posterior",), sources=())
    >>> name_of(capsule, sites_of(capsule)[0])
    'R lumbar facet joint capsule, L4/L5'

    A digit takes the place of the word for any of them, if the structure's name ends in it: ", index finger",
    never ", finger, index finger".
    """
    words = structure.name
    if site.laterality.letter:
        words = f"{site.laterality.letter} {_mid_sentence(words)}"
    if site.level:
        words = f"{words}, {level_in_words(site.level)}"
    if site.digit:
        words = f"{_ANY_DIGIT.sub('', words)}, {digit_in_words(structure.id, site.digit)}"
    return words


@cache
def level_in_words(level: str) -> str:
    """Return a level as it is spoken: the gap between two vertebrae with a stroke, a rib as a rib.

    >>> level_in_words("L4L5"), level_in_words("C7"), level_in_words("R7")
    ('L4/L5', 'C7', 'rib 7')
    """
    if rib := re.fullmatch(r"R(\d+)", level):
        return f"rib {rib[1]}"
    return re.sub(r"(\d)([A-Z])", r"\1/\2", level)


def digit_in_words(structure: str, digit: int) -> str:
    """Return a digit as a finger's name or a toe's number: "2nd finger" has been read as two fingers.

    >>> digit_in_words("hand.mcp", 2), digit_in_words("foot.mtp", 2)
    ('index finger', '2nd toe')
    """
    if structure.startswith(("hand.", "wrist.", "finger.", "thumb.")):
        return ("thumb", "index finger", "middle finger", "ring finger", "little finger")[digit - 1]
    return ("big toe", "2nd toe", "3rd toe", "4th toe", "5th toe")[digit - 1]


_ANY_DIGIT = re.compile(r", (?:lesser )?(?:finger|toe)s?$")
_EPONYMS = ("Achilles", "Baker", "Gerdy", "Lisfranc", "Lister")


@cache
def _mid_sentence(words: str) -> str:
    """Return a name as it stands after another word: lower case unless a person's or an abbreviation."""
    if words.startswith(_EPONYMS) or not words[1:2].islower():
        return words
    return words[0].lower() + words[1:]


def _refuse_wrong_side(key: str, laterality: Laterality, curve: tuple[XYZ, ...]) -> None:
    """Raise BodyMapUnusable if a curve of a site does not lie on the side that the site states."""
    if laterality is Laterality.MIDLINE:
        off = abs(sum(x for x, _, _ in curve) / len(curve))
        if off > MIDLINE_WITHIN:
            raise BodyMapUnusable(f"the midline site {key} lies {off:.1f} mm from the midline")
        return
    # points are compared by x first: min is the rightmost, max the leftmost
    beyond = min(curve)[0] <= 0 if laterality is Laterality.LEFT else max(curve)[0] >= 0
    if beyond:
        raise BodyMapUnusable(f"the site {key} does not lie on the patient's {laterality}")


def _curve(points: tuple[XYZ, ...]) -> tuple[BodyPoint, ...]:
    return tuple(BodyPoint(*point) for point in points)


def _landmark(entry: LandmarkEntry) -> Landmark:
    return Landmark(entry.id, entry.name, entry.laterality, BodyPoint(*entry.at))
