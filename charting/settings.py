"""Every setting of the program, in one place; each can be set by an environment variable ``CHARTING_…``."""

from __future__ import annotations

import re
from datetime import tzinfo
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?/?", re.IGNORECASE)


class Settings(BaseSettings):
    """How this clinic runs the tool.

    ``data`` is the folder of the embedded store and its backups; ``key_file`` holds the store's key and lies
    outside of it. ``database_url`` names a PostgreSQL instead. ``origins`` are the addresses under which
    browsers reach the tool, such as ``https://charting.clinic.example``; what any other sends is refused.
    ``time_zone`` is the clinic's, by its name such as ``America/Toronto``: days and times on pages and charts
    are told in it. None is that of this computer.
    """

    model_config = SettingsConfigDict(env_prefix="CHARTING_", extra="forbid", frozen=True)

    clinic: str = "Clinic"
    data: Path = Path.home() / ".local" / "share" / "charting"
    key_file: Path = Path.home() / ".config" / "charting" / "store.key"
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    https: bool = False
    origins: tuple[str, ...] = ()
    idle_minutes: int = Field(default=15, ge=2, le=60)
    absolute_hours: int = Field(default=12, ge=1, le=24)
    paper: Literal["a4", "letter"] = "a4"
    weight_unit: Literal["kg", "lb"] = "kg"
    language: Literal["en"] = "en"
    time_zone: str | None = None

    @property
    def zone(self) -> tzinfo | None:
        """The clinic's time zone, or none for that of this computer."""
        return ZoneInfo(self.time_zone) if self.time_zone is not None else None

    @property
    def own_origins(self) -> frozenset[str]:
        """The origins of our own pages: those that were set, or on this computer alone those of its port."""
        if self.origins:
            return frozenset(origin.lower().rstrip("/") for origin in self.origins)
        hosts = {"localhost", "127.0.0.1", "[::1]"}
        return frozenset(f"http://{host}{'' if self.port == 80 else f':{self.port}'}" for host in hosts)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is None or not name.strip():
            return None
        try:
            return ZoneInfo(name.strip()).key
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError(
                f"{name[:60]!r} is no time zone that this computer knows, such as America/Toronto"
            ) from None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        """Refuse to guess the address of a tool that is reached from other computers."""
        if not self.origins and (self.https or self.host not in LOOPBACK):
            raise ValueError(
                "CHARTING_ORIGINS must name the address in the browser, such as "
                '["https://charting.clinic.example"], unless the tool is reached from this computer alone'
            )
        scheme = "https" if self.https else "http"
        for origin in self.origins:
            if not ORIGIN.fullmatch(origin) or not origin.lower().startswith(f"{scheme}://"):
                raise ValueError(
                    f"{origin!r} is not {scheme}://, a host, and a port if it is not the usual one"
                )
        return self
