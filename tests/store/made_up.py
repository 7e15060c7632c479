"""What the tests of the store put into it: any session that the domain allows, and steps of an exam."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from multiprocessing.connection import Connection
from uuid import UUID

import shapely
from hypothesis import assume
from hypothesis import strategies as st

from charting.domain import (
    COMMAND,
    BodyPoint,
    Command,
    Component,
    Details,
    FieldShape,
    Guidance,
    Injection,
    Laterality,
    MapRef,
    Mark,
    MarkState,
    Patient,
    PlaceMark,
    PointShape,
    Seal,
    Session,
    Sex,
    Shape,
    Site,
    Solution,
    Technique,
    TrackShape,
    ViewPoint,
    apply,
    canonical,
    document_of,
    sha256_of,
)
from charting.domain.checklist import (
    After,
    Anticoagulant,
    Before,
    Complication,
    ConsentKind,
    OffMap,
    OffMapKind,
    Score,
    TimeOut,
    Tolerance,
    When,
)
from charting.domain.courses import Sides
from charting.domain.recipes import Labelled, Recipe, Stock
from charting.domain.sessions import Override
from charting.domain.solutions import labelled
from charting.domain.text import OVERRIDES
from charting.store import SEAL, Kept, LogEntry, Store, Writer, open_store
from tests.people import ADMINISTRATOR, ANNE, ATLAS, DOCTOR, KNEE, NURSE, START, Ids, a_mark, a_session, an_id

IDS = Ids(5_000_000)
"""Ids that no other test has."""


def as_done(number: UUID | None = None) -> dict[str, object]:
    """Return who, when and under which id something is done."""
    return {"by": DOCTOR.id, "at": START, "command_id": number or IDS()}


def fill(store: Store) -> None:
    """Put staff, Anne, her course and its first session into an empty store."""
    with store.writing() as record:
        for member in (DOCTOR, NURSE, ADMINISTRATOR):
            record.put_staff(member, seen=None, **as_done())
        record.put_patient(ANNE, seen=None, **as_done())
        record.put_course(KNEE, seen=None, **as_done())
        record.start_session(a_session(), **as_done())


def entry_of(command: Command) -> LogEntry:
    """Return the log's entry of a command."""
    body = canonical(command.model_dump(mode="json"))
    return LogEntry(command.id, command.kind, command.by, command.at, body, sha256_of(body))


def carry_out(store: Store, session_id: UUID, *commands: Command) -> Kept[Session]:
    """Carry commands out in one transaction, as the desk does."""
    with store.writing() as record:
        before = record.session(session_id).value
        after = before
        for command in commands:
            after = apply(after, COMMAND.validate_json(COMMAND.dump_json(command)))
        revision = record.append(session_id, before, after, [entry_of(one) for one in commands])
    return Kept(after, revision)


def placing(number: int, **about: object) -> PlaceMark:
    """Return the command that places mark ``number``."""
    mark = a_mark(number, **about)  # type: ignore[arg-type]
    return PlaceMark(id=IDS(), by=DOCTOR.id, at=START, mark=mark)


def sign(store: Store, session_id: UUID) -> Session:
    """Sign a session, as the desk does."""
    with store.writing() as record:
        session = record.session(session_id).value
        document = document_of(session)
        seal = Seal(at=START, by=DOCTOR.id, name=DOCTOR.name, sha256=sha256_of(document))
        body = canonical(seal.model_dump(mode="json"))
        entry = LogEntry(IDS(), SEAL, DOCTOR.id, START, body, sha256_of(body))
        signed = session.model_copy(update={"seal": seal})
        record.seal(session_id, signed, document, entry)
    return signed


@contextmanager
def tried_and_left(store: Store) -> Iterator[Writer]:
    """Give a writer of which nothing is kept, so that the next example finds the store as this one did."""

    class Left(Exception):
        """The end of the try."""

    with suppress(Left), store.writing() as record:
        yield record
        raise Left


def read_afresh(store: Store, session_id: UUID) -> Kept[Session]:
    """Return a session as another process reads it, which remembers nothing."""
    with open_store(store.url, key=store.key) as other, other.reading() as record:
        return record.session(session_id)


