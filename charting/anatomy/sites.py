"""Where the structures lie on one figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from charting.anatomy.files import LandmarkEntry, SiteEntry, SitesFile, Structure
from charting.anatomy.naming import PatchTable
from charting.domain import BodyMapUnusable, BodyPoint, Laterality, Site, UnknownSite

MIDLINE_WITHIN = 5.0
"""mm from the midline plane within which the anchors of a midline structure lie, on average."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Where a finger touches the skin to mean a site: all within ``radius`` mm of a body-frame curve."""

    skin: tuple[BodyPoint, ...]
    radius: float


@dataclass(frozen=True, slots=True)
class PlacedSite:
    """A site on one figure: its name in words, its ``anchor`` in the body and its patches on the skin."""

    site: Site
    name: str
    structure: Structure
    anchor: tuple[BodyPoint, ...]
    patches: tuple[Patch, ...]


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
    landmarks: tuple[Landmark, ...]

    def site(self, key: str) -> PlacedSite:
        """Return a site by its key; raises UnknownSite."""
        try:
            return self.by_key[key]
        except (KeyError, TypeError):
            raise UnknownSite(f"the figure {self.figure} has no site {key!r}") from None

    @cached_property
    def table(self) -> PatchTable:
        """Every patch of the figure, ready to be searched."""
        return PatchTable.of(
            (placed.site, placed.name, [(p.x, p.y, p.z) for p in patch.skin], patch.radius)
            for placed in self.by_key.values()
            for patch in placed.patches
        )


def place_sites(file: SitesFile, structures: Iterable[Structure]) -> FigureSites:
    """Return a figure's sites, every structure at each of its sides, levels and digits, and nowhere else.

    Raises BodyMapUnusable for a site that no structure has, one that is missing or there twice, and one on
    the wrong side of the body.
    """
    owner = {site.key: (site, structure) for structure in structures for site in sites_of(structure)}
    found: dict[str, PlacedSite] = {}
    for entry in file.sites:
        key = Site(
            structure=entry.structure, laterality=entry.laterality, level=entry.level, digit=entry.digit
        ).key
        if key not in owner:
            raise BodyMapUnusable(f"{key} is not a site of any structure in the index")
        if key in found:
            raise BodyMapUnusable(f"the site {key} is there twice")
        found[key] = _place(entry, *owner[key])
    if missing := owner.keys() - found.keys():
        raise BodyMapUnusable(f"the site {min(missing)} is missing")
    by_key = {key: found[key] for key in owner}
    landmarks = tuple(_landmark(entry) for entry in file.landmarks)
    known = {(landmark.id, landmark.laterality) for landmark in landmarks}
    if len(known) != len(landmarks):
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
    ...     id="lumbar.facet_capsule", number=4, name="Lumbar facet joint capsule", synonyms=(), kind="joint",
    ...     side="paired", levels=("L4L5",), digits=(), cautions=(), views=("low_back",), sources=())
    >>> name_of(capsule, sites_of(capsule)[0])
    'R lumbar facet joint capsule, L4/L5'
    """
    words = structure.name
    if site.laterality.letter:
        words = f"{site.laterality.letter} {_mid_sentence(words)}"
    if site.level:
        words = f"{words}, {level_in_words(site.level)}"
    if site.digit:
        words = f"{words}, {digit_in_words(structure.id, site.digit)}"
    return words


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
    return ("great toe", "2nd toe", "3rd toe", "4th toe", "5th toe")[digit - 1]


_EPONYMS = ("Achilles", "Baker", "Cooper", "Gerdy", "Lister", "Lisfranc", "Poupart")


def _mid_sentence(words: str) -> str:
    """Return a name as it stands after another word: lower case unless a person's or an abbreviation."""
    if words.startswith(_EPONYMS) or not words[1:2].islower():
        return words
    return words[0].lower() + words[1:]


def _place(entry: SiteEntry, site: Site, structure: Structure) -> PlacedSite:
    anchor = tuple(BodyPoint(*point) for point in entry.anchor)
    patches = tuple(
        Patch(tuple(BodyPoint(*point) for point in patch.skin), patch.radius) for patch in entry.patches
    )
    _refuse_wrong_side(site, anchor)
    for patch in patches:
        _refuse_wrong_side(site, patch.skin)
    return PlacedSite(site, name_of(structure, site), structure, anchor, patches)


def _refuse_wrong_side(site: Site, points: tuple[BodyPoint, ...]) -> None:
    """Raise BodyMapUnusable if a curve of a site does not lie on the side that the site states."""
    if site.laterality is Laterality.MIDLINE:
        off = abs(sum(point.x for point in points) / len(points))
        if off > MIDLINE_WITHIN:
            raise BodyMapUnusable(f"the midline site {site.key} lies {off:.1f} mm from the midline")
        return
    sign = 1 if site.laterality is Laterality.LEFT else -1
    if any(point.x * sign <= 0 for point in points):
        raise BodyMapUnusable(f"the site {site.key} does not lie on the patient's {site.laterality}")


def _landmark(entry: LandmarkEntry) -> Landmark:
    return Landmark(entry.id, entry.name, entry.laterality, BodyPoint(*entry.at))
