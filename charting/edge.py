"""The edge of the program: what time it is, where, and new ids. The domain is given them."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_lock = threading.Lock()
_last = 0


def now() -> datetime:
    """Return the present time, aware, in UTC, to the millisecond that the record keeps."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def zone_here() -> tzinfo:
    """Return the time zone of this computer: the one that ``TZ`` names, else the one it is set to."""
    try:
        if named := os.environ.get("TZ"):
            return ZoneInfo(named)
        with Path("/etc/localtime").open("rb") as rules:
            return ZoneInfo.from_file(rules)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return datetime.now().astimezone().tzinfo or UTC


def new_id() -> UUID:
    """Return a new UUID of version 7 (RFC 9562, 5.7): 48 bits of ms, a 12-bit counter, 62 random bits.

    Ids of one process are in the order in which they were made, also when the clock is set back.
    """
    global _last
    with _lock:
        stamp = max(time.time_ns() // 1_000_000 << 12, _last + 1)
        _last = stamp
    milliseconds, counter = stamp >> 12, stamp & 0xFFF
    chance = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | chance)
