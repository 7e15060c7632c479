"""The one writer. Pages and interface ask it; nobody else touches the store's clinical rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError

from charting import edge
from charting.anatomy import Atlas
from charting.desk import limits, mapping, showing, usual
from charting.desk.answers import (
    BatchAnswer,
    Changes,
    CourseFacts,
    CourseLine,
    CourseMap,
    Ghost,
    Outcome,
    PatientLine,
    PatientView,
    ReadingLine,
    SessionFacts,
    SessionView,
    StaffView,
    Standing,
    StepAnswer,
)
from charting.desk.asks import AnyAsk, Batch, Unreadable
from charting.desk.bell import Bell, Heard, Listening
from charting.desk.laying import LaidDown, lay_on
from charting.desk.permissions import Act, may, need
from charting.desk.placing import Places
from charting.desk.standings import Standings
from charting.desk.steps import command_of, mark_of
from charting.desk.treated_before import TreatedBefore
from charting.desk.usual import UsualTray
from charting.domain import (
    COMMAND,
    AlreadyThere,
    BadRequest,
    BodyMapUnusable,
    ChainBroken,
    ChartingError,
    Command,
    CommandReused,
    Conflict,
    Course,
    Laterality,
    LimitPassed,
    Mark,
    MoreThanPrepared,
    NotFound,
    NotReadyToSign,
    Patient,
    PatientNotFound,
    Seal,
    Session,
    SessionNotFound,
    SessionSealed,
    Solution,
    Staff,
    StoreUnusable,
    apply,
    canonical,
    document_of,
    sha256_of,
)
from charting.domain.doses import judge
from charting.domain.protocols import PUBLISHED, Protocol
from charting.domain.rules import Rule, RuleBook
from charting.domain.totals import discarded
from charting.domain.verdicts import Judgement
from charting.store import SEAL, Kept, LogEntry, Opened, Reader, Reading, Store, Writer

Value = TypeVar("Value", Patient, Course, Staff)

LIST_LENGTH = 50
"""How many patients a search or the worklist shows: what fits a page, and more is found by typing."""

MOST_READINGS = 500
"""How many readings of a record are listed at once."""


class Desk:
    """Takes what was asked, checks who may, applies it, stores it, tells the others.

    Every method takes the acting member of staff first and raises NotAllowed if the role does not allow it;
    nothing has happened then. Safe from any thread. ``zone`` is the clinic's, which says what day it is; none
    is that of this computer.
    """

    def __init__(
        self,
        store: Store,
        atlas: Atlas,
        *,
        clock: Callable[[], datetime] = edge.now,
        new_id: Callable[[], UUID] = edge.new_id,
        zone: tzinfo | None = None,
    ) -> None:
        self._store = store
        self._atlas = atlas
        self._places = Places(atlas)
        self._clock = clock
        self._new_id = new_id
        self._zone = zone or edge.zone_here()
        self._bell = Bell()
        self._standings = Standings(TreatedBefore(atlas, self._zone))

    # ---- a session -----------------------------------------------------------------------------------------

    def carry_out(
        self, who: Staff, session_id: UUID, batch: Batch | Sequence[AnyAsk | Unreadable]
    ) -> BatchAnswer:
        """Carry out the steps of a batch in their order, each by itself, all in one transaction.

        A step that was carried out before under its id is a duplicate and changes nothing; one that is
        refused changes nothing, and those behind it go on. Raises SessionNotFound; StoreUnusable, and then
        nothing of the batch has happened.
        """
        need(who, Act.MARK)
        asks = batch.commands if isinstance(batch, Batch) else tuple(batch)
        with self._store.writing() as store:
            kept = store.session(session_id)
            earlier = self._earlier(store, kept.value)
            answers, after, entries = self._steps(who, store, kept.value, asks)
            revision = kept.revision
            if entries:
                revision = store.append(session_id, kept.value, after, entries)
            patient = store.patient(after.patient_id).value
            standing = self._standing(store, Kept(after, revision), patient, earlier)
        if entries:
            self._bell.ring(session_id, revision)
        named = _named(after, {mark_id for _, mark_id in answers if mark_id is not None})
        return BatchAnswer(
            steps=tuple(
                answer
                if (mark := named.get(mark_id) if mark_id else None) is None
                else answer.model_copy(
                    update={"mark": showing.mark_view(self._places, mark, standing.numbers)}
                )
                for answer, mark_id in answers
            ),
            standing=standing,
        )

    def session(self, who: Staff, session_id: UUID) -> SessionView:
        """Return a session with whom it is of and what it belongs to; raises SessionNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            view = self._session_view(who, store, store.session(session_id))
        self._note(who, view.patient.id, Opened.SESSION, session_id)
        return view

    @property
    def shared(self) -> bool:
        """Whether other processes may write to the same store and are not heard: the bell may ring late."""
        return not self._store.hears

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""
        return self._zone

    @property
    def today(self) -> date:
        """What day it is in the clinic."""
        return showing.day_of(self._clock(), self._zone)

    def revision(self, who: Staff, session_id: UUID) -> int:
        """Return the present revision of a session; raises SessionNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            return store.session(session_id).revision

    def changes(self, who: Staff, session_id: UUID, after: int) -> Changes:
        """Return the marks that changed after a revision, withdrawn ones too; raises SessionNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            kept = store.session(session_id)
            marks = store.changes(session_id, after) if after < kept.revision else ()
            patient = store.patient(kept.value.patient_id).value
            standing = self._standing(store, kept, patient, self._earlier(store, kept.value))
        return Changes(
            marks=showing.mark_views(self._places, kept.value, marks),
            standing=standing,
        )

    def ghosts(self, who: Staff, session_id: UUID) -> tuple[Ghost, ...]:
        """Return the earlier sessions of the same course, the first one first; raises SessionNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            session = store.session(session_id).value
            earlier = self._earlier(store, session)
        return tuple(showing.ghost(self._places, one.value, self._zone) for one in earlier)

    def start_session(self, who: Staff, course_id: UUID, *, id: UUID) -> SessionView:
        """Start the next session of a course, with the solutions of the one before on its tray.

        The same id again returns the session that was started under it. Raises CourseNotFound, AlreadyThere,
        Conflict for a course that has ended, and UnknownFigure.
        """
        need(who, Act.MARK)
        with self._store.writing() as store:
            course = store.course(course_id).value
            sessions = [kept.value for kept in store.sessions_of(course_id)]
            started = _session_or_none(store, id)
            if started is None:
                if course.closed_on is not None:
                    raise Conflict(f"course {course_id} has ended")
                patient = store.patient(course.patient_id).value
                session = Session(
                    id=id, course_id=course.id, patient_id=patient.id,
                    figure=self._atlas.figure(patient.reference_figure).id,
                    number=max((one.number for one in sessions), default=0) + 1,
                    started_at=self._clock(), clinician_id=who.id, solutions=self._tray(store, sessions),
                )  # fmt: skip
                store.start_session(session, by=who.id, at=session.started_at, command_id=self._new_id())
                started = store.session(id)
            elif started.value.course_id != course_id:
                raise AlreadyThere(f"session {id} belongs to another course")
            return self._session_view(who, store, started)

    def seal(self, who: Staff, session_id: UUID, *, revision: int, marks: int) -> Seal:
        """Sign a session: from now on it is a record. The caller has checked the signer's password.

        ``revision`` and ``marks``, the count of given marks, are what the signer saw. Signing again what one
        has signed returns that seal. Raises SessionNotFound, SessionSealed, and NotReadyToSign if what is
        stored is not what was seen.
        """
        need(who, Act.SIGN)
        with self._store.writing() as store:
            kept = store.session(session_id)
            session = kept.value
            seen = (revision, marks)
            if session.seal is not None:
                if session.seal.by == who.id and seen == (kept.revision - 1, len(session.given)):
                    return session.seal
                raise SessionSealed(f"session {session_id} is signed")
            if seen != (kept.revision, len(session.given)):
                raise NotReadyToSign(
                    f"seen were revision {revision} and {marks} marks, "
                    f"stored are {kept.revision} and {len(session.given)}"
                )
            judgement = self._judged(store, session)
            document = document_of(session, judgement)
            seal = Seal(
                at=self._clock(), by=who.id, name=who.name, sha256=sha256_of(document), judgement=judgement
            )
            body = canonical(seal.model_dump(mode="json"))
            entry = LogEntry(
                command_id=self._new_id(), kind=SEAL, by=who.id, at=seal.at, body_json=body,
                asked_sha256=sha256_of(body),
            )  # fmt: skip
            sealed = session.model_copy(update={"seal": seal})
            after = store.seal(session_id, sealed, document, entry)
        self._bell.ring(session_id, after)
        return seal

    def listen(self, who: Staff, session_id: UUID, heard: Heard) -> Listening:
        """Have ``heard`` called with the new revision after every change of a session, until it is ended.

        It is called on the thread of whoever made the change, or of what listens to other processes; that one
        may also tell the present revision. It is a hint: ``changes`` says what changed.
        """
        need(who, Act.READ_CHARTS)
        listening = self._bell.listen(session_id, heard)
        self._store.tell_of_changes(self._bell.ring, self._bell.sessions)
        return listening

    def session_facts(self, who: Staff, session_id: UUID) -> SessionFacts:
        """Return all that a session's chart says; raises SessionNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            kept = store.session(session_id)
            patient = store.patient(kept.value.patient_id).value
            facts = SessionFacts(
                patient=patient,
                course=store.course(kept.value.course_id).value, session=kept.value, revision=kept.revision,
                last_on=self._last_on(self._earlier(store, kept.value)), names=_names(store, [kept.value]),
                judgement=self._judgement(store, kept.value, patient),
            )  # fmt: skip
        self._note(who, facts.patient.id, Opened.CHART, session_id)
        return facts

    def course_facts(self, who: Staff, course_id: UUID) -> CourseFacts:
        """Return all that a course's map says; raises CourseNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            course = store.course(course_id).value
            sessions = tuple(kept.value for kept in store.sessions_of(course_id))
            facts = CourseFacts(
                patient=store.patient(course.patient_id).value, course=course, sessions=sessions,
                names=_names(store, sessions),
            )  # fmt: skip
        self._note(who, facts.patient.id, Opened.MAP, course_id)
        return facts

    def course_map(
        self, who: Staff, course_id: UUID, view: str, numbers: Collection[int] | None = None
    ) -> CourseMap:
        """Return what the sessions of a course add up to on a view, or those of some numbers alone.

        Raises CourseNotFound, UnknownView.
        """
        need(who, Act.READ_CHARTS)
        facts = self.course_facts(who, course_id)
        sessions = [one for one in facts.sessions if numbers is None or one.number in numbers]
        figure = facts.sessions[-1].figure if facts.sessions else facts.patient.reference_figure
        return mapping.course_map(
            self._atlas, facts.course, sessions, facts.names, figure=figure, view=view, today=self.today,
            zone=self._zone,
        )  # fmt: skip

    # ---- patients, courses, staff --------------------------------------------------------------------------

    def worklist(self, who: Staff) -> tuple[PatientLine, ...]:
        """Return the patients to see to: those with sessions not signed first, then who was treated last."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            return self._patient_lines(
                store, [(one.patient.value, one.drafts) for one in store.worklist(LIST_LENGTH)]
            )

    def patients(self, who: Staff, text: str, limit: int = LIST_LENGTH) -> tuple[PatientLine, ...]:
        """Return the patients whose name, record number or birth date begins as the text says."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            found = [one.value for one in store.find_patients(text, min(max(limit, 1), LIST_LENGTH))]
            return self._patient_lines(store, [(patient, None) for patient in found])

    def patient(self, who: Staff, patient_id: UUID) -> PatientView:
        """Return a patient with all courses; raises PatientNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            view = self._patient_view(store, patient_id)
        self._note(who, patient_id, Opened.PATIENT, patient_id)
        return view

    def save_patient(self, who: Staff, patient: Patient, seen: int | None) -> PatientView:
        """Save a new patient (``seen`` None), or one of whom a revision was seen.

        The same new patient again is returned as stored. Raises AlreadyThere for a record number that
        is taken, StaleRevision, PatientNotFound, UnknownFigure.
        """
        need(who, Act.EDIT_PATIENTS)
        self._atlas.figure(patient.reference_figure)
        with self._store.writing() as store:
            if seen is None and _stored(store.patient, patient):
                return self._patient_view(store, patient.id)
            store.put_patient(patient, seen=seen, by=who.id, at=self._clock(), command_id=self._new_id())
            return self._patient_view(store, patient.id)

    def course(self, who: Staff, course_id: UUID) -> CourseLine:
        """Return a course with its sessions; raises CourseNotFound."""
        need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            line = self._course_line(store, store.course(course_id), {})
        self._note(who, line.course.patient_id, Opened.COURSE, course_id)
        return line

    def save_course(self, who: Staff, course: Course, seen: int | None) -> CourseLine:
        """Save a new course (``seen`` None), or one of which a revision was seen.

        Raises PatientNotFound, CourseNotFound, UnknownRegion, StaleRevision, AlreadyThere, and Conflict for a
        course that would go to another patient.
        """
        need(who, Act.EDIT_PATIENTS)
        with self._store.writing() as store:
            patient = store.patient(course.patient_id).value
            self._atlas.views_for(patient.reference_figure, course.region)
            if seen is not None and store.course(course.id).value.patient_id != course.patient_id:
                raise Conflict(f"course {course.id} belongs to another patient")
            if seen is None and (stored := _stored(store.course, course)):
                return self._course_line(store, stored, {})
            store.put_course(course, seen=seen, by=who.id, at=self._clock(), command_id=self._new_id())
            return self._course_line(store, store.course(course.id), {})

    def staff(self, who: Staff) -> tuple[StaffView, ...]:
        """Return everyone of the clinic's staff, those who have left too."""
        need(who, Act.RUN_CLINIC)
        with self._store.reading() as store:
            return tuple(StaffView(staff=one.value, revision=one.revision) for one in store.all_staff())

    def save_staff(self, who: Staff, staff: Staff, seen: int | None) -> StaffView:
        """Save a new member of staff (``seen`` None), or one of whom a revision was seen.

        Raises AlreadyThere for a sign-in name that is taken, StaleRevision, StaffNotFound, and Conflict if
        nobody would be left who may run the clinic.
        """
        need(who, Act.RUN_CLINIC)
        with self._store.writing() as store:
            others = (one.value for one in store.all_staff() if one.value.id != staff.id)
            if not any(may(one, Act.RUN_CLINIC) for one in (staff, *others)):
                raise Conflict("nobody would be left who may run the clinic")
            kept = _stored(store.staff, staff) if seen is None else None
            kept = kept or store.put_staff(
                staff, seen=seen, by=who.id, at=self._clock(), command_id=self._new_id()
            )
        return StaffView(staff=kept.value, revision=kept.revision)

    def readings(
        self, who: Staff, patient: UUID | str, limit: int = MOST_READINGS
    ) -> tuple[ReadingLine, ...]:
        """Return who has opened something of a patient's record and when, the last one first.

        The patient is named by id or by record number; raises PatientNotFound. What one person opens again
        within ten minutes is one reading; what a page looks up to keep itself up to date is none.
        """
        need(who, Act.SEE_READINGS)
        self._store.write_readings()
        with self._store.reading() as store:
            kept = store.patient(patient) if isinstance(patient, UUID) else _of_number(store, patient)
            found = store.readings(kept.value.id, min(max(limit, 1), MOST_READINGS))
            names = {one.value.id: one.value.name for one in store.all_staff()}
        return tuple(
            ReadingLine(
                at=one.at, by=one.by, name=names.get(one.by), opened=one.opened, subject_id=one.subject_id
            )
            for one in found
        )

    def usual_tray(self, who: Staff) -> UsualTray:
        """Return what is on the tray when a course begins."""
        if not may(who, Act.RUN_CLINIC):
            need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            return usual.stored(store)

    def save_usual_tray(self, who: Staff, tray: UsualTray, was: UsualTray) -> UsualTray:
        """Say what is on the tray when a course begins; sessions that there are stay as they are.

        Raises Conflict if it is no longer what was seen, BadRequest for a solution that cannot be.
        """
        need(who, Act.RUN_CLINIC)
        try:
            tray.solution(self._new_id)
        except ValidationError as misfit:
            raise _unfit(misfit) from None
        with self._store.writing() as store:
            if usual.stored(store) not in (was, tray):
                raise Conflict("the usual tray has changed meanwhile")
            store.put_setting(
                usual.KEY, tray.model_dump_json(), by=who.id, at=self._clock(), command_id=self._new_id()
            )
        return tray

    def rules(self, who: Staff) -> RuleBook:
        """Return the clinic's limits as they stand."""
        if not may(who, Act.RUN_CLINIC):
            need(who, Act.READ_CHARTS)
        with self._store.reading() as store:
            return limits.book_of(store)

    def save_rules(self, who: Staff, rules: Sequence[Rule], *, seen: int, reason: str) -> RuleBook:
        """Make these the clinic's limits, over the version that was seen; sessions signed before keep theirs.

        Raises Conflict if they are no longer what was seen, BadRequest without a reason.
        """
        need(who, Act.RUN_CLINIC)
        with self._store.writing() as store:
            if limits.book_of(store).version != seen:
                raise Conflict("the limits have changed meanwhile")
            at = self._clock()
            try:
                book = RuleBook(
                    version=seen + 1, rules=tuple(rules), changed_by=who.id, changed_at=at, reason=reason
                )
            except ValidationError as misfit:
                raise _unfit(misfit) from None
            store.put_setting(limits.KEY, book.model_dump_json(), by=who.id, at=at, command_id=self._new_id())
        return book

    def protocols(self, who: Staff) -> tuple[Protocol, ...]:
        """Return the published protocols, each with its citation."""
        need(who, Act.READ_CHARTS)
        return PUBLISHED

    def lay_down(
        self, who: Staff, session_id: UUID, protocol_id: str, laterality: Laterality, optional: bool = False
    ) -> LaidDown:
        """Return a protocol laid down on one side: what the tray still needs, and marks to plan.

        Nothing is stored: whoever asks places the marks, as planned, like any others. Raises
        SessionNotFound, NotFound for an unknown protocol, NotInAtlas.
        """
        need(who, Act.MARK)
        protocol = next((one for one in PUBLISHED if one.id == protocol_id), None)
        if protocol is None:
            raise NotFound(f"there is no protocol {protocol_id!r}")
        with self._store.reading() as store:
            session = store.session(session_id).value
        return lay_on(self._atlas, session, protocol, laterality, optional=optional, new_id=self._new_id)

    # ---- what the methods above are made of ----------------------------------------------------------------

    def _steps(
        self, who: Staff, store: Writer, session: Session, asks: Iterable[AnyAsk | Unreadable]
    ) -> tuple[list[tuple[StepAnswer, UUID | None]], Session, list[LogEntry]]:
        """Return each step's answer with the mark it is about, the session after them, and what to log."""
        answers: list[tuple[StepAnswer, UUID | None]] = []
        entries: list[LogEntry] = []
        done: dict[UUID, str] = {}
        for ask in asks:
            if isinstance(ask, Unreadable):
                refused = StepAnswer(id=ask.id, outcome=Outcome.REFUSED, code=ask.code, sentence=ask.sentence)
                answers.append((refused, None))
                continue
            asked = sha256_of(canonical(ask.model_dump(mode="json")))
            try:
                if _was_done(store, session.id, ask.id, asked, done):
                    outcome = StepAnswer(id=ask.id, outcome=Outcome.DUPLICATE)
                else:
                    command = _commanded(self._places, session, ask, who, self._clock())
                    session = _applied(session, command)
                    body = canonical(COMMAND.dump_python(command, mode="json"))
                    entries.append(LogEntry(ask.id, command.kind, who.id, command.at, body, asked))
                    done[ask.id] = asked
                    outcome = StepAnswer(id=ask.id, outcome=Outcome.APPLIED)
            except (StoreUnusable, BodyMapUnusable, ChainBroken):
                raise  # not the step's fault: the whole batch is to be sent again
            except ChartingError as trouble:
                outcome = StepAnswer(
                    id=ask.id, outcome=Outcome.REFUSED, code=trouble.code, sentence=trouble.sentence
                )
            answers.append((outcome, mark_of(ask)))
        return answers, session, entries

    def _note(self, who: Staff, patient_id: UUID, opened: Opened, subject_id: UUID) -> None:
        self._store.note_reading(Reading(self._clock(), who.id, patient_id, opened, subject_id))

    def _earlier(self, store: Reader, session: Session) -> list[Kept[Session]]:
        return [one for one in store.sessions_of(session.course_id) if one.value.number < session.number]

    def _standing(
        self, store: Reader, kept: Kept[Session], patient: Patient, earlier: Sequence[Kept[Session]]
    ) -> Standing:
        book = limits.book_of(store)
        return self._standings.standing(kept.value, kept.revision, earlier, patient.weight_kg, book)

    def _judgement(self, store: Reader, session: Session, patient: Patient) -> Judgement:
        if session.seal is not None:
            return session.seal.judged
        return judge(session, patient.weight_kg, limits.book_of(store))

    def _judged(self, store: Reader, session: Session) -> Judgement:
        """Return how a session to be signed stands to the limits; raises LimitPassed, MoreThanPrepared."""
        patient = store.patient(session.patient_id).value
        judgement = self._judgement(store, session, patient)
        left = limits.unanswered(session, judgement)
        if left:
            raise LimitPassed(f"session {session.id} passes {', '.join(one.rule for one in left)}")
        short = [solution for solution, ml in discarded(session).items() if ml < 0]
        if short:
            raise MoreThanPrepared(f"session {session.id} gives more than was prepared of {short[0]}")
        return judgement

    def _last_on(self, earlier: Sequence[Kept[Session]]) -> date | None:
        return showing.day_of(earlier[-1].value.started_at, self._zone) if earlier else None

    def _tray(self, store: Reader, sessions: Sequence[Session]) -> tuple[Solution, ...]:
        """Return what a new session's tray holds: as the last one's, under new ids, and not yet prepared."""
        if sessions and sessions[-1].solutions:
            return tuple(
                one.model_copy(update={"id": self._new_id(), "lots": "", "prepared_ml": None, "recipe": None})
                for one in sessions[-1].solutions
            )
        return (usual.stored(store).solution(self._new_id),)

    def _session_view(self, who: Staff, store: Reader, kept: Kept[Session]) -> SessionView:
        session = kept.value
        course = store.course(session.course_id).value
        patient = store.patient(session.patient_id).value
        earlier = self._earlier(store, session)
        return SessionView(
            session_id=session.id, number=session.number, started_at=session.started_at,
            clinician=store.staff(session.clinician_id).value.name, figure=session.figure,
            atlas_version=self._atlas.version, atlas_sha256=self._atlas.sha256,
            patient=patient, course=course,
            last_on=self._last_on(earlier),
            may_write=may(who, Act.MARK) and session.seal is None,
            marks=showing.mark_views(self._places, session, session.live),
            standing=self._standing(store, kept, patient, earlier),
            usual=usual.stored(store),
        )  # fmt: skip

    def _patient_view(self, store: Reader, patient_id: UUID) -> PatientView:
        kept = store.patient(patient_id)
        names: dict[UUID, str] = {}
        courses = tuple(self._course_line(store, one, names) for one in store.courses_of(patient_id))
        return PatientView(patient=kept.value, revision=kept.revision, courses=courses)

    def _course_line(self, store: Reader, kept: Kept[Course], names: dict[UUID, str]) -> CourseLine:
        sessions = [one.value for one in store.sessions_of(kept.value.id)]
        names.update(_names(store, sessions, names))
        lines = [showing.session_line(one, names[one.clinician_id]) for one in sessions]
        return showing.course_line(kept.value, kept.revision, lines, self._zone)

    def _patient_lines(
        self, store: Reader, patients: Iterable[tuple[Patient, int | None]]
    ) -> tuple[PatientLine, ...]:
        """Return patients with the course treated last; drafts that are not known are counted."""
        names: dict[UUID, str] = {}
        lines = []
        for patient, drafts in patients:
            courses = [self._course_line(store, one, names) for one in store.courses_of(patient.id)]
            if drafts is None:
                drafts = sum(not line.signed for course in courses for line in course.sessions)
            last = max(
                (course for course in courses if course.sessions),
                key=lambda course: course.sessions[0].started_at,
                default=courses[0] if courses else None,
            )
            lines.append(PatientLine(patient=patient, course=last, drafts=drafts))
        return tuple(lines)


