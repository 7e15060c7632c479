"""What the command line says."""

from pathlib import Path

from typer.testing import CliRunner

from charting.__main__ import app
from tests.synthetic import SyntheticAtlas


def test_the_atlas_command_says_what_a_whole_atlas_holds(synthetic_folder: Path) -> None:
    said = CliRunner().invoke(app, ["atlas", "--folder", str(synthetic_folder)])
    assert said.exit_code == 0
    assert said.stdout.startswith("Body atlas 1.0.0 (")
    assert "  adult male, 1730 mm: 9 views (full 4, low back 1, elbow 4)\n    14 sites\n" in said.stdout
    assert said.stdout.endswith("  6 structures\n")


def test_the_atlas_command_says_which_file_is_damaged(draft: SyntheticAtlas, tmp_path: Path) -> None:
    (draft.write(tmp_path) / "adult_male" / "full_left.svg").write_text("<svg/>")
    said = CliRunner().invoke(app, ["atlas", "--folder", str(tmp_path)])
    assert said.exit_code == 1
    assert said.stderr.startswith("The body atlas cannot be used: adult_male/full_left.svg is damaged")
