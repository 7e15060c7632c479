"""Every setting of the program, in one place; each can be set by an environment variable ``CHARTING_…``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How this clinic runs the tool.

    ``data`` is the folder of the embedded store and its backups; ``key_file`` holds the store's key and lies
    outside of it. ``database_url`` names a PostgreSQL instead.
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