def mark_until_killed(url: str, key: bytes, session_id: UUID, parent: Connection, first: int) -> None:
    """Place marks one after the other, and say on a pipe that each is stored, until killed."""
    store = open_store(url, key=key)
    for number in count(first):
        command = PlaceMark(id=an_id(9_000_000 + number), by=DOCTOR.id, at=START, mark=a_mark(number))
        carry_out(store, session_id, command)
        parent.send(number)


def readable_text(most: int) -> st.SearchStrategy[str]:
    """Return a strategy of text in any script."""
    letters = st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="".join(OVERRIDES))
    return st.text(letters | st.sampled_from("éЖعカ神\n\t'\"%;--🙂"), max_size=most)


words = readable_text(60).filter(lambda text: any(not letter.isspace() for letter in text))
zones = st.integers(-11, 13).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=zones)
mm = st.floats(-400, 400, allow_nan=False) | st.sampled_from([0.0, -0.0, 0.1, 1e-9, 1 / 3])
places = st.builds(ViewPoint, mm, mm)
microlitres = st.integers(0, 1_000_000).map(lambda number: Decimal(number) / 1000)


def possible(make: Callable[[], Shape]) -> Shape:
    try:
        return make()
    except (ValueError, shapely.errors.ShapelyError):
        assume(False)
        raise AssertionError("assume has left") from None


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    match draw(st.sampled_from(["point", "track", "field"])):
        case "point":
            return PointShape(at=draw(places))
        case "track":
            steps = draw(st.lists(st.floats(0.5, 9), min_size=2, max_size=12))
            path = [ViewPoint(sum(steps[:end]), draw(mm)) for end in range(1, len(steps) + 1)]
            return possible(lambda: TrackShape(path=tuple(path)))
        case _:
            middle, radius = draw(places), draw(st.floats(3, 40))
            ring = shapely.Point(middle.x, middle.y).buffer(radius, quad_segs=draw(st.integers(1, 6)))
            outline = [ViewPoint(x, y) for x, y in ring.exterior.coords]
            return possible(lambda: FieldShape(outline=tuple(outline)))


@st.composite
def solutions(draw: st.DrawFn) -> Solution:
    agents = draw(
        st.lists(st.sampled_from(["dextrose", "lidocaine", "prp", "glycerin"]), min_size=1, unique=True)
    )
    return Solution(
        id=IDS(), name=draw(words), lots=draw(readable_text(40)),
        components=tuple(
            Component(agent=agent, percent=Decimal(draw(st.integers(1, 250_000))) / 10_000)
            for agent in agents
        ),
        prepared_ml=draw(st.none() | microlitres),
    )  # fmt: skip


@st.composite
def mixed(draw: st.DrawFn) -> Solution:
    """Return a solution with the recipe that it was made by."""
    stocks = tuple(
        Stock(
            name=draw(words), amount=Decimal(draw(st.integers(1, 50_000))) / 1000,
            contents=tuple(
                Labelled(agent=agent, strength=Decimal(draw(st.integers(1_000, 500_000))) / 10_000)
                for agent in draw(st.lists(st.sampled_from(["dextrose", "lidocaine"]), unique=True))
            ),
            manufacturer=draw(readable_text(20)), lot=draw(readable_text(20)),
            expires_on=draw(st.none() | st.dates()),
        )
        for _ in range(draw(st.integers(1, 3)))
    )  # fmt: skip
    recipe = Recipe(stocks=stocks, in_parts=draw(st.booleans()))
    return possible(lambda: Solution(id=IDS(), name=draw(words), components=labelled(recipe), recipe=recipe))


