"""Forms: fields that say in words what is wrong with them, and keep what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement
from pydantic import ValidationError

from charting.ui.words import _, ngettext

Sentences = Mapping[str, str]
"""What is wrong with a field, by the field's name."""

Field = TypeVar("Field", bound=ValidationElement[Any])

POUND = Decimal("0.45359237")


class Refused(Exception):
    """What was typed cannot be what is meant: a sentence for each field."""

    def __init__(self, sentences: Sentences) -> None:
        super().__init__(", ".join(sentences))
        self.sentences = dict(sentences)


class Form:
    """The fields of a form by their names, and above them how many of them are wrong."""

    def __init__(self) -> None:
        self.fields: dict[str, ValidationElement[Any]] = {}
        self.above = ui.element("div").classes("ch-column").props('role="alert"')

    def text(self, name: str, label: str, value: str = "", *, span: str = "", props: str = "") -> ui.input:
        """Add a line of text."""
        field = ui.input(label, value=value).props(f"outlined maxlength=200 {props}")
        return self._add(name, field, span)

    def lines(self, name: str, label: str, value: str = "", *, span: str = "") -> ui.textarea:
        """Add a text of several lines."""
        field = ui.textarea(label, value=value).props("outlined autogrow dir=auto maxlength=10000")
        return self._add(name, field, span)

    def day(self, name: str, label: str, value: date | None, *, span: str = "") -> ui.input:
        """Add a day, which the browser asks for in the way of its country and hands over as 2026-11-23."""
        shown = value.isoformat() if value else ""
        return self.text(name, label, shown, span=span, props="type=date stack-label max=9999-12-31")

    def one_of(
        self, name: str, label: str, options: Mapping[str, str], value: str | None, *, span: str = ""
    ) -> ui.select:
        """Add a choice of one."""
        field = ui.select(dict(options), label=label, value=value).props("outlined options-dense=false")
        return self._add(name, field, span)

    def _add(self, name: str, field: Field, span: str) -> Field:
        self.fields[name] = field.classes(span).mark(name)
        field.on_value_change(lambda: setattr(field, "error", None))
        return field

    def typed(self, name: str) -> str:
        """Return what stands in a field, without spaces around it."""
        value = self.fields[name].value
        return "" if value is None else str(value).strip()

    def say(self, sentences: Sentences) -> None:
        """Show each field's sentence at it, and the number of them above; the first field gets the cursor."""
        self.above.clear()
        for name, field in self.fields.items():
            field.error = sentences.get(name)
        loose = [sentence for name, sentence in sentences.items() if name not in self.fields]
        with self.above:
            if sentences:
                words = ngettext(
                    "Not saved: {count} field needs another look. What you typed is still here.",
                    "Not saved: {count} fields need another look. What you typed is still here.",
                    len(sentences),
                ).format(count=len(sentences))
                ui.label(words).classes("ch-notice ch-refused")
            for sentence in loose:
                ui.label(sentence).classes("ch-notice ch-refused")
        first = next((field for name, field in self.fields.items() if name in sentences), None)
        if first is not None:
            first.run_method("focus")

    def refuse(self, sentence: str) -> None:
        """Show above the form why it was not saved."""
        self.above.clear()
        with self.above:
            ui.label(sentence).classes("ch-notice ch-refused")


def checked(made: Callable[[], Any], words: Mapping[str, str]) -> Any:
    """Return what ``made`` makes; raises Refused with the sentence of each field that is not as it should be.

    ``words`` has what a field should be, by its name.
    """
    try:
        return made()
    except ValidationError as trouble:
        raise Refused(
            {
                name: _known(error["type"], error["msg"])
                or words.get(name, _("This cannot be saved as it is."))
                for error in trouble.errors(include_input=False, include_url=False)
                for name in [str(error["loc"][0]) if error["loc"] else ""]
            }
        ) from None


def _known(kind: str, message: str) -> str | None:
    """Return what is wrong with a text whichever field it stands in."""
    if "unreadable character" in message:
        return _("This holds a character that nobody can read, such as a control character. Take it out.")
    # a tuple that is too long is one of too many lines: its field says how many there may be
    if kind == "string_too_long" or (kind == "too_long" and message.startswith("Value")):
        return _("This is too long: a line has at most 200 characters.")
    return None


def day_typed(text: str, *, wanted: str, name: str, refused: dict[str, str]) -> date | None:
    """Return a day that was typed as 2026-11-23, none for nothing; notes in ``refused`` what is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        refused[name] = wanted
        return None


def number_typed(text: str, *, wanted: str, name: str, refused: dict[str, str]) -> Decimal | None:
    """Return an exact number, with a point or a comma, none for nothing; notes what is none."""
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        refused[name] = wanted
        return None
    if not number.is_finite():
        refused[name] = wanted
        return None
    return number


def whole_typed(text: str, *, wanted: str, name: str, refused: dict[str, str]) -> int | None:
    """Return a whole number, none for nothing; notes what is none."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        refused[name] = wanted
        return None
    return int(text)


def kilograms(number: Decimal | None, unit: str) -> Decimal | None:
    """Return a weight in kg, to 10 g."""
    if number is None:
        return None
    exact = number * POUND if unit == "lb" else number
    return exact.quantize(Decimal("0.01")) if unit == "lb" else exact


def in_unit(kg: Decimal | None, unit: str) -> str:
    """Return a weight as it is typed in a unit."""
    if kg is None:
        return ""
    return f"{round(kg / POUND, 1) if unit == 'lb' else kg:f}"
