"""``charting backup``, ``restore``, ``verify`` and ``upgrade``: keep the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charting.command_line.telling import DOES_NOT_VERIFY, fail, in_words, progress, read_settings, say

if TYPE_CHECKING:
    from charting.store import Report


def backup(
    folder: Annotated[
        Path | None,
        typer.Argument(help="'backups' in the data folder, or another.", show_default=False),
    ] = None,
) -> None:
    """Copy the record, encrypted and tried out, while it is in use, and print where the copy is."""
    from charting.store.opening import open_clinic_store

    settings = read_settings()
    with in_words(), open_clinic_store(settings, must_exist=True) as store:
        made = store.backup(folder or settings.data / "backups")
    typer.echo(made)
    say(f"It opens with the key {settings.key_file} alone: keep a copy of that elsewhere.")


def restore(
    backup: Annotated[Path, typer.Argument(help="A backup's folder.", metavar="BACKUP")],
    to: Annotated[
        Path | None, typer.Option(help="A data folder that holds no record yet.", show_default=False)
    ] = None,
    to_database: Annotated[
        bool, typer.Option("--to-database", help="Into the empty PostgreSQL of CHARTING_DATABASE_URL.")
    ] = False,
) -> None:
    """Make a record of a backup where there is none yet, and check it whole."""
    from charting.store import restore as restored
    from charting.store.opening import clinic_key, store_url

    settings = read_settings()
    if (to is None) is not to_database:
        fail("Say where the record is to be: --to FOLDER, or --to-database.", 2)
    if to is None and settings.database_url is None:
        fail("CHARTING_DATABASE_URL names no PostgreSQL.", 2)
    target = settings.database_url if to is None else store_url(to)
    if target is None:
        raise AssertionError("one of both was given")
    with in_words(), progress("Checking") as tell:
        report = restored(backup, target, key=clinic_key(settings), progress=tell)
    typer.echo(f"Restored and checked: {held(report)}.")
    if to is not None and to.resolve() != settings.data.resolve():
        say(f"CHARTING_DATA={to} makes it the record of the tool.")


def verify() -> None:
    """Check every chain and every signed document of the record, and say the first row that does not fit."""
    from charting.store.opening import open_clinic_store

    settings = read_settings()
    with (
        in_words(),
        open_clinic_store(settings, must_exist=True) as store,
        progress("Reading the record") as tell,
    ):
        report = store.verify(tell)
    if report.first is None:
        typer.echo(f"The record is what was written: {held(report)}.")
        return
    more = "" if len(report.faults) == 1 else f" {len(report.faults)} rows do not fit; all follow."
    say(f"The record is not what was written. The first row that does not fit: {report.first}.{more}")
    for fault in report.faults[1:]:
        say(f"  {fault}")
    raise typer.Exit(DOES_NOT_VERIFY)


def upgrade() -> None:
    """Bring the record to this release, or make its tables in an empty PostgreSQL. Back it up before."""
    from charting.store.opening import open_clinic_store

    settings = read_settings()
    with in_words(), open_clinic_store(settings, upgrade=True):
        typer.echo("The record is of this release.")


def held(report: Report) -> str:
    """Return what a record holds, and the anchor to write down."""
    anchor = report.anchor
    return (
        f"{anchor.subjects} subjects, {anchor.log_rows} steps, {report.documents} signed documents, "
        f"anchor {anchor.sha256[:16]}"
    )
