"""Signing in, being locked and signing out as a person sees it: a real Chromium, the real policies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from charting.ui.open_pages import MOST_PAGES
from tests.access.conftest import Program, running, until
from tests.access.running import PASSWORD
from tests.access.sockets import socket
from tests.chromium import TABLET
from tests.people import ANNE, KNEE, an_id

WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (one) =>
  window.violations.push(
    [one.violatedDirective, one.blockedURI, one.sourceFile, one.lineNumber].join(" ")));"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running(tmp_path_factory.mktemp("program")) as one:
        yield one


@dataclass(frozen=True)
class Record:
    """The addresses of what a clinic keeps of one invented patient."""

    patient: str
    course: str
    session: str


@pytest.fixture(scope="module")
def record(program: Program) -> Record:
    with program.browser() as browser:
        browser.sign_in("lind")
        for path, body in (
            ("/api/v1/patients", ANNE), (f"/api/v1/patients/{ANNE.id}/courses", KNEE),
        ):  # fmt: skip
            answer = browser.post(
                path, content=body.model_dump_json(), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 201, answer.text
    with program.browser() as browser:
        browser.sign_in("osei")
        session = an_id(700)
        answer = browser.post(f"/api/v1/courses/{KNEE.id}/sessions", json={"id": str(session)})
        assert answer.status_code == 201, answer.text
    return Record(f"/patients/{ANNE.id}", f"/courses/{KNEE.id}", f"/sessions/{session}")


def pages_of(record: Record) -> list[str]:
    """Return the addresses of all pages; a role that may not see one is told so on it."""
    return [
        "/", "/new-patient", record.patient, f"{record.patient}/edit", f"{record.patient}/courses/new",
        record.course, f"{record.course}/edit", record.session, f"{record.session}/review", "/settings",
        "/staff", "/readings", "/patients/nobody",
    ]  # fmt: skip


class Tablet:
    """A browser with its tabs; what it complained of is kept."""

    def __init__(
        self, context: BrowserContext, program: Program, *, kinds: tuple[str, ...] = ("error",)
    ) -> None:
        self.context = context
        self.program = program
        self.complaints: list[str] = []
        self._clock = program.folder / "clock"
        self._began = float(self._clock.read_text()) if self._clock.exists() else 0.0
        (program.folder / "clicks").unlink(missing_ok=True)
        context.add_init_script(WATCH)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda message: message.type in kinds and self.complaints.append(message.text))

    def open(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.program.base}{path}")
        return page

    def sign_in(self, path: str = "/probe", name: str = "osei", *, probe: bool = True) -> Page:
        page = self.open(path)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.program.base}{path}")
        if probe:
            ready(page)
        return page

    def later(self, seconds: float) -> None:
        """Set the server's clock ahead of when this test began."""
        self._clock.write_text(str(self._began + seconds))


def ready(page: Page) -> None:
    page.wait_for_function("window.did_handshake === true && !!window.charting?.login")
    page.get_by_role("button", name="click").wait_for()


def violations(page: Page) -> list[str]:
    return list(page.evaluate("window.violations"))


@pytest.fixture
def tablet(chromium: Browser, program: Program) -> Iterator[Tablet]:
    context = chromium.new_context(viewport=TABLET, has_touch=True)
    yield Tablet(context, program)
    context.close()


def test_one_signs_in_and_comes_to_where_one_wanted_to_go_under_the_policies(tablet: Tablet) -> None:
    page = tablet.sign_in()
    page.get_by_role("button", name="click").click()
    assert until(lambda: tablet.program.clicks == ["osei osei"])
    page.get_by_role("button", name="open").click()
    expect(page.get_by_text("inside")).to_be_visible()
    assert violations(page) == []
    assert tablet.complaints == []


