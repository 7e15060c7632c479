"""The documents say what is there."""

import inspect
import re
import tomllib
from pathlib import Path

import charting
from charting.domain import errors

ROOT = Path(charting.__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_readme_names_every_room_of_the_house() -> None:
    rooms = {path.parent.name for path in (ROOT / "charting").glob("*/__init__.py")}
    assert set(re.findall(r"^  (\w+)/ ", README, re.MULTILINE)) == rooms


def test_the_readme_names_only_targets_that_the_makefile_has() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)\b", README)) - {"are"} <= targets


def test_the_readmes_links_lead_somewhere() -> None:
    links = set(re.findall(r"\]\(([^)#]+)\)", README))
    assert [link for link in sorted(links) if not (ROOT / link).exists()] == []


def test_ci_runs_the_readmes_test_command_and_nothing_else() -> None:
    commands = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and line[0] not in "# "]
    assert commands[-1] == "exec make test"


def test_the_error_tree_of_the_docstring_is_the_tree_of_the_classes() -> None:
    def tree(error: type, depth: int = 0) -> list[tuple[int, str]]:
        below = sorted(error.__subclasses__(), key=lambda one: one.__name__)
        return [(depth, error.__name__), *(line for one in below for line in tree(one, depth + 1))]

    drawn = [
        ((match.start(2) - 4) // 4, match[2])
        for line in inspect.getdoc(errors).splitlines()
        if (match := re.match(r"^( {4}[│├└─ ]*)([A-Z]\w+)", line))
    ]
    assert drawn == tree(errors.ChartingError)


def test_every_error_says_in_a_sentence_what_is_the_matter() -> None:
    for _, error in inspect.getmembers(errors, inspect.isclass):
        assert inspect.getdoc(error).split("\n\n")[0].endswith("."), error


def test_the_lock_names_the_public_index_alone() -> None:
    lock = (ROOT / "uv.lock").read_text()
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert {str(one["source"]) for one in tomllib.loads(lock)["package"]} == {
        "{'registry': 'https://pypi.org/simple'}",
        "{'editable': '.'}",
    }
