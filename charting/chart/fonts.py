"""The fonts that come with the program: how wide a text is in them, and which of them can write it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import charting

FOLDER = Path(charting.__file__).parent / "fonts"

FAMILY = "Source Sans 3"
FALLBACKS = ("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans JP", "Noto Emoji")
CSS_FAMILY = ", ".join(f"'{name}'" for name in (FAMILY, *FALLBACKS)) + ", sans-serif"

Weight = Literal["regular", "semibold", "bold"]

_FACES: dict[str, str] = {
    "regular": "SourceSans3-Regular.ttf",
    "semibold": "SourceSans3-SemiBold.ttf",
    "bold": "SourceSans3-Bold.ttf",
}
_FALLBACK_FACES = (
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansJP-Regular.ttf",
    "NotoEmoji-Regular.ttf",
)

_JOINERS = frozenset("\u200c\u200d\u200e\u200f\ufe0e\ufe0f")
"""Characters that shape or order others and are not drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What one font file writes: the width of each character it has, in parts of the font's size."""

    widths: dict[int, float]


@cache
def files() -> tuple[str, ...]:
    """Return the paths of all fonts that come with the program, the product's own face first."""
    own = ("SourceSans3-Regular.ttf", "SourceSans3-SemiBold.ttf", "SourceSans3-Bold.ttf")
    return tuple(str(FOLDER / name) for name in (*own, "SourceSans3-Italic.ttf", *_FALLBACK_FACES))


def files_for(text: str) -> list[str]:
    """Return the paths of the fonts that a text needs; the product's own face is always among them."""
    own = list(files()[:4])
    beyond = {ord(character) for character in text} - face("regular").widths.keys()
    if beyond:
        own += [str(FOLDER / name) for name in _FALLBACK_FACES if beyond & _face(name).widths.keys()]
    return own


def face(weight: Weight) -> Face:
    """Return the face of a weight."""
    return _face(_FACES[weight])


def unwritten(text: str) -> frozenset[str]:
    """Return the characters of a text that no font of the program can write.

    >>> sorted(unwritten("Zoë O'Neil 山田 محمد 🙂 한"))
    ['한']
    """
    missing = {one for one in text if ord(one) not in face("regular").widths and not one.isspace()} - _JOINERS
    for name in _FALLBACK_FACES:
        if not missing:
            break
        missing = {one for one in missing if ord(one) not in _face(name).widths}
    return frozenset(missing)


def spelled(text: str, missing: frozenset[str] | None = None) -> str:
    """Return a text with each character that cannot be written as its number, so that none is left out.

    >>> spelled("Ann 한")
    'Ann [U+D55C]'
    """
    gone = unwritten(text) if missing is None else missing
    return "".join(f"[U+{ord(one):04X}]" if one in gone else one for one in text)


@lru_cache(maxsize=20_000)
def width(text: str, size: float, weight: Weight = "regular") -> float:
    """Return how wide a text is, in the unit of ``size``.

    Exact for the product's own face but for kerning; characters of other scripts count as wide as their font
    makes them when they stand alone, and those of no font as wide as high.
    """
    own = face(weight).widths
    return size * sum(own[code] if (code := ord(one)) in own else _elsewhere(one) for one in text)


@lru_cache(maxsize=10_000)
def wrapped(text: str, size: float, room: float, weight: Weight = "regular") -> tuple[str, ...]:
    """Return the lines of a text that fit ``room``, broken at spaces, and within a word that is too long.

    Line breaks of the text stay; an empty text is one empty line.
    """
    if "\n" not in text and width(text, size, weight) <= room:
        return (text.expandtabs(4),)
    lines: list[str] = []
    for paragraph in text.expandtabs(4).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width(longer, size, weight) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while width(line, size, weight) > room and len(line) > 1:
                fits = len(line) - 1
                while fits > 1 and width(line[:fits], size, weight) > room:
                    fits -= 1
                lines.append(line[:fits])
                line = line[fits:]
        lines.append(line)
    return tuple(lines)


def fitted(text: str, size: float, room: float, weight: Weight = "regular") -> str:
    """Return a text of one line cut to ``room``, with an ellipsis where it was cut."""
    if width(text, size, weight) <= room:
        return text
    while text and width(text + "…", size, weight) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _elsewhere(character: str) -> float:
    if character in _JOINERS:
        return 0.0
    for name in _FALLBACK_FACES:
        found = _face(name).widths.get(ord(character))
        if found is not None:
            return found
    return 1.0


@cache
def _face(name: str) -> Face:
    """Read the widths out of a TrueType file (OpenType 1.9: head, hhea, hmtx, cmap of formats 4 and 12)."""
    content = (FOLDER / name).read_bytes()
    (count,) = struct.unpack_from(">H", content, 4)
    tables: dict[bytes, int] = {}
    for index in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", content, 12 + 16 * index)
        tables[tag] = offset
    (units,) = struct.unpack_from(">H", content, tables[b"head"] + 18)
    (measured,) = struct.unpack_from(">H", content, tables[b"hhea"] + 34)
    advances = struct.unpack_from(">" + "Hh" * measured, content, tables[b"hmtx"])[::2]
    glyphs = _characters(content, tables[b"cmap"])
    return Face({code: advances[min(glyph, measured - 1)] / units for code, glyph in glyphs.items() if glyph})


def _characters(content: bytes, at: int) -> dict[int, int]:
    """Return the glyph of every character, of the largest subtable that there is."""
    (count,) = struct.unpack_from(">H", content, at + 2)
    found: dict[int, int] = {}
    for index in range(count):
        (offset,) = struct.unpack_from(">L", content, at + 8 + 8 * index)
        (kind,) = struct.unpack_from(">H", content, at + offset)
        if kind == 12:
            found.update(_format_12(content, at + offset))
        elif kind == 4:
            found = _format_4(content, at + offset) | found
    return found


def _format_12(content: bytes, at: int) -> dict[int, int]:
    (groups,) = struct.unpack_from(">L", content, at + 12)
    numbers = struct.unpack_from(f">{3 * groups}L", content, at + 16)
    return {
        code: first + code - start
        for start, end, first in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        for code in range(start, end + 1)
    }


def _format_4(content: bytes, at: int) -> dict[int, int]:
    (doubled,) = struct.unpack_from(">H", content, at + 6)
    segments = doubled // 2
    ends = struct.unpack_from(f">{segments}H", content, at + 14)
    starts = struct.unpack_from(f">{segments}H", content, at + 16 + doubled)
    deltas = struct.unpack_from(f">{segments}h", content, at + 16 + 2 * doubled)
    ranges_at = at + 16 + 3 * doubled
    ranges = struct.unpack_from(f">{segments}H", content, ranges_at)
    found: dict[int, int] = {}
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            if offset == 0:
                found[code] = (code + delta) & 0xFFFF
                continue
            (glyph,) = struct.unpack_from(">H", content, ranges_at + 2 * index + offset + 2 * (code - start))
            found[code] = (glyph + delta) & 0xFFFF if glyph else 0
    return found
