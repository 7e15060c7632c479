"""Review and sign: the chart as it will print, what it still lacks, and the signature."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nicegui import background_tasks, context, ui

from charting import edge
from charting.chart import ChartFacts, Paper, session_chart, sheet_svg
from charting.chart.words import hash_words, moment_words
from charting.desk import Act, may
from charting.desk.answers import Outcome, SessionFacts
from charting.desk.asks import AskDetails, Batch
from charting.desk.limits import verdict_words
from charting.domain import (
    ChartingError,
    Details,
    DetailsChanged,
    MarkState,
    NotReadyToSign,
    Session,
    Staff,
    TooManyTries,
    WrongSignIn,
    numbers,
    totals,
)
from charting.domain.sessions import Override
from charting.ui.addresses import session_of
from charting.ui.context import AppContext
from charting.ui.looks import Looks
from charting.ui.outbox_watch import OutboxWatch
from charting.ui.showing import change_words, day_of, day_words, marks_words, number_words
from charting.ui.theme import button, chip, facts, frame, heading, link_button, notice, up
from charting.ui.words import _, ngettext

MOST_NUMBERS = 12
"""How many marks of one line have a link of their own: a session may hold hundreds."""


def register(app_context: AppContext) -> None:
    """Tie the page to its address."""

    @ui.page("/sessions/{session_id}/review")
    async def review(session_id: str) -> None:
        with frame(app_context, _("Review and sign"), shape="ch-wide") as page:
            id = session_of(session_id)
            found = await asyncio.to_thread(app_context.desk.session_facts, page.who, id)
            sheets = await asyncio.to_thread(sheets_of, app_context, page.looks, found)
            Review(app_context, page.who, page.looks, found, sheets).build()


def sheets_of(app_context: AppContext, looks: Looks, found: SessionFacts) -> list[str]:
    """Return the sheets of a session's chart, as SVG."""
    clinician = found.names[found.session.clinician_id]
    document = session_chart(
        ChartFacts(
            session=found.session, patient=found.patient, course=found.course, clinician=clinician,
            clinic=app_context.settings.clinic, atlas=app_context.atlas, last_on=found.last_on,
            zone=app_context.desk.zone, paper=Paper(looks.paper),
            weight_unit=app_context.settings.weight_unit,
        )
    )  # fmt: skip
    return [sheet_svg(document, number) for number in range(len(document.sheets))]


@dataclass(frozen=True)
class Lack:
    """What a session's chart still lacks, and where it is said: a field of this page, or marks on the map.

    ``marks`` are the ids of the marks that it is about, in their order; ``numbers`` what they are called, for
    those that have a number. With neither field nor marks it is said in the session as a whole.
    """

    words: str
    field: str = ""
    marks: tuple[UUID, ...] = ()
    numbers: tuple[int, ...] = ()


def lacks(session: Session) -> list[Lack]:
    """Return what is still missing, in the order of the chart; none of it keeps anyone from signing."""
    found = []
    given = session.given
    if not given:
        found.append(Lack(_("No mark was given")))
    planned = tuple(mark.id for mark in session.live if mark.state is MarkState.PLANNED)
    if planned:
        words = ngettext("{count} planned mark is neither given nor skipped",
                         "{count} planned marks are neither given nor skipped", len(planned))  # fmt: skip
        found.append(Lack(words.format(count=len(planned)), marks=planned))
    number_of = numbers(session)
    nameless = tuple(mark.id for mark in given if mark.site is None)
    if nameless:
        words = ngettext("{count} mark has no name", "{count} marks have no name", len(nameless))
        found.append(_of_given(words, nameless, number_of))
    dry = tuple(mark.id for mark in given if not mark.injection.ml)
    if dry:
        words = ngettext("{count} mark has no volume", "{count} marks have no volume", len(dry))
        found.append(_of_given(words, dry, number_of))
    used = {mark.injection.solution_id for mark in given}
    if any(one.id in used and not one.lots for one in session.solutions):
        found.append(Lack(_("A solution has no lots")))
    details = session.details
    if details.pain_before is None:
        found.append(Lack(_("Pain before is not said"), "pain_before"))
    if details.pain_after is None:
        found.append(Lack(_("Pain after is not said"), "pain_after"))
    if not details.plan.strip():
        found.append(Lack(_("There is no plan"), "plan"))
    return found


