"""A new patient, and the changing of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from nicegui import context, ui

from charting import edge
from charting.desk import Act, need
from charting.domain import (
    AlreadyThere,
    ChartingError,
    Patient,
    Sex,
    StaleRevision,
)
from charting.ui.addresses import patient_of
from charting.ui.context import AppContext
from charting.ui.forms import Form, Refused, checked, day_typed, in_unit, kilograms, number_typed
from charting.ui.looks import Looks
from charting.ui.showing import sex_words
from charting.ui.theme import WORKLIST, button, frame, heading, link_button, up
from charting.ui.words import _

FOLLOW = "follow"
"""The choice of no figure of its own: the maps follow the recorded sex."""


def register(app_context: AppContext) -> None:
    """Tie the forms to their addresses."""

    @ui.page("/new-patient")
    def new_patient() -> None:
        with frame(app_context, _("New patient"), shape="ch-narrow") as page:
            need(page.who, Act.EDIT_PATIENTS)
            PatientForm(app_context, page.looks, None, None, edge.new_id()).build()

    @ui.page("/patients/{patient_id}/edit")
    async def edit_patient(patient_id: str) -> None:
        with frame(app_context, _("Edit patient"), shape="ch-narrow") as page:
            need(page.who, Act.EDIT_PATIENTS)
            view = await asyncio.to_thread(app_context.desk.patient, page.who, patient_of(patient_id))
            PatientForm(app_context, page.looks, view.patient, view.revision, view.patient.id).build()


class PatientForm:
    """The form of a patient, new (``seen`` None) or of whom a revision was seen."""

    def __init__(
        self, app_context: AppContext, looks: Looks, patient: Patient | None, seen: int | None, id: UUID
    ) -> None:
        self._app = app_context
        self._unit = looks.weight_unit
        self._patient = patient
        self._seen = seen
        self._id = id

    def build(self) -> None:
        """Show the form."""
        patient = self._patient
        self._back = f"/patients/{self._id}" if patient else WORKLIST
        up(_("Patient") if patient else _("Worklist"), self._back)
        heading(_("Edit patient") if patient else _("New patient"))
        form = self._form = Form()
        values = self._texts(patient) if patient else {}
        with ui.element("div").classes("ch-card"), ui.element("div").classes("ch-grid"):
            form.text("family_name", _("Family name"), values.get("family_name", ""), span="ch-3",
                      props="dir=auto autocomplete=off autofocus")  # fmt: skip
            form.text("given_names", _("Given names"), values.get("given_names", ""), span="ch-3",
                      props="dir=auto autocomplete=off")  # fmt: skip
            form.text("record_number", _("Record number"), values.get("record_number", ""), span="ch-3",
                      props="autocomplete=off spellcheck=false")  # fmt: skip
            form.day("born", _("Birth date"), patient.born if patient else None, span="ch-3")
            sexes = {sex.value: sex_words(sex) or _("not recorded") for sex in Sex}
            form.one_of("sex", _("Recorded sex"), sexes, values.get("sex", Sex.UNKNOWN), span="ch-3")
            figures = {FOLLOW: _("As the recorded sex")} | {
                one.id: one.title for one in self._app.atlas.figures
            }
            form.one_of("figure", _("Figure of the maps"), figures, values.get("figure", FOLLOW), span="ch-3")
            form.text("weight_kg", _("Weight, {unit}").format(unit=self._unit), values.get("weight_kg", ""),
                      span="ch-3", props="inputmode=decimal autocomplete=off")  # fmt: skip
            form.day("weighed_on", _("Weighed on"), patient.weighed_on if patient else None, span="ch-3")
            form.lines("allergies", _("Allergies, one a line"), values.get("allergies", ""), span="ch-3")
            form.lines("cautions", _("Cautions, one a line"), values.get("cautions", ""), span="ch-3")
        with ui.element("div").classes("ch-row"):
            self._save_button = button(_("Save"), "primary").on_click(self._save)
            link_button(_("Cancel"), self._back, "quiet")

    def _texts(self, patient: Patient) -> dict[str, str]:
        return {
            "family_name": patient.family_name,
            "given_names": patient.given_names,
            "record_number": patient.record_number,
            "born": patient.born.isoformat(),
            "sex": patient.sex.value,
            "figure": patient.figure or FOLLOW,
            "weight_kg": in_unit(patient.weight_kg, self._unit),
            "weighed_on": patient.weighed_on.isoformat() if patient.weighed_on else "",
            "allergies": "\n".join(patient.allergies),
            "cautions": "\n".join(patient.cautions),
        }

    def read(self) -> Patient:
        """Return the patient who was typed; raises Refused."""
        typed = self._form.typed
        refused: dict[str, str] = {}
        day_words_wanted = _("Not a day. Write it as 1974-03-04.")
        born = day_typed(typed("born"), wanted=day_words_wanted, name="born", refused=refused)
        if born is None and "born" not in refused:
            refused["born"] = _("The birth date is needed.")
        elif born is not None and not date(1880, 1, 1) <= born <= self._app.desk.today:
            refused["born"] = _("The birth date lies in the future, or too long ago.")
        weighed_on = day_typed(
            typed("weighed_on"), wanted=day_words_wanted, name="weighed_on", refused=refused
        )
        if weighed_on is not None and (
            weighed_on > self._app.desk.today or (born is not None and weighed_on < born)
        ):
            refused["weighed_on"] = _("This day lies in the future, or before the birth date.")
        wanted = _("Not a weight. Write a number such as 71.5.")
        weight = number_typed(typed("weight_kg"), wanted=wanted, name="weight_kg", refused=refused)
        if weight is not None and not 0 < weight < 2000:
            refused["weight_kg"] = _("No one weighs this much. The weight is above 0 and at most 700 kg.")
            weight = None
        weight = self._same_weight(kilograms(weight, self._unit))
        if weighed_on is not None and weight is None and "weight_kg" not in refused:
            refused["weight_kg"] = _(
                "A day of weighing without a weight. Write the weight, or take the day out."
            )
        try:
            patient: Patient = checked(
                lambda: Patient(
                    id=self._id,
                    record_number=typed("record_number"),
                    family_name=typed("family_name"),
                    given_names=typed("given_names"),
                    born=born or self._app.desk.today,
                    sex=Sex(typed("sex")),
                    weight_kg=weight,
                    weighed_on=weighed_on,
                    allergies=_each(typed("allergies")),
                    cautions=_each(typed("cautions")),
                    figure=None if typed("figure") == FOLLOW else typed("figure"),
                ),
                _wanted(),
            )
        except Refused as more:
            raise Refused({**more.sentences, **refused}) from None
        if refused:
            raise Refused(refused)
        return patient

    def _same_weight(self, kg: Decimal | None) -> Decimal | None:
        """Return the stored weight if it is what the field shows: to pounds and back is not exact."""
        stored = self._patient.weight_kg if self._patient else None
        if stored is not None and in_unit(stored, self._unit) == self._form.typed("weight_kg"):
            return stored
        return kg

    async def _save(self) -> None:
        client = context.client
        try:
            patient = self.read()
            self._save_button.disable()
            who = self._app.signed_in()
            await asyncio.to_thread(self._app.desk.save_patient, who, patient, self._seen)
        except Refused as refused:
            self._form.say(refused.sentences)
        except StaleRevision as trouble:
            await self._show_theirs(_(trouble.sentence))
        except AlreadyThere:
            self._form.say({"record_number": _("Another patient has this record number.")})
        except ChartingError as trouble:
            self._form.refuse(_(trouble.sentence))
        else:
            with client:
                ui.navigate.to(f"/patients/{patient.id}")
            return
        finally:
            self._save_button.enable()

    async def _show_theirs(self, sentence: str) -> None:
        """Show what someone else has saved meanwhile beside what was typed; saving again is then meant."""
        view = await asyncio.to_thread(self._app.desk.patient, self._app.signed_in(), self._id)
        before, theirs = self._texts(self._patient) if self._patient else {}, self._texts(view.patient)
        self._seen, self._patient = view.revision, view.patient
        show_conflict(self._form, sentence, before, theirs, _labels())


def show_conflict(
    form: Form, sentence: str, before: Mapping[str, str], theirs: Mapping[str, str], labels: Mapping[str, str]
) -> None:
    """Show above a form which fields someone else has changed, each with a way to take their value.

    A field that was not touched here takes theirs at once, so that saving again undoes nothing of it.
    """
    form.above.clear()
    with form.above, ui.element("div").classes("ch-notice ch-column ch-tight"):
        ui.label(sentence).classes("ch-strong")
        for name, value in theirs.items():
            field = form.fields[name]
            if value == before.get(name):
                continue
            if form.typed(name) == before.get(name, "").strip():
                field.value = value
            shown = value.replace("\n", ", ") or _("nothing")
            with ui.element("div").classes("ch-row"):
                ui.label(_("{field} is now: {value}").format(field=labels[name], value=shown)).props(
                    'dir="auto"'
                )
                if form.typed(name) != value.strip():
                    take = button(_("Take this"))
                    take.on_click(lambda field=field, value=value: setattr(field, "value", value))
        ui.label(_("What you typed elsewhere is still here. Save again to store what the form shows now."))


def _each(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _labels() -> dict[str, str]:
    return {
        "family_name": _("Family name"), "given_names": _("Given names"), "record_number": _("Record number"),
        "born": _("Birth date"), "sex": _("Recorded sex"), "figure": _("Figure of the maps"),
        "weight_kg": _("Weight"), "weighed_on": _("Weighed on"), "allergies": _("Allergies"),
        "cautions": _("Cautions"),
    }  # fmt: skip


def _wanted() -> dict[str, str]:
    return {
        "family_name": _("The family name is needed; who has one name alone has it here."),
        "given_names": _("This cannot be a name."),
        "record_number": _(
            "A record number has 1 to 40 letters, digits, dots, dashes or slashes, and no spaces."
        ),
        "weight_kg": _("A weight is above 0 and at most 700 kg, with at most two decimals."),
        "allergies": _("At most 40 allergies, each on a line of at most 200 characters."),
        "cautions": _("At most 40 cautions, each on a line of at most 200 characters."),
    }
