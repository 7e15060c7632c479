"""Copies of a store: one encrypted file and a manifest, whatever database the store is in.

A copy is made in one go while the store is in use, and is never the bare file: what is still in the
write-ahead log would be missing from that, and nothing would say so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Connection

from charting.domain import StoreUnusable, canonical, sha256_of
from charting.store import triggers
from charting.store.columns import iso, metadata
from charting.store.connecting import open_file
from charting.store.log import command_log
from charting.store.readings import reading_log
from charting.store.verify import Anchor

FORMAT = "charting-backup/1"
FILE = "store.db"
MANIFEST = "manifest.json"
ROWS = 1000
PIECE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: when it was made, of which release, the file's SHA-256, and the store's anchor."""

    made_at: datetime
    release: str
    size: int
    sha256: str
    anchor: Anchor


def copy_file(path: Path, key: bytes, target: Path) -> None:
    """Copy an embedded store as it stands, encrypted with the same key, into a new file."""
    connection = open_file(path, key, writer=False)
    try:
        connection.execute("PRAGMA query_only = OFF")  # the copy is what is written, not the store
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def into_one_file(path: Path, key: bytes) -> None:
    """Bring an embedded store that nobody uses into its one file, without a write-ahead log beside it."""
    connection = open_file(path, key, writer=True)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every row of a store into an empty one of the same release; it may be in the other database."""
    if target.execute(select(func.count()).select_from(command_log)).scalar_one():
        raise StoreUnusable("the target holds a record already")
    triggers.drop(target)  # signed sessions come before their marks
    for table in metadata.sorted_tables:
        rows = source.execute(select(table), execution_options={"yield_per": ROWS})
        for some in rows.mappings().partitions(ROWS):
            target.execute(insert(table), [dict(row) for row in some])
    if target.dialect.name == "postgresql":
        for table in (command_log, reading_log):
            # the rows brought their numbers with them
            target.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'seq'), "
                    f"greatest(1, (SELECT coalesce(max(seq), 0) FROM {table.name})), "
                    f"(SELECT count(*) > 0 FROM {table.name}))"
                )
            )
    triggers.create(target)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a backup's manifest, with a SHA-256 of its own."""
    content = {"format": FORMAT, **asdict(manifest), "made_at": iso(manifest.made_at)}
    whole = {**content, "manifest_sha256": sha256_of(canonical(content))}
    (folder / MANIFEST).write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    sync(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Return a backup's manifest once it and the file fit; raises StoreUnusable, naming what does not."""
    try:
        whole: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        said = whole.pop("manifest_sha256")
        if whole.pop("format") != FORMAT:
            raise StoreUnusable(f"{folder} is not a backup that this release can read")
        anchor = Anchor(**whole.pop("anchor"))
        made_at = datetime.fromisoformat(whole["made_at"])
        manifest = Manifest(**{**whole, "anchor": anchor, "made_at": made_at})
        content = {"format": FORMAT, **asdict(manifest), "made_at": whole["made_at"]}
        if said != sha256_of(canonical(content)):
            raise ValueError("manifest")
    except FileNotFoundError:
        raise StoreUnusable(f"{folder} holds no {MANIFEST}, so it is not a whole backup") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StoreUnusable(f"the backup {folder} is damaged: its {MANIFEST}") from None
    file = folder / FILE
    if not file.is_file() or (file.stat().st_size, sha256_of_file(file)) != (manifest.size, manifest.sha256):
        raise StoreUnusable(f"the backup {folder} is damaged: its {FILE}")
    return manifest


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def place_file(source: Path, target: Path) -> None:
    """Copy a backup's file to where a store is to be, whole or not at all; StoreUnusable if one is there."""
    for name in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal"))):
        if name.exists():
            raise StoreUnusable(f"{name} exists; a store is never overwritten")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with source.open("rb") as whole, os.fdopen(handle, "wb") as copy:
            shutil.copyfileobj(whole, copy, PIECE)
        sync(partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    sync(target.parent)


def sync(path: Path) -> None:
    """Make sure that a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