def _of_given(words: str, marks: tuple[UUID, ...], number_of: Mapping[UUID, int]) -> Lack:
    return Lack(words.format(count=len(marks)), marks=marks, numbers=tuple(number_of[one] for one in marks))


def _line(words: str) -> None:
    ui.label(words)
    ui.label("›").props('aria-hidden="true"')


class PainPicker:
    """Eleven keys, 0 to 10, of which one or none is pressed."""

    def __init__(self, label: str, value: int | None, changed: Callable[[], object]) -> None:
        self.value = value
        self._changed = changed
        self._keys: list[ui.button] = []
        with ui.element("div").classes("ch-column ch-tight"):
            ui.label(label).classes("ch-h3")
            with ui.element("div").classes("ch-segment ch-six").props(f'role="group" aria-label="{label}"'):
                for number in range(11):
                    key = ui.button(str(number), color=None).props("flat no-caps").classes("ch-pick")
                    key.on_click(lambda number=number: self._press(number))
                    self._keys.append(key.mark(f"{label} {number}"))
        self.show(value)

    async def _press(self, number: int) -> None:
        self.show(None if self.value == number else number)
        answer = self._changed()
        if asyncio.iscoroutine(answer):
            await answer

    def show(self, value: int | None) -> None:
        """Show a value as the pressed one."""
        self.value = value
        for number, key in enumerate(self._keys):
            on = number == value
            key.props(f"aria-pressed={'true' if on else 'false'}")
            key.classes(add="ch-on" if on else "", remove="" if on else "ch-on")

    def focus(self) -> None:
        """Give the first key the cursor."""
        self._keys[self.value or 0].run_method("$el.focus")


