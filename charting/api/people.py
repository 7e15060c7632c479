"""Patients, their courses, the worklist, and the clinic's staff."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from pydantic import TypeAdapter

from charting.access import too_weak
from charting.api.answering import answered, listed
from charting.api.asking import (
    Body,
    Given,
    NewPassword,
    NewStaff,
    Rooms,
    SaveCourse,
    SavePatient,
    SaveRules,
    SaveStaff,
    SaveUsualTray,
    Who,
)
from charting.api.described import Described
from charting.api.routing import Routes
from charting.desk import Act, need
from charting.desk.answers import CourseLine, PatientLine, PatientView, ReadingLine, StaffView
from charting.desk.payload import read
from charting.desk.usual import UsualTray
from charting.domain import BadRequest, Course, Patient, Record, Staff, WeakPassword
from charting.domain.rules import RuleBook

LONGEST_SEARCH = 200

LINES: TypeAdapter[tuple[PatientLine, ...]] = TypeAdapter(tuple[PatientLine, ...])
STAFF: TypeAdapter[tuple[StaffView, ...]] = TypeAdapter(tuple[StaffView, ...])
READINGS: TypeAdapter[tuple[ReadingLine, ...]] = TypeAdapter(tuple[ReadingLine, ...])
STALE = {404: "There is none of this id", 409: "Someone else has saved this meanwhile, or a name is taken"}
NEW = {404: "What it belongs to is not there", 409: "An id, number or name is taken"}

NO_PATIENT = {404: "There is no such patient"}

routes = Routes("people")


class Saved(Record):
    """What became of setting a password."""

    saved: bool = True


@routes.get("/worklist", Described(answers=PatientLine, several=True))
def get_worklist(who: Who, rooms: Given) -> Response:
    """Return the patients to see to: with sessions not signed first, then who was treated last."""
    return listed(LINES, rooms.desk.worklist(who))


@routes.get("/patients", Described(answers=PatientLine, several=True))
def find_patients(who: Who, rooms: Given, search: str = "") -> Response:
    """Return the patients whose name, record number or birth date begins as the search says."""
    if len(search) > LONGEST_SEARCH:
        raise BadRequest(f"the search is longer than {LONGEST_SEARCH} characters")
    return listed(LINES, rooms.desk.patients(who, search))


@routes.post("/patients", Described(asks=Patient, answers=PatientView, status=201, refuses=NEW))
def add_patient(body: Body, who: Who, rooms: Given) -> Response:
    """Add a patient; the same patient again is returned as stored."""
    need(who, Act.EDIT_PATIENTS)
    return answered(rooms.desk.save_patient(who, read(Patient, body), None), 201)


@routes.get("/patients/{patient_id}", Described(answers=PatientView, refuses=NO_PATIENT))
def get_patient(patient_id: UUID, who: Who, rooms: Given) -> Response:
    """Return a patient with all courses."""
    return answered(rooms.desk.patient(who, patient_id))


@routes.get(
    "/patients/{patient_id}/readings", Described(answers=ReadingLine, several=True, refuses=NO_PATIENT)
)
def get_readings(patient_id: UUID, who: Who, rooms: Given) -> Response:
    """Return who has opened something of a patient's record, the last one first; for the administrator."""
    return listed(READINGS, rooms.desk.readings(who, patient_id))