def details(tray: tuple[Solution, ...]) -> st.SearchStrategy[Details]:
    """Return anything that can be said of a session besides its marks."""
    pain = st.none() | st.integers(0, 10)
    answered = st.none() | st.booleans()
    line = readable_text(40)
    off_map = st.lists(
        st.builds(
            OffMap, id=st.builds(IDS), kind=st.sampled_from(OffMapKind),
            solution_id=st.sampled_from([one.id for one in tray]) if tray else st.nothing(),
            count=st.integers(1, 500), ml_each=microlitres.filter(bool), note=line,
        ),
        max_size=2 if tray else 0,
    )  # fmt: skip
    return st.builds(
        Details,
        pain_before=pain, pain_worst=pain, pain_average=pain, pain_after=pain,
        scores=st.lists(
            st.builds(
                Score, name=words, value=st.decimals(0, 100, places=2), lowest=st.just(Decimal(0)),
                highest=st.just(Decimal(100)), higher_is_better=st.booleans(), when=st.sampled_from(When),
            ),
            max_size=2,
        ).map(tuple),
        before=st.builds(
            Before, sides=st.none() | st.sampled_from(Sides),
            consent=st.none() | st.sampled_from(ConsentKind),
            discussed=st.lists(words, max_size=3).map(tuple),
            time_out=st.builds(TimeOut, identity=answered, side=answered),
            anticoagulant=st.none() | st.sampled_from(Anticoagulant), infection=answered, pregnant=answered,
            avoid=st.none() | st.lists(words, max_size=2).map(tuple), position=line, preparation=line,
        ),
        after=st.builds(
            After, tolerance=st.none() | st.sampled_from(Tolerance),
            complications=st.none() | st.lists(st.sampled_from(Complication), max_size=2).map(tuple),
            observed_minutes=st.none() | st.integers(0, 1440), condition=line, aftercare_given=answered,
        ),
        off_map=off_map.map(tuple),
        overrides=st.lists(
            st.builds(Override, rule=st.sampled_from(["lidocaine.plain", "dextrose.strength"]), reason=words),
            max_size=2,
        ).map(tuple),
        note=readable_text(200), plan=readable_text(80),
    )  # fmt: skip


@st.composite
def marks(draw: st.DrawFn, tray: tuple[Solution, ...]) -> Mark:
    site = draw(
        st.none()
        | st.builds(
            Site,
            structure=st.sampled_from(["knee.mcl.tibial", "lumbar.facet_capsule"]),
            laterality=st.sampled_from(Laterality),
            level=st.none() | st.just("L4L5"),
            digit=st.none() | st.integers(1, 5),
        )
    )
    solution = draw(st.none() | st.sampled_from([one.id for one in tray])) if tray else None
    return Mark(
        id=IDS(),
        map=MapRef(
            figure=draw(st.sampled_from(["adult_male", "adult_female"])), view="knee_right_medial",
            atlas_version=ATLAS[0], atlas_sha256=ATLAS[1],
        ),
        shape=draw(shapes()),
        at=BodyPoint(draw(mm), draw(mm), draw(mm)),
        site=site,
        laterality=site.laterality if site else draw(st.sampled_from(Laterality)),
        state=draw(st.sampled_from(MarkState)),
        injection=Injection(
            solution_id=solution, ml_each=draw(microlitres) if solution else Decimal(0),
            deposits=draw(st.integers(0, 500)), punctures=draw(st.integers(0, 500)),
            to_bone=draw(st.booleans()),
            depth_mm=draw(st.none() | st.integers(1, 300)), needle=draw(readable_text(20)),
            guidance=draw(st.none() | st.sampled_from(Guidance)),
            technique=draw(st.none() | st.sampled_from(Technique)), note=draw(readable_text(80)),
        ),
        placed_at=draw(moments), placed_by=DOCTOR.id, provenance=draw(readable_text(20)),
        withdrawn=draw(st.booleans()), revision=draw(st.integers(1, 9)),
    )  # fmt: skip


@st.composite
def sessions(draw: st.DrawFn, number: int) -> Session:
    """Return any session of the knee course, not yet signed."""
    tray = tuple(draw(st.lists(solutions() | mixed(), max_size=3)))
    return Session(
        id=IDS(), course_id=KNEE.id, patient_id=ANNE.id, figure="adult_female", number=number,
        started_at=draw(moments), clinician_id=DOCTOR.id, solutions=tray,
        marks=tuple(draw(st.lists(marks(tray), max_size=5))),
        details=draw(details(tray)),
    )  # fmt: skip


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    number = IDS()
    return Patient(
        id=number, record_number=f"P-{number.int & 0xFFFFFF}", family_name=draw(words),
        given_names=draw(readable_text(40)), born=draw(st.dates()), sex=draw(st.sampled_from(Sex)),
        weight_kg=draw(st.none() | st.integers(1, 70_000).map(lambda tens: Decimal(tens) / 100)),
        weighed_on=draw(st.none() | st.dates()), allergies=tuple(draw(st.lists(words, max_size=4))),
        cautions=tuple(draw(st.lists(words, max_size=4))),
        figure=draw(st.none() | st.just("adult_male")),
    )  # fmt: skip