class Review:
    """The page of one session, over what is stored of it."""

    def __init__(
        self,
        app_context: AppContext,
        who: Staff,
        looks: Looks,
        found: SessionFacts,
        sheets: list[str],
    ) -> None:
        self._app = app_context
        self._who = who
        self._looks = looks
        self._found = found
        self._sheets = sheets
        self._id = found.session.id
        self._waiting: int | None = None
        self._refused = 0
        self._saving = asyncio.Lock()
        self._was = found.session.details
        self._clashing = False

    @property
    def _signs(self) -> bool:
        return self._found.session.seal is None and may(self._who, Act.SIGN)

    def build(self) -> None:
        """Show the page."""
        session, course = self._found.session, self._found.course
        up(_("Session"), f"/sessions/{self._id}")
        with ui.element("div").classes("ch-head"), ui.element("div").classes("ch-column ch-tight"):
            heading(self._found.patient.name)
            on = day_words(day_of(session.started_at, self._app.desk.zone))
            words = [course.problem, number_words(course, session.number), on]
            ui.label(" · ".join(words)).classes("ch-soft").props('dir="auto"')
        with ui.element("div").classes("ch-review"):
            self._paper = ui.element("div").classes("ch-paper").mark("paper")
            self._side = ui.element("div").classes("ch-side")
        self._draw_paper()
        self._draw_side()
        if self._signs:
            self._listen()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()

        def heard(revision: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed, revision)

        def changed(revision: int) -> None:
            # saving here reads anew by itself, once it knows what was saved
            stale = revision != self._found.revision and not self._saving.locked()
            if stale and self._found.session.seal is None:
                background_tasks.create(self._refresh())

        listening = self._app.desk.listen(self._who, self._id, heard)
        context.client.on_delete(listening.end)

    # ---- the chart -----------------------------------------------------------------------------------------

    def _draw_paper(self) -> None:
        self._paper.clear()
        with self._paper:
            if self._found.session.seal is None:
                notice(_("A draft: this is how the chart prints once it is signed."), "plain")
            for sheet in self._sheets:
                ui.html(sheet, sanitize=False).classes("ch-sheet")

    async def _refresh(self) -> None:
        """Read anew what is stored, and show it; what is being typed stays."""
        try:
            # also called when someone else has changed the session: no event says whose page this is
            with self._side:
                who = self._app.signed_in()
            self._found = await asyncio.to_thread(self._app.desk.session_facts, who, self._id)
            self._sheets = await asyncio.to_thread(sheets_of, self._app, self._looks, self._found)
        except ChartingError as trouble:
            self._say(_(trouble.sentence))
            return
        self._draw_paper()
        if self._found.session.seal is not None:
            self._draw_side()
        else:
            self._sync(self._found.session.details)
            self._draw_limits()
            self._draw_lacks()
            self._show_counts()

    # ---- the side ------------------------------------------------------------------------------------------

    def _draw_side(self) -> None:
        self._side.clear()
        with self._side:
            if self._signs:
                self._draw_lacking()
                self._draw_details()
                self._draw_signature()
            else:
                self._draw_signed()

    def _draw_signed(self) -> None:
        session = self._found.session
        with ui.element("section").classes("ch-card"):
            if session.seal is not None:
                with ui.element("div").classes("ch-row"):
                    heading(_("Signed"), 2)
                    chip(_("Read-only"), "ink")
                facts(
                    [
                        (_("By"), session.seal.name),
                        (_("On"), moment_words(session.seal.at, self._app.desk.zone)),
                        (_("Seal"), hash_words(session.seal.sha256)),
                    ]
                )
            else:
                with ui.element("div").classes("ch-row"):
                    heading(_("Not signed yet"), 2)
                    chip(_("Read-only"), "ink")
                ui.label(_("A doctor reviews and signs this session.")).classes("ch-soft")
            details, sums = session.details, totals(session)
            facts(
                [
                    (
                        _("Given"),
                        marks_words(sums.marks, sums.ml),
                    ),
                    (_("Pain"), change_words(details.pain_before, details.pain_after) or _("not said")),
                    (_("Note"), details.note or _("none")),
                    (_("Plan"), details.plan or _("none")),
                ]
            )
            with ui.element("div").classes("ch-row"):
                if session.seal is not None:
                    pdf = f"/api/v1/sessions/{self._id}/chart.pdf?paper={self._looks.paper}"
                    link_button(_("Open the PDF"), pdf, "primary", new_tab=True)
                    for language, words in (("en", _("Aftercare sheet")), ("fr", _("in French"))):
                        sheet = f"/api/v1/sessions/{self._id}/aftercare.pdf?language={language}"
                        sheet += f"&paper={self._looks.paper}"
                        link_button(words, sheet, "quiet", new_tab=True)
                link_button(_("To the patient"), f"/patients/{self._found.patient.id}")
                link_button(_("Course map"), f"/courses/{self._found.course.id}", "quiet")

    def _draw_lacking(self) -> None:
        with ui.element("section").classes("ch-card"):
            heading(_("Still missing"), 2)
            self._lacking = ui.element("div").classes("ch-lacking").props('aria-live="polite"')
        self._draw_lacks()

    def _draw_lacks(self) -> None:
        self._lacking.clear()
        found = lacks(self._found.session)
        with self._lacking:
            for lack in found:
                if lack.field:
                    jump = ui.button(color=None).props("flat no-caps").classes("ch-missing")
                    with jump:
                        _line(lack.words)
                    jump.on_click(lambda lack=lack: self._jump(lack.field))
                    continue
                first = self._at(lack.marks[0]) if lack.marks else f"/sessions/{self._id}"
                with ui.link(target=first).classes("ch-missing"):
                    _line(lack.words)
                if len(lack.numbers) > 1:
                    self._each_mark(lack)
            if not found:
                chip(_("Nothing is missing"), "green")

    def _at(self, mark_id: UUID) -> str:
        """Return the address of the session with a mark chosen."""
        return f"/sessions/{self._id}#mark={mark_id}"

    def _each_mark(self, lack: Lack) -> None:
        with ui.element("div").classes("ch-row ch-numbers"):
            shown = list(zip(lack.marks, lack.numbers, strict=True))[:MOST_NUMBERS]
            for mark_id, number in shown:
                said = _("Mark {number}").format(number=number)
                ui.link(str(number), self._at(mark_id)).props(f'aria-label="{said}"')
            rest = len(lack.numbers) - len(shown)
            if rest:
                words = ngettext("and {count} more", "and {count} more", rest)
                ui.label(words.format(count=rest)).classes("ch-soft ch-small")

    def _jump(self, field: str) -> None:
        if field == "plan":
            self._plan.run_method("focus")
        else:
            (self._before if field == "pain_before" else self._after).focus()

    def _draw_details(self) -> None:
        details = self._found.session.details
        with ui.element("section").classes("ch-card"):
            self._before = PainPicker(_("Pain before"), details.pain_before, self._save)
            self._after = PainPicker(_("Pain after"), details.pain_after, self._save)
            self._note = ui.textarea(_("Note"), value=details.note).mark("note")
            self._plan = ui.textarea(_("Plan"), value=details.plan).mark("plan")
            for area in (self._note, self._plan):
                area.props("outlined autogrow dir=auto maxlength=10000").on("blur", self._save)
            self._limits = ui.element("div").classes("ch-column ch-tight")
            self._reasons: dict[str, ui.input] = {}
            self._draw_limits()
            self._clash = ui.element("div").props('role="alert"')
            self._saved = ui.label().classes("ch-small ch-soft").props('role="status"').mark("saved")

    def _draw_limits(self) -> None:
        """Show each limit that is passed, with what it says and room for the reason; what is typed stays."""
        passed = self._found.judgement.over
        if [one.rule for one in passed] == list(self._reasons):
            return
        given = {one.rule: one.reason for one in self._was.overrides}
        given |= {rule: str(field.value or "") for rule, field in self._reasons.items()}
        self._limits.clear()
        self._reasons = {}
        with self._limits:
            for one in passed:
                notice(verdict_words(one))
                field = ui.input(_("Why it is passed"), value=given.get(one.rule, ""))
                field.props("outlined dir=auto maxlength=200").on("blur", self._save)
                self._reasons[one.rule] = field.mark(f"why {one.rule}")

    def _typed(self) -> Details:
        reasons = {rule: str(field.value or "").strip() for rule, field in self._reasons.items()}
        kept = tuple(one for one in self._was.overrides if one.rule not in reasons)
        said = tuple(Override(rule=rule, reason=reason) for rule, reason in reasons.items() if reason)
        # what this page does not ask stays as it was
        return Details.model_validate(
            {
                **dict(self._was), "pain_before": self._before.value, "pain_after": self._after.value,
                "note": str(self._note.value or ""), "plan": str(self._plan.value or ""),
                "overrides": (*kept, *said),
            }
        )  # fmt: skip

    async def _save(self) -> bool:
        """Store what is typed; whether it is stored now. What someone else has changed is not overwritten."""
        async with self._saving:
            if self._clashing:
                return False
            try:
                details = self._typed()
            except ValueError:
                self._saved.text = _("Not saved: a text holds a character that nobody can read. Take it out.")
                return False
            if details == self._was:
                return True
            ask = AskDetails(id=edge.new_id(), made_at=edge.now(), details=details, was=self._was)
            try:
                who = self._app.signed_in()
                answer = await asyncio.to_thread(
                    self._app.desk.carry_out, who, self._id, Batch(commands=(ask,))
                )
            except ChartingError as trouble:
                self._saved.text = _(trouble.sentence)
                return False
            (step,) = answer.steps
            if step.outcome is Outcome.REFUSED:
                self._saved.text = _(step.sentence or "")
            else:
                self._was = details
                self._saved.text = _("Saved")
            await self._refresh()
            return step.outcome is not Outcome.REFUSED

    def _sync(self, now: Details) -> None:
        """Take over what someone else said where nothing was typed here; where both did, ask which stands."""
        try:
            mine = self._typed()
        except ValueError:
            # what cannot be stored is not what was seen: it stays, and is refused when it is saved
            mine = None
        clashes = []
        for name, words in self._names().items():
            stored, before = getattr(now, name), getattr(self._was, name)
            here = getattr(mine, name) if mine else None
            if stored == before or here == stored:
                continue
            if mine and here == before:
                self._show(name, stored)
            else:
                clashes.append((name, words))
        before, stored = ({one.rule: one.reason for one in said.overrides} for said in (self._was, now))
        for rule, field in self._reasons.items():
            if str(field.value or "").strip() == before.get(rule, ""):
                field.value = stored.get(rule, "")
        self._was = now
        if clashes:
            self._ask(clashes)

    def _names(self) -> dict[str, str]:
        return {
            "pain_before": _("Pain before"), "pain_after": _("Pain after"), "note": _("Note"),
            "plan": _("Plan"),
        }  # fmt: skip

    def _show(self, name: str, value: Any) -> None:
        if name in ("note", "plan"):
            {"note": self._note, "plan": self._plan}[name].value = value
        else:
            {"pain_before": self._before, "pain_after": self._after}[name].show(value)

    def _ask(self, clashes: list[tuple[str, str]]) -> None:
        """Show what is stored where something else is typed, and wait until it is said which stands."""
        self._clashing = True

        def take() -> None:
            for name, _words in clashes:
                self._show(name, getattr(self._was, name))
            settled()

        async def keep() -> None:
            settled()
            # the button that was pressed is gone by now
            with self._side:
                await self._save()

        def settled() -> None:
            self._clashing = False
            self._clash.clear()
            self._saved.text = ""

        self._clash.clear()
        with self._clash, ui.element("div").classes("ch-notice ch-column ch-tight"):
            ui.label(_(DetailsChanged.sentence)).classes("ch-strong")
            for name, words in clashes:
                stored = getattr(self._was, name)
                shown = _("nothing") if stored in (None, "") else str(stored)
                ui.label(_("{field} is now: {value}").format(field=words, value=shown)).props('dir="auto"')
            with ui.element("div").classes("ch-row"):
                button(_("Take what is stored")).on_click(take)
                button(_("Keep what I typed")).on_click(keep)

    # ---- the signature -------------------------------------------------------------------------------------

    def _draw_signature(self) -> None:
        with ui.element("section").classes("ch-card"):
            heading(_("Sign"), 2)
            self._counts = ui.label().classes("ch-soft").props('role="status"').mark("counts")
            self._password = (
                ui.input(_("Your password"), password=True)
                .props("outlined autocomplete=current-password maxlength=200")
                .mark("password")
                .on("keydown.enter", self._sign)
            )
            self._said = ui.element("div").props('role="alert"')
            self._sign_button = button(_("Sign"), "primary").on_click(self._sign).mark("sign")
            OutboxWatch(self._id, self._who.id, self._count)
        self._show_counts()

    def _count(self, waiting: int, refused: int) -> None:
        self._waiting, self._refused = waiting, refused
        self._show_counts()

    def _show_counts(self) -> None:
        given = len(self._found.session.given)
        if self._waiting is None:
            words = _("Looking for marks that wait on this device.")
        elif self._waiting:
            count = ngettext("{count} step waits on this device. Signing waits until it is saved.",
                             "{count} steps wait on this device. Signing waits until they are saved.",
                             self._waiting)  # fmt: skip
            words = count.format(count=self._waiting)
        elif self._refused:
            words = _("A step was refused. Look at it in the session before you sign.")
        else:
            words = ngettext("{count} mark, all saved.", "{count} marks, all saved.", given)
            words = words.format(count=given)
        self._counts.text = words
        ready = self._waiting == 0 and not self._refused
        self._counts.classes(replace="ch-soft" if ready else "ch-notice")
        self._sign_button.set_enabled(ready)

    def _say(self, sentence: str) -> None:
        self._said.clear()
        with self._said:
            notice(sentence, "refused")

    async def _sign(self) -> None:
        if not self._sign_button.enabled:
            return
        self._said.clear()
        password = str(self._password.value or "")
        if not password:
            self._say(_("Your password is your signature. Type it, then sign."))
            self._password.run_method("focus")
            return
        request = context.client.request
        address = request.client.host if request.client else ""
        self._sign_button.disable()
        try:
            if not await self._save():
                self._say(_("Not signed: what you typed is not saved yet. Look at it above."))
                return
            login = self._app.login()
            seen = self._found
            await asyncio.to_thread(self._app.logins.confirm, login, password, address=address)
            await asyncio.to_thread(
                self._app.desk.seal, login.staff, self._id, revision=seen.revision,
                marks=len(seen.session.given),
            )  # fmt: skip
        except NotReadyToSign as trouble:
            self._say(_(trouble.sentence))
            await self._refresh()
        except WrongSignIn:
            self._say(_("That is not your password. Nothing was signed."))
            self._password.run_method("focus")
        except TooManyTries as trouble:
            self._say(f"{_(trouble.sentence)} {_('{seconds} s').format(seconds=trouble.wait_s)}")
        except ChartingError as trouble:
            self._say(_(trouble.sentence))
        else:
            self._password.value = ""
            client = context.client
            await self._refresh()
            client.run_javascript("window.scrollTo({top: 0})")
            return
        finally:
            if self._found.session.seal is None:
                self._password.value = ""
                self._show_counts()
