"""Patients are found by what a person types, and every list by an index."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from charting.domain import Patient
from charting.store import Store
from charting.store.searching import findable, folded, sought
from tests.people import ANNE, DOCTOR, KNEE, a_session, an_id
from tests.store.made_up import IDS, as_done, carry_out, placing, readable_text, words

PEOPLE = {
    "Tremblay, Anne": ("A-20931", date(1974, 3, 4)),
    "O'Brien-Łukasz, Zoë": ("B-7", date(1980, 12, 1)),
    "Strauß, Bjørn": ("C-0042", date(1955, 1, 31)),
    "العبد الله, محمد": ("D-1", date(1990, 2, 28)),
    "山田, 太郎": ("E-1", date(1961, 7, 7)),
    "Ødegård, Þóra Æsa": ("F-1", date(2001, 9, 9)),
    "ยิ่งลักษณ์, สมชาย": ("G-1", date(1985, 5, 5)),
}


@pytest.fixture
def clinic(store: Store) -> Store:
    """A store with people of many names."""
    with store.writing() as record:
        for number, (name, (number_of_record, born)) in enumerate(PEOPLE.items()):
            if name != "Tremblay, Anne":
                family, given_names = name.split(", ")
                patient = Patient(
                    id=an_id(300 + number), record_number=number_of_record, family_name=family,
                    given_names=given_names, born=born,
                )  # fmt: skip
                record.put_patient(patient, seen=None, **as_done())
    return store


def found(store: Store, text: str) -> set[str]:
    with store.reading() as record:
        return {kept.value.name.split(",")[0] for kept in record.find_patients(text)}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("tremb", {"Tremblay"}),
        ("TRÉM", {"Tremblay"}),
        ("ann trem", {"Tremblay"}),
        ("tremblay, anne", {"Tremblay"}),
        ("remblay", set()),
        ("20931", {"Tremblay"}),
        ("a-20931", {"Tremblay"}),
        ("A20931", {"Tremblay"}),
        ("0931", set()),
        ("1974-03-04", {"Tremblay"}),
        ("04 03 1974", {"Tremblay"}),
        ("4.3.1974", {"Tremblay"}),
        ("04/03/1974 ann", {"Tremblay"}),
        ("04/03/1974 bjorn", set()),
        ("1974-04-03", set()),
        ("zoe", {"O'Brien-Łukasz"}),
        ("obrien", {"O'Brien-Łukasz"}),
        ("o'brien", {"O'Brien-Łukasz"}),
        ("brien luk", {"O'Brien-Łukasz"}),
        ("brien–łuk", {"O'Brien-Łukasz"}),
        ("strauss", {"Strauß"}),
        ("STRAUẞ", {"Strauß"}),
        ("björ", {"Strauß"}),
        ("bjø", {"Strauß"}),
        ("عبد", {"العبد الله"}),
        ("محم", {"العبد الله"}),
        ("مُحَمَّد", {"العبد الله"}),
        ("山", {"山田"}),
        ("田", {"山田"}),
        ("郎", {"山田"}),
        ("山田太郎", set()),
        ("odegard thora", {"Ødegård"}),
        ("ลักษณ์", {"ยิ่งลักษณ์"}),
        ("ＴＲＥＭＢＬＡＹ", {"Tremblay"}),
        ("%", set()),
        ("_", set()),
        ("' OR 1=1 --", set()),
    ],
)
def test_a_patient_is_found_by(clinic: Store, text: str, who: set[str]) -> None:
    assert found(clinic, text) == who


def test_patients_come_in_the_order_of_their_names_and_no_more_than_asked_for(clinic: Store) -> None:
    with clinic.reading() as record:
        listed = [kept.value.family_name for kept in record.find_patients("", limit=4)]
    assert listed == ["O'Brien-Łukasz", "Ødegård", "Strauß", "Tremblay"]


def test_a_patient_who_married_is_found_by_the_new_name_only(store: Store) -> None:
    with store.writing() as record:
        record.put_patient(ANNE.model_copy(update={"family_name": "Gagnon"}), seen=1, **as_done())
    assert found(store, "gagn") == {"Gagnon"}
    assert found(store, "tremb") == set()


@given(words, readable_text(30))
def test_whoever_is_typed_whole_is_found(family: str, given_names: str) -> None:
    searched = findable(family, given_names, "A-1")
    for word in sought(f"{family} {given_names}").words:
        assert any(one.startswith(word) for one in searched)


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_every_list_and_search_uses_an_index(store: Store) -> None:
    """None reads a whole table, so none gets slower as the clinic grows."""
    carry_out(store, a_session().id, placing(1))
    asked: list[tuple[str, Any]] = []
    event.listen(
        store._readers,
        "before_cursor_execute",
        lambda _conn, _cursor, statement, parameters, _context, _many: asked.append((statement, parameters)),
    )
    with store.reading() as record:
        record._remembered = type(record._remembered)()
        record.patient(ANNE.id)
        record.course(KNEE.id)
        record.courses_of(ANNE.id)
        record.session(a_session().id)
        record.sessions_of(KNEE.id)
        record.sessions_of_patient(ANNE.id)
        record.changes(a_session().id, 1)
        record.document(a_session().id)
        record.find_patients("ann tremb")
        record.find_patients("1974-03-04")
        record.find_patients("")
        record.worklist(50)
        record.drafts()
        record.logged(IDS())
        record.history(ANNE.id)
        record.staff(DOCTOR.id)
        record.staff_by_sign_in("osei")
        record.login("0" * 64)
        record.logins_of(DOCTOR.id)
        record.tries("name:osei")
        record.setting("paper")
    reads = [one for one in asked if one[0].lstrip().startswith("SELECT")]
    assert len(reads) > 20
    with store.snapshot() as connection:
        if not store.embedded:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in reads:
            explain = "EXPLAIN QUERY PLAN " if store.embedded else "EXPLAIN "
            plan = "\n".join(
                str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)
            )
            for line in plan.splitlines():
                whole_table = line.strip().startswith("SCAN") and "INDEX" not in line
                assert not whole_table or "SCAN anon" in line, f"{statement}\n{plan}"
                assert "Seq Scan" not in line, f"{statement}\n{plan}"
