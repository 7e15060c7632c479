"""The whole program, and one page more, whose button leaves a trace on disk; and a clock that a test sets.

python running.py FOLDER PORT [SETTING=VALUE ...]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from nicegui import Client, core, ui

from charting import edge
from charting.domain import Role, Staff
from charting.settings import Settings
from charting.ui.app import open_rooms, program, server
from charting.ui.context import AppContext

PEOPLE = (
    ("osei", "Dr. Ama Osei", Role.DOCTOR), ("lind", "N. Lind", Role.NURSE),
    ("berg", "K. Berg", Role.ADMINISTRATOR),
)  # fmt: skip
PASSWORD = "violet ladder 9 harbour"


def add_people(rooms: AppContext) -> None:
    for sign_in, name, role in PEOPLE:
        member = Staff(id=edge.new_id(), sign_in=sign_in, name=name, role=role)
        with rooms.store.writing() as store:
            store.put_staff(member, seen=None, by=None, at=edge.now(), command_id=edge.new_id())
        rooms.logins.set_password(member.id, PASSWORD, by=None)


def add_page(rooms: AppContext, folder: Path) -> None:
    trace = folder / "clicks"

    @ui.page("/probe")
    def probe() -> None:
        who = rooms.signed_in().sign_in

        def clicked() -> None:
            with trace.open("a") as file:
                file.write(f"{who} {rooms.signed_in().sign_in}\n")

        ui.label("<script>alert(1)</script>")
        ui.button("click", on_click=clicked).props("data-probe")
        with ui.dialog() as dialog, ui.card():
            ui.label("inside")
        ui.button("open", on_click=dialog.open)
        ui.input("free text")

    @ui.page("/broken")
    def broken() -> None:
        raise RuntimeError("Tremblay, Anne")

    @ui.page("/broken-later")
    async def broken_later() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("Tremblay, Anne")

    @core.app.get("/counts")
    def counts() -> dict[str, int]:
        return {"pages": len(Client.instances), "open": rooms.pages.count}


def later(ahead: Path) -> Callable[[], datetime]:
    """Return a clock that is ahead by the seconds that a file holds."""

    def now() -> datetime:
        return edge.now() + timedelta(seconds=float(ahead.read_text()) if ahead.exists() else 0)

    return now


def main(folder: Path, port: int, more: list[str]) -> None:
    given = dict(one.split("=", 1) for one in more)
    settings = Settings(
        data=folder / "data", key_file=folder / "keys" / "store.key", port=port, clinic="Oak Street Clinic",
        idle_minutes=int(given.get("idle_minutes", "15")),
    )  # fmt: skip
    rooms = open_rooms(settings)
    if given.get("people") != "none" and not rooms.logins.has_staff():
        add_people(rooms)
    rooms.logins._clock = later(folder / "clock")
    app = program(rooms)
    add_page(rooms, folder)
    try:
        server(app, settings).run()
    finally:
        rooms.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
