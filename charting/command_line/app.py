"""The command line, put together."""

from __future__ import annotations

import typer

from charting.command_line import atlas, documents, record, serving, staff

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def charting() -> None:
    """Chart injection sites on body maps that are exact in millimetres.

    Ends with 0 if all went well, 1 if what was asked for could not be done, 2 if the words were wrong, and 3
    if the record is not what was written.
    """


app.command()(serving.demo)
app.command()(serving.serve)
app.command()(documents.chart)
app.command(name="map")(documents.course_map)
app.command()(record.backup)
app.command()(record.restore)
app.command()(record.verify)
app.command()(record.upgrade)
app.add_typer(staff.app, name="staff")
app.command()(atlas.atlas)
