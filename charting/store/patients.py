"""Patients: their table, the words by which they are found, and their translators."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    select,
)

from charting.domain import Patient, Sex, canonical
from charting.domain.amounts import plain
from charting.store.columns import Moment, metadata, ordered_text, reads, sha256
from charting.store.searching import after_all_of, findable, folded, sought

patients = Table(
    "patients",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("record_number", String(40), nullable=False),
    Column("record_number_folded", ordered_text(), nullable=False),
    Column("family_name", Text, nullable=False),
    Column("given_names", Text, nullable=False),
    Column("name_folded", ordered_text(), nullable=False),
    Column("born", Date, nullable=False),
    Column("sex", String(8), nullable=False),
    Column("weight_10g", Integer),
    Column("weighed_on", Date),
    Column("allergies", Text, nullable=False),
    Column("cautions", Text, nullable=False),
    Column("figure", String(60)),
    Column("revision", Integer, nullable=False),
    Column("head", sha256(), nullable=False),
    Column("touched_at", Moment, nullable=False),
    UniqueConstraint("record_number_folded"),
    CheckConstraint("weight_10g > 0", name="weight"),
    Index("ix_patients_name_folded", "name_folded", "id"),
    Index("ix_patients_born", "born"),
    Index("ix_patients_touched_at", "touched_at"),
)

patient_words = Table(
    "patient_words",
    metadata,
    Column("word", ordered_text(), primary_key=True),
    Column("patient_id", Uuid, ForeignKey("patients.id"), primary_key=True),
    Index("ix_patient_words_patient_id", "patient_id"),
    sqlite_with_rowid=False,
)


def patient_row(patient: Patient) -> dict[str, Any]:
    """Return the columns of a patient; weight in units of 10 g."""
    return {
        "id": patient.id,
        "record_number": patient.record_number,
        "record_number_folded": folded(patient.record_number),
        "family_name": patient.family_name,
        "given_names": patient.given_names,
        "name_folded": folded(patient.name),
        "born": patient.born,
        "sex": str(patient.sex),
        "weight_10g": None if patient.weight_kg is None else int(patient.weight_kg * 100),
        "weighed_on": patient.weighed_on,
        "allergies": canonical(patient.allergies),
        "cautions": canonical(patient.cautions),
        "figure": patient.figure,
    }


@reads("patients")
def patient_of(row: Row[Any]) -> Patient:
    """Return the patient of a row."""
    return Patient(
        id=row.id,
        record_number=row.record_number,
        family_name=row.family_name,
        given_names=row.given_names,
        born=row.born,
        sex=Sex(row.sex),
        weight_kg=None if row.weight_10g is None else plain(Decimal(row.weight_10g) / 100),
        weighed_on=row.weighed_on,
        allergies=tuple(json.loads(row.allergies)),
        cautions=tuple(json.loads(row.cautions)),
        figure=row.figure,
    )


def word_rows(patient: Patient) -> list[dict[str, Any]]:
    """Return the rows of the words by which a patient is found."""
    words = findable(patient.family_name, patient.given_names, patient.record_number)
    return [{"word": word, "patient_id": patient.id} for word in sorted(words)]


def found_by(text: str, limit: int) -> Select[Any]:
    """Return the query of the patients that a text looks for, in the order of their names."""
    wanted = sought(text)
    query = select(patients).order_by(patients.c.name_folded, patients.c.id).limit(limit)
    if wanted.born:
        query = query.where(patients.c.born == wanted.born)
    if not wanted.words and not wanted.born and text.strip():
        query = query.where(false())  # nothing but punctuation finds nobody, and not everybody
    for word in wanted.words:
        of_word = select(patient_words.c.patient_id).where(
            patient_words.c.word >= word, patient_words.c.word < after_all_of(word)
        )
        query = query.where(patients.c.id.in_(of_word))
    return query


def by_id(patient_id: UUID) -> Select[Any]:
    """Return the query of one patient."""
    return select(patients).where(patients.c.id == patient_id)


def by_record_number(record_number: str) -> Select[Any]:
    """Return the query of the patient of one record number."""
    return select(patients).where(patients.c.record_number_folded == folded(record_number))
