"""Who is let through, and what every answer carries."""

from __future__ import annotations

import http.client
import re
import socket as sockets
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.access.conftest import Browser, Program, running
from tests.access.sockets import socket

PASSWORD = "violet ladder 9 harbour"
SOME_ID = "01a20c92-4241-7000-872f-ebc78c3b1c9c"

CLOSED = (
    "/",
    "/probe",
    "/counts",
    "/nothing",
    "/still-here",
    f"/sessions/{SOME_ID}",
    f"/patients/{SOME_ID}",
    "/staff",
    "/api/v1/me",
    "/api/v1/worklist",
    "/api/v1/patients?search=a",
    f"/api/v1/sessions/{SOME_ID}",
    "/api/v1/atlas",
    f"/api/v1/sessions/{SOME_ID}/events",
    "/api/v1/openapi.json",
    "/openapi.json",
    "/docs",
    "/_nicegui/auto/x",
    "/_nicegui/3.18.0/dynamic_resources/x",
    "/_nicegui_ws/socket.io/?EIO=4&transport=polling",
    "/api/v1/login",
    "/static",
    "/sign-in/",
    "/sign-in/x",
    "/SIGN-IN",
    "/%2e%2e/probe",
    "/static/../probe",
    "/static/%2e%2e/probe",
    "/static//probe",
    "//probe",
    "/static\\..\\probe",
    "/_nicegui/x/static/../../../probe",
    "/healthz/",
    "/sw.js/x",
)
OPEN = (
    "/sign-in",
    "/healthz",
    "/login-state",
    "/sw.js",
    "/offline",
    "/favicon.ico",
    "/static/sign_in.js",
    "/static/fonts/SourceSans3-Regular.woff2",
    "/_nicegui/3.18.0/static/nicegui.js",
)


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_but_what_is_in_the_table_is_answered_without_a_login(browser: Browser, path: str) -> None:
    """Asked for raw, as no browser would: nothing is tidied up on the way."""
    connection = http.client.HTTPConnection("127.0.0.1", int(browser.base.rpartition(":")[2]), timeout=10)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.putheader("Accept", "text/html")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status in (303, 400, 401), body
    assert b"client_id" not in body
    connection.close()


@pytest.mark.parametrize("path", OPEN)
def test_what_is_open_is_answered_without_a_login(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 200


def test_a_page_without_a_login_leads_to_the_sign_in_page_and_back(browser: Browser) -> None:
    answer = browser.get(f"/sessions/{SOME_ID}?view=a&b=c", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next=/sessions/{SOME_ID}%3Fview%3Da%26b%3Dc"
    page = browser.get(answer.headers["location"])
    assert f'data-next="/sessions/{SOME_ID}?view=a&amp;b=c"' in page.text


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\/evil",
        "/%09/evil",
        '"><script>',
        "/sign-in",
        "",
        "evil",
        "///evil",
        "http:evil",
        "/a b",
    ],
)
def test_the_sign_in_page_leads_nowhere_else(browser: Browser, target: str) -> None:
    page = browser.get("/sign-in", params={"next": target}).text
    found = re.search(r'data-next="([^"]*)"', page)
    assert found is not None
    assert re.fullmatch(r"/(?:%09/evil)?", found[1])


def test_the_interface_without_a_login_says_so_in_a_sentence(browser: Browser) -> None:
    answer = browser.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_needed"
    assert answer.json()["sentence"].endswith(".")


def test_three_thousand_anonymous_requests_build_no_page(program: Program, signed_in: Browser) -> None:
    before, pages = program.memory_mib, signed_in.get("/counts").json()["pages"]
    with httpx.Client(base_url=program.base, headers={"Accept": "text/html"}) as nobody:
        for number in range(3000):
            path = ("/", "/probe", f"/nothing{number}", "/api/v1/me", "/sign-in")[number % 5]
            assert nobody.get(path).status_code in (200, 303, 401)
    assert signed_in.get("/counts").json()["pages"] <= pages
    assert program.memory_mib - before < 20


