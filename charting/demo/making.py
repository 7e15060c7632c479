"""How the demo is made: one day after the other, each step as a browser would ask for it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import shapely

from charting.access import Logins
from charting.anatomy import Atlas, View, name_tap, project
from charting.demo.patients import PEOPLE, Person, Problem, Sitting
from charting.demo.protocols import Followed, Given, Syringe
from charting.desk import Desk
from charting.desk.answers import Outcome, SessionView
from charting.desk.asks import (
    AnyAsk,
    AskAddSolution,
    AskChangeSolution,
    AskDetails,
    AskMove,
    AskPlace,
    AskRestore,
    AskWithdraw,
    Batch,
)
from charting.domain import (
    ChartingError,
    Component,
    Course,
    Details,
    FieldShape,
    Injection,
    MarkState,
    Patient,
    PointShape,
    Role,
    Shape,
    Solution,
    Staff,
    TrackShape,
    ViewPoint,
    middle_of,
)
from charting.settings import Settings
from charting.store import Store

Progress = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""

HAND = 1.4
"""mm by which the invented hand misses an anchor, as a standard deviation."""

REACH = 4.0
"""mm by which a finger may miss a site and still mean it, as in a browser at a usual zoom."""

LATEST = timedelta(minutes=45)
"""How long before now the last session of today began, however early in the day it is."""


@dataclass(frozen=True)
class Account:
    """Who signs in to the demo, and with which password; nobody but the demo has such an account."""

    sign_in: str
    name: str
    role: Role
    password: str


ACCOUNTS = (
    Account("doctor", "Dr. Rosalind Osei", Role.DOCTOR, "amber-river-kettle"),
    Account("nurse", "Mathieu Lavoie, RN", Role.NURSE, "copper-meadow-lamp"),
    Account("admin", "Kerstin Bergström", Role.ADMINISTRATOR, "silver-garden-clock"),
)


def make_demo(
    store: Store,
    atlas: Atlas,
    settings: Settings,
    *,
    now: datetime,
    zone: tzinfo,
    progress: Progress | None = None,
) -> None:
    """Fill an empty store with the demo's clinic, as of ``now`` in a time zone.

    The same moment and zone give the same record, ids included; only the passwords' hashes differ.
    """
    _Making(store, atlas, settings, now, zone).run(progress or (lambda _done, _of: None))


class _Clock:
    """A clock that is set, and goes on some seconds at every look."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=19)
        return self.now


