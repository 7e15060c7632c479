"""The frame that every page stands in: who is signed in, where one can go, and what went wrong, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape

from nicegui import context, ui

from charting.desk import Act, may
from charting.domain import ChartingError, Role, SignInNeeded, Staff
from charting.ui.context import AppContext
from charting.ui.looks import Looks, looks_in
from charting.ui.marking.serving import CODE_PATH
from charting.ui.words import _

WORKLIST, STAFF, READINGS, SETTINGS = "/", "/staff", "/readings", "/settings"


@dataclass(frozen=True)
class Frame:
    """A page while it is built: who looks at it, and what they have chosen for this browser."""

    who: Staff
    looks: Looks
    main: ui.element


def role_words(role: Role) -> str:
    """Return a role as it is called."""
    return {
        Role.DOCTOR: _("Doctor"),
        Role.NURSE: _("Nurse"),
        Role.ADMINISTRATOR: _("Administrator"),
    }[role]


@contextmanager
def bare(app_context: AppContext, title: str) -> Iterator[Frame]:
    """Give a page without a header: its theme, and what was refused in words in its place.

    ``title`` is the browser's, and holds no patient's name.
    """
    ui.page_title(f"{title} · {app_context.settings.clinic}")
    looks = looks_in(context.client.request.cookies, app_context.settings)
    ui.add_head_html(_head())
    ui.dark_mode(looks.dark)
    content = ui.element("div").classes("w-full")
    ui.on_exception(_say_failed)
    try:
        who = app_context.signed_in()
        with content:
            yield Frame(who, looks, content)
    except SignInNeeded:
        # the gate let this page be built, and its login ended or locked meanwhile
        ui.navigate.to("/sign-in")
    except ChartingError as trouble:
        content.clear()
        with content, ui.element("main").classes("ch-main ch-narrow"):
            refused(trouble)


def _say_failed() -> None:
    """Say that what was pressed did not work, where nothing else says so; the log has the rest."""
    ui.notify(
        _("That did not work. The record is safe; try again in a moment."),
        type="warning", timeout=0, close_button=_("Close"),
    )  # fmt: skip


@contextmanager
def frame(
    app_context: AppContext, title: str, *, at: str = "", shape: str = "", main: bool = True
) -> Iterator[Frame]:
    """Give a page with its header; ``at`` is the link that leads here, ``shape`` a class of the main part."""
    with bare(app_context, title) as page:
        _header(app_context, page.who, at)
        inner = ui.element("main").classes(f"ch-main {shape}" if main else shape)
        ui.skip_link(_("To the content"), target=inner)
        with inner:
            try:
                yield Frame(page.who, page.looks, inner)
            except SignInNeeded:
                raise
            except ChartingError as trouble:
                inner.clear()
                inner.classes(replace="ch-main ch-narrow")
                with inner:
                    refused(trouble)


def refused(trouble: ChartingError) -> None:
    """Show a refusal in the place of a page, with a way on."""
    with ui.element("div").classes("ch-card").props('role="alert"'):
        with ui.element("div").classes("ch-title").props('role="heading" aria-level="1"'):
            ui.label(_("This page cannot be shown"))
        ui.label(_(trouble.sentence))
        with ui.element("div").classes("ch-row"):
            link_button(_("Back to the start"), WORKLIST)


def _head() -> str:
    told = {
        "code": CODE_PATH,
        "waiting": _("Not signed out: marks on this device still wait to be saved ({count})."),
        "open": _("Open the session and wait until all is saved, then sign out."),
        "away": _("Not signed out: the server cannot be reached. Try again in a moment."),
    }
    return (
        f'<meta name="charting-pages" content="{escape(json.dumps(told))}">\n'
        '<link rel="stylesheet" href="/static/theme.css">\n'
        '<script type="module" src="/static/pages.js"></script>\n'
    )


def _header(app_context: AppContext, who: Staff, at: str) -> None:
    links = []
    if may(who, Act.READ_CHARTS):
        links.append((_("Worklist"), WORKLIST))
    if may(who, Act.RUN_CLINIC):
        links.append((_("Staff"), STAFF))
    if may(who, Act.SEE_READINGS):
        links.append((_("Who has read"), READINGS))
    links.append((_("Settings"), SETTINGS))
    with ui.element("header").classes("ch-header"):
        ui.link(app_context.settings.clinic, links[0][1]).classes("ch-clinic").props('dir="auto"')
        with ui.element("nav").classes("ch-nav").props(f'aria-label="{_("Pages")}"'):
            for words, target in links:
                link = ui.link(words, target)
                if target == at:
                    link.props('aria-current="page"')
        ui.label(who.name).classes("ch-me").props('dir="auto"')
        chip(role_words(who.role))
        ui.button(_("Sign out"), color=None).classes("ch-button").props("flat no-caps data-sign-out")
    # said here by the browser, which alone knows what waits on it
    ui.element("div").classes("ch-strip").props('id="said" role="alert"')


# ---- what pages are made of ------------------------------------------------------------------------------


def chip(words: str, kind: str = "") -> ui.label:
    """Show a few words in a frame; ``kind`` is amber for what is to be heeded, ink, or green."""
    return ui.label(words).classes(f"ch-chip {f'ch-{kind}' if kind else ''}").props('dir="auto"')


def button(words: str, kind: str = "") -> ui.button:
    """Return a button; ``kind`` is primary, quiet or danger."""
    return (
        ui.button(words, color=None)
        .classes(f"ch-button {f'ch-{kind}' if kind else ''}")
        .props("flat no-caps")
    )


def link_button(words: str, target: str, kind: str = "", *, new_tab: bool = False) -> ui.link:
    """Return a link that looks like a button."""
    return ui.link(words, target, new_tab=new_tab).classes(f"ch-button {f'ch-{kind}' if kind else ''}")


def heading(words: str, level: int = 1) -> ui.element:
    """Show a heading."""
    with (
        ui.element(f"h{level}")
        .classes("ch-title" if level == 1 else f"ch-h{level}")
        .props('dir="auto"') as made
    ):
        ui.label(words)
    return made


def up(words: str, target: str) -> ui.link:
    """Return the link to where one came from."""
    return ui.link(f"‹ {words}", target).classes("ch-up")


def to_the_last(rows: str) -> None:
    """Have rows of sessions that are longer than the page show their last one; ``rows`` is a selector."""
    find = json.dumps(rows)
    ui.run_javascript(f"document.querySelectorAll({find}).forEach((row) => row.scrollLeft = row.scrollWidth)")


def notice(words: str, kind: str = "") -> ui.label:
    """Show a sentence to be heeded; ``kind`` is refused or plain."""
    return ui.label(words).classes(f"ch-notice {f'ch-{kind}' if kind else ''}").props('role="status"')


def facts(rows: Iterable[tuple[str, str]]) -> None:
    """Show names and what is said under them, as text."""
    with ui.element("dl").classes("ch-facts"):
        for name, words in rows:
            with ui.element("dt"):
                ui.label(name)
            with ui.element("dd").props('dir="auto"'):
                ui.label(words)