# ---- origins ----


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", ""]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/login"),
        ("POST", "/api/v1/logout"),
        ("POST", "/api/v1/unlock"),
        ("POST", "/still-here"),
        ("POST", f"/api/v1/sessions/{SOME_ID}/commands"),
        ("PUT", f"/api/v1/patients/{SOME_ID}"),
        ("POST", "/nothing"),
    ],
)
def test_what_changes_something_is_refused_from_another_origin(
    signed_in: Browser, method: str, path: str, origin: str
) -> None:
    answer = signed_in.request(method, path, headers={"Origin": origin}, json={})
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert signed_in.get("/api/v1/me").status_code == 200


def test_what_changes_something_names_its_origin_or_the_browser_says_that_it_is_ours(
    program: Program,
) -> None:
    with httpx.Client(base_url=program.base) as bare:
        body = {"sign_in": "osei", "password": PASSWORD}
        assert bare.post("/api/v1/login", json=body).status_code == 403
        for site in ("cross-site", "same-site", "none"):
            assert bare.post("/api/v1/login", json=body, headers={"Sec-Fetch-Site": site}).status_code == 403
        assert (
            bare.post("/api/v1/login", json=body, headers={"Sec-Fetch-Site": "same-origin"}).status_code
            == 200
        )


def test_another_site_may_lead_to_a_page_and_embed_nothing(signed_in: Browser) -> None:
    del signed_in.headers["Origin"]
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert signed_in.get("/probe", headers={**followed, "Accept": "text/html"}).status_code == 200
    for mode, kind in (
        ("no-cors", "image"),
        ("no-cors", "script"),
        ("navigate", "iframe"),
        ("cors", "empty"),
    ):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
        assert signed_in.get("/api/v1/me", headers=headers).status_code == 403


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_other_methods_are_refused(signed_in: Browser, method: str) -> None:
    assert signed_in.request(method, "/api/v1/me").status_code in (400, 405)


# ---- headers ----

NEEDED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("with_login", [True, False])
def test_every_answer_carries_the_headers(program: Program, with_login: bool) -> None:
    with program.browser() as browser:
        if with_login:
            browser.sign_in()
        for path in (
            *OPEN,
            "/",
            "/probe",
            "/nothing",
            "/api/v1/me",
            "/api/v1/nothing",
            "/api/v1/atlas",
            "/static/no",
        ):
            for method in ("GET", "HEAD", "POST", "DELETE"):
                answer = browser.request(method, path, headers={"Accept": "text/html"})
                assert {name: answer.headers.get(name) for name in NEEDED} == NEEDED, (method, path)
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "server" not in answer.headers
                kept = path.startswith(("/static/", "/_nicegui/")) or path in (
                    "/sw.js",
                    "/offline",
                    "/favicon.ico",
                )
                if not (kept and answer.status_code == 200):
                    assert answer.headers["cache-control"] == "no-store", (method, path)


def test_only_pages_of_nicegui_may_evaluate_and_each_has_a_nonce_of_its_own(signed_in: Browser) -> None:
    first, second = signed_in.page(), signed_in.page()
    nonces = [
        re.search(r"'nonce-([\w-]{20,})'", page.headers["content-security-policy"])
        for page in (first, second)
    ]
    assert nonces[0] is not None
    assert nonces[1] is not None
    assert nonces[0][1] != nonces[1][1]
    for tag in re.findall(r"<script[^>]*>", first.html):
        assert f'nonce="{nonces[0][1]}"' in tag
    assert "'unsafe-inline'" not in first.headers["content-security-policy"].partition("style-src")[0]
    for path in ("/sign-in", "/api/v1/me", "/offline", "/nothing-here.txt"):
        answer = signed_in.get(path)
        if answer.headers.get("x-nicegui-content") != "page":
            assert "unsafe" not in answer.headers["content-security-policy"]


def test_text_of_a_user_gets_no_nonce(signed_in: Browser) -> None:
    page = signed_in.page()
    assert "alert(1)" in page.html
    assert not re.search(r"<script[^>]*>alert\(1\)", page.html)


def test_there_is_no_cookie_but_the_logins_own(browser: Browser) -> None:
    browser.get("/sign-in")
    browser.get("/", headers={"Accept": "text/html"})
    assert list(browser.cookies) == []
    answer = browser.sign_in()
    browser.page()
    assert list(browser.cookies) == ["charting"]
    assert re.fullmatch(
        r"charting=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", answer.headers["set-cookie"]
    )


# ---- bodies ----