@pytest.mark.parametrize("name", ["osei", "lind", "berg"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_policy_or_complains_in_the_console(
    chromium: Browser, program: Program, record: Record, name: str, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(viewport=TABLET, has_touch=True, color_scheme=scheme)
    tablet = Tablet(context, program, kinds=("error", "warning"))
    page = tablet.sign_in("/settings", name, probe=False)
    found: dict[str, list[str]] = {}
    for path in pages_of(record):
        page.goto(f"{program.base}{path}")
        page.wait_for_function("window.did_handshake === true")
        page.wait_for_load_state("networkidle")
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found[path] = [
            *violations(page),
            *tablet.complaints,
            *([f"{wider} px too wide"] if wider > 0 else []),
        ]
        tablet.complaints.clear()
    context.close()
    assert {path: complaints for path, complaints in found.items() if complaints} == {}


def test_one_changes_ones_password_and_is_signed_out_on_the_other_device_alone(
    chromium: Browser, program: Program, tablet: Tablet
) -> None:
    elsewhere = chromium.new_context(viewport=TABLET)
    other = Tablet(elsewhere, program).sign_in("/settings", "berg", probe=False)
    page = tablet.sign_in("/settings", "berg", probe=False)
    held, fresh, again = (
        page.get_by_label(label, exact=True)
        for label in ("Password you have", "New password", "New password again")
    )
    said = page.locator("form[data-own-password] .said")
    change = page.get_by_role("button", name="Change the password")
    for old, new, repeated, sentence in (
        ("not the password", "another lamp of quartz", "another lamp of quartz", "not your password"),
        (PASSWORD, "another lamp of quartz", "another lamp of quarts", "differ"),
        (PASSWORD, "short", "short", "at least 12 characters"),
        (PASSWORD, "another lamp of quartz", "another lamp of quartz", "is changed"),
    ):
        held.fill(old)
        fresh.fill(new)
        again.fill(repeated)
        change.click()
        expect(said).to_contain_text(sentence)
    expect(held).to_have_value("")
    other.wait_for_url("**/sign-in*")
    page.get_by_role("button", name="Pounds").click()
    expect(page.get_by_text("Saved on this device")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Your password")).to_be_visible()
    assert violations(page) == []
    back = page.evaluate(
        """(body) => fetch("/api/v1/me/password", { method: "POST", body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" } }).then((answer) => answer.status)""",
        {"password": "another lamp of quartz", "new": PASSWORD},
    )
    assert back == 200
    elsewhere.close()


def test_a_page_too_many_says_so_and_goes_on_once_another_is_closed(tablet: Tablet) -> None:
    tablet.sign_in()
    with tablet.program.browser() as same, ExitStack() as closing:
        for cookie in tablet.context.cookies():
            same.cookies.set(cookie["name"], cookie["value"])
        others = [closing.enter_context(socket(same, same.page())) for _ in range(MOST_PAGES - 1)]
        page = tablet.open("/probe")
        said = page.get_by_role("alert").filter(has_text="Too many pages are open")
        expect(said).to_be_visible()
        others[0].raw.close()
        expect(said).to_have_count(0, timeout=10_000)
        page.get_by_role("button", name="click").click()
        assert until(lambda: tablet.program.clicks == ["osei osei"])


def test_a_wrong_password_is_said_and_the_button_counts_the_seconds(tablet: Tablet) -> None:
    page = tablet.open("/")
    page.get_by_label("Name").fill("lind")
    for _ in range(3):
        page.get_by_label("Password").fill("not the password")
        page.get_by_label("Password").press("Enter")
        expect(page.get_by_role("alert")).to_have_text("The name and the password do not fit.")
        expect(page.get_by_label("Password")).to_have_value("")
    page.get_by_label("Password").fill("not the password")
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Too many wrong passwords. Wait a little and try again.")
    expect(page.get_by_role("button")).to_have_text("Wait 4 s")
    expect(page.get_by_role("button")).to_be_disabled()
    page.get_by_label("Password").fill(PASSWORD)
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled(timeout=8000)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{tablet.program.base}/")
    assert violations(page) == []


def test_an_idle_page_warns_then_covers_what_it_shows_and_goes_on_with_the_password(tablet: Tablet) -> None:
    page = tablet.sign_in()
    page.get_by_label("free text").fill("half a sentence")
    tablet.later(14 * 60 + 20)
    page.evaluate("localStorage.setItem('charting.seen', String(Date.now() - 14 * 60e3 - 20e3))")
    expect(page.get_by_role("status").filter(has_text="Locks in")).to_be_visible(timeout=3000)
    tablet.later(16 * 60)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=5000)
    expect(page.get_by_role("button", name="click")).to_be_hidden()
    assert page.title() == "Locked"
    expect(page.get_by_text("Dr. Ama Osei")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()

    page.get_by_label("Password").fill("not the password")
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The name and the password do not fit.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="Locked")).to_have_count(0)
    expect(page.get_by_label("free text")).to_have_value("half a sentence")
    page.get_by_role("button", name="click").click()
    assert until(lambda: tablet.program.clicks == ["osei osei"])
    assert violations(page) == []


def test_a_touch_at_the_warning_keeps_the_page_open(tablet: Tablet) -> None:
    page = tablet.sign_in()
    tablet.later(14 * 60 + 20)
    page.evaluate("localStorage.setItem('charting.seen', String(Date.now() - 14 * 60e3 - 20e3))")
    warning = page.get_by_role("status").filter(has_text="Locks in")
    expect(warning).to_be_visible(timeout=3000)
    page.mouse.click(600, 500)
    expect(warning).to_have_count(0)
    page.wait_for_timeout(500)
    tablet.later(16 * 60)
    page.wait_for_timeout(3000)
    expect(page.get_by_role("heading", name="Locked")).to_have_count(0)
    page.get_by_role("button", name="click").click()
    assert until(lambda: tablet.program.clicks == ["osei osei"])


def test_a_click_while_it_is_locked_does_nothing_even_past_the_cover(tablet: Tablet) -> None:
    page = tablet.sign_in()
    tablet.later(16 * 60)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=5000)
    page.evaluate(
        "[...document.querySelectorAll('button')].find((one) => one.textContent === 'click').click()"
    )
    page.wait_for_timeout(500)
    assert tablet.program.clicks == []


def test_one_tab_unlocks_the_others_and_signing_out_closes_them_all(tablet: Tablet) -> None:
    first = tablet.sign_in()
    second = tablet.open("/probe")
    ready(second)
    tablet.later(16 * 60)
    for page in (first, second):
        expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=5000)
    first.get_by_label("Password").fill(PASSWORD)
    first.get_by_role("button", name="Unlock").click()
    expect(second.get_by_role("heading", name="Locked")).to_have_count(0)
    second.get_by_role("button", name="click").click()
    assert until(lambda: tablet.program.clicks == ["osei osei"])
    signed_out = first.evaluate("""fetch('/api/v1/logout', { method: 'POST', body: '{}',
      headers: { 'Content-Type': 'application/json' } }).then((answer) => answer.status)""")
    assert signed_out == 200
    for page in (first, second):
        page.wait_for_url("**/sign-in*", timeout=1500)


