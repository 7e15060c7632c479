"""What a session's chart says, and what it never does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from html import unescape
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from charting.chart import ChartFacts, Paper, pdf, png, session_chart, sheet_svg
from charting.chart.choosing import chosen_views
from charting.chart.plates import apart
from charting.chart.sheets import Document, Heading, Line, Pair, Paragraph, Picture, Table
from charting.domain import (
    ChartFailed,
    Details,
    Injection,
    MarkState,
    Session,
    Solution,
    TrackShape,
    numbers,
)
from tests.golden import sessions
from tests.people import D15, an_id


def texts(document: Document) -> list[str]:
    """Return every text of a document, in the order in which it is read."""
    found: list[str] = []
    for sheet in document.sheets:
        for element in (*sheet.elements, *sheet.foot):
            match element:
                case Line():
                    found.append(element.text)
                case Heading(line=line):
                    found.append(line.text)
                case Paragraph(lines=lines):
                    found.append(" ".join(line.text for line in lines))
                case Pair(label=label, value=value):
                    found.append(f"{label.text}: {' '.join(line.text for line in value.lines)}")
                case Table(rows=rows):
                    found += [" ".join(cell) for row in rows for cell in row.cells]
                case _:
                    pass
    return [text.replace("\u2009", " ") for text in found]


def said(document: Document) -> str:
    return "\n".join(texts(document))


def rows_of(document: Document) -> list[list[str]]:
    return [
        [" ".join(cell) for cell in row.cells]
        for sheet in document.sheets
        for element in sheet.elements
        if isinstance(element, Table)
        for row in element.rows
    ]


def pictures(document: Document) -> list[Picture]:
    return [one for sheet in document.sheets for one in sheet.elements if isinstance(one, Picture)]


def with_session(facts: ChartFacts, **changes: object) -> ChartFacts:
    return replace(facts, session=facts.session.model_copy(update=changes))


def test_the_chart_says_whose_it_is_what_was_done_and_by_whom() -> None:
    words = said(session_chart(sessions.knee()))
    for expected in (
        "Injection chart", "Right knee · session 3 of 5", "Clinique du Parc", "23 Nov 2026",
        "Patient: Tremblay, Anne", "Born: 4 Mar 1974 (52 years) · female", "Record number: A-20931",
        "Weight: 71.5 kg, 2 Nov 2026", "Clinician: Dr. R. Osei", "Since last: 28 days (26 Oct 2026)",
        "Pain before / after: 6 / 3 of 10", "Indication: osteoarthritis of the right knee",
        "Allergies and cautions: chlorhexidine", "Total of 9 marks", "Lots: D50 lot 4471B",
        "Prepared 22.5 mL, given 4.75 mL, left over 17.75 mL", "dextrose 712.5 mg (9.97 mg/kg)",
        "Session 4 in 4 weeks. Aftercare sheet given.", "Signed by Dr. R. Osei, 23 Nov 2026 16:02 UTC",
        "Positions are in millimetres on the reference figure, not on the patient.", "page 1 of 1",
    ):  # fmt: skip
        assert expected in words, expected


def test_the_table_is_in_the_marks_order_and_adds_up() -> None:
    facts = sessions.knee()
    *rows, total = rows_of(session_chart(facts))
    assert [row[0] for row in rows] == [str(n) for n in range(1, 10)]
    assert sum(int(row[4]) for row in rows) == int(total[4]) == 10
    assert sum(int(row[5]) for row in rows) == int(total[5]) == 11
    assert sum(Decimal(row[6]) for row in rows) == Decimal(total[6]) == Decimal("4.75")
    assert rows[0][1] == "Medial collateral ligament of the knee, femoral attachment"
    assert rows[0][2] == "R"


def test_what_was_not_given_is_neither_drawn_nor_listed_and_is_counted() -> None:
    facts = sessions.knee()
    marks = list(facts.session.marks)
    marks[0] = marks[0].model_copy(update={"state": MarkState.SKIPPED})
    marks[1] = marks[1].model_copy(update={"withdrawn": True})
    document = session_chart(with_session(facts, marks=tuple(marks)))
    assert len(rows_of(document)) == 7 + 1
    drawn = {disc.number for one in pictures(document) for disc in one.plate.discs}
    assert drawn == set(range(1, 8))
    words = said(document)
    assert "1 planned place was not given and is not on this chart." in words
    assert "1 planned place was skipped." in words


@pytest.mark.parametrize("make", [sessions.knee, sessions.low_back, sessions.shoulders])
def test_every_given_mark_is_drawn_in_every_chosen_view_that_sees_it(make: object) -> None:
    facts: ChartFacts = make()  # type: ignore[operator]
    chosen = chosen_views(facts.session, facts.atlas)
    number_by_id = numbers(facts.session)
    plates = {one.plate.view.id: one.plate for one in pictures(session_chart(facts)) if one.plate.discs}
    for one in chosen:
        seen = {number_by_id[shown.mark.id] for shown in one.shown if shown.visible}
        assert {disc.number for disc in plates[one.view.id].discs} == seen
    for mark in facts.session.given:
        own = plates[mark.map.view]
        assert number_by_id[mark.id] in {disc.number for disc in own.discs}


def test_every_disc_stands_in_its_plate_and_on_no_other() -> None:
    for one in pictures(session_chart(sessions.low_back())):
        plate = one.plate
        for disc in plate.discs:
            assert plate.radius <= disc.x <= plate.width - plate.radius
            assert plate.top <= disc.y <= plate.height - plate.bottom
        for a, b in combinations(plate.discs, 2):
            assert ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5 >= 2 * plate.radius - 0.1


def test_right_and_left_stand_on_every_picture_as_the_patient_has_them() -> None:
    letters = {
        one.plate.view.id: (one.plate.map.left, one.plate.map.right)
        for make in (sessions.knee, sessions.low_back, sessions.shoulders)
        for one in pictures(session_chart(make()))
    }
    assert letters["low_back_posterior"] == ("L", "R")
    assert letters["full_anterior"] == ("R", "L")
    assert letters["full_posterior"] == ("L", "R")
    for view, (left, right) in letters.items():
        if "_right_" in view:
            assert (left, right) == ("R", "")
        if "_left_" in view:
            assert (left, right) == ("L", "")


def test_a_draft_says_that_it_is_one_on_every_sheet_and_a_signed_chart_does_not() -> None:
    draft = session_chart(sessions.low_back())
    for sheet in draft.sheets:
        assert any("Not signed" in line.text for line in sheet.foot if isinstance(line, Line))
    assert texts(draft).count("Not signed – draft") == 2
    assert "Not signed" not in said(session_chart(sessions.knee()))
    assert "Signed by" not in said(draft)


def test_an_empty_session_is_a_whole_chart() -> None:
    document = session_chart(sessions.empty())
    words = said(document)
    assert "No mark was given in this session." in words
    assert "Allergies and cautions: none recorded" in words
    assert "first session" in words
    assert pictures(document) == []
    assert pdf(document).startswith(b"%PDF-1.7")


def test_the_same_facts_give_the_same_bytes() -> None:
    first, second = session_chart(sessions.shoulders()), session_chart(sessions.shoulders())
    assert sheet_svg(first, 0) == sheet_svg(second, 0)
    assert pdf(first) == pdf(second)


def test_days_and_times_are_those_of_the_clinic() -> None:
    facts = sessions.knee()
    late = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    session = facts.session.model_copy(update={"started_at": late, "seal": None})
    montreal = replace(facts, session=session, zone=ZoneInfo("America/Montreal"))
    words = said(session_chart(montreal))
    assert "Session began: 23 Nov 2026 21:30 EST" in words
    tokyo = replace(facts, session=session, zone=timezone(timedelta(hours=9), "JST"))
    assert "Session began: 24 Nov 2026 11:30 JST" in said(session_chart(tokyo))


def test_text_of_people_is_never_markup() -> None:
    facts = sessions.knee()
    evil = '<script>alert(1)</script> & "#panic()" $x$ *b* _i_ `c` @y [z] \\ #[ // <!-- --> ]]> \''
    patient = facts.patient.model_copy(update={"family_name": evil, "allergies": (evil,)})
    session = facts.session.model_copy(update={"details": Details(note=evil, plan=evil)})
    document = session_chart(replace(facts, patient=patient, session=session, clinic=evil[:30]))
    svg = sheet_svg(document, 0)
    assert "<script" not in svg
    assert "<!--" not in svg
    assert "alert(1)" in unescape(svg)
    assert len(pdf(document)) > 20_000


def test_a_name_in_any_script_can_be_printed() -> None:
    facts = sessions.knee()
    names = (
        "山田 太郎",
        "محمد علي",
        "Zoë Ñandú-O'Neil",
        "Đặng Thị Ánh",
        "Ελένη Ζαχαρίου",
        "שרה לוי",
        "Ann 🙂",
    )
    for name in names:
        patient = facts.patient.model_copy(update={"family_name": name})
        document = session_chart(replace(facts, patient=patient))
        assert f"Patient: {name}, Anne" in said(document)
        assert b"%PDF" in pdf(document)[:10]
        assert png(sheet_svg(document, 0), 300).startswith(b"\x89PNG")


def test_a_name_that_no_font_can_write_is_spelled_and_nothing_of_it_is_lost() -> None:
    facts = sessions.knee()
    patient = facts.patient.model_copy(update={"family_name": "Ann \U00012000"})  # cuneiform
    assert pdf(session_chart(replace(facts, patient=patient))).startswith(b"%PDF")


def test_a_very_long_note_goes_on_over_sheets_and_no_word_is_lost() -> None:
    facts = sessions.knee()
    words = [f"word{n}" for n in range(1200)]
    session = facts.session.model_copy(update={"details": Details(note=" ".join(words), plan="rest")})
    document = session_chart(replace(facts, session=session))
    assert len(document.sheets) > 1
    all_said = said(document)
    assert all(re.search(rf"\b{word}\b", all_said) for word in words)
    within_paper(document)


def test_a_long_note_to_a_mark_stands_below_the_table_in_full() -> None:
    facts = sessions.knee()
    note = "Reproduced the pain. " * 30
    marks = list(facts.session.marks)
    given = marks[2].injection.model_copy(update={"note": note})
    marks[2] = marks[2].model_copy(update={"injection": given})
    words = said(session_chart(with_session(facts, marks=tuple(marks))))
    assert f"Mark 3: {note.strip()}" in words


def test_a_session_of_a_thousand_marks_fills_sheets_and_stays_on_the_paper() -> None:
    facts = sessions.low_back()
    marks = tuple(
        mark.model_copy(update={"id": an_id(50_000 + 40 * again + index)})
        for again in range(25)
        for index, mark in enumerate(facts.session.given)
    )
    document = session_chart(with_session(facts, marks=marks))
    assert [row[0] for row in rows_of(document)][:1000] == [str(n) for n in range(1, 1001)]
    within_paper(document)
    assert texts(document).count(f"page 1 of {len(document.sheets)}") == 1


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("make", [sessions.knee, sessions.low_back, sessions.shoulders, sessions.empty])
def test_everything_stays_within_the_paper(paper: Paper, make: object) -> None:
    facts: ChartFacts = make()  # type: ignore[operator]
    document = session_chart(replace(facts, paper=paper))
    assert document.size == paper.size
    within_paper(document)


def within_paper(document: Document) -> None:
    """Fail if anything reaches beyond the margins, or into the foot of its sheet."""
    width, height = document.size
    for sheet in document.sheets:
        for element in sheet.elements:
            match element:
                case Table():
                    assert element.x + element.width <= width - 12.9
                    assert element.y + element.height <= height - 23.9
                case Picture(x=x, y=y, plate=plate):
                    assert x + plate.width <= width - 12.9
                    assert y + plate.height <= height - 23.9
                case Line(y=y) | Heading(line=Line(y=y)):
                    assert 13 <= y <= height - 23
                case Paragraph(lines=lines):
                    assert all(13 <= line.y <= height - 23 for line in lines)
                case _:
                    pass


def test_more_given_than_was_prepared_is_said() -> None:
    assert "Prepared 10 mL, given 14 mL: more than was prepared" in said(session_chart(sessions.low_back()))


def test_a_mark_without_a_volume_or_a_solution_is_charted() -> None:
    facts = sessions.knee()
    dry = Injection(deposits=0, punctures=1, needle="30G 12 mm")
    marks = (facts.session.marks[0].model_copy(update={"injection": dry}),)
    row, total = rows_of(session_chart(with_session(facts, marks=marks)))
    assert row[5:7] == ["0", "0"]
    assert row[9] == "–"
    assert total[6] == "0"


def test_a_solution_that_was_made_up_and_not_used_is_listed() -> None:
    facts = sessions.knee()
    other = Solution(
        id=an_id(77), name="Saline", components=D15.components[:1], prepared_ml=Decimal(5), lots="S1"
    )
    words = said(session_chart(with_session(facts, solutions=(D15, other))))
    assert "B · Saline" in words
    assert "Prepared 5 mL, given 0 mL, left over 5 mL" in words


def test_a_track_is_drawn_as_a_track_on_its_own_view_with_a_dot_for_each_deposit() -> None:
    facts = sessions.shoulders()
    tracks = [mark for mark in facts.session.given if isinstance(mark.shape, TrackShape)]
    plates = {one.plate.view.id: one.plate for one in pictures(session_chart(facts))}
    for mark in tracks:
        (track,) = plates[mark.map.view].tracks
        assert len(track.dots) == mark.injection.deposits == 5
    assert all(plate.fields[0].hatch for view, plate in plates.items() if "anterior" in view and plate.fields)
    assert sum(len(plate.fields) for plate in plates.values()) == 2


def test_marks_made_on_older_maps_stay_on_the_skin_and_the_chart_says_so() -> None:
    facts = sessions.knee()
    marks = tuple(
        mark.model_copy(
            update={"map": mark.map.model_copy(update={"atlas_version": "0.9.0", "atlas_sha256": "e" * 64})}
        )
        for mark in facts.session.marks
    )
    document = session_chart(with_session(facts, marks=marks))
    assert "marked on 0.9.0" in said(document)
    before = {d.number: d.place for d in pictures(session_chart(facts))[0].plate.discs}
    after = {d.number: d.place for d in pictures(document)[0].plate.discs}
    for number, place in before.items():
        assert after[number] == pytest.approx(place, abs=0.1)


def test_a_mark_of_a_view_that_is_no_more_is_drawn_where_it_can_be_seen() -> None:
    facts = sessions.knee()
    marks = tuple(
        mark.model_copy(update={"map": mark.map.model_copy(update={"view": "knee_right_gone"})})
        for mark in facts.session.given
    )
    document = session_chart(with_session(facts, marks=marks))
    drawn = {disc.number for one in pictures(document) for disc in one.plate.discs}
    assert drawn == set(range(1, len(marks) + 1))


def test_marks_in_more_views_than_fit_one_sheet_are_all_drawn() -> None:
    ids = sessions.Ids(9000)
    figure = "adult_male"
    marks = []
    for entry in sessions.atlas().views(figure):
        if entry.region != "full":
            keys = sessions.shown_sites(figure, entry.id)
            marks.append(sessions.on_site(figure, entry.id, keys[0], ids, injection=sessions.dose()))
    facts = sessions.low_back()
    document = session_chart(with_session(facts, marks=tuple(marks)))
    own = {mark.map.view for mark in marks}
    assert own <= {one.plate.view.id for one in pictures(document)}
    within_paper(document)


def test_discs_at_one_place_are_set_apart_and_always_alike() -> None:
    places = [(50.0, 50.0)] * 5 + [(51.0, 50.0)]
    at = apart(places, 2.0, (0.0, 0.0, 100.0, 100.0))
    assert at == apart(places, 2.0, (0.0, 0.0, 100.0, 100.0))
    for a, b in combinations(at, 2):
        assert ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 >= 4.0


def test_a_picture_has_the_width_that_was_asked_for_and_bad_ones_are_refused() -> None:
    svg = sheet_svg(session_chart(sessions.empty()), 0)
    content = png(svg, 640)
    assert int.from_bytes(content[16:20]) == 640
    for width in (0, -1, 6001):
        with pytest.raises(ValueError, match="pixels wide"):
            png(svg, width)
    with pytest.raises(ChartFailed):
        png("<svg", 100)


def test_the_record_travels_inside_the_pdf() -> None:
    content = pdf(session_chart(sessions.knee()))
    assert b"session.json" in content
    assert b"pdfaid:part>3<" in content
    assert b"pdfaid:conformance>A<" in content
    assert b"pdfuaid:part>1<" in content
    assert b"/StructTreeRoot" in content


def test_a_first_session_on_the_day_of_the_last_is_none_days_later() -> None:
    facts = replace(sessions.knee(), last_on=date(2026, 11, 23))
    assert "Since last: 0 days (23 Nov 2026)" in said(session_chart(facts))


def test_a_session_handed_over_stays_as_it_was() -> None:
    facts = sessions.knee()
    before: Session = facts.session.model_copy(deep=True)
    session_chart(facts)
    assert facts.session == before
