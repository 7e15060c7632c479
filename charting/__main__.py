"""Chart injection sites on body maps that are exact in millimetres."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from charting.anatomy import Atlas, load_atlas, packaged_folder
from charting.domain import ChartingError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def charting() -> None:
    """Chart injection sites on body maps that are exact in millimetres."""


@app.command()
def atlas(
    folder: Annotated[Path | None, typer.Option(help="Another atlas than the one that came along.")] = None,
) -> None:
    """Check the body atlas, every file of it, and say what it holds."""
    if folder is None and not (packaged_folder() / "index.json").is_file():
        typer.echo("No body maps are here yet: python -m tools.body_maps makes them.", err=True)
        sys.exit(1)
    try:
        loaded = load_atlas(folder)
        loaded.check()
    except ChartingError as trouble:
        typer.echo(f"The body atlas cannot be used: {trouble}", err=True)
        sys.exit(1)
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


if __name__ == "__main__":
    app(prog_name="charting")
