"""The clinic's store: where the settings say it is, and with which key."""

from __future__ import annotations

from pathlib import Path

from charting.domain import StoreUnusable
from charting.settings import Settings
from charting.store.keys import new_key_file, read_key_file
from charting.store.store import Store, open_store

FILE = "charting.db"
"""The embedded store's file in the data folder."""


def open_clinic_store(settings: Settings, *, upgrade: bool = False, must_exist: bool = False) -> Store:
    """Return the clinic's store, ready for use; a new one, with a new key, where there is none yet.

    None is made if it ``must_exist``. A store that an earlier release has written is brought up to date only
    if ``upgrade``. Raises WrongKey, StoreUnusable if there is one that cannot be used.
    """
    if settings.database_url is not None:
        key = clinic_key(settings, make=not settings.key_file.exists())
        store, is_new = open_store(settings.database_url, key=key), False
    else:
        path = store_file(settings.data)
        is_new = not path.exists()
        if is_new and must_exist:
            raise StoreUnusable(f"there is no store {path}")
        # a store without its key cannot be read by anyone: no new key is made beside it
        key = clinic_key(settings, make=is_new and not settings.key_file.exists())
        store = open_store(store_url(settings.data), key=key)
    if is_new or upgrade:
        store.upgrade()
    store.check()
    return store


def store_file(folder: Path) -> Path:
    """Return where the embedded store lies in a data folder."""
    return folder / FILE


def store_url(folder: Path) -> str:
    """Return the address of the embedded store in a data folder."""
    return f"sqlite:///{store_file(folder)}"


def clinic_key(settings: Settings, *, make: bool = False) -> bytes:
    """Return the store's key, a new one if ``make``; raises WrongKey."""
    read = new_key_file if make else read_key_file
    return read(settings.key_file, data=settings.data)
