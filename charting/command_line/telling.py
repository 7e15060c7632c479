"""How the command line speaks: exit codes, sentences on standard error, and progress where a person waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from charting.domain import ChainBroken, ChartingError, WeakPassword
from charting.settings import Settings

NOT_DONE = 1
"""What was asked for could not be done."""

WRONG_WORDS = 2
"""The command, or a setting, cannot be read."""

DOES_NOT_VERIFY = 3
"""The record is not what was written."""


def say(line: str = "") -> None:
    """Write a line that is not the answer itself."""
    typer.echo(line, err=True)


def fail(sentence: str, code: int = NOT_DONE) -> NoReturn:
    """End the program with a sentence and an exit code."""
    say(sentence)
    raise typer.Exit(code)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what is raised on purpose into a sentence, its facts and an exit code."""
    try:
        yield
    except ChartingError as trouble:
        fail(words_of(trouble), DOES_NOT_VERIFY if isinstance(trouble, ChainBroken) else NOT_DONE)


def words_of(trouble: ChartingError) -> str:
    """Return what happened, with the facts that whoever runs the tool can act on.

    What a sentence goes on to say is meant for whoever is charting.
    """
    if isinstance(trouble, WeakPassword):
        return trouble.sentence
    happened = trouble.sentence.split(". ")[0].split("; ")[0].rstrip(".")
    return f"{happened}: {trouble}." if str(trouble) else f"{happened}."


def read_settings(**given: Any) -> Settings:
    """Return the settings of the environment, with those that a command was given instead.

    Ends the program with WRONG_WORDS if they cannot be meant.
    """
    try:
        return Settings(**given)
    except ValidationError as misfit:
        for one in misfit.errors(include_url=False, include_input=False):
            name = "_".join(["CHARTING", *(str(part) for part in one["loc"][:1])]).upper()
            say(f"{name}: {one['msg'].removeprefix('Value error, ')}.")
        raise typer.Exit(WRONG_WORDS) from None


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give what is told how much is done, of how much; it is shown on a terminal alone."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with typer.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tell(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(done - bar.pos)

        yield tell
