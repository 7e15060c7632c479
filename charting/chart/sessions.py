"""The chart of a session: what stands where on its sheets."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from decimal import Decimal

from charting.chart.choosing import ChosenView, chosen_views, drawn_on_other_maps, locator, never_seen
from charting.chart.facts import ChartFacts
from charting.chart.fonts import fitted, wrapped
from charting.chart.layout import GAP, MARGIN, Layout
from charting.chart.maps import paper_map
from charting.chart.plates import locator_plate, plate
from charting.chart.sheets import (
    INK,
    SOFT,
    TEXT_INSET,
    Column,
    Document,
    Element,
    Frame,
    Heading,
    Line,
    Pair,
    Paragraph,
    Picture,
    Row,
    Rule,
    Table,
    paragraph,
    row_of,
    text_width,
)
from charting.chart.words import (
    DASH,
    WHERE,
    born_words,
    day_words,
    depth_words,
    guidance_words,
    hash_words,
    mg_words,
    ml_words,
    moment_words,
    needle_words,
    session_words,
    sex_words,
    shape_words,
    weight_words,
)
from charting.coursemap import name_of_place
from charting.domain import Mark, MarkState, Patient, Solution, Totals, document_of, numbers, totals, words_of
from charting.words import _, ngettext

MOST_PICTURES = 118.0
GOOD_PICTURES = 92.0
LEAST_PICTURES = 66.0
"""mm of height of the pictures: at most, before a table is set closer, before it goes on another sheet."""
SIGNATURE = 17.0

LOOSE = (3.1, 3.9, 0.75)
CLOSE = (2.85, 3.5, 0.5)
"""Size, leading and padding of the table's text, for few marks and for many."""

FEW_ROWS = 16

NOTED_SHARE = 0.2
"""A column for notes takes the room of the sites; fewer notes than this share of the marks stand below."""

NOTE_WIDTH = 27.0
NOTE_LINES = 5
"""A mark's note of more lines than these stands after the table, in full."""


def session_chart(facts: ChartFacts) -> Document:
    """Return the chart of a session, laid out: what was given, where, of what, and by whom.

    Marks that were planned, skipped or withdrawn are not on it; it says how many were left over. One sheet
    for an ordinary session, more when the table needs them. Raises UnknownFigure, BodyMapUnusable.
    """
    return _Chart(facts).document()


