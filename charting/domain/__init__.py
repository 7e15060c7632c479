"""The words of the clinic and the values made of them; no input, no output, no clock.

The glossary. Every name in the code is one of these words or a word from geometry.

    Figure      a reference body in anatomical position: adult male, adult female
    View        one projection of a figure; a Body map is the drawing of a view
    Structure   a named part of anatomy with a stable id that includes the joint: ``knee.mcl.tibial``
    Site        a structure with its laterality and, where it has them, level or digit
    Laterality  left, right or midline: the patient's, never the screen's
    Frame       a coordinate system, always named in the docstring
    reach       how far a tap may miss a site and still mean it, in millimetres
    anchor      where a structure lies in the body: a point, or a short curve
    patch       where a finger touches the skin to mean that structure: a curve and a radius
    landmark    a bony point that a finger can feel
    Course      a planned series of sessions for one problem of one patient
    Session     one sitting in which injections are given (a browser's sign-in is a login)
    Mark        what was injected at one place of a body map: a point, a track or a field
    puncture    a skin entry; a deposit is a bolus at one bony contact
    planned, given, skipped: the states of a mark; only what was given counts
    Solution    what is in the syringe; its components are agents at their final strengths
    tray        what the next mark inherits: solution, mL, needle, depth, guidance, technique
    Command     everything that can happen to a session: one command, one step
    revision    how often a session has been changed; kept beside it, never inside
    seal        a session's signature: from then on it is a record
    withdrawn   taken back before the seal; kept, so that taking back is exact

Two frames, both in millimetres of the reference figure, not of the patient:

    body frame  DICOM patient axes (LPS): +x to the patient's left, +y posterior, +z superior;
                the origin is midway between the hip joint centres
    view frame  x to the right of the drawing, y down it; one unit of its SVG is one millimetre
"""

from charting.domain.amounts import milligrams, words_of
from charting.domain.commands import (
    COMMAND,
    AddSolution,
    ChangeMark,
    ChangeSolution,
    Command,
    MoveMark,
    NameMark,
    PlaceMark,
    RestoreMark,
    SetDetails,
    SetState,
    WithdrawMark,
    apply,
)
from charting.domain.courses import Course, Sides
from charting.domain.documents import canonical, document_of, sha256_of
from charting.domain.errors import (
    AlreadyThere,
    AtlasDiffers,
    AtlasTooNew,
    BadRequest,
    BodyMapUnusable,
    ChainBroken,
    ChartFailed,
    ChartingError,
    CommandReused,
    Conflict,
    CourseNotFound,
    DetailsChanged,
    LimitPassed,
    Locked,
    MarkChanged,
    MarkNotFound,
    MoreThanPrepared,
    NotAllowed,
    NotAPlace,
    NotFound,
    NotInAtlas,
    NotReadyToSign,
    OffBodyMap,
    PatientNotFound,
    SessionFull,
    SessionNotFound,
    SessionSealed,
    SignInNeeded,
    SolutionNotFound,
    StaffNotFound,
    StaleRevision,
    StoreFull,
    StoreUnusable,
    TooLarge,
    TooManyTries,
    Unknown,
    UnknownFigure,
    UnknownRegion,
    UnknownSite,
    UnknownStructure,
    UnknownView,
    WeakPassword,
    WrongKey,
    WrongSide,
    WrongSignIn,
)
from charting.domain.ids import Id
from charting.domain.laterality import Laterality
from charting.domain.marks import (
    FieldShape,
    Guidance,
    Injection,
    MapRef,
    Mark,
    MarkState,
    PointShape,
    Shape,
    Technique,
    TrackShape,
    middle_of,
    shape_of,
)
from charting.domain.notices import Notice, Weight
from charting.domain.people import Patient, Role, Sex, Staff
from charting.domain.places import BodyPoint, ViewPoint
from charting.domain.sessions import Details, Seal, Session, numbers
from charting.domain.sites import Site
from charting.domain.solutions import Component, Solution
from charting.domain.totals import Totals, totals
from charting.domain.values import Record

__all__ = [
    "COMMAND",
    "AddSolution",
    "AlreadyThere",
    "AtlasDiffers",
    "AtlasTooNew",
    "BadRequest",
    "BodyMapUnusable",
    "BodyPoint",
    "ChainBroken",
    "ChangeMark",
    "ChangeSolution",
    "ChartFailed",
    "ChartingError",
    "Command",
    "CommandReused",
    "Component",
    "Conflict",
    "Course",
    "CourseNotFound",
    "Details",
    "DetailsChanged",
    "FieldShape",
    "Guidance",
    "Id",
    "Injection",
    "Laterality",
    "LimitPassed",
    "Locked",
    "MapRef",
    "Mark",
    "MarkChanged",
    "MarkNotFound",
    "MarkState",
    "MoreThanPrepared",
    "MoveMark",
    "NameMark",
    "NotAPlace",
    "NotAllowed",
    "NotFound",
    "NotInAtlas",
    "NotReadyToSign",
    "Notice",
    "OffBodyMap",
    "Patient",
    "PatientNotFound",
    "PlaceMark",
    "PointShape",
    "Record",
    "RestoreMark",
    "Role",
    "Seal",
    "Session",
    "SessionFull",
    "SessionNotFound",
    "SessionSealed",
    "SetDetails",
    "SetState",
    "Sex",
    "Shape",
    "Sides",
    "SignInNeeded",
    "Site",
    "Solution",
    "SolutionNotFound",
    "Staff",
    "StaffNotFound",
    "StaleRevision",
    "StoreFull",
    "StoreUnusable",
    "Technique",
    "TooLarge",
    "TooManyTries",
    "Totals",
    "TrackShape",
    "Unknown",
    "UnknownFigure",
    "UnknownRegion",
    "UnknownSite",
    "UnknownStructure",
    "UnknownView",
    "ViewPoint",
    "WeakPassword",
    "Weight",
    "WithdrawMark",
    "WrongKey",
    "WrongSide",
    "WrongSignIn",
    "apply",
    "canonical",
    "document_of",
    "middle_of",
    "milligrams",
    "numbers",
    "sha256_of",
    "shape_of",
    "totals",
    "words_of",
]