@dataclass
class _Making:
    store: Store
    atlas: Atlas
    settings: Settings
    now: datetime
    zone: tzinfo
    numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.today = self.now.astimezone(self.zone).date()
        self.clock = _Clock(self._moment(200, (8, 0)))
        self.desk = Desk(self.store, self.atlas, clock=self.clock, new_id=self.new_id, zone=self.zone)
        self.admin, self.nurse, self.doctor, self.other_doctor = (
            Staff(id=self.new_id(), sign_in=sign_in, name=name, role=role)
            for sign_in, name, role in (
                *((one.sign_in, one.name, one.role) for one in reversed(ACCOUNTS)),
                ("haddad", "Dr. Lucien Haddad", Role.DOCTOR),
            )
        )

    def run(self, progress: Progress) -> None:
        """Do everything that ever happened in the demo's clinic, in the order in which it did."""
        steps: list[tuple[datetime, Callable[[], object]]] = [(self.clock.now, self._staff)]
        for person in PEOPLE:
            steps += self._of_person(person)
        steps.sort(key=lambda step: step[0])
        for done, (at, step) in enumerate(steps):
            progress(done, len(steps))
            self.clock.now = at
            step()
        progress(len(steps), len(steps))

    def new_id(self) -> UUID:
        """Return the next id: of version 7, with the time of the clock, and otherwise from its number."""
        number = next(self.numbers)
        stamp = int(self.clock.now.timestamp() * 1000)
        chance = int.from_bytes(sha256(b"demo %d" % number).digest()[:8]) & 0x3FFF_FFFF_FFFF_FFFF
        return UUID(int=stamp << 80 | 0x7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | chance)

    # ---- who -----------------------------------------------------------------------------------------------

    def _staff(self) -> None:
        with self.store.writing() as record:
            record.put_staff(self.admin, seen=None, by=None, at=self.clock(), command_id=self.new_id())
        for member in (self.doctor, self.other_doctor, self.nurse):
            self.desk.save_staff(self.admin, member, None)
        logins = Logins(self.store, self.clock, self.settings, new_id=self.new_id)
        by_name = {one.sign_in: one.id for one in (self.admin, self.nurse, self.doctor)}
        for account in ACCOUNTS:
            logins.set_password(by_name[account.sign_in], account.password, by=self.admin.id)

    def _of_person(self, person: Person) -> list[tuple[datetime, Callable[[], object]]]:
        first = max(
            (sitting.days_ago for problem in person.problems for sitting in problem.sittings), default=0
        )
        registered = self._moment(first + 8, (15, 20))
        patient = Patient(
            id=self._id_at(registered), record_number=person.record_number, family_name=person.family_name,
            given_names=person.given_names, born=date.fromisoformat(person.born), sex=person.sex,
            weight_kg=Decimal(person.weight_kg) if person.weight_kg else None,
            weighed_on=self._day(first + 8) if person.weight_kg else None,
            allergies=person.allergies, cautions=person.cautions, **person.more,
        )  # fmt: skip
        steps: list[tuple[datetime, Callable[[], object]]] = [
            (registered, lambda: self.desk.save_patient(self.nurse, patient, None))
        ]
        for problem in person.problems:
            steps += self._of_problem(patient, problem)
        return steps

    def _of_problem(self, patient: Patient, problem: Problem) -> list[tuple[datetime, Callable[[], object]]]:
        earlier = problem.sittings[0].days_ago + 6 if problem.sittings else problem.opened_days_ago
        opened = self._moment(earlier, (15, 40))
        course = Course(
            id=self._id_at(opened), patient_id=patient.id, problem=problem.problem, region=problem.region,
            sides=problem.sides, indication=problem.indication, planned_sessions=problem.planned_sessions,
            every_days=problem.every_days, opened_on=self._day(earlier),
        )  # fmt: skip
        steps: list[tuple[datetime, Callable[[], object]]] = [
            (opened, lambda: self.desk.save_course(self.nurse, course, None))
        ]
        for number, sitting in enumerate(problem.sittings, start=1):
            at = self._moment(sitting.days_ago, sitting.at)
            chance = random.Random(f"{patient.record_number} {problem.problem} {number}")
            hold = _Sitting(self, course, problem, sitting, chance)
            steps.append((at, hold.hold))
        if problem.closed_days_ago is not None:
            closed = course.model_copy(update={"closed_on": self._day(problem.closed_days_ago)})
            steps.append(
                (
                    self._moment(problem.closed_days_ago, (16, 0)),
                    lambda: self.desk.save_course(self.nurse, closed, 1),
                )
            )
        return steps

    def _id_at(self, at: datetime) -> UUID:
        self.clock.now = at
        return self.new_id()

    # ---- when ----------------------------------------------------------------------------------------------

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def _moment(self, days_ago: int, at: tuple[int, int]) -> datetime:
        moment = datetime.combine(self._day(days_ago), time(*at), self.zone)
        return min(moment.astimezone(self.now.tzinfo), self.now - LATEST)


