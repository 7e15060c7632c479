"""Fixtures that several kinds of tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser

from charting.anatomy import Atlas, load_atlas
from tests.chromium import chromium_browser
from tests.clinic import Clinic
from tests.synthetic import SyntheticAtlas, synthetic_atlas

# the same examples on every machine and in every run; time is not what these tests are about
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("steady")


@pytest.fixture(scope="session")
def synthetic_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole and faultless atlas of a made-up body."""
    return synthetic_atlas().write(tmp_path_factory.mktemp("synthetic_atlas"))


@pytest.fixture(scope="session")
def synthetic(synthetic_folder: Path) -> Atlas:
    """That atlas, loaded."""
    return load_atlas(synthetic_folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of all tests that look at pages."""
    with chromium_browser() as browser:
        yield browser


@pytest.fixture
def draft() -> SyntheticAtlas:
    """The files of that atlas, not yet written, to put a fault into them."""
    return synthetic_atlas()


@pytest.fixture(scope="session")
def real_atlas() -> Atlas:
    """The atlas that ships."""
    return load_atlas()


@pytest.fixture
def clinic(tmp_path: Path, real_atlas: Atlas) -> Iterator[Clinic]:
    """A clinic with an empty course."""
    clinic = Clinic(tmp_path, real_atlas)
    yield clinic
    clinic.close()
