from __future__ import annotations

import json
import re

import httpx
import pytest
from fastapi import FastAPI

from charting.ui.marking.serving import CODE_PATH, DIGEST, FILES, router


async def get(path: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://clinic") as client:
        return await client.get(path)


async def test_code_is_kept_for_ever_under_the_digest_of_its_content() -> None:
    answer = await get(f"{CODE_PATH}/surface.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", [f"{CODE_PATH}/fonts/..%2F..%2Fserving.py", f"{CODE_PATH}/none.js", "/marking/0000/surface.js"]
)
async def test_nothing_but_this_releases_files_is_served(path: str) -> None:
    assert (await get(path)).status_code == 404


async def test_the_service_worker_names_files_that_are_there_and_is_asked_for_anew() -> None:
    answer = await get("/sw.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert f"charting-code-{DIGEST}" in answer.text
    listed = re.search(r"const FILES = (\[.*?\]);", answer.text)
    assert listed is not None
    files = json.loads(listed[1])
    assert len(files) == len(FILES) - 1
    assert {(await get(path)).status_code for path in files} == {200}


def test_every_module_imports_files_that_are_shipped() -> None:
    for name, content in FILES.items():
        if name.endswith(".js"):
            for wanted in re.findall(r"from '\./([a-z.]+)'", content.decode()):
                assert wanted in FILES, f"{name} imports {wanted}"


async def test_the_shell_holds_nothing_but_addresses_of_code() -> None:
    text = (await get("/offline")).text
    assert text.count(CODE_PATH) == 3
    assert "{digest}" not in text
