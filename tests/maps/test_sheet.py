"""The contact sheets: titles keep to their tiles, and small pictures leave out what would be dust."""

from __future__ import annotations

import re

import PIL.ImageFont
import pytest

pytest.importorskip("resvg_py")

from charting.anatomy import load_atlas
from tools.body_maps.sheet import without_texts, wrapped


def test_a_title_is_wrapped_within_its_tile() -> None:
    font = PIL.ImageFont.load_default(size=13)
    lines = wrapped("Low back and sacrum, posterior", font, 120)
    assert " ".join(lines) == "Low back and sacrum, posterior"
    assert len(lines) > 1
    assert all(font.getlength(line) <= 120 for line in lines)


def test_a_word_wider_than_its_tile_has_a_line_of_its_own() -> None:
    assert wrapped("a sternocleidomastoid b", PIL.ImageFont.load_default(size=13), 40) == [
        "a",
        "sternocleidomastoid",
        "b",
    ]


def test_a_small_picture_has_the_side_but_no_scale_and_no_words_at_its_edges() -> None:
    atlas = load_atlas()
    plain = without_texts(atlas.drawing(atlas.view("adult_male", "knee_right_medial")))
    assert re.search(r'class="side"[^>]*>R<', plain)
    assert 'class="edge"' not in plain
    assert "on the reference figure" not in plain
