"""The atlas: its figures, structures and views, loaded from its folder and found by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path

import charting
from charting.anatomy.files import FigureEntry, IndexFile, SitesFile, Structure, ViewEntry, parse, read_bytes
from charting.anatomy.sites import FigureSites, NamedSite, PlacedSite, name_sites, place_sites
from charting.anatomy.view import View, read_view
from charting.domain import (
    BodyMapUnusable,
    Laterality,
    NotAPlace,
    UnknownFigure,
    UnknownRegion,
    UnknownStructure,
    UnknownView,
)

KEPT_VIEWS = 64
"""How many views stay in memory once read; a view takes about half a megabyte."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A reference body: ``stature`` in mm."""

    id: str
    title: str
    sex: str
    stature: float


@dataclass(frozen=True, eq=False)
class Atlas:
    """All body maps and structures of one release.

    ``version`` and ``sha256``, that of the index, which holds those of all other files, are what a mark
    stores to say on which drawing it was made. The sites of a figure, and a view, are read and checked when
    they are first asked for; ``check`` reads all.
    """

    folder: Path
    version: str
    sha256: str
    figures: tuple[Figure, ...]
    structures: tuple[Structure, ...]
    _figures: Mapping[str, FigureEntry]
    _entries: Mapping[str, Mapping[str, ViewEntry]]
    _structure_by_id: Mapping[str, Structure] = field(init=False)
    _sites: Callable[[str], FigureSites] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_structure_by_id", {one.id: one for one in self.structures})
        object.__setattr__(self, "_read", lru_cache(maxsize=KEPT_VIEWS)(self._read))
        object.__setattr__(self, "_sites", cache(self._read_sites))

    def figure(self, figure: str) -> Figure:
        """Return a figure by its id; raises UnknownFigure."""
        for one in self.figures:
            if one.id == figure:
                return one
        raise UnknownFigure(f"the atlas has no figure {figure!r}")

    def structure(self, structure: str) -> Structure:
        """Return a structure by its id; raises UnknownStructure."""
        try:
            return self._structure_by_id[structure]
        except (KeyError, TypeError):
            raise UnknownStructure(f"the atlas has no structure {structure!r}") from None

    def sites(self, figure: str) -> FigureSites:
        """Return where every structure lies on a figure.

        Raises UnknownFigure, and BodyMapUnusable if the figure's file of sites is damaged.
        """
        return self._sites(self.figure(figure).id)

    def site(self, figure: str, key: str) -> PlacedSite:
        """Return a site by its key, such as ``hand.mcp/left/2``; raises UnknownFigure, UnknownSite."""
        return self.sites(figure).site(key)

    def regions(self, figure: str) -> tuple[str, ...]:
        """Return the regions that a figure has views of, in the order of the index; raises UnknownFigure."""
        return tuple(dict.fromkeys(entry.region for entry in self.views(figure)))

    def views(self, figure: str) -> tuple[ViewEntry, ...]:
        """Return what the index says of a figure's views, in its order; raises UnknownFigure."""
        return tuple(self._entries[self.figure(figure).id].values())

    def views_for(
        self, figure: str, region: str, laterality: Laterality | None = None
    ) -> tuple[ViewEntry, ...]:
        """Return a region's views, with a side only those that show it: of that side, or of both.

        Raises UnknownFigure, UnknownRegion.
        """
        of_region = [entry for entry in self.views(figure) if entry.region == region]
        if not of_region:
            raise UnknownRegion(f"the figure {figure} has no views of the region {region!r}")
        if laterality is None or laterality is Laterality.MIDLINE:
            return tuple(of_region)
        return tuple(entry for entry in of_region if entry.side is None or entry.side is laterality)

    def view(self, figure: str, view: str) -> View:
        """Return a view, whole and checked.

        Raises UnknownFigure, UnknownView, and BodyMapUnusable if its files are damaged.
        """
        return self._read(self._entry(figure, view))

    def drawing(self, view: View) -> str:
        """Return a view's drawing as SVG text; raises BodyMapUnusable if it has changed since it was read."""
        name = view.drawing.relative_to(self.folder).as_posix()
        return read_bytes(self.folder, name, view.drawing_sha256).decode("utf-8")

    def check(self) -> None:
        """Read the sites and every view of every figure; at start-up this takes the place of trust.

        Raises BodyMapUnusable at the first file that is missing, damaged, or contradicts the others.
        """
        for figure in self.figures:
            sites = self._read_sites(figure.id)
            for entry in self.views(figure.id):
                view = read_view(self.folder, entry, self.version, sites)
                read_bytes(self.folder, entry.thumbnail)
                for close_up in (name for area in view.areas for name in area.views):
                    if close_up not in self._entries[figure.id]:
                        raise BodyMapUnusable(f"{entry.file}: it offers the unknown view {close_up}")

    def _entry(self, figure: str, view: str) -> ViewEntry:
        try:
            return self._entries[self.figure(figure).id][view]
        except (KeyError, TypeError):
            raise UnknownView(f"the figure {figure} has no view {view!r}") from None

    def _read(self, entry: ViewEntry) -> View:
        return read_view(self.folder, entry, self.version, self.sites(entry.figure))

    def _read_sites(self, figure: str) -> FigureSites:
        entry = self._figures[figure]
        file = parse(SitesFile, entry.sites, read_bytes(self.folder, entry.sites, entry.sites_sha256))
        if (file.figure, file.version) != (figure, self.version):
            raise BodyMapUnusable(
                f"{entry.sites} is of {file.figure} {file.version}, the index of {figure} {self.version}"
            )
        try:
            return place_sites(file, self._named)
        except (BodyMapUnusable, NotAPlace) as trouble:
            raise BodyMapUnusable(f"{entry.sites}: {trouble}") from trouble

    @cached_property
    def _named(self) -> Mapping[str, NamedSite]:
        return name_sites(self.structures)


