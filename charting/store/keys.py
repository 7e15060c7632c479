"""The key of an embedded store: 32 bytes in a file that only its owner can read, outside the data folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from charting.domain import WrongKey

KEY_BYTES = 32


def new_key_file(path: Path, *, data: Path | None = None) -> bytes:
    """Make a new key, write it to a file that must not yet exist, and return it.

    Raises WrongKey if the file exists, or would lie in the folder ``data`` that the key protects.
    """
    _outside(path, data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = os.urandom(KEY_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise WrongKey(f"{path} exists; a key is never overwritten") from None
    with os.fdopen(handle, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return key


def read_key_file(path: Path, *, data: Path | None = None) -> bytes:
    """Return the key of a file.

    Raises WrongKey if there is none, if others than its owner may read or write it, if it lies in the folder
    ``data`` that it protects, or if it holds anything but 64 hexadecimal digits.
    """
    _outside(path, data)
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise WrongKey(f"there is no key file {path}") from None
    except (OSError, UnicodeDecodeError):
        raise WrongKey(f"the key file {path} cannot be read") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise WrongKey(f"others may read the key file {path}; make it mode 0600")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    return checked(key, str(path))


def checked(key: bytes | None, name: str = "the key") -> bytes:
    """Return the key if it can be one; raises WrongKey."""
    if key is None:
        raise WrongKey("the store is encrypted and needs a key")
    if len(key) != KEY_BYTES:
        raise WrongKey(f"{name} does not hold {KEY_BYTES} bytes as {2 * KEY_BYTES} hexadecimal digits")
    return key


def _outside(path: Path, data: Path | None) -> None:
    if data is not None and path.resolve().is_relative_to(data.resolve()):
        raise WrongKey(f"the key file {path} lies in the data folder; whoever copies one must not get both")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