class _Chart(Layout):
    """A session's chart while it is laid out."""

    def __init__(self, facts: ChartFacts) -> None:
        super().__init__(facts.paper.size, running_head(facts))
        self.facts = facts
        self.session = facts.session
        self.given = self.session.given
        self.totals: Totals = totals(self.session)
        noted = sum(bool(mark.injection.note.strip()) for mark in self.given)
        self.notes_in_table = noted > NOTED_SHARE * len(self.given)
        # said once where all marks have the same
        ways = {mark.injection.guidance for mark in self.given}
        way = ways.pop() if len(ways) == 1 else None
        self.guidance = _("all by {guidance}").format(guidance=guidance_words(way)) if way else None
        self.chosen = chosen_views(self.session, facts.atlas)
        self.letters = {
            solution.id: letter
            for solution, letter in zip(self.session.solutions, string.ascii_uppercase, strict=False)
        }

    def document(self) -> Document:
        """Return all sheets."""
        self._head()
        columns = self._columns()
        few = len(self.given) <= FEW_ROWS
        table = self._table(columns, LOOSE if few else CLOSE)
        ending = self._ending()
        side_by_side = self._two_columns(ending)
        after = (side_by_side[1] if side_by_side else 80.0) + SIGNATURE + GAP + 4
        free = self.lowest - self.y
        if table.height + after + GOOD_PICTURES + 2 * GAP > free and few:
            table = self._table(columns, CLOSE)
        pictures = free - table.height - after - 2 * GAP
        one_sheet = pictures >= LEAST_PICTURES
        self._pictures(min(max(pictures, LEAST_PICTURES), MOST_PICTURES) if one_sheet else 100.0)
        self.flow_table(table)
        self._flow(ending, side_by_side)
        self._signature()
        self._feet()
        signed = self.session.seal
        title = _("Injection chart, {problem}, {session}, {day}").format(
            problem=self.facts.course.problem,
            session=session_words(self.facts.course, self.session.number),
            day=day_words(self.facts.on),
        )
        return Document(
            title=title,
            at=signed.at if signed else self.session.started_at,
            size=(self.width, self.height),
            sheets=tuple(self.sheets),
            author=signed.name if signed else self.facts.clinician,
            attached=lambda: ("session.json", document_of(self.session)),
        )

    # -- the head of the first sheet ----------------------------------------------------------------------

    def _head(self) -> None:
        facts, session, right = self.facts, self.session, self.right
        title = Line(MARGIN, MARGIN + 5.6, _("Injection chart"), 6.4, "bold")
        course = f"{facts.course.problem} · {session_words(facts.course, session.number)}"
        self.add(
            Heading(1, title),
            Line(MARGIN, MARGIN + 11.2, fitted(course, 3.8, self.room * 0.8), 3.8, colour=SOFT),
            Line(
                right, MARGIN + 4.6, fitted(facts.clinic, 3.8, self.room * 0.36, "bold"), 3.8, "bold", "end"
            ),
            Line(right, MARGIN + 9.6, day_words(facts.on), 3.6, "regular", "end"),
        )
        if session.seal is None:
            draft = Line(MARGIN + text_width(title) + 7, MARGIN + 4.9, self._draft_words(), 3.8, "bold")
            self.add(Frame(draft.x - 2.2, MARGIN, text_width(draft) + 4.4, 7.0, 0.5), draft)
        self.y = MARGIN + 14.0
        self.add(Rule(MARGIN, self.y, right, self.y, 0.6))
        self.y += 5.0
        self._facts()
        self.y += GAP

    def _facts(self) -> None:
        facts, session, patient = self.facts, self.session, self.facts.patient
        born = born_words(patient, facts.on)
        sex = sex_words(patient.sex)
        weight = weight_words(patient.weight_kg, facts.weight_unit) if patient.weight_kg else DASH
        if patient.weight_kg and patient.weighed_on:
            weight = f"{weight}, {day_words(patient.weighed_on)}"
        cautions = [*patient.allergies, *patient.cautions]
        self.pairs(
            (_("Patient"), patient.name, 1, True),
            (_("Born"), f"{born} · {sex}" if sex else born, 1, False),
            (_("Record number"), patient.record_number, 1, False),
            (_("Weight"), weight, 1, False),
        )
        self.pairs(
            (_("Clinician"), facts.clinician, 1, False),
            (_("Session began"), moment_words(session.started_at, facts.zone), 1, False),
            (_("Since last"), self._since_last(), 1, False),
            (_("Pain before / after"), self._pain(), 1, False),
        )
        self.pairs(
            (_("Indication"), facts.course.indication or DASH, 2, False),
            (_("Allergies and cautions"), "; ".join(cautions) or _("none recorded"), 2, bool(cautions)),
        )

    def _since_last(self) -> str:
        last = self.facts.last_on
        if last is None:
            return _("first session") if self.session.number == 1 else DASH
        days = (self.facts.on - last).days
        return f"{ngettext('{days} day', '{days} days', days).format(days=days)} ({day_words(last)})"

    def _pain(self) -> str:
        details = self.session.details
        if details.pain_before is None and details.pain_after is None:
            return DASH
        before, after = (
            DASH if one is None else str(one) for one in (details.pain_before, details.pain_after)
        )
        return _("{before} / {after} of 10").format(before=before, after=after)

    # -- the pictures -------------------------------------------------------------------------------------

    def _pictures(self, height: float) -> None:
        if not self.chosen:
            text = _("No mark was given in this session.")
            self.add(paragraph(MARGIN, self.y + 4, text, self.room, size=3.6))
            self.y += 10
            return
        first, *others = self.chosen
        later: list[ChosenView] = []
        if len(others) > 5:
            others, later = others[:5], others[5:]
        gap = 2.0
        wide = self.room * (0.5 if len(others) else 0.72)
        self._picture(first, MARGIN, wide, height, 2.0)
        left = MARGIN + wide + gap
        rest = self.room - wide - gap
        if not others:
            self._locator(left, self.y, rest, height)
        elif len(others) <= 2:
            side = (rest - gap) * 0.55
            high = (height - gap * (len(others) - 1)) / len(others)
            for index, one in enumerate(others):
                self._picture(one, left, side, high, 1.7, down=index * (high + gap))
            self._locator(left + side + gap, self.y, rest - side - gap, height)
        else:
            side = (rest - gap) / 2
            rows = (len(others) + 2) // 2
            high = (height - gap * (rows - 1)) / rows
            for index, one in enumerate(others):
                x = left + (index % 2) * (side + gap)
                self._picture(one, x, side, high, 1.6, down=(index // 2) * (high + gap))
            last = len(others)
            x = left + (last % 2) * (side + gap)
            wide_locator = side if last % 2 else rest
            self._locator(x, self.y + (last // 2) * (high + gap), wide_locator, high)
        self.y += height + GAP
        if later:
            self._more_pictures(later)
        unseen = never_seen(self.session, self.chosen)
        if unseen:
            text = ngettext(
                "{marks} mark cannot be shown on the body maps; it is in the table.",
                "{marks} marks cannot be shown on the body maps; they are in the table.",
                unseen,
            ).format(marks=unseen)
            self.add(paragraph(MARGIN, self.y + 1, text, self.room, weight="semibold"))
            self.y += 5

    def _more_pictures(self, later: Sequence[ChosenView]) -> None:
        """Add the views that found no room on the first sheet, nine on a sheet."""
        gap = 2.0
        wide = (self.room - 2 * gap) / 3
        for start in range(0, len(later), 9):
            self.new_sheet()
            high = (self.lowest - self.y - 2 * gap - 2) / 3
            for index, one in enumerate(later[start : start + 9]):
                x = MARGIN + (index % 3) * (wide + gap)
                self._picture(one, x, wide, high, 1.7, down=(index // 3) * (high + gap))
        self.new_sheet()

    def _picture(
        self, one: ChosenView, x: float, width: float, height: float, radius: float, *, down: float = 0.0
    ) -> None:
        drawn = paper_map(self.facts.atlas, one.view)
        self.add(Picture(x, self.y + down, plate(one.view, drawn, one.shown, width, height, radius=radius)))

    def _locator(self, x: float, y: float, width: float, height: float) -> None:
        whole = locator(self.session, self.facts.atlas, self.chosen)
        drawn = paper_map(self.facts.atlas, whole.view)
        groups = [{shown.mark.id for shown in one.shown if shown.visible} for one in self.chosen]
        self.add(Picture(x, y, locator_plate(whole.view, drawn, whole.shown, groups, width, height)))

    # -- the table ----------------------------------------------------------------------------------------

    def _columns(self) -> tuple[Column, ...]:
        fixed = (
            Column(_("Side"), 9.0),
            Column(_("Shape"), 23.0 if any(m.injection.technique for m in self.given) else 13.0),
            Column(_("Punctures"), 13.5, True),
            Column(_("Deposits"), 12.0, True),
            Column(_("mL"), 11.0, True),
            Column(_("Depth"), 17.5),
            Column(_("Needle"), 27.0 if self.guidance is None else 24.0),
            Column(_("Solution"), 11.5),
        )
        note = (Column(_("Note"), NOTE_WIDTH),) if self.notes_in_table else ()
        taken = 7.0 + sum(column.width for column in (*fixed, *note))
        return (Column("#", 7.0, True), Column(_("Site"), self.room - taken), *fixed, *note)

    def _table(self, columns: tuple[Column, ...], density: tuple[float, float, float]) -> Table:
        size, leading, pad = density
        number_by_id = numbers(self.session)

        def row(texts: Sequence[str], sums: bool = False) -> Row:
            padded = (*texts, *[""] * (len(columns) - len(texts)))
            return row_of(padded[: len(columns)], columns, size=size, leading=leading, pad=pad, sums=sums)

        rows = [row(self._cells(mark, number_by_id[mark.id])) for mark in self.given]
        if rows:
            added = self.totals
            marks = ngettext("Total of {marks} mark", "Total of {marks} marks", added.marks)
            rows.append(
                row(
                    (
                        "", marks.format(marks=added.marks), "", "", str(added.punctures),
                        str(added.deposits), words_of(added.ml), "", self.guidance or "",
                    ),
                    sums=True,
                )
            )  # fmt: skip
        alt = _("The marks of the session in the order in which they were placed")
        return Table(MARGIN, self.y, alt, columns, tuple(rows), size, leading, pad, 5.4)

    def _cells(self, mark: Mark, number: int) -> tuple[str, ...]:
        injection = mark.injection
        sites = self.facts.atlas.sites(self.session.figure)
        name = name_of_place(mark.site, mark.laterality, sites)
        side = mark.laterality.letter or _("mid")
        if mark.site and mark.laterality.letter:
            name = name.removeprefix(f"{mark.laterality.letter} ")
        if not self.notes_in_table and mark.injection.note.strip():
            name += " *"
        solution = self.letters.get(injection.solution_id, DASH) if injection.solution_id else DASH
        return (
            str(number), _capital(name), side, shape_words(mark), str(injection.punctures),
            str(injection.deposits), words_of(injection.ml), depth_words(injection),
            needle_words(injection, guided=self.guidance is None), solution, self._note_cell(mark),
        )  # fmt: skip

    def _note_cell(self, mark: Mark) -> str:
        """Return a mark's note, or where it is if it is too long for a table."""
        return _("see below") if self._is_told_below(mark) else mark.injection.note.strip()

    def _is_told_below(self, mark: Mark) -> bool:
        note = mark.injection.note.strip()
        if not self.notes_in_table:
            return bool(note)
        return len(wrapped(note, LOOSE[0], NOTE_WIDTH - 2 * TEXT_INSET)) > NOTE_LINES

    # -- what follows the table ---------------------------------------------------------------------------

    def _ending(self) -> list[tuple[str, list[str]]]:
        """Return the blocks after the table: a title each, and texts."""
        session = self.session
        blocks = [(_("Solutions"), self._solution_lines())]
        given: list[str] = []
        left = sum(mark.state is MarkState.PLANNED for mark in session.live)
        skipped = sum(mark.state is MarkState.SKIPPED for mark in session.live)
        if left:
            given.append(
                ngettext(
                    "{count} planned place was not given and is not on this chart.",
                    "{count} planned places were not given and are not on this chart.",
                    left,
                ).format(count=left)
            )
        if skipped:
            given.append(
                ngettext(
                    "{count} planned place was skipped.", "{count} planned places were skipped.", skipped
                ).format(count=skipped)
            )
        blocks.append((_("Note"), [session.details.note.strip() or _("none")]))
        blocks.append((_("Plan"), [session.details.plan.strip() or _("none")]))
        if given:
            blocks.append((_("Not given"), given))
        number_by_id = numbers(session)
        notes = [
            _("Mark {number}: {note}").format(number=number_by_id[mark.id], note=mark.injection.note.strip())
            for mark in session.given
            if self._is_told_below(mark)
        ]
        if notes:
            blocks.append((_("Notes to marks") if self.notes_in_table else _("Notes to marks (*)"), notes))
        return blocks

    def _solution_lines(self) -> list[str]:
        lines = []
        for solution in self.session.solutions:
            lines += self._one_solution(solution)
        if self.totals.mg_by_agent:
            doses = ", ".join(
                self._dose(agent, mg, self.facts.patient) for agent, mg in self.totals.mg_by_agent.items()
            )
            lines.append(_("In all: {doses}").format(doses=doses))
        return lines or [_("none recorded")]

    def _one_solution(self, solution: Solution) -> list[str]:
        given = self.totals.ml_by_solution.get(solution.id, Decimal(0))
        lines = [f"{self.letters[solution.id]} · {solution.name}"]
        if _plainly(solution.formula) != _plainly(solution.name):
            lines.append(solution.formula)
        if solution.lots:
            lines.append(_("Lots: {lots}").format(lots=solution.lots))
        if solution.prepared_ml is None:
            lines.append(_("Given {given}; prepared volume not recorded").format(given=ml_words(given)))
        elif given > solution.prepared_ml:
            lines.append(
                _("Prepared {prepared}, given {given}: more than was prepared").format(
                    prepared=ml_words(solution.prepared_ml), given=ml_words(given)
                )
            )
        else:
            lines.append(
                _("Prepared {prepared}, given {given}, left over {left}").format(
                    prepared=ml_words(solution.prepared_ml),
                    given=ml_words(given),
                    left=ml_words(solution.prepared_ml - given),
                )
            )
        return lines

    @staticmethod
    def _dose(agent: str, mg: Decimal, patient: Patient) -> str:
        words = f"{agent.replace('_', ' ')} {mg_words(mg)}"
        if patient.weight_kg:
            words += f" ({mg_words(mg / patient.weight_kg, places=2)}/kg)"
        return words

    def _two_columns(self, ending: list[tuple[str, list[str]]]) -> tuple[list[Element], float] | None:
        """Return the blocks side by side, from ``y`` 0, and their height; None if they are too long."""
        half = self.room / 2 - 3
        elements: list[Element] = []
        heights = []
        for x, blocks in ((MARGIN, ending[:1]), (MARGIN + self.room / 2 + 3, ending[1:])):
            y = 3.0
            for title, texts in blocks:
                made, y = _block(x, y, title, texts, half)
                elements += made
                y += 4.6
            heights.append(y - 4.6)
        height = max(heights)
        return (elements, height) if height <= 75 else None

    def _flow(
        self, ending: list[tuple[str, list[str]]], side_by_side: tuple[list[Element], float] | None
    ) -> None:
        if side_by_side:
            elements, height = side_by_side
            if self.y + height > self.lowest:
                self.new_sheet()
            self.add(*(_moved(element, self.y) for element in elements))
            self.y += height + GAP
            return
        for title, texts in ending:
            if self.y + 12 > self.lowest:
                self.new_sheet()
            heading = Line(MARGIN, self.y + 3.0, title, 3.2, "bold")
            self.add(Heading(2, heading))
            self.y += 7.6
            for text in texts:
                lines = list(paragraph(MARGIN, 0.0, text, self.room).lines)
                while lines:
                    fits = max(int((self.lowest - self.y) / 4.1), 0)
                    if fits == 0:
                        self.new_sheet()
                        self.y += 3.0
                        continue
                    part, lines = lines[:fits], lines[fits:]
                    self.add(
                        Paragraph(
                            tuple(
                                Line(MARGIN, self.y + i * 4.1, line.text, line.size)
                                for i, line in enumerate(part)
                            ),
                            4.1,
                        )
                    )
                    self.y += len(part) * 4.1
            self.y += 2.0

    def _signature(self) -> None:
        if self.y + SIGNATURE > self.lowest:
            self.new_sheet()
        top = max(self.y, self.lowest - SIGNATURE) if len(self.sheets) == 1 else self.y + 2
        top = min(top, self.lowest - SIGNATURE + 1)
        seal = self.session.seal
        if seal is None:
            text = _("This chart can still change. It is not part of the record until its session is signed.")
            self.add(
                Frame(MARGIN, top, self.room, SIGNATURE - 3, 0.5),
                Line(MARGIN + 4, top + 6, self._draft_words(), 4.2, "bold"),
                Line(MARGIN + 4, top + 10.8, text, 3.1),
            )
        else:
            by = _("Signed by {name}, {at}").format(name=seal.name, at=moment_words(seal.at, self.facts.zone))
            sealed = _("Sealed with {hash} (the first 12 of 64 digits of the record's SHA-256)").format(
                hash=hash_words(seal.sha256)
            )
            self.add(
                Rule(MARGIN, top + 1, self.width - MARGIN, top + 1, 0.3),
                paragraph(MARGIN, top + 6.2, by, self.room, size=3.6, weight="semibold"),
                Line(MARGIN, top + 11.0, sealed, 3.0),
            )
        self.y = top + SIGNATURE

    @staticmethod
    def _draft_words() -> str:
        return _("Not signed {dash} draft").format(dash=DASH)

    def _feet(self) -> None:
        atlas = self.facts.atlas
        maps = _("Body maps {version} ({hash})").format(version=atlas.version, hash=atlas.sha256[:8])
        if others := drawn_on_other_maps(self.session, atlas):
            maps += _(", marked on {versions}").format(versions=", ".join(others))
        patient = self.facts.patient
        draft = "" if self.session.seal else f" · {self._draft_words()}"
        self.feet(f"{WHERE} {maps}", f"{patient.name} · {patient.record_number}{draft}")


def running_head(facts: ChartFacts) -> str:
    """Return the line that heads every sheet after the first."""
    session = session_words(facts.course, facts.session.number)
    who = f"{facts.patient.name} · {facts.patient.record_number}"
    return f"{who} · {facts.course.problem} · {session} · {day_words(facts.on)}"


def _block(x: float, y: float, title: str, texts: Sequence[str], room: float) -> tuple[list[Element], float]:
    """Return a heading and the texts under it, and where the last line ends."""
    elements: list[Element] = [Heading(2, Line(x, y, title, 3.2, "bold", colour=INK))]
    y += 4.6
    lines: list[Line] = []
    for text in texts:
        for line in paragraph(x, y, text, room, size=3.1, leading=4.0).lines:
            lines.append(line)
            y = line.y + 4.0
    elements.append(Paragraph(tuple(lines), 4.0))
    return elements, y - 4.0 + 1.2


def _moved(element: Element, down: float) -> Element:
    """Return an element of a block lower on the sheet."""
    place: Callable[[Line], Line] = lambda line: Line(  # noqa: E731
        line.x, line.y + down, line.text, line.size, line.weight, line.anchor, line.colour
    )
    match element:
        case Heading(level=level, line=line):
            return Heading(level, place(line))
        case Paragraph(lines=lines, leading=leading):
            return Paragraph(tuple(place(line) for line in lines), leading)
        case Pair() | Rule() | Frame() | Picture() | Table() | Line():
            raise AssertionError("a block holds headings and paragraphs")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _plainly(words: str) -> str:
    return "".join(words.casefold().split())
