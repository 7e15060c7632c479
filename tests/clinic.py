"""A small clinic to try things on: a store in a temporary file, the real atlas, and asks as a browser's."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely

from charting.anatomy import Atlas, View
from charting.desk import Desk
from charting.desk.answers import BatchAnswer, MarkView, SessionView, StepAnswer
from charting.desk.asks import AskMove, AskPlace, Batch
from charting.domain import Course, Injection, Patient, PointShape, Shape, Solution, Staff, ViewPoint
from charting.store import Store, open_store
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, KNEE, NURSE, START, Ids, an_id

KEY = bytes(range(32))
OTHER_DOCTOR = Staff(id=an_id(4), sign_in="haddad", name="Dr. L. Haddad", role=DOCTOR.role)
KNEE_VIEW = "knee_right_medial"


class Clock:
    """A clock that goes on a second at every look."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def found(store: Store) -> None:
    """Make a clinic of an empty store: staff, a patient and a course."""
    ids = Ids(2_000_000)
    store.upgrade()
    with store.writing() as writer:
        for member in (ADMINISTRATOR, DOCTOR, NURSE, OTHER_DOCTOR):
            writer.put_staff(member, seen=None, by=None, at=START, command_id=ids())
        writer.put_patient(ANNE, seen=None, by=NURSE.id, at=START, command_id=ids())
        writer.put_course(KNEE, seen=None, by=NURSE.id, at=START, command_id=ids())


@cache
def _new_clinic() -> bytes:
    """Return the file of a store with staff, a patient and a course; making one anew takes long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        with open_store(f"sqlite:///{path}", key=KEY) as store:
            found(store)
        # the last connection that closes leaves one whole file behind
        assert not path.with_name("new.db-wal").exists()
        return path.read_bytes()


class Clinic:
    """A clinic with staff, a patient and a course; ``place`` and the like make asks as a browser does."""

    def __init__(self, folder: Path, atlas: Atlas) -> None:
        self.store = self.open(folder)
        self.atlas = atlas
        self.clock = Clock()
        self.ids = Ids()
        self.asked = Ids(9_000_000)
        self.desk = Desk(self.store, atlas, clock=self.clock, new_id=self.ids)

    def open(self, folder: Path) -> Store:
        """Open the store that the clinic's record is kept in."""
        path = folder / "clinic.db"
        path.write_bytes(_new_clinic())
        return open_store(f"sqlite:///{path}", key=KEY)

    def add(self, patient: Patient, *courses: Course) -> None:
        self.desk.save_patient(NURSE, patient, None)
        for course in courses:
            self.desk.save_course(NURSE, course, None)

    def start(self, course: Course = KNEE) -> SessionView:
        return self.desk.start_session(DOCTOR, course.id, id=self.asked())

    def view(self, view: str = KNEE_VIEW) -> View:
        return self.atlas.view("adult_female", view)

    def on_figure(self, view: str = KNEE_VIEW) -> ViewPoint:
        """Return a point well inside the figure."""
        inside = self.view(view).silhouette.buffer(-15).representative_point()
        return ViewPoint(inside.x, inside.y)

    def solution(self, view: SessionView) -> Solution:
        return view.standing.solutions[0]

    def step(self, **more: Any) -> dict[str, Any]:
        return {"id": self.asked(), "made_at": START, **more}

    def ask_place(
        self, session: SessionView, shape: Shape | None = None, *, view: str = KNEE_VIEW, **more: Any
    ) -> AskPlace:
        injection = Injection(solution_id=self.solution(session).id, ml_each=Decimal("0.5"))
        asked = {
            "mark_id": self.asked(), "view": view, "atlas_sha256": self.atlas.sha256,
            "shape": shape or more.get("shape") or PointShape(at=self.on_figure(view)),
            "reach": 3.0, "injection": injection,
        }  # fmt: skip
        return AskPlace(**self.step(**{**asked, **more}))

    def ask_move(self, mark: MarkView, shape: Shape, **more: Any) -> AskMove:
        asked = {
            "mark_id": mark.mark.id, "seen": mark.mark.revision, "view": mark.mark.map.view,
            "atlas_sha256": self.atlas.sha256, "shape": shape, "reach": 3.0,
        }  # fmt: skip
        return AskMove(**self.step(**{**asked, **more}))

    def carry_out(self, session_id: UUID, *asks: Any, who: Staff = DOCTOR) -> BatchAnswer:
        return self.desk.carry_out(who, session_id, Batch(commands=asks))

    def do(self, session_id: UUID, ask: Any, who: Staff = DOCTOR) -> StepAnswer:
        """Carry out one step and return what became of it."""
        (answer,) = self.carry_out(session_id, ask, who=who).steps
        return answer

    def placed(self, session: SessionView, shape: Shape | None = None, **more: Any) -> MarkView:
        """Place a mark and return it as it is shown."""
        answer = self.do(session.session_id, self.ask_place(session, shape, **more))
        assert answer.outcome == "applied", answer
        assert answer.mark is not None
        return answer.mark

    def close(self) -> None:
        self.store.close()


def square(middle: ViewPoint, half: float) -> list[ViewPoint]:
    """Return the corners of a square around a point."""
    box = shapely.box(middle.x - half, middle.y - half, middle.x + half, middle.y + half)
    return [ViewPoint(x, y) for x, y in list(box.exterior.coords)[:-1]]
