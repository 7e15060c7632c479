"""``charting chart`` and ``charting map``: what the record says, on paper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from charting import edge
from charting.command_line.telling import WRONG_WORDS, fail, in_words, read_settings, say
from charting.domain import Role, Staff, UnknownView

if TYPE_CHECKING:
    from charting.anatomy import Atlas
    from charting.chart import Document
    from charting.desk import Desk
    from charting.settings import Settings

FORMS = (".pdf", ".svg", ".png")
AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DOTS_PER_MM = 8

To = Annotated[
    Path | None,
    typer.Option(help="The file to write: .pdf, .svg or .png.", show_default=False, dir_okay=False),
]


def chart(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Its id, or its address in the browser.")],
    to: To = None,
) -> None:
    """Write the chart of a session, and print its name; pictures of several sheets are numbered."""
    from charting.chart import ChartFacts, Paper, session_chart

    session_id = _an_id(session, "session")
    target = _form(to or Path(f"chart-{session_id}.pdf"))
    with _rooms() as (settings, desk, atlas, who):
        facts = desk.session_facts(who, session_id)
        document = session_chart(
            ChartFacts(
                session=facts.session, patient=facts.patient, course=facts.course,
                clinician=facts.names[facts.session.clinician_id], clinic=settings.clinic, atlas=atlas,
                last_on=facts.last_on, zone=desk.zone,
                paper=Paper(settings.paper), weight_unit=settings.weight_unit,
            )
        )  # fmt: skip
        _write(document, target)


def course_map(
    course: Annotated[str, typer.Argument(metavar="COURSE", help="Its id, or its address in the browser.")],
    view: Annotated[
        str | None, typer.Option(help="The view to draw, such as knee_right_medial.", show_default=False)
    ] = None,
    to: To = None,
) -> None:
    """Write the map of all sessions of a course, and print the file's name.

    A PDF has the view large, with the tables; a picture is of the view alone. Without a view, the one with
    most marks is taken, and pictures are of whole sheets.
    """
    from charting.chart import CourseFacts, Paper, course_map_svg
    from charting.chart import course_map as course_document

    course_id = _an_id(course, "course")
    target = _form(to or Path(f"map-{course_id}.pdf"))
    with _rooms() as (settings, desk, atlas, who):
        known = desk.course_facts(who, course_id)
        facts = CourseFacts(
            patient=known.patient, course=known.course, sessions=known.sessions, clinic=settings.clinic,
            atlas=atlas, today=desk.today, clinicians=known.names, zone=desk.zone,
            paper=Paper(settings.paper), weight_unit=settings.weight_unit,
        )  # fmt: skip
        if view is not None:
            try:
                atlas.view(facts.figure, view)
            except UnknownView:
                say("The views of this course's region:")
                for entry in atlas.views_for(facts.figure, facts.course.region):
                    say(f"  {entry.id}")
                raise
        if view is None or target.suffix.lower() == ".pdf":
            _write(course_document(facts, view), target)
        else:
            _write_picture(course_map_svg(facts, view), target)


@contextmanager
def _rooms() -> Iterator[tuple[Settings, Desk, Atlas, Staff]]:
    """Give what a document is made from, and whoever stands at the machine and holds its key."""
    from charting.anatomy import load_atlas
    from charting.desk import Desk
    from charting.store.opening import open_clinic_store

    settings = read_settings()
    with in_words(), open_clinic_store(settings, must_exist=True) as store:
        atlas = load_atlas()
        who = Staff(id=edge.new_id(), sign_in="command-line", name="Command line", role=Role.DOCTOR)
        yield settings, Desk(store, atlas, zone=settings.zone), atlas, who


def _an_id(text: str, what: str) -> UUID:
    found = AN_ID.findall(text)
    if not found:
        fail(f"{text!r} is not the id of a {what}: it stands at the end of its address in the browser.", 2)
    return UUID(found[-1])


def _form(target: Path) -> Path:
    if target.suffix.lower() not in FORMS:
        fail(f"{target.name} should end with {', '.join(FORMS[:-1])} or {FORMS[-1]}.", WRONG_WORDS)
    return target


def _write(document: Document, target: Path) -> None:
    from charting.chart import pdf, sheet_svg

    if target.suffix.lower() == ".pdf":
        _keep(target, pdf(document))
        return
    sheets = [sheet_svg(document, number) for number in range(len(document.sheets))]
    for sheet, name in zip(sheets, _numbered(target, len(sheets)), strict=True):
        _write_picture(sheet, name, round(document.size[0] * DOTS_PER_MM))


def _write_picture(svg: str, target: Path, pixels: int = 1600) -> None:
    if target.suffix.lower() == ".svg":
        _keep(target, svg.encode())
        return
    from charting.chart import png

    _keep(target, png(svg, pixels))


def _numbered(target: Path, count: int) -> Sequence[Path]:
    if count == 1:
        return [target]
    return [target.with_stem(f"{target.stem}-{number}") for number in range(1, count + 1)]


def _keep(target: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone: it is about a patient."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        partial.replace(target)
    except OSError as trouble:
        partial.unlink(missing_ok=True)
        fail(f"{target} cannot be written: {trouble.strerror}.")
    typer.echo(target)