@routes.put("/patients/{patient_id}", Described(asks=SavePatient, answers=PatientView, refuses=STALE))
def save_patient(patient_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Save a patient over the revision that was seen."""
    need(who, Act.EDIT_PATIENTS)
    asked = read(SavePatient, body)
    _same(asked.patient.id, patient_id)
    return answered(rooms.desk.save_patient(who, asked.patient, asked.seen))


@routes.post(
    "/patients/{patient_id}/courses", Described(asks=Course, answers=CourseLine, status=201, refuses=NEW)
)
def add_course(patient_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Add a course to a patient; the same course again is returned as stored."""
    need(who, Act.EDIT_PATIENTS)
    course = read(Course, body)
    _same(course.patient_id, patient_id)
    return answered(rooms.desk.save_course(who, course, None), 201)


@routes.get("/courses/{course_id}", Described(answers=CourseLine, refuses={404: "There is no such course"}))
def get_course(course_id: UUID, who: Who, rooms: Given) -> Response:
    """Return a course with its sessions, the last first."""
    return answered(rooms.desk.course(who, course_id))


@routes.put("/courses/{course_id}", Described(asks=SaveCourse, answers=CourseLine, refuses=STALE))
def save_course(course_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Save a course over the revision that was seen."""
    need(who, Act.EDIT_PATIENTS)
    asked = read(SaveCourse, body)
    _same(asked.course.id, course_id)
    return answered(rooms.desk.save_course(who, asked.course, asked.seen))


@routes.get("/staff", Described(answers=StaffView, several=True))
def get_staff(who: Who, rooms: Given) -> Response:
    """Return everyone of the clinic's staff, those who have left too."""
    return listed(STAFF, rooms.desk.staff(who))


@routes.post("/staff", Described(asks=NewStaff, answers=StaffView, status=201, refuses=NEW))
def add_staff(body: Body, who: Who, rooms: Given) -> Response:
    """Add a member of staff with a password to begin with."""
    need(who, Act.RUN_CLINIC)
    asked = read(NewStaff, body)
    _refuse_weak(rooms, asked.staff, asked.password)
    saved = rooms.desk.save_staff(who, asked.staff, None)
    rooms.logins.set_password(asked.staff.id, asked.password, by=who.id)
    return answered(saved, 201)


@routes.put("/staff/{staff_id}", Described(asks=SaveStaff, answers=StaffView, refuses=STALE))
def save_staff(staff_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Save a member of staff over the revision that was seen; who has left or changes role is signed out."""
    need(who, Act.RUN_CLINIC)
    asked = read(SaveStaff, body)
    _same(asked.staff.id, staff_id)
    before = next((one.staff for one in rooms.desk.staff(who) if one.staff.id == staff_id), None)
    saved = rooms.desk.save_staff(who, asked.staff, asked.seen)
    if before is not None and (before.role, before.active) != (asked.staff.role, asked.staff.active):
        rooms.logins.end_all(staff_id)
    return answered(saved)


@routes.put(
    "/staff/{staff_id}/password",
    Described(asks=NewPassword, answers=Saved, refuses={404: "There is no such member of staff"}),
)
def set_password(staff_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Give a member of staff another password, and end all their logins."""
    need(who, Act.RUN_CLINIC)
    rooms.logins.set_password(staff_id, read(NewPassword, body).password, by=who.id)
    return answered(Saved())


@routes.get("/rules", Described(answers=RuleBook))
def get_rules(who: Who, rooms: Given) -> Response:
    """Return the clinic's limits, each with its source."""
    return answered(rooms.desk.rules(who))


@routes.put(
    "/rules", Described(asks=SaveRules, answers=RuleBook, refuses={409: "They have changed meanwhile"})
)
def save_rules(body: Body, who: Who, rooms: Given) -> Response:
    """Make these the clinic's limits; sessions that are signed keep those that they were judged by."""
    need(who, Act.RUN_CLINIC)
    asked = read(SaveRules, body)
    return answered(rooms.desk.save_rules(who, asked.rules, seen=asked.seen, reason=asked.reason))


@routes.get("/usual-tray", Described(answers=UsualTray))
def get_usual_tray(who: Who, rooms: Given) -> Response:
    """Return what is on the tray when a course begins."""
    return answered(rooms.desk.usual_tray(who))


@routes.put(
    "/usual-tray",
    Described(asks=SaveUsualTray, answers=UsualTray, refuses={409: "Someone else has saved this meanwhile"}),
)
def save_usual_tray(body: Body, who: Who, rooms: Given) -> Response:
    """Say what is on the tray when a course begins, over what was seen."""
    need(who, Act.RUN_CLINIC)
    asked = read(SaveUsualTray, body)
    return answered(rooms.desk.save_usual_tray(who, asked.tray, asked.was))


def _same(stated: UUID, addressed: UUID) -> None:
    if stated != addressed:
        raise BadRequest("the id in the body is not that of the address")


def _refuse_weak(rooms: Rooms, staff: Staff, password: str) -> None:
    # before anybody is saved, who could not sign in then
    weakness = too_weak(password, (staff.sign_in, staff.name, rooms.settings.clinic))
    if weakness:
        raise WeakPassword("the password was refused", weakness)
