"""``charting atlas``: check the body maps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charting.command_line.telling import fail
from charting.domain import ChartingError

if TYPE_CHECKING:
    from charting.anatomy import Atlas


def atlas(
    folder: Annotated[Path | None, typer.Option(help="Another atlas than the one that came along.")] = None,
) -> None:
    """Check the body atlas, every file of it, and say what it holds."""
    from charting.anatomy import load_atlas, packaged_folder

    if folder is None and not (packaged_folder() / "index.json").is_file():
        fail("No body maps are here yet: python -m tools.body_maps makes them.")
    try:
        loaded = load_atlas(folder)
        loaded.check()
    except ChartingError as trouble:
        fail(f"The body atlas cannot be used: {trouble}")
    typer.echo(summary(loaded))


def summary(loaded: Atlas) -> str:
    """Return what an atlas holds, a line for each figure and one for its structures."""
    lines = [f"Body atlas {loaded.version} ({loaded.sha256[:12]})"]
    for figure in loaded.figures:
        by_region = Counter(view.region for view in loaded.views(figure.id))
        regions = ", ".join(f"{region.replace('_', ' ')} {count}" for region, count in by_region.items())
        lines.append(f"  {figure.title}, {figure.stature:.0f} mm: {by_region.total()} views ({regions})")
        lines.append(f"    {len(loaded.sites(figure.id).by_key)} sites")
    lines.append(f"  {len(loaded.structures)} structures")
    return "\n".join(lines)
