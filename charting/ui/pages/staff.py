"""Staff: who may use the tool, in which role; for the administrator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from nicegui import ui

from charting import edge
from charting.access import too_weak
from charting.desk.answers import StaffView
from charting.domain import (
    AlreadyThere,
    ChartingError,
    Conflict,
    Role,
    Staff,
    StaleRevision,
    WeakPassword,
)
from charting.ui.context import AppContext
from charting.ui.forms import Form, Refused, checked
from charting.ui.theme import STAFF, button, chip, frame, heading, notice, role_words
from charting.ui.words import _


def register(app_context: AppContext) -> None:
    """Tie the page to its address."""

    @ui.page(STAFF)
    async def staff() -> None:
        with frame(app_context, _("Staff"), at=STAFF) as page:
            everyone = await asyncio.to_thread(app_context.desk.staff, page.who)
            StaffPage(app_context, page.who).build(everyone)


class StaffPage:
    """The list of staff, and the dialogs in which it is changed."""

    def __init__(self, app_context: AppContext, who: Staff) -> None:
        self._app = app_context
        self._me = who.id

    def build(self, everyone: tuple[StaffView, ...]) -> None:
        """Show the page."""
        with ui.element("div").classes("ch-head"):
            heading(_("Staff"))
            button(_("Add someone"), "primary").on_click(lambda: self._edit(None))
        self._list = ui.element("div").classes("ch-column")
        self._draw(everyone)

    def _draw(self, everyone: tuple[StaffView, ...]) -> None:
        self._list.clear()
        present = [one for one in everyone if one.staff.active]
        gone = [one for one in everyone if not one.staff.active]
        with self._list:
            for title, group in ((_("May sign in"), present), (_("Has left"), gone)):
                if group:
                    with ui.element("section").classes("ch-column ch-tight"):
                        with ui.element("h2").classes("ch-h3"):
                            ui.label(title)
                        with ui.element("div").classes("ch-list"):
                            for one in sorted(group, key=lambda one: one.staff.name.casefold()):
                                self._row(one)

    def _row(self, one: StaffView) -> None:
        with ui.element("div").classes("ch-person"):
            with ui.element("div"):
                ui.label(one.staff.name).props('dir="auto"')
                ui.label(one.staff.sign_in).classes("ch-soft ch-small")
            with ui.element("div").classes("ch-row"):
                chip(role_words(one.staff.role), "ink" if one.staff.active else "")
                if one.staff.id == self._me:
                    chip(_("you"))
            with ui.element("div"), ui.element("div").classes("ch-row"):
                button(_("Change"), "quiet").on_click(lambda: self._edit(one)).props(
                    f'aria-label="{_("Change")}: {one.staff.sign_in}"'
                )
                if one.staff.active:
                    button(_("Password"), "quiet").on_click(lambda: self._password(one.staff)).props(
                        f'aria-label="{_("Password")}: {one.staff.sign_in}"'
                    )

    async def _reload(self) -> None:
        self._draw(await asyncio.to_thread(self._app.desk.staff, self._app.signed_in()))

    # ---- dialogs -------------------------------------------------------------------------------------------

    def _edit(self, one: StaffView | None) -> None:
        staff = one.staff if one else None
        new_id = staff.id if staff else edge.new_id()
        with ui.dialog().props("persistent") as dialog, ui.element("div").classes("ch-card"):
            heading(_("Change") if staff else _("Add someone"), 2)
            form = Form()
            with ui.element("div").classes("ch-grid"):
                form.text("name", _("Name, as it stands on charts"), staff.name if staff else "",
                          props="dir=auto autocomplete=off")  # fmt: skip
                form.text("sign_in", _("Name to sign in with"), staff.sign_in if staff else "",
                          span="ch-3", props="autocomplete=off autocapitalize=none")  # fmt: skip
                form.one_of("role", _("Role"), {role.value: role_words(role) for role in Role},
                            staff.role.value if staff else None, span="ch-3")  # fmt: skip
                if staff is None:
                    _passwords(form)
            left = ui.switch(_("May sign in"), value=staff.active).mark("active") if staff else None
            if staff:
                ui.label(
                    _("Who may not sign in is signed out everywhere at once; what they charted stays.")
                ).classes("ch-soft ch-small")

            async def save() -> None:
                made = self._read(form, new_id, active=left is None or bool(left.value))
                await self._save(made, one, str(form.fields["password"].value) if staff is None else None)

            self._end(dialog, form, save)

    def _read(self, form: Form, id: UUID, *, active: bool) -> Staff:
        refused: dict[str, str] = {}
        if not form.typed("role"):
            refused["role"] = _("Choose the role.")
        password = str(form.fields["password"].value or "") if "password" in form.fields else None
        if password is not None:
            if password != str(form.fields["again"].value or ""):
                refused["again"] = _("The two passwords differ.")
            about = (form.typed("sign_in"), form.typed("name"), self._app.settings.clinic)
            if weakness := too_weak(password, about):
                refused["password"] = _(weakness)
        try:
            staff: Staff = checked(
                lambda: Staff(
                    id=id, sign_in=form.typed("sign_in").lower(), name=form.typed("name"),
                    role=Role(form.typed("role") or Role.NURSE), active=active,
                ),
                {
                    "name": _("The name is needed."),
                    "sign_in": _("Two to 64 small letters, digits, dots, dashes or @, without spaces."),
                },
            )  # fmt: skip
        except Refused as more:
            raise Refused({**more.sentences, **refused}) from None
        if refused:
            raise Refused(refused)
        return staff

    async def _save(self, staff: Staff, before: StaffView | None, password: str | None) -> None:
        who = self._app.signed_in()
        seen = before.revision if before else None
        await asyncio.to_thread(self._app.desk.save_staff, who, staff, seen)
        if password is not None:
            await asyncio.to_thread(self._app.logins.set_password, staff.id, password, by=who.id)
        elif before and (before.staff.role, before.staff.active) != (staff.role, staff.active):
            # a role or a departure holds at once on every page that is open
            await asyncio.to_thread(self._app.logins.end_all, staff.id)

    def _password(self, staff: Staff) -> None:
        with ui.dialog().props("persistent") as dialog, ui.element("div").classes("ch-card"):
            heading(_("New password"), 2)
            ui.label(staff.name).classes("ch-strong").props('dir="auto"')
            notice(_("Whoever this is will be signed out everywhere."), "plain")
            form = Form()
            with ui.element("div").classes("ch-grid"):
                _passwords(form)

            async def save() -> None:
                password = str(form.fields["password"].value or "")
                if password != str(form.fields["again"].value or ""):
                    raise Refused({"again": _("The two passwords differ.")})
                who = self._app.signed_in()
                # the desk's own question whether this role may do this
                await asyncio.to_thread(self._app.desk.staff, who)
                await asyncio.to_thread(self._app.logins.set_password, staff.id, password, by=who.id)

            self._end(dialog, form, save)

    def _end(self, dialog: ui.dialog, form: Form, save: Callable[[], Awaitable[None]]) -> None:
        async def press() -> None:
            try:
                saver.disable()
                await save()
            except Refused as refused:
                form.say(refused.sentences)
            except WeakPassword as trouble:
                form.say({"password": _(trouble.sentence)})
            except AlreadyThere:
                form.say({"sign_in": _("Someone else signs in with this name.")})
            except StaleRevision as trouble:
                form.refuse(_(trouble.sentence))
                await self._reload()
            except Conflict:
                form.refuse(_("Somebody has to be left who runs the clinic. Nothing was changed."))
            except ChartingError as trouble:
                form.refuse(_(trouble.sentence))
            else:
                dialog.close()
                ui.notify(_("Saved"))
                await self._reload()
            finally:
                saver.enable()

        with ui.element("div").classes("ch-row"):
            saver = button(_("Save"), "primary").on_click(press)
            button(_("Cancel"), "quiet").on_click(dialog.close)
        dialog.open()


def _passwords(form: Form) -> None:
    for name, label in (("password", _("Password")), ("again", _("Password again"))):
        form.text(name, label, span="ch-3", props="type=password autocomplete=new-password")
