"""What is shown where there is no page, and where a page failed."""

from __future__ import annotations

import pytest

from tests.access.conftest import Browser, Program

HTML = {"Accept": "text/html"}


def test_an_address_without_a_page_is_answered_in_words_and_leads_back(signed_in: Browser) -> None:
    answer = signed_in.get("/no/such/page?search=Tremblay", headers=HTML)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/"' in answer.text
    assert "Oak Street Clinic" in answer.text
    assert "Tremblay" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_addresses_without_a_page_leave_no_page_behind(signed_in: Browser) -> None:
    before = signed_in.get("/counts").json()["pages"]
    for number in range(10):
        signed_in.get(f"/no/such/page/{number}", headers=HTML)
    assert signed_in.get("/counts").json()["pages"] <= before


def test_whoever_is_not_signed_in_learns_nothing_of_which_addresses_there_are(browser: Browser) -> None:
    for path in ("/no/such/page", "/patients/1"):
        assert browser.get(path, headers=HTML).status_code == 303
        assert browser.get(path).status_code == 401


def test_what_asks_for_no_page_gets_none(signed_in: Browser) -> None:
    answer = signed_in.get("/no/such/thing", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/broken", "/broken-later"])
def test_a_page_that_fails_says_so_in_words_without_what_went_wrong(signed_in: Browser, path: str) -> None:
    answer = signed_in.get(path, headers=HTML)
    assert answer.status_code == 500
    assert "This page could not be shown" in answer.text
    assert "The record is safe" in answer.text
    assert f'href="{path}"' in answer.text
    for detail in ("Tremblay", "RuntimeError", "Traceback", ".py"):
        assert detail not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_program_goes_on_after_a_page_has_failed(signed_in: Browser, program: Program) -> None:
    for _ in range(3):
        assert signed_in.get("/broken", headers=HTML).status_code == 500
    assert signed_in.page("/").client_id
    assert program.process.poll() is None


def test_the_log_says_where_a_page_failed_and_no_name(signed_in: Browser, program: Program) -> None:
    signed_in.get("/broken?search=Tremblay", headers=HTML)
    said = program.said()
    assert "/broken failed: RuntimeError" in said
    assert "in broken" in said
    assert "search=" not in said
    assert "RuntimeError: Tremblay" not in said