def _named(session: Session, wanted: Collection[UUID]) -> dict[UUID, Mark]:
    """Return the marks of these ids, those that there are; the latest are found at once."""
    found: dict[UUID, Mark] = {}
    for mark in reversed(session.marks):
        if len(found) == len(wanted):
            break
        if mark.id in wanted:
            found[mark.id] = mark
    return found


def _commanded(places: Places, session: Session, ask: AnyAsk, who: Staff, at: datetime) -> Command:
    try:
        return command_of(places, session, ask, by=who.id, at=at)
    except ValidationError as misfit:
        raise _unfit(misfit) from None


def _applied(session: Session, command: Command) -> Session:
    try:
        return apply(session, command)
    except ValidationError as misfit:
        raise _unfit(misfit) from None


def _unfit(misfit: ValidationError) -> BadRequest:
    # without what was put in: it may be a clinician's note
    return BadRequest(misfit.errors(include_url=False, include_input=False, include_context=False)[0]["msg"])


def _was_done(
    store: Reader, session_id: UUID, command_id: UUID, asked: str, done: Mapping[UUID, str]
) -> bool:
    """Say whether a step was carried out before; raises CommandReused if its id was another step's."""
    if command_id in done:
        same = done[command_id] == asked
    elif (logged := store.logged(command_id)) is None:
        return False
    else:
        same = (logged.subject_id, logged.asked_sha256) == (session_id, asked)
    if not same:
        raise CommandReused(f"command {command_id} was another one")
    return True


def _stored(find: Callable[[UUID], Kept[Value]], value: Value) -> Kept[Value] | None:
    """Return what is stored under a new value's id if it is that very value: it was sent twice."""
    try:
        kept = find(value.id)
    except NotFound:
        return None
    return kept if kept.value == value else None


def _of_number(store: Reader, record_number: str) -> Kept[Patient]:
    kept = store.patient_by_record_number(record_number)
    if kept is None:
        raise PatientNotFound("the record holds no patient of this record number")
    return kept


def _session_or_none(store: Reader, session_id: UUID) -> Kept[Session] | None:
    try:
        return store.session(session_id)
    except SessionNotFound:
        return None


def _names(
    store: Reader, sessions: Collection[Session], known: Mapping[UUID, str] | None = None
) -> dict[UUID, str]:
    known = known or {}
    ids = {one.clinician_id for one in sessions} | {one.seal.by for one in sessions if one.seal}
    return {one: known.get(one) or store.staff(one).value.name for one in sorted(ids)}
