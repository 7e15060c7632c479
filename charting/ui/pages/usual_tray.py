"""What is on the tray when a course begins: the administrator says it on the settings page."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal
from typing import Any

from nicegui import ui

from charting.desk.usual import UsualTray
from charting.domain import BadRequest, ChartingError, Conflict, Guidance, Technique, words_of
from charting.ui.context import AppContext
from charting.ui.forms import Form, Refused, checked, number_typed, whole_typed
from charting.ui.theme import button, heading
from charting.ui.words import _

UNSAID = "unsaid"
AGENT = re.compile(r"([A-Za-z][A-Za-z0-9_ ]{1,39}?)\s+([0-9]{1,3}(?:[.,][0-9]{1,4})?)\s*%?")


class UsualTrayForm:
    """The form over what is stored."""

    def __init__(self, app_context: AppContext, tray: UsualTray) -> None:
        self._app = app_context
        self._was = tray

    def build(self) -> None:
        """Show the form."""
        tray = self._was
        heading(_("When a course begins"), 2)
        ui.label(
            _("The syringe of a first session, and what its first mark inherits. Later sessions start as the "
              "one before; sessions that there are stay as they are.")
        ).classes("ch-soft")  # fmt: skip
        form = self._form = Form()
        with ui.element("div").classes("ch-grid"):
            form.text("name", _("Solution"), tray.name)
            form.lines("components", _("Agents with their final percent, one a line: dextrose 15"),
                       components_text(tray))  # fmt: skip
            form.text("ml_each", _("mL a deposit"), words_of(tray.ml_each), span="ch-2",
                      props="inputmode=decimal")  # fmt: skip
            form.text("needle", _("Needle"), tray.needle, span="ch-2")
            form.text("depth_mm", _("Depth, mm"), str(tray.depth_mm or ""), span="ch-2",
                      props="inputmode=numeric")  # fmt: skip
            form.one_of("to_bone", _("To bone"), {"no": _("no"), "yes": _("yes")},
                        "yes" if tray.to_bone else "no", span="ch-2")  # fmt: skip
            form.one_of("guidance", _("Guidance"), guidance_words(), tray.guidance or UNSAID, span="ch-2")
            form.one_of("technique", _("Technique"), technique_words(), tray.technique or UNSAID, span="ch-2")
        with ui.element("div").classes("ch-row"):
            self._saver = button(_("Save"), "primary").on_click(self._save).mark("save usual tray")
            self._saved = ui.label().classes("ch-small ch-soft").props('role="status"')

    def read(self) -> UsualTray:
        """Return what was typed; raises Refused."""
        typed, refused = self._form.typed, dict[str, str]()
        wanted = _("Not a volume. Write a number such as 0.5.")
        ml_each = number_typed(typed("ml_each"), wanted=wanted, name="ml_each", refused=refused)
        wanted = _("Not a depth. Write whole millimetres, 1 to 300.")
        depth_mm = whole_typed(typed("depth_mm"), wanted=wanted, name="depth_mm", refused=refused)
        agents = []
        for line in typed("components").splitlines():
            found = re.fullmatch(
                r"\s*([A-Za-z][A-Za-z0-9_ ]{1,39}?)\s+([0-9]{1,3}(?:[.,][0-9]{1,4})?)\s*%?\s*", line
            )
            if found:
                agent = re.sub(r"\s+", "_", found[1]).lower()
                agents.append({"agent": agent, "percent": Decimal(found[2].replace(",", "."))})
            elif line.strip():
                refused["components"] = _("Each line is an agent and its percent, such as: lidocaine 0.2")
        if refused:
            raise Refused(refused)

        def made() -> UsualTray:
            said: dict[str, Any] = {
                key: None if typed(key) == UNSAID else typed(key) for key in ("guidance", "technique")
            }
            return UsualTray.model_validate(
                {
                    "name": typed("name"), "components": agents, "ml_each": ml_each, "depth_mm": depth_mm,
                    "needle": typed("needle"), "to_bone": typed("to_bone") == "yes", **said,
                }
            )  # fmt: skip

        tray: UsualTray = checked(
            made,
            {
                "name": _("The solution needs a name, as it stands on charts."),
                "components": _("One to eight agents, each above 0 and at most 100 %."),
                "ml_each": _("A deposit is above 0 and at most 50 mL, to a thousandth."),
                "depth_mm": _("Not a depth. Write whole millimetres, 1 to 300."),
            },
        )
        return tray

    async def _save(self) -> None:
        try:
            tray = self.read()
            self._saver.disable()
            who = self._app.signed_in()
            self._was = await asyncio.to_thread(self._app.desk.save_usual_tray, who, tray, self._was)
        except Refused as refused:
            self._saved.text = ""
            self._form.say(refused.sentences)
        except BadRequest:
            self._form.say({"components": _("Each agent stands once, and all together are at most 100 %.")})
        except Conflict:
            self._was = await asyncio.to_thread(self._app.desk.usual_tray, self._app.signed_in())
            now = f"{self._was.name}: {components_text(self._was)}".replace("\n", ", ")
            self._form.refuse(
                _("Someone else has saved this meanwhile: {now}. Save again to store what the form shows.")
                .format(now=now)
            )  # fmt: skip
        except ChartingError as trouble:
            self._form.refuse(_(trouble.sentence))
        else:
            self._form.say({})
            self._saved.text = _("Saved. It holds for courses that begin from now on.")
        finally:
            self._saver.enable()


def components_text(tray: UsualTray) -> str:
    """Return the agents with their percent, one a line."""
    return "\n".join(f"{one.agent} {words_of(one.percent)}" for one in tray.components)


def guidance_words() -> dict[str, str]:
    """Return the ways of guidance in words, and that none is said."""
    return {
        UNSAID: _("not said"), Guidance.LANDMARK.value: _("landmark"),
        Guidance.ULTRASOUND.value: _("ultrasound"), Guidance.FLUOROSCOPY.value: _("fluoroscopy"),
        Guidance.CT.value: _("CT"),
    }  # fmt: skip


def technique_words() -> dict[str, str]:
    """Return the techniques in words, and that none is said."""
    return {UNSAID: _("not said")} | {one.value: _(one.value.replace("_", "-")) for one in Technique}
