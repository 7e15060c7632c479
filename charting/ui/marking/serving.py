"""The routes under which the browser half of the marking surface is found.

The code lies under a digest of its content: it may be kept for ever, and a new release is a new address.
The service worker and the shell lie at the root, which is what the worker answers for.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

import charting

FOLDER = Path(__file__).parent / "browser"
FONTS = Path(charting.__file__).parent / "fonts"
FACES = ("SourceSans3-Regular.woff2", "SourceSans3-SemiBold.woff2", "SourceSans3-Bold.woff2")

KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".woff2": "font/woff2",
}

AT_THE_ROOT = ("sw.js", "offline.html")


def _files() -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}
    return files | {f"fonts/{name}": (FONTS / name).read_bytes() for name in FACES}


def _digest(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()[:16]


FILES = _files()
DIGEST = _digest(FILES)
CODE_PATH = f"/marking/{DIGEST}"
"""Where the modules and the style sheet of this release are found."""

OPEN_PATHS = (f"{CODE_PATH}/", "/sw.js", "/offline")
"""What may be had without being signed in: code and the shell, which hold nothing of anyone."""

router = APIRouter(include_in_schema=False)


def _root_file(name: str) -> Response:
    kept = ["/offline", *(f"{CODE_PATH}/{one}" for one in FILES if one not in AT_THE_ROOT)]
    text = FILES[name].decode("utf-8").replace("{digest}", DIGEST).replace("{files}", json.dumps(kept))
    headers = {"Cache-Control": "no-cache"}
    return Response(text, media_type=KINDS[Path(name).suffix], headers=headers)


@router.get("/sw.js")
def service_worker() -> Response:
    """Return the service worker, which names this release's files."""
    return _root_file("sw.js")


@router.get("/offline")
def shell() -> Response:
    """Return the page with which the worker answers without a network."""
    return _root_file("offline.html")


@router.get("/marking/{digest}/{name:path}")
def code(digest: str, name: str) -> Response:
    """Return a module, the style sheet or a font of this release, to be kept for ever."""
    if digest != DIGEST or name not in FILES or name in AT_THE_ROOT:
        return PlainTextResponse("Not found", status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(FILES[name], media_type=KINDS[Path(name).suffix], headers=headers)
