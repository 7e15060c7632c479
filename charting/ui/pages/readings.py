"""Who has read a patient's record: for the administrator, who sees the record's number and no chart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nicegui import ui

from charting.chart.words import moment_words
from charting.desk import Act, need
from charting.desk.answers import ReadingLine
from charting.domain import ChartingError, PatientNotFound
from charting.ui.context import AppContext
from charting.ui.theme import READINGS, button, frame, heading, notice
from charting.ui.words import _, ngettext


def register(app_context: AppContext) -> None:
    """Tie the page to its address."""

    @ui.page(READINGS)
    def readings() -> None:
        with frame(app_context, _("Who has read"), at=READINGS, shape="ch-narrow") as page:
            need(page.who, Act.SEE_READINGS)
            ReadingsPage(app_context).build()


class ReadingsPage:
    """A record number to ask for, and who has opened that record."""

    def __init__(self, app_context: AppContext) -> None:
        self._app = app_context

    def build(self) -> None:
        """Show the page."""
        heading(_("Who has read a record"))
        ui.label(_("Every opening of a patient, course, session, chart or map is written down.")).classes(
            "ch-soft"
        )
        with ui.element("form").classes("ch-row").props('role="search"').mark("asked") as asked:
            self._number = (
                ui.input(_("Record number")).props("outlined autocomplete=off autofocus maxlength=40")
            ).mark("record number")
            button(_("Show"), "primary").props("type=submit")
        asked.on("submit.prevent", self._show)
        self._found = ui.element("div").classes("ch-column").props('aria-live="polite"')

    async def _show(self) -> None:
        number = (self._number.value or "").strip()
        self._found.clear()
        if not number:
            return
        try:
            lines = await asyncio.to_thread(self._app.desk.readings, self._app.signed_in(), number)
        except PatientNotFound:
            with self._found:
                notice(_("No patient has this record number."))
            return
        except ChartingError as trouble:
            with self._found:
                notice(_(trouble.sentence), "refused")
            return
        with self._found:
            self._list(lines)

    def _list(self, lines: Sequence[ReadingLine]) -> None:
        if not lines:
            notice(_("Nobody has opened this record yet."))
            return
        count = len(lines)
        ui.label(ngettext("{n} opening", "{n} openings", count).format(n=count)).classes("ch-h3")
        with ui.element("table").classes("ch-table"):
            with ui.element("thead"), ui.element("tr"):
                for title in (_("When"), _("Who"), _("What")):
                    with ui.element("th").props('scope="col"'):
                        ui.label(title)
            with ui.element("tbody"):
                for line in lines:
                    with ui.element("tr"):
                        for words in (
                            moment_words(line.at, self._app.desk.zone),
                            line.name or _("at the command line"),
                            opened_words(line),
                        ):
                            with ui.element("td").props('dir="auto"'):
                                ui.label(words)


def opened_words(line: ReadingLine) -> str:
    """Return what was opened, as it is called."""
    return {
        "patient": _("patient"),
        "course": _("course"),
        "session": _("session"),
        "chart": _("chart of a session"),
        "map": _("course map"),
    }[line.opened]
