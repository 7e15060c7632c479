"""The atlas that is measured: the real one, or while there is none a made-up one with as many sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from charting.anatomy import Atlas, load_atlas, packaged_folder
from tests.synthetic import synthetic_atlas


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packaged = packaged_folder()
    if (packaged / "index.json").is_file():
        return packaged
    return synthetic_atlas().write(tmp_path_factory.mktemp("synthetic_atlas"))


@pytest.fixture(scope="session")
def atlas(folder: Path) -> Atlas:
    return load_atlas(folder)
