"""Who may do what: one table, and every way into the desk asks it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from charting.domain import NotAllowed, Role, Staff


class Act(StrEnum):
    """What a member of staff can set out to do."""

    READ_CHARTS = "read charts"
    EDIT_PATIENTS = "edit patients and courses"
    MARK = "start sessions and mark"
    SIGN = "sign sessions"
    RUN_CLINIC = "see and edit staff and settings"
    SEE_READINGS = "see who has read a record"


ALLOWED: Mapping[Role, frozenset[Act]] = {
    Role.DOCTOR: frozenset({Act.READ_CHARTS, Act.EDIT_PATIENTS, Act.MARK, Act.SIGN}),
    Role.NURSE: frozenset({Act.READ_CHARTS, Act.EDIT_PATIENTS}),
    Role.ADMINISTRATOR: frozenset({Act.RUN_CLINIC, Act.SEE_READINGS}),
}
"""Whoever runs the clinic sees no charts, and whoever charts does not make staff."""


def may(who: Staff, act: Act) -> bool:
    """Say whether a member of staff may do this; who has left may do nothing."""
    return who.active and act in ALLOWED[who.role]


def need(who: Staff, act: Act) -> None:
    """Raise NotAllowed unless a member of staff may do this."""
    if not may(who, act):
        raise NotAllowed(f"{act} is not for the role {who.role}")
