"""Whatever is sent to the interface, it is answered in words, never by falling over, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from charting.api.answering import STATUS, status_of
from charting.desk.payload import MOST_BYTES
from charting.domain import ChartingError, Role
from tests.api.conftest import PASSWORD, Browser, House, Placing
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, KNEE, NURSE, START, an_id

JSON = {"content-type": "application/json"}
STAFF = {Role.DOCTOR: DOCTOR, Role.NURSE: NURSE, Role.ADMINISTRATOR: ADMINISTRATOR}
D, N, A = Role.DOCTOR, Role.NURSE, Role.ADMINISTRATOR

MAY = {
    "get_me": {D, N, A},
    "change_password": {D, N, A},
    "get_worklist": {D, N},
    "find_patients": {D, N},
    "add_patient": {D, N},
    "get_patient": {D, N},
    "save_patient": {D, N},
    "add_course": {D, N},
    "get_course": {D, N},
    "save_course": {D, N},
    "get_staff": {A},
    "get_protocols": {D, N},
    "get_laid_down": {D},
    "get_rules": {D, N, A},
    "save_rules": {A},
    "get_usual_tray": {D, N, A},
    "save_usual_tray": {A},
    "add_staff": {A},
    "save_staff": {A},
    "set_password": {A},
    "start_session": {D},
    "get_session": {D, N},
    "get_readings": {A},
    "get_changes": {D, N},
    "get_ghosts": {D, N},
    "carry_out": {D},
    "seal_session": {D},
    "get_events": {D, N},
    "get_chart_pdf": {D, N},
    "get_chart_svg": {D, N},
    "get_chart_png": {D, N},
    "get_aftercare_pdf": {D, N},
    "get_note": {D, N},
    "get_map": {D, N},
    "get_map_pdf": {D, N},
    "get_map_svg": {D, N},
    "get_map_png": {D, N},
    "get_glyphs": {D, N, A},
    "get_atlas": {D, N, A},
    "get_view": {D, N, A},
    "get_drawing": {D, N, A},
    "get_thumbnail": {D, N, A},
}
"""Who is let in where. A route that is not here fails the test below."""

OPEN = {"sign_in", "unlock", "sign_out"}


def routes(house: House) -> Iterator[APIRoute]:
    def walk(some: Any) -> Iterator[APIRoute]:
        for route in some:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield route

    yield from walk(house.router.routes)


def filled(house: House, path: str, session_id: str) -> str:
    facts = {
        "{patient_id}": str(ANNE.id), "{course_id}": str(KNEE.id), "{session_id}": session_id,
        "{staff_id}": str(an_id(77)), "{sha256}": house.atlas.sha256, "{figure}": "adult_male",
        "{view}": "full_anterior", "{protocol}": "dumais_2012_knee",
    }  # fmt: skip
    for name, value in facts.items():
        path = path.replace(name, value)
    return "http://localhost" + path


def test_every_route_lets_in_whom_the_table_says_and_nobody_else(
    house: House, session: dict[str, Any]
) -> None:
    browsers = {role: house.browser(member) for role, member in STAFF.items()}
    nobody = house.browser()
    seen = set()
    for route in routes(house):
        seen.add(route.operation_id)
        (method,) = route.methods
        address = filled(house, route.path, session["session_id"])
        if route.operation_id == "get_map":
            address += "?view=full_anterior"
        if route.operation_id == "get_laid_down":
            address += "?side=right"
        if route.operation_id in OPEN or route.operation_id == "get_events":
            continue  # the stream would never end here; it is tried by itself
        assert route.operation_id in MAY, f"{route.operation_id} is not in the table"
        assert nobody.ask(method, address, json={}).status_code == 401, route.path
        for role, browser in browsers.items():
            answer = browser.ask(method, address, json={} if method != "GET" else None)
            refused = answer.status_code == 403
            assert refused is (role not in MAY[route.operation_id]), (route.path, role, answer.text)
            if refused:
                assert answer.json()["code"] == "not_allowed"
    assert seen == MAY.keys() | OPEN


def all_errors(kind: type[ChartingError] = ChartingError) -> Iterator[type[ChartingError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


def test_every_error_has_a_status_and_a_subclass_is_not_hidden_by_its_parent() -> None:
    for kind in all_errors():
        assert status_of(kind.__new__(kind)) in (400, 401, 403, 404, 409, 413, 429, 503, 507)
    for place, (kind, _) in enumerate(STATUS):
        assert not any(issubclass(kind, earlier) for earlier, _ in STATUS[:place]), kind


# ---- bodies ------------------------------------------------------------------------------------------------


@pytest.fixture
def commands(session: dict[str, Any]) -> str:
    return f"sessions/{session['session_id']}/commands"


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"]
)
def test_a_body_that_does_not_say_it_is_json_is_refused(doctor: Browser, commands: str, kind: str) -> None:
    answer = doctor.post(commands, content=b'{"commands": []}', headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_body_over_a_megabyte_is_not_read_to_its_end(doctor: Browser, commands: str) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 100_000

    streamed = doctor.post(commands, content=endless(), headers=JSON)
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")
    assert sent < 20
    stated = doctor.post(commands, content=b" " * (MOST_BYTES + 1), headers=JSON)
    assert (stated.status_code, stated.json()["code"]) == (413, "too_large")
    boast = doctor.post(commands, content=b"{}", headers={**JSON, "content-length": "9" * 30})
    assert boast.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b"{", b'{"commands": []}', b'{"commands": {}}', b'{"commands": [NaN]}',
        b'{"commands": [1e999]}', b'{"commands": [], "commands": []}', b'{"commands": ["\\ud800"]}',
        b'{"commands": ["\\u0000"]}', b"[" * 100_000, b'{"commands":' * 70_000,
        b"\xff\xfe", b"\xef\xbb\xbf{}",
        b"\x1f\x8b\x08\x00", b'{"commands": [' + b"1," * 200_000 + b"1]}",
        b'{"commands": [{"id": "' + b"x" * 900_000,
    ],
    ids=lambda body: str(body[:24]),
)  # fmt: skip
def test_what_is_no_batch_is_a_bad_request(doctor: Browser, commands: str, body: bytes) -> None:
    answer = doctor.post(commands, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["sentence"] == "What was sent cannot be read. Nothing was stored."


def test_one_bad_step_does_not_hold_up_the_others(doctor: Browser, commands: str, placing: Placing) -> None:
    crossing = [{"x": x, "y": y} for x, y in ((100, 100), (110, 110), (110, 100), (100, 110))]
    bad = [
        placing(shape={"kind": "field", "outline": crossing}),
        placing(shape={"kind": "point", "at": {"x": -5000, "y": 1}}),
        placing(view="nowhere"),
        placing(reach="near"),
        placing(kind="inject"),
    ]
    body = {"commands": [placing(), *bad, placing()]}
    answer = doctor.post(commands, json=body).json()
    assert [step["outcome"] for step in answer["steps"]] == ["applied", *["refused"] * 5, "applied"]
    assert [step["code"] for step in answer["steps"][1:-1]] == [
        "not_a_place", "off_body_map", "unknown_view", "bad_request", "bad_request"
    ]  # fmt: skip
    assert all(step["sentence"] for step in answer["steps"][1:-1])
    assert answer["standing"]["revision"] == 3


SCRIPTS = (
    "<script>alert(1)</script>",
    "{{7*7}}",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "${x}",
    "😀 א",
)


@pytest.mark.parametrize("text", SCRIPTS)
def test_script_in_a_text_is_kept_as_text(
    doctor: Browser, commands: str, placing: Placing, text: str
) -> None:
    ask = placing(provenance=text)
    ask["injection"] = {**ask["injection"], "note": text, "needle": text}
    answer = doctor.post(commands, json={"commands": [ask]})
    assert answer.headers["content-type"] == "application/json"
    mark = answer.json()["steps"][0]["mark"]["mark"]
    assert (mark["provenance"], mark["injection"]["note"], mark["injection"]["needle"]) == (text, text, text)


# ---- whatever else -----------------------------------------------------------------------------------------

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["", "NaN", "1e400", "0.5", "-1", "left", str(an_id(5)), "knee.mcl.tibial/left"]),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)  # fmt: skip
near = st.floats(-50, 400) | st.floats(-1e12, 1e12)
points = st.fixed_dictionaries({"x": near, "y": near})
drawn = st.one_of(
    st.fixed_dictionaries({"kind": st.just("point"), "at": points}),
    st.fixed_dictionaries({"kind": st.just("track"), "path": st.lists(points, max_size=8)}),
    st.fixed_dictionaries({"kind": st.just("field"), "outline": st.lists(points, max_size=8)}),
    odd,
)
KINDS = (
    "place_mark", "move_mark", "withdraw_mark", "restore_mark", "name_mark", "change_mark", "set_state",
    "add_solution", "change_solution", "set_details",
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(
    tmp_path_factory: pytest.TempPathFactory, real_atlas: Any, password_hash: str
) -> Iterator[tuple[House, Browser, dict[str, Any]]]:
    house = House(tmp_path_factory.mktemp("house"), real_atlas)
    with house.store.writing() as store:
        store.set_password_hash(DOCTOR.id, password_hash, by=None, at=house.clock(), command_id=house.ids())
    house.logins._clock = lambda: START
    yield house, house.browser(DOCTOR), house.start().model_dump(mode="json")
    house.close()


def sane(answer: Any) -> None:
    assert answer.status_code in (200, 400, 413), answer.text
    body = answer.json()
    if answer.status_code == 200:
        assert all(step["sentence"] for step in body["steps"] if step["outcome"] == "refused")
    else:
        assert body["code"]
        assert body["sentence"]


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_step_says_it_is_carried_out_or_refused_in_words(
    fuzzed: tuple[House, Browser, dict[str, Any]], data: st.DataObject
) -> None:
    house, browser, session = fuzzed
    solution = session["standing"]["solutions"][0]
    step = {
        "id": str(house.asked()), "made_at": START.isoformat(), "kind": data.draw(st.sampled_from(KINDS)),
        "mark_id": str(data.draw(st.sampled_from([house.asked(), an_id(500)]))), "seen": 1,
        "view": data.draw(st.sampled_from(["knee_right_medial", "full_anterior"])),
        "atlas_sha256": house.atlas.sha256, "shape": data.draw(drawn), "reach": data.draw(st.floats(0, 50)),
        "injection": {"solution_id": solution["id"], "ml_each": "0.5"}, "state": "planned",
        "site": "knee.mcl.tibial/right", "solution": solution, "was": solution, "details": {},
    }  # fmt: skip
    wanted = {
        "place_mark": ("mark_id", "view", "atlas_sha256", "shape", "reach", "injection", "state"),
        "move_mark": ("mark_id", "seen", "view", "atlas_sha256", "shape", "reach", "site"),
        "name_mark": ("mark_id", "seen", "site"), "change_mark": ("mark_id", "seen", "injection"),
        "set_state": ("mark_id", "seen", "state"), "add_solution": ("solution",),
        "change_solution": ("solution", "was"), "set_details": ("details", "was"),
    }.get(str(step["kind"]), ("mark_id", "seen"))  # fmt: skip
    step = {name: step[name] for name in ("id", "made_at", "kind", *wanted)}
    for name in data.draw(st.lists(st.sampled_from(["kind", "made_at", *wanted, "x"]), max_size=2)):
        step[name] = data.draw(odd)
    sane(browser.post(f"sessions/{session['session_id']}/commands", json={"commands": [step]}))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=300)
    | st.recursive(
        odd,
        lambda inside: (
            st.lists(inside) | st.dictionaries(st.sampled_from(["commands", "id", "kind", "shape"]), inside)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
@example(b'{"commands": [{"id": "019a0000-0000-7000-8000-000000000001"}]}')
def test_whatever_bytes_are_sent_they_are_answered_in_words(
    fuzzed: tuple[House, Browser, dict[str, Any]], body: bytes
) -> None:  # fmt: skip
    _, browser, session = fuzzed
    sane(browser.post(f"sessions/{session['session_id']}/commands", content=body, headers=JSON))


def test_after_all_of_that_the_session_is_whole(fuzzed: tuple[House, Browser, dict[str, Any]]) -> None:
    house, browser, session = fuzzed
    assert browser.get(f"sessions/{session['session_id']}").status_code == 200
    with house.store.reading() as store:
        log = store.history(DOCTOR.id)
    assert all(one.hash == one.hash_of_content() for one in log)
    assert PASSWORD not in str(log)
