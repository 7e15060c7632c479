"""The clinic: its chain, and the settings that are kept in the store."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, Uuid

from charting.store.columns import metadata, sha256

clinic = Table(
    "clinic",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("head", sha256(), nullable=False),
)

clinic_settings = Table(
    "clinic_settings",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)