def test_a_body_that_is_too_large_is_refused_before_it_is_read(program: Program, signed_in: Browser) -> None:
    before = program.memory_mib
    for path, size in (("/api/v1/login", 20_000), ("/still-here", 2_000_000)):
        assert signed_in.post(path, content=b"x" * size).status_code == 413
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
    headers = {"Origin": program.base, "Cookie": signed_in.cookie, "Content-Length": str(100 * 2**20)}
    connection.request("POST", "/still-here", headers=headers)
    assert connection.getresponse().status == 413
    connection.close()
    assert program.memory_mib - before < 20


def test_a_body_in_pieces_is_counted_as_it_comes(program: Program, signed_in: Browser) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 65_536

    before = program.memory_mib
    try:
        status = signed_in.post("/still-here", content=pieces()).status_code
    except httpx.WriteError:
        status = 413  # the server hung up while we were still talking
    assert status == 413
    assert program.memory_mib - before < 20


def test_without_a_login_no_body_is_waited_for(program: Program) -> None:
    with sockets.create_connection(("127.0.0.1", program.port), timeout=10) as one:
        lines = (
            "POST /api/v1/patients HTTP/1.1",
            "Host: x",
            f"Origin: {program.base}",
            "Content-Length: 1000",
        )
        one.sendall("\r\n".join((*lines, "", "")).encode())
        assert b" 401 " in one.recv(200)


# ---- signing in ----


def test_a_token_from_before_signing_in_is_dead_afterwards(program: Program) -> None:
    with program.browser() as attacker, program.browser() as victim:
        assert attacker.sign_in("lind").status_code == 200
        planted = attacker.cookies["charting"]
        victim.cookies.set("charting", planted, domain="127.0.0.1", path="/")
        assert victim.sign_in("osei").status_code == 200
        assert victim.cookies["charting"] != planted
        assert attacker.get("/api/v1/me").status_code == 401
        assert victim.get("/api/v1/me").json()["staff"]["sign_in"] == "osei"


def test_a_copied_cookie_is_dead_after_sign_out(program: Program, signed_in: Browser) -> None:
    with program.browser() as thief:
        thief.cookies.set("charting", signed_in.cookies["charting"])
        assert thief.get("/api/v1/me").status_code == 200
        signed_in.post("/api/v1/logout", json={})
        assert thief.get("/api/v1/me").status_code == 401


def test_wrong_passwords_are_answered_alike_for_any_name_and_slow_down(tmp_path: Path) -> None:
    with running(tmp_path) as program, program.browser() as browser:
        answers = {
            name: [browser.sign_in(name, "not the password") for _ in range(5)] for name in ("osei", "nobody")
        }
        for name, given in answers.items():
            assert [one.status_code for one in given] == [401, 401, 401, 429, 429], name
            assert int(given[-1].headers["retry-after"]) <= 5
        assert [one.text for one in answers["osei"][:3]] == [one.text for one in answers["nobody"][:3]]
        assert browser.sign_in("osei").status_code == 429
        assert browser.sign_in("lind").status_code == 200


def test_a_new_clinic_says_how_the_first_administrator_is_added(tmp_path: Path) -> None:
    with running(tmp_path, "people=none") as program, program.browser() as browser:
        assert "charting staff add" in browser.get("/sign-in").text
        assert browser.sign_in("admin", "admin").status_code == 401


def test_the_time_of_an_answer_does_not_tell_whether_a_name_is_known(tmp_path: Path) -> None:
    times: dict[str, list[float]] = {"osei": [], "nobody": []}
    with running(tmp_path) as program, program.browser() as browser:
        browser.sign_in("warm", "up")
        for _ in range(3):
            for name, taken in times.items():
                began = time.perf_counter()
                assert browser.sign_in(name, "not the password").status_code == 401
                taken.append(time.perf_counter() - began)
    known, unknown = median(times["osei"]), median(times["nobody"])
    assert 0.5 < known / unknown < 2


def test_a_program_that_is_told_to_stop_stops_while_pages_are_open(tmp_path: Path) -> None:
    with running(tmp_path) as program, program.browser() as browser:
        browser.sign_in()
        page = browser.page()
        with socket(browser, page):
            began = time.monotonic()
            program.process.terminate()
            program.process.wait(10)
            assert time.monotonic() - began < 8
        assert "Traceback" not in program.said()