@dataclass
class _Sitting:
    making: _Making
    course: Course
    problem: Problem
    sitting: Sitting
    chance: random.Random

    def hold(self) -> None:
        """Start a session, do what is done in it, and sign it unless it is to stay a draft."""
        desk = self.making.desk
        who = self.making.other_doctor if self.sitting.by_other_doctor else self.making.doctor
        session = desk.start_session(who, self.course.id, id=self.making.new_id())
        follows = self.problem.follows
        asks: list[AnyAsk] = []
        solutions = self._tray(session, follows.syringes, asks)
        before, after = self.sitting.pain
        started = Details(pain_before=before)
        asks.append(AskDetails(**self._step(), details=started, was=session.standing.details))
        places = [
            self._place(session, given, solutions, follows, state)
            for given, state in self._states(follows.given)
        ]
        asks += places
        if self.sitting.second_thoughts:
            asks += self._second_thoughts(places)
        if after is not None or self.sitting.plan:
            ended = Details(pain_before=before, pain_after=after, note=follows.words, plan=self.sitting.plan)
            asks.append(AskDetails(**self._step(), details=ended, was=started))
        answer = desk.carry_out(who, session.session_id, Batch(commands=tuple(asks)))
        for step in answer.steps:
            if step.outcome is not Outcome.APPLIED:
                raise ChartingError(f"the demo cannot be made: {step.code}")
        if self.sitting.signed:
            standing = answer.standing
            desk.seal(who, session.session_id, revision=standing.revision, marks=len(standing.numbers))

    def _step(self) -> dict[str, Any]:
        return {"id": self.making.new_id(), "made_at": self.making.clock.now}

    # ---- the tray ------------------------------------------------------------------------------------------

    def _tray(self, session: SessionView, syringes: Sequence[Syringe], asks: list[AnyAsk]) -> list[Solution]:
        """Ask for what the protocol has on the tray, drawn up today, and return it."""
        lot = f"D50 {self.chance.randrange(1000, 9999)}{self.chance.choice('ABCDEF')}"
        tray = list(session.standing.solutions)
        filled = []
        for number, syringe in enumerate(syringes):
            solution = Solution(
                id=tray[number].id if number < len(tray) else self.making.new_id(), name=syringe.name,
                components=tuple(
                    Component(agent=agent, percent=Decimal(percent)) for agent, percent in syringe.agents
                ),
                lots=lot, prepared_ml=Decimal(syringe.prepared_ml) if syringe.prepared_ml else None,
            )  # fmt: skip
            if number < len(tray):
                asks.append(AskChangeSolution(**self._step(), solution=solution, was=tray[number]))
            else:
                asks.append(AskAddSolution(**self._step(), solution=solution))
            filled.append(solution)
        return filled

    # ---- the marks -----------------------------------------------------------------------------------------

    def _states(self, given: Sequence[Given]) -> list[tuple[Given, MarkState]]:
        first = len(given) if self.sitting.given is None else self.sitting.given
        states = [
            *[MarkState.GIVEN] * first,
            *[MarkState.PLANNED] * self.sitting.planned,
            *[MarkState.SKIPPED] * self.sitting.skipped,
        ]
        return list(zip(given, states, strict=False))

    def _place(
        self,
        session: SessionView,
        given: Given,
        solutions: Sequence[Solution],
        follows: Followed,
        state: MarkState,
    ) -> AskPlace:
        side = str(self.course.sides)
        view = self.making.atlas.view(session.figure, given.view.format(side=side))
        sites = [site.format(side=side) for site in given.sites]
        shape, named = self._drawn(view, given, sites)
        return AskPlace(
            **self._step(), mark_id=self.making.new_id(), view=view.id,
            atlas_sha256=self.making.atlas.sha256, shape=shape, reach=REACH, state=state,
            chosen=not named, site=None if named else sites[len(sites) // 2],
            provenance="" if state is MarkState.GIVEN else f"from session {session.number - 1}",
            injection=Injection(
                solution_id=solutions[given.syringe].id, ml_each=Decimal(given.ml_each),
                deposits=given.deposits, punctures=given.punctures, to_bone=given.to_bone,
                needle=follows.needle, guidance=given.guidance, technique=given.technique,
            ),
        )  # fmt: skip

    def _drawn(self, view: View, given: Given, sites: Sequence[str]) -> tuple[Shape, bool]:
        """Return a shape as a hand draws it, and whether the place alone names the site that is meant.

        A hand that would mean another site is made steadier, until what is left is the site's own anchor.
        """
        anchors = _anchors(view, sites, given)
        for steadiness in (1.0, 0.5, 0.25, 0.0):
            shape = self._by_hand(given, anchors, HAND * steadiness)
            best = name_tap(view, middle_of(shape), REACH).best
            if best is not None and best.site.key in sites:
                return shape, True
        return shape, False

    def _by_hand(self, given: Given, anchors: Sequence[ViewPoint], miss: float) -> Shape:
        by_hand = [self._missed(point, miss) for point in anchors]
        match given.kind:
            case "track":
                return TrackShape(path=tuple(by_hand))
            case "field":
                return FieldShape(outline=tuple(self._outline(by_hand, given.wide, miss)))
            case _:
                return PointShape(at=by_hand[0])

    def _missed(self, point: ViewPoint, miss: float) -> ViewPoint:
        dx, dy = (max(-2 * miss, min(2 * miss, self.chance.gauss(0, miss))) for _ in "xy")
        return ViewPoint(round(point.x + dx, 3), round(point.y + dy, 3))

    def _outline(self, around: Sequence[ViewPoint], wide: float, miss: float) -> list[ViewPoint]:
        """Return a lasso around points: an oval that no hand closes as a circle."""
        middle = shapely.MultiPoint([(one.x, one.y) for one in around]).centroid
        lobes = [(self.chance.uniform(0, math.tau), self.chance.uniform(0, miss)) for _ in range(3)]
        outline = []
        for step in range(28):
            angle = math.tau * step / 28
            radius = wide + sum(
                size * math.sin((lobe + 2) * angle + turn) for lobe, (turn, size) in enumerate(lobes)
            )
            outline.append(
                ViewPoint(
                    round(middle.x + 0.8 * radius * math.cos(angle), 3),
                    round(middle.y + radius * math.sin(angle), 3),
                )
            )
        return outline

    def _second_thoughts(self, places: Sequence[AskPlace]) -> list[AnyAsk]:
        """Return what happens on the way: a mark is put right, one comes back, one was a mistake."""
        first, second, *_ = [one for one in places if isinstance(one.shape, PointShape)]
        at = middle_of(first.shape)
        mistake = second.model_copy(update={**self._step(), "mark_id": self.making.new_id()})
        return [
            AskMove(
                **self._step(), mark_id=first.mark_id, seen=1, view=first.view,
                atlas_sha256=first.atlas_sha256, shape=PointShape(at=ViewPoint(at.x + 1.2, at.y - 0.8)),
                reach=REACH, chosen=first.chosen, site=first.site,
            ),
            AskWithdraw(**self._step(), mark_id=second.mark_id, seen=1),
            AskRestore(**self._step(), mark_id=second.mark_id, seen=2),
            mistake,
            AskWithdraw(**self._step(), mark_id=mistake.mark_id, seen=1),
        ]  # fmt: skip


def _anchors(view: View, sites: Sequence[str], given: Given) -> list[ViewPoint]:
    """Return where sites lie on a view: one point each, or along the curve of a single one."""
    shown = {one.placed.site.key: one for one in view.sites}
    if given.kind == "track" and len(sites) == 1:
        curve = [project(view, point).at for point in shown[sites[0]].placed.anchor]
        if len(curve) > 1:
            return curve
        x, y = curve[0].x, curve[0].y
        return [ViewPoint(x - 9, y + 2), ViewPoint(x, y), ViewPoint(x + 9, y + 1)]
    dx, dy = given.off
    return [ViewPoint(shown[site].anchor.x + dx, shown[site].anchor.y + dy) for site in sites]