def test_a_page_is_covered_also_while_the_server_is_away(tablet: Tablet) -> None:
    page = tablet.sign_in()
    tablet.context.set_offline(True)
    page.evaluate("localStorage.setItem('charting.seen', String(Date.now() - 15 * 60e3))")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=12000)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")


def test_marks_that_wait_keep_another_person_from_signing_in_over_them(tablet: Tablet) -> None:
    page = tablet.sign_in()
    page.evaluate("window.charting.waiting = async () => 2")
    tablet.later(16 * 60)
    page.get_by_role("button", name="Sign in as someone else").click()
    expect(page.get_by_role("alert")).to_contain_text("still wait to be saved")
    page.evaluate("window.charting.waiting = async () => 0")
    page.get_by_role("button", name="Sign in as someone else").click()
    page.wait_for_url("**/sign-in*")


def test_a_link_from_another_site_opens_the_page_of_who_is_signed_in(tablet: Tablet) -> None:
    tablet.sign_in().close()
    page = tablet.context.new_page()
    # another name of this computer is another site; the strict cookie does not travel along
    page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<a href="{tablet.program.base}/probe">open</a>'
        ),
    )
    page.goto("http://elsewhere.example/")
    page.get_by_text("open").click()
    page.wait_for_url(f"{tablet.program.base}/probe")
    ready(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_offline_shell_runs_under_the_strict_policy(
    chromium: Browser, program: Program, scheme: str
) -> None:
    context = chromium.new_context(viewport=TABLET, color_scheme=scheme)  # type: ignore[arg-type]
    tablet = Tablet(context, program)
    page = tablet.open("/offline")
    page.wait_for_timeout(1000)
    assert violations(page) == []
    context.close()
