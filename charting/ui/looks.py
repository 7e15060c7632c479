"""What a person has chosen for this browser: it is kept in a cookie that says nothing of any patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode

from pydantic import ValidationError

from charting.domain import Record
from charting.settings import Settings

COOKIE = "charting-looks"
KEPT_DAYS = 400

Theme = Literal["system", "light", "dark"]
Skin = Literal["light", "medium", "dark", "plain"]
WeightUnit = Literal["kg", "lb"]
Paper = Literal["a4", "letter"]

SKIN_CLASSES: Mapping[Skin, str] = {"light": "", "medium": "tone-2", "dark": "tone-3", "plain": "plain"}
"""The class that gives a body map its skin, as the drawings know it."""


class Looks(Record):
    """Theme, skin of the maps, unit of weight and paper."""

    theme: Theme = "system"
    skin: Skin = "light"
    weight_unit: WeightUnit = "kg"
    paper: Paper = "a4"

    @property
    def dark(self) -> bool | None:
        """Whether the pages are dark; None follows the device."""
        return {"system": None, "light": False, "dark": True}[self.theme]

    @property
    def skin_class(self) -> str:
        """The class of a body map's drawing."""
        return SKIN_CLASSES[self.skin]


def looks_in(cookies: Mapping[str, str], settings: Settings) -> Looks:
    """Return what a browser's cookies say; the clinic's own for what they do not say, or say wrong."""
    usual = Looks(weight_unit=settings.weight_unit, paper=settings.paper)
    said = {key: values[-1] for key, values in parse_qs(cookies.get(COOKIE, "")[:500]).items()}
    known = {
        key: value
        for key, value in said.items()
        if key in Looks.model_fields and value in get_args(Looks.model_fields[key].annotation)
    }
    try:
        return Looks.model_validate({**usual.model_dump(), **known})
    except ValidationError:
        return usual


def cookie_of(looks: Looks, *, https: bool) -> str:
    """Return the cookie as a browser's ``document.cookie`` takes it."""
    secure = "; Secure" if https else ""
    said = urlencode(looks.model_dump())
    return f"{COOKIE}={said}; Path=/; Max-Age={KEPT_DAYS * 86400}; SameSite=Strict{secure}"
