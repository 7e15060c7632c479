"""A page with the exam screen alone, over the real desk: what the browser tests of the marking surface open.

Started by hand it shows a session to try things on:  python -m tests.browser.harness.exam
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, StreamingResponse

import charting
from charting.anatomy import Atlas, load_atlas
from charting.desk.answers import SessionView
from charting.desk.payload import read_batch
from charting.domain import ChartingError, Injection, NotAllowed, PointShape, SignInNeeded, Staff, ViewPoint
from charting.ui.marking.serving import CODE_PATH, router
from tests.clinic import Clinic
from tests.people import DOCTOR

GLYPHS = Path(charting.__file__).parent / "chart" / "glyphs.json"

PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Session</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{CODE_PATH}/marking.css">
<style>html,body{{height:100dvh;margin:0}}#exam{{height:100%}}</style></head>
<body><div id="exam"></div><script type="module">
import {{ mount }} from '{CODE_PATH}/surface.js';
import '{CODE_PATH}/worker.js';
const session = location.pathname.split('/')[2];
const urls = {{ review: `${{location.pathname}}/review`, back: '/' }};
const skin = new URLSearchParams(location.search).get('skin');
mount(document.getElementById('exam'), {{ session, urls, skin }});
</script></body></html>"""

BEFORE = (
    ("knee_right_anterior", (123.6, 116.3), "0.5"),
    ("knee_right_anterior", (100.1, 190.0), "0.5"),
    ("knee_right_anterior", (83.7, 97.7), "1"),
    ("knee_right_anterior", (61.3, 152.5), "0.5"),
    ("knee_right_medial", (80.0, 130.0), "0.5"),
)


class Exam:
    """The clinic and the page over it. Tests take the network away, sign out, or count what is asked."""

    def __init__(self, folder: Path, atlas: Atlas) -> None:
        self.clinic = Clinic(folder, atlas)
        self.who: Staff | None = DOCTOR
        self.down = False
        self.asked: list[str] = []
        self.app = FastAPI()
        self.app.include_router(router)
        self._add_routes()

    def session(self, earlier: int = 0) -> SessionView:
        """Start a session, after others in which the knee was treated."""
        for number in range(earlier):
            view = self.clinic.start()
            for name, (x, y), ml in BEFORE[: 5 - number]:
                shape = PointShape(at=ViewPoint(x + 2.0 * number, y + number))
                injection = Injection(
                    solution_id=view.standing.solutions[0].id,
                    ml_each=Decimal(ml),
                    to_bone=True,
                    needle="27G 38 mm",
                )
                self.clinic.placed(view, shape, view=name, injection=injection)
        return self.clinic.start()

    def stored(self, session_id: UUID) -> SessionView:
        """Return the session as it is stored."""
        return self.clinic.desk.session(DOCTOR, session_id)

    def _staff(self) -> Staff:
        if self.who is None:
            raise SignInNeeded("nobody is signed in")
        return self.who

    def _add_routes(self) -> None:
        app, clinic = self.app, self.clinic
        atlas = clinic.atlas

        @app.middleware("http")
        async def away(request: Request, go_on: Any) -> Response:
            self.asked.append(f"{request.method} {request.url.path}")
            if self.down:
                return Response(status_code=503)
            answer: Response = await go_on(request)
            return answer

        @app.exception_handler(ChartingError)
        async def refused(_: Request, trouble: ChartingError) -> JSONResponse:
            status = {SignInNeeded: 401, NotAllowed: 403}.get(type(trouble), 409)
            return JSONResponse({"code": trouble.code, "sentence": trouble.sentence}, status)

        def said(value: Any) -> Response:
            return Response(value.model_dump_json(), media_type="application/json")

        @app.get("/sessions/{session_id}")
        def page() -> HTMLResponse:
            return HTMLResponse(PAGE, headers={"Cache-Control": "no-store"})

        @app.get("/api/v1/me")
        def me() -> JSONResponse:
            return JSONResponse({"id": str(self._staff().id)})

        @app.get("/api/v1/glyphs.json")
        def glyphs() -> FileResponse:
            return FileResponse(GLYPHS)

        @app.get("/api/v1/atlas")
        def index() -> JSONResponse:
            told = {"figure", "id", "title", "region", "side", "aspect"}
            views = [
                entry.model_dump(mode="json", include=told)
                for figure in atlas.figures for entry in atlas.views(figure.id)
            ]  # fmt: skip
            return JSONResponse({"version": atlas.version, "sha256": atlas.sha256, "views": views})

        @app.get("/api/v1/atlas/{sha256}/{figure}/{name:path}")
        def atlas_file(figure: str, name: str) -> Response:
            file = atlas.folder / figure / name
            kept = {"Cache-Control": "public, max-age=31536000, immutable"}
            if file.suffix == ".svg":
                return FileResponse(file, media_type="image/svg+xml", headers=kept)
            view = json.loads(file.read_text())
            sites = atlas.sites(figure)
            view["names"] = {site["site"]: sites.site(site["site"]).name for site in view["sites"]}
            return JSONResponse(view, headers=kept)

        @app.get("/api/v1/sessions/{session_id}")
        def session(session_id: UUID) -> Response:
            return said(clinic.desk.session(self._staff(), session_id))

        @app.get("/api/v1/sessions/{session_id}/changes")
        def changes(session_id: UUID, after: int) -> Response:
            return said(clinic.desk.changes(self._staff(), session_id, after))

        @app.get("/api/v1/sessions/{session_id}/ghosts")
        def ghosts(session_id: UUID) -> Response:
            found = clinic.desk.ghosts(self._staff(), session_id)
            body = ",".join(one.model_dump_json() for one in found)
            return Response(f"[{body}]", media_type="application/json")

        @app.post("/api/v1/sessions/{session_id}/commands")
        async def commands(session_id: UUID, request: Request) -> Response:
            batch = read_batch(await request.body())
            return said(await asyncio.to_thread(clinic.desk.carry_out, self._staff(), session_id, batch))

        @app.get("/api/v1/sessions/{session_id}/events")
        async def events(session_id: UUID, request: Request) -> StreamingResponse:
            loop, heard = asyncio.get_running_loop(), asyncio.Queue[int]()
            listening = clinic.desk.listen(
                self._staff(),
                session_id,
                lambda revision: loop.call_soon_threadsafe(heard.put_nowait, revision),
            )

            async def lines() -> AsyncIterator[str]:
                with listening:
                    yield ": here\n\n"
                    while not await request.is_disconnected():
                        try:
                            yield f'data: {{"revision":{await asyncio.wait_for(heard.get(), 1.0)}}}\n\n'
                        except TimeoutError:
                            yield ": still here\n\n"

            return StreamingResponse(
                lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
            )


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve an app on this computer while it is needed; the address is what it is found under."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
    try:
        yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        exam = Exam(Path(folder), load_atlas())
        with served(exam.app, 8099) as address:
            print(f"{address}/sessions/{exam.session(earlier=2).session_id}", flush=True)
            threading.Event().wait()
