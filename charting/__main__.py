"""The command line."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def charting() -> None:
    """Chart injection sites on body maps."""


@app.command()
def atlas() -> None:
    """Say what the body atlas holds."""


if __name__ == "__main__":
    app()
