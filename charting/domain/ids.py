"""Ids: UUIDs of version 7, made at the edge and never here."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator


def _of_version_7(value: UUID) -> UUID:
    if value.version != 7:
        raise ValueError("is not a UUID of version 7")
    return value


Id = Annotated[UUID, AfterValidator(_of_version_7)]
"""What every patient, course, session, mark and command is known by. The time inside it proves nothing."""
