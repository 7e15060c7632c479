"""What the desk answers: the same to a page and over the interface."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import AwareDatetime

from charting.coursemap import Change
from charting.desk.usual import UsualTray
from charting.domain import (
    Course,
    Details,
    Id,
    Laterality,
    Mark,
    Notice,
    Patient,
    Record,
    Seal,
    Session,
    Shape,
    Solution,
    Staff,
    Totals,
    ViewPoint,
)
from charting.domain.verdicts import Judgement
from charting.store import Opened


class Outcome(StrEnum):
    """Carried out now, carried out before under the same id, or refused."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class SiteOffer(Record):
    """A site by its key and in words, and how far the mark is from it in mm."""

    key: str
    name: str
    outside: float


class MarkView(Record):
    """A mark as it is shown: its number (none unless it counts), its name, and the next best names."""

    mark: Mark
    number: int | None
    name: str
    others: tuple[SiteOffer, ...] = ()


class StepAnswer(Record):
    """What became of one step; ``mark`` is the mark it named as it is now, also where it was refused."""

    id: Id
    outcome: Outcome
    code: str | None = None
    sentence: str | None = None
    mark: MarkView | None = None


class Standing(Record):
    """How a session stands at a revision; ``numbers`` has the number of each given mark by its id.

    ``judgement`` is how what was given stands to the clinic's limits; what it warns of is among the notices.
    """

    session_id: Id
    revision: int
    numbers: dict[Id, int]
    totals: Totals
    notices: tuple[Notice, ...]
    solutions: tuple[Solution, ...]
    details: Details
    seal: Seal | None
    judgement: Judgement | None = None


class BatchAnswer(Record):
    """What became of a batch, and how the session stands after it."""

    steps: tuple[StepAnswer, ...]
    standing: Standing


class Changes(Record):
    """The marks that changed after a revision, withdrawn ones among them, and how the session stands now."""

    marks: tuple[MarkView, ...]
    standing: Standing


class SessionView(Record):
    """A session with whom it is of and what it belongs to; ``marks`` without the withdrawn ones.

    ``may_write`` says whether whoever asks may change it now. ``last_on`` is the day of the session before,
    ``usual`` what a first mark inherits that has nothing to inherit from.
    """

    session_id: Id
    number: int
    started_at: AwareDatetime
    clinician: str
    figure: str
    atlas_version: str
    atlas_sha256: str
    patient: Patient
    course: Course
    last_on: date | None
    may_write: bool
    marks: tuple[MarkView, ...]
    standing: Standing
    usual: UsualTray


class Ghost(Record):
    """An earlier session of the same course, with the marks given in it."""

    session_id: Id
    number: int
    on: date
    signed: bool
    marks: tuple[MarkView, ...]


class SessionLine(Record):
    """A session in a list: when, how much, and whether it is signed."""

    session_id: Id
    course_id: Id
    patient_id: Id
    number: int
    started_at: AwareDatetime
    clinician: str
    marks: int
    ml: Decimal
    signed: bool
    pain_before: int | None = None
    pain_after: int | None = None


class CourseLine(Record):
    """A course in a list, with its sessions, the last first, and when the next is due."""

    course: Course
    revision: int
    sessions: tuple[SessionLine, ...]
    due_on: date | None


class PatientLine(Record):
    """A patient in the worklist: the course that was treated last, and whether a draft waits to be signed."""

    patient: Patient
    course: CourseLine | None
    drafts: int


class PatientView(Record):
    """A patient with all courses."""

    patient: Patient
    revision: int
    courses: tuple[CourseLine, ...]


class StaffView(Record):
    """A member of staff, and how often that has been saved."""

    staff: Staff
    revision: int


class ReadingLine(Record):
    """That someone opened something of a patient's record.

    ``name`` is none where that was done at the machine's command line; ``subject_id`` is the id of what was
    opened: a chart is of a session, a map of a course.
    """

    at: AwareDatetime
    by: Id
    name: str | None
    opened: Opened
    subject_id: Id


class SessionFacts(Record):
    """All that a session's chart says; ``names`` are those of the staff who took part, by their ids.

    ``judgement`` is how it stands to the clinic's limits: as of now, or as it did when it was signed.
    ``last_on`` is the day of the session before.
    """

    patient: Patient
    course: Course
    session: Session
    revision: int
    last_on: date | None
    names: dict[Id, str]
    judgement: Judgement


class CourseFacts(Record):
    """All that a course's map says: its sessions in their order, and the names of the staff who took part."""

    patient: Patient
    course: Course
    sessions: tuple[Session, ...]
    names: dict[Id, str]


class MapMark(Record):
    """A given mark on a view of a course map, in that view's frame (mm).

    ``at`` is where its middle falls; ``shape`` its own where it was made on this view, none elsewhere.
    ``number`` is its number in its session, ``spot`` that of its spot.
    """

    session_id: Id
    mark_id: Id
    number: int
    spot: int
    at: ViewPoint
    shape: Shape | None
    visible: bool
    name: str
    ml: Decimal


class SpotView(Record):
    """A place of the body that was treated, in one session or several.

    ``at`` is where the middle of its marks falls on the view, in its frame (mm); ``sessions`` are numbers.
    """

    number: int
    name: str
    site: str | None
    laterality: Laterality
    times: int
    sessions: tuple[int, ...]
    last_on: date
    days_ago: int
    ml: Decimal
    at: ViewPoint
    visible: bool


class SiteSum(Record):
    """What a course gave at one site, and how its last session differs from the one before there."""

    site: str | None
    laterality: Laterality
    name: str
    times: int
    marks: int
    deposits: int
    ml: Decimal
    last_on: date
    change: Change


class SpotsSinceLast(Record):
    """The numbers of the spots that the last session treated and the one before did not, and so on."""

    now: tuple[int, ...]
    before: tuple[int, ...]
    both: tuple[int, ...]


class CourseMap(Record):
    """What the sessions of a course add up to, on one view; ``sessions`` in their order."""

    course_id: Id
    figure: str
    view: str
    atlas_sha256: str
    today: date
    sessions: tuple[SessionLine, ...]
    marks: tuple[MapMark, ...]
    spots: tuple[SpotView, ...]
    sites: tuple[SiteSum, ...]
    since_last: SpotsSinceLast
