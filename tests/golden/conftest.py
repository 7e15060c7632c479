"""A drawing is compared with the one that was looked at and kept: ``pytest tests/golden --update-golden``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

HERE = Path(__file__).parent / "kept"
BODY_MAP = re.compile(r'(<svg [^>]*class="map)-[0-9a-f]{64}(">).*?(</svg>)', re.DOTALL)
HASHES = re.compile(r"(\d\.\d\.\d \()[0-9a-f]{8}(\))|(Sealed with )[0-9a-f ]{14}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="keep what is drawn now, once it was looked at"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare an SVG with the kept one, but for the lines of the body map itself and the hashes of it."""

    def compare(name: str, svg: str) -> None:
        bare = HASHES.sub(
            lambda found: f"{found[1] or found[3]}…{found[2] or ''}", BODY_MAP.sub(r"\1\2\3", svg)
        )
        ElementTree.fromstring(bare)
        canonical = ElementTree.canonicalize(bare, strip_text=True).replace("><", ">\n<") + "\n"
        kept = HERE / f"{name}.svg"
        if request.config.getoption("--update-golden", default=False):
            kept.write_text(canonical, encoding="utf-8")
        assert kept.is_file(), f"{name}.svg is not there: look at the drawing, then --update-golden"
        assert canonical == kept.read_text(encoding="utf-8"), (
            f"{name}.svg changed: look, then --update-golden"
        )

    return compare
