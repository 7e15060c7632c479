"""The atlas that is measured: the real one, or while there is none a small made-up one."""

from __future__ import annotations

from pathlib import Path

import pytest

from charting.anatomy import Atlas, load_atlas, packaged_folder
from tests.synthetic import synthetic_atlas


def real_folder() -> Path | None:
    packaged = packaged_folder()
    return packaged if (packaged / "index.json").is_file() else None


def pytest_report_header() -> str:
    """Say what is measured: figures of the made-up atlas say nothing about the figures to reach."""
    return f"atlas: {real_folder() or 'MADE UP, much smaller than the real one, which is not there'}"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if real := real_folder():
        return real
    return synthetic_atlas().write(tmp_path_factory.mktemp("synthetic_atlas"))


@pytest.fixture(scope="session")
def atlas(folder: Path) -> Atlas:
    return load_atlas(folder)
