"""Contact sheets: all views of a figure on pages of pictures, with bones and sites, for review by eye."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import resvg_py

from .draw import resolved

INK, PAPER = (21, 32, 43), (255, 255, 255)
Font = PIL.ImageFont.ImageFont | PIL.ImageFont.FreeTypeFont
FRAME = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def picture(
    svg: str,
    *,
    within: tuple[int, int],
    theme: str = "",
    layers: tuple[str, ...] = ("bones", "landmarks"),
    paper: str = "#ffffff",
) -> PIL.Image.Image:
    """Return a drawing as a picture that fits in ``within`` (columns, rows) pixels."""
    frame = FRAME.search(svg)
    if frame is None:
        raise ValueError("This drawing has no frame that begins at 0, 0.")
    wide, high = (float(side) for side in frame.groups())
    zoom = min(within[0] / wide, within[1] / high)
    plain = resolved(svg, theme, layers=layers)
    plain = re.sub(r' width="[^"]*"', f' width="{wide:g}"', plain, count=1)
    plain = re.sub(r' height="[^"]*"', f' height="{high:g}"', plain, count=1)
    data = bytes(resvg_py.svg_to_bytes(svg_string=plain, zoom=zoom, background=paper))
    return PIL.Image.open(io.BytesIO(data)).convert("RGB")


def contact_sheets(
    drawings: Sequence[tuple[str, str]],
    *,
    tile: tuple[int, int] = (420, 520),
    columns: int = 5,
    rows: int = 3,
    layers: tuple[str, ...] = ("bones", "sites"),
    theme: str = "",
) -> list[PIL.Image.Image]:
    """Return pages of pictures of (title, SVG) drawings, ``columns`` by ``rows`` on a page, titles below.

    Titles are written as large as their tile allows and wrapped within it; drawings stand on the titles.
    """
    gap, size = 12, 17 if tile[0] >= 300 else 13
    font = PIL.ImageFont.load_default(size=size)
    titles = [wrapped(title, font, tile[0]) for title, _ in drawings]
    leading = size + 4
    cell = (tile[0] + gap, tile[1] + gap + 6 + leading * max(map(len, titles), default=1))
    pages = []
    for begin in range(0, len(drawings), columns * rows):
        here = drawings[begin : begin + columns * rows]
        used = -(-len(here) // columns)
        page = PIL.Image.new("RGB", (columns * cell[0] + gap, used * cell[1] + gap), PAPER)
        pen = PIL.ImageDraw.Draw(page)
        for n, (_, svg) in enumerate(here):
            image = picture(svg, within=tile, layers=layers, theme=theme)
            left, top = gap + (n % columns) * cell[0], gap + (n // columns) * cell[1]
            page.paste(image, (left + (tile[0] - image.width) // 2, top + tile[1] - image.height))
            for row, words in enumerate(titles[begin + n]):
                at = (left + tile[0] / 2, top + tile[1] + 4 + row * leading)
                pen.text(at, words, fill=INK, font=font, anchor="ma")
        pages.append(page)
    return pages


def wrapped(text: str, font: Font, width: float) -> list[str]:
    """Return a text in lines that are no wider than ``width`` pixels, but for a word that is wider by itself."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def sheets_of(
    assets: Path, figure: str, *, small: bool = False, layers: tuple[str, ...] = ("bones", "sites")
) -> list[PIL.Image.Image]:
    """Return the contact sheets of a figure's views in the assets; ``small`` puts them all on one page."""
    index = json.loads((assets / "index.json").read_text(encoding="utf-8"))
    drawings = [
        (view["title"], (assets / view["svg"]).read_text(encoding="utf-8"))
        for view in index["views"]
        if view["figure"] == figure
    ]
    if small:
        return contact_sheets(
            [(title, without_texts(svg)) for title, svg in drawings],
            tile=(190, 240),
            columns=10,
            rows=100,
            layers=layers,
        )
    return contact_sheets(drawings, layers=layers)


def without_texts(svg: str) -> str:
    """Return a drawing without its scale and the words at its edges, which are dust in a small picture."""
    svg = re.sub(r'<g [^>]*id="[^"]*-scale".*?</g>', "", svg, count=1, flags=re.DOTALL)
    return re.sub(r'<text [^>]*class="edge".*?</text>', "", svg, flags=re.DOTALL)


def write_sheets(assets: Path, figure: str, folder: Path, *, small: bool = False) -> list[Path]:
    """Write the contact sheets of a figure as PNG files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, page in enumerate(sheets_of(assets, figure, small=small), start=1):
        path = folder / (f"{figure}.png" if small else f"{figure}_{number}.png")
        page.quantize(colors=128 if small else 256, dither=PIL.Image.Dither.NONE).save(path, optimize=True)
        written.append(path)
    return written
