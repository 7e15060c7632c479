"""Settings: how the tool looks in this browser, and how the clinic has set it up."""

from __future__ import annotations

import asyncio
import json
from datetime import tzinfo
from html import escape

from nicegui import ui

from charting import edge
from charting.desk import Act, may
from charting.domain import Record
from charting.settings import Settings
from charting.ui.context import AppContext
from charting.ui.looks import Looks, cookie_of
from charting.ui.pages.usual_tray import UsualTrayForm
from charting.ui.sign_in import words
from charting.ui.theme import SETTINGS, facts, frame, heading
from charting.ui.words import _


def register(app_context: AppContext) -> None:
    """Tie the page to its address."""

    @ui.page(SETTINGS)
    async def settings() -> None:
        with frame(app_context, _("Settings"), at=SETTINGS, shape="ch-narrow") as page:
            heading(_("Settings"))
            with ui.element("section").classes("ch-card"):
                heading(_("On this device"), 2)
                ui.label(
                    _("Kept in this browser, for whoever uses it. They say nothing of any patient.")
                ).classes("ch-soft")
                LooksForm(app_context.settings, page.looks).build()
            with ui.element("section").classes("ch-card"):
                heading(_("Your password"), 2)
                ui.label(
                    _("It is your signature. Once it is changed you are signed out on every other device.")
                ).classes("ch-soft")
                ui.add_head_html('<script type="module" src="/static/own_password.js"></script>')
                ui.html(own_password_form(page.who.sign_in), sanitize=False).mark("own password")
            if may(page.who, Act.RUN_CLINIC):
                tray = await asyncio.to_thread(app_context.desk.usual_tray, page.who)
                with ui.element("section").classes("ch-card"):
                    UsualTrayForm(app_context, tray).build()
            with ui.element("section").classes("ch-card"):
                heading(_("Of the clinic"), 2)
                ui.label(_("Whoever runs this tool sets these.")).classes("ch-soft")
                facts(_clinic(app_context.settings, app_context.desk.zone))


def own_password_form(sign_in: str) -> str:
    """Return the form in which one changes one's own password, as HTML: the browser itself sends it."""
    said = {
        **words(),
        "differ": _("The two new passwords differ."),
        "wrong": _("That is not your password. Nothing was changed."),
        "changed": _("Your password is changed, and you are signed out everywhere else."),
    }
    data = " ".join(f'data-{key}="{escape(text)}"' for key, text in said.items())
    fields = "".join(
        f'<label>{escape(label)}<input type="password" name="{name}" autocomplete="{kind}" required '
        f'maxlength="200"></label>'
        for name, label, kind in (
            ("password", _("Password you have"), "current-password"),
            ("fresh", _("New password"), "new-password"),
            ("again", _("New password again"), "new-password"),
        )
    )
    # post, so that nothing that is typed can ever stand in an address
    return (
        f'<form class="charting-card ch-own-password" method="post" data-own-password {data}>'
        f'<input type="text" name="username" autocomplete="username" value="{escape(sign_in)}" hidden>'
        f'{fields}<div class="said" role="alert"></div>'
        f'<button type="submit">{escape(_("Change the password"))}</button></form>'
    )


class Choice(Record):
    """A setting with the values it can have, in words."""

    name: str
    label: str
    words: dict[str, str]


class LooksForm:
    """What a person chooses for this browser; each choice is kept at once."""

    def __init__(self, settings: Settings, looks: Looks) -> None:
        self._settings = settings
        self._looks = looks
        self._keys: dict[tuple[str, str], ui.button] = {}

    def build(self) -> None:
        """Show the choices."""
        for choice in _choices():
            with ui.element("div").classes("ch-column ch-tight"):
                ui.label(choice.label).classes("ch-h3")
                with (
                    ui.element("div").classes("ch-segment").props(f'role="group" aria-label="{choice.label}"')
                ):
                    for value, label in choice.words.items():
                        key = ui.button(label, color=None).classes("ch-pick").props("flat no-caps")
                        key.on_click(lambda name=choice.name, value=value: self._choose(name, value))
                        self._keys[choice.name, value] = key.mark(f"{choice.name} {value}")
        with ui.element("div").classes("ch-column ch-tight"):
            ui.label(_("Language")).classes("ch-h3")
            ui.label(_("English"))
        self._saved = ui.label().classes("ch-small ch-soft").props('role="status"')
        self._show()

    def _choose(self, name: str, value: str) -> None:
        self._looks = Looks.model_validate({**self._looks.model_dump(), name: value})
        cookie = cookie_of(self._looks, https=self._settings.https)
        ui.run_javascript(f"document.cookie = {json.dumps(cookie)}")
        if name == "theme":
            ui.dark_mode(self._looks.dark)
        self._show()
        self._saved.text = _("Saved on this device")

    def _show(self) -> None:
        chosen = self._looks.model_dump()
        for (name, value), key in self._keys.items():
            on = chosen[name] == value
            key.props(f"aria-pressed={'true' if on else 'false'}")
            key.classes(add="ch-on" if on else "", remove="" if on else "ch-on")


def _choices() -> list[Choice]:
    themes: dict[str, str] = {"system": _("As the device"), "light": _("Light"), "dark": _("Dark")}
    skins: dict[str, str] = {
        "light": _("Light skin"), "medium": _("Medium skin"), "dark": _("Dark skin"),
        "plain": _("Line drawing"),
    }  # fmt: skip
    units: dict[str, str] = {"kg": _("Kilograms"), "lb": _("Pounds")}
    papers: dict[str, str] = {"a4": _("A4"), "letter": _("Letter")}
    return [
        Choice(name="theme", label=_("Light or dark"), words=themes),
        Choice(name="skin", label=_("Body maps"), words=skins),
        Choice(name="weight_unit", label=_("Weight on the pages"), words=units),
        Choice(name="paper", label=_("Paper of charts"), words=papers),
    ]


def zone_words(zone: tzinfo) -> str:
    """Return a time zone by its name, or where it has none by how far it is from UTC now."""
    present = edge.now().astimezone(zone)
    name = getattr(zone, "key", None)
    return f"{name or present.tzname()} ({present:UTC%z})" if present.utcoffset() else str(name or "UTC")


def _clinic(settings: Settings, zone: tzinfo) -> list[tuple[str, str]]:
    return [
        (_("Clinic"), settings.clinic),
        (_("Time zone"), zone_words(zone)),
        (_("Locks after"), _("{minutes} minutes without use").format(minutes=settings.idle_minutes)),
        (_("Signs out after"), _("{hours} hours").format(hours=settings.absolute_hours)),
        (_("Paper"), {"a4": _("A4"), "letter": _("Letter")}[settings.paper]),
        (_("Weight on charts"), {"kg": _("Kilograms"), "lb": _("Pounds")}[settings.weight_unit]),
    ]