def load_atlas(folder: Path | None = None) -> Atlas:
    """Return the atlas in a folder, or the one that came with the program.

    The index is read and checked here; the sites of a figure, and a view, when they are asked for, or all at
    once by ``Atlas.check``. Raises AtlasTooNew, BodyMapUnusable.
    """
    folder = packaged_folder() if folder is None else Path(folder)
    content = read_bytes(folder, "index.json")
    index = parse(IndexFile, "index.json", content)
    _refuse_twice("the figure", [figure.id for figure in index.figures])
    _refuse_twice("the structure", [structure.id for structure in index.structures])
    _refuse_twice("the structure number", [str(structure.number) for structure in index.structures])
    _refuse_twice("the structure called", [structure.name.casefold() for structure in index.structures])
    _refuse_twice("the view", [f"{view.figure}/{view.id}" for view in index.views])
    for structure in index.structures:
        _refuse_twice(f"{structure.id}: the level", structure.levels)
        _refuse_twice(f"{structure.id}: the digit", [str(digit) for digit in structure.digits])
        if structure.levels and structure.digits:
            raise BodyMapUnusable(f"index.json: {structure.id} has both levels and digits")
    return Atlas(
        folder=folder,
        version=index.version,
        sha256=hashlib.sha256(content).hexdigest(),
        figures=tuple(Figure(one.id, one.title, one.sex, one.stature_mm) for one in index.figures),
        structures=index.structures,
        _figures={figure.id: figure for figure in index.figures},
        _entries=_views_by_figure(index),
    )


def packaged_folder() -> Path:
    """Return the folder of the atlas that came with the program: in the wheel, or beside the package."""
    package = Path(charting.__file__).parent
    inside = package / "assets" / "body_maps"
    return inside if inside.is_dir() else package.parent / "assets" / "body_maps"


def _views_by_figure(index: IndexFile) -> Mapping[str, Mapping[str, ViewEntry]]:
    """Return each figure's views by their ids; raises BodyMapUnusable if two figures differ in them."""
    by_figure: dict[str, dict[str, ViewEntry]] = {figure.id: {} for figure in index.figures}
    for entry in index.views:
        if entry.figure not in by_figure:
            raise BodyMapUnusable(f"index.json: the view {entry.id} is of the unknown figure {entry.figure}")
        by_figure[entry.figure][entry.id] = entry
    first, *others = by_figure
    for other in others:
        if differ := sorted(by_figure[first].keys() ^ by_figure[other].keys()):
            raise BodyMapUnusable(f"index.json: {first} and {other} do not both have the view {differ[0]}")
        for view, entry in by_figure[first].items():
            if (entry.region, entry.side, entry.aspect) != (
                by_figure[other][view].region, by_figure[other][view].side, by_figure[other][view].aspect,
            ):  # fmt: skip
                raise BodyMapUnusable(f"index.json: {view} is not the same view on {first} and {other}")
    return by_figure


def _refuse_twice(what: str, names: list[str] | tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BodyMapUnusable(f"index.json: {what} {name} is there twice")
        seen.add(name)
