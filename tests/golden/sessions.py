"""Sessions to draw: marks on sites of the real atlas, lifted to the skin where each is shown."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from charting.anatomy import Atlas, View, lift, load_atlas, name_place
from charting.chart import ChartFacts, CourseFacts
from charting.domain import (
    Component,
    Course,
    Details,
    FieldShape,
    Guidance,
    Injection,
    MapRef,
    Mark,
    MarkState,
    OffBodyMap,
    Patient,
    PointShape,
    Seal,
    Session,
    Sex,
    Shape,
    Sides,
    Solution,
    Technique,
    TrackShape,
    ViewPoint,
    document_of,
    middle_of,
    sha256_of,
)
from tests.people import ANNE, D15, DOCTOR, KNEE, START, Ids, an_id

D20 = Solution(
    id=an_id(31), name="Dextrose 20 %", lots="D50 lot 4472A, exp. 2027-06", prepared_ml=Decimal(10),
    components=(Component(agent="dextrose", percent=Decimal(20)),),
)  # fmt: skip
BACK = Course(
    id=an_id(21), patient_id=ANNE.id, problem="Low back and sacroiliac joints", region="low_back",
    sides=Sides.BOTH, indication="sacroiliac ligament laxity, both sides", planned_sessions=6, every_days=28,
    opened_on=date(2026, 7, 1),
)  # fmt: skip
SHOULDERS = Course(
    id=an_id(22), patient_id=ANNE.id, problem="Both shoulders", region="shoulder", sides=Sides.BOTH,
    indication="rotator cuff tendinopathy", opened_on=date(2026, 7, 1),
)  # fmt: skip
MARCEL = Patient(
    id=an_id(11), record_number="B-77", family_name="O'Brien-Łukasz", given_names="Marcel Étienne",
    born=date(1961, 12, 30), sex=Sex.MALE, weight_kg=Decimal("84.25"), allergies=("lidocaine", "latex"),
    cautions=("anticoagulant: apixaban",),
)  # fmt: skip


@cache
def atlas() -> Atlas:
    """The atlas that came with the program."""
    return load_atlas()


def on_site(
    figure: str, view: str, key: str, ids: Ids, *, injection: Injection, shift: tuple[float, float] = (0, 0)
) -> Mark:
    """Return a mark on a site's anchor in a view, moved by ``shift`` mm of the view where the skin allows."""
    shown = atlas().view(figure, view)
    anchor = next(one.anchor for one in shown.sites if one.placed.site.key == key)
    at = ViewPoint(anchor.x + shift[0], anchor.y + shift[1])
    try:
        lift(shown, at)
    except OffBodyMap:
        at = anchor
    return on_place(shown, PointShape(at=at), ids, injection=injection, key=key)


def on_place(view: View, shape: Shape, ids: Ids, *, injection: Injection, key: str | None = None) -> Mark:
    """Return a mark of any shape on a view, with the site that lies there or the one that is chosen."""
    at = lift(view, middle_of(shape))
    naming = name_place(view.on_figure.table, at, 4.0)
    site = view.on_figure.site(key).site if key else (naming.best.site if naming.best else None)
    return Mark(
        id=ids(),
        map=MapRef(
            figure=view.figure, view=view.id, atlas_version=atlas().version, atlas_sha256=atlas().sha256
        ),
        shape=shape,
        at=at,
        site=site,
        laterality=site.laterality if site else naming.side,
        injection=injection,
        placed_at=START,
        placed_by=DOCTOR.id,
    )


def shown_sites(figure: str, view: str) -> list[str]:
    """Return the keys of a view's sites whose anchor can be marked there, in the atlas's order."""
    shown = atlas().view(figure, view)
    keys = []
    for one in shown.sites:
        try:
            lift(shown, one.anchor)
        except OffBodyMap:
            continue
        keys.append(one.placed.site.key)
    return keys


def sealed(session: Session) -> Session:
    """Return the session signed by its doctor 50 minutes after it began."""
    seal = Seal(
        at=session.started_at + timedelta(minutes=50), by=DOCTOR.id, name=DOCTOR.name,
        sha256=sha256_of(document_of(session)),
    )  # fmt: skip
    return session.model_copy(update={"seal": seal})


def dose(ml: str = "0.5", **changes: object) -> Injection:
    """Return what was given: half a millilitre to the bone, unless told otherwise."""
    given: dict[str, object] = {
        "solution_id": D15.id, "ml_each": Decimal(ml), "to_bone": True, "needle": "27G 38 mm",
        "guidance": Guidance.LANDMARK,
    }  # fmt: skip
    return Injection.model_validate({**given, **changes})


def knee() -> ChartFacts:
    """A right knee with nine marks in three views, signed."""
    ids = Ids(5000)
    figure = "adult_female"
    marks = [
        on_site(figure, "knee_right_medial", key, ids, injection=dose())
        for key in ("knee.mcl.femoral/right", "knee.mcl.tibial/right", "knee.coronary_medial/right")
    ]
    marks += [
        on_site(
            figure, "knee_right_anterior", "knee.quadriceps_tendon/right", ids, injection=dose(deposits=2)
        ),
        on_site(figure, "knee_right_anterior", "knee.patellar_tendon.patella/right", ids, injection=dose()),
        on_site(
            figure,
            "knee_right_medial",
            "knee.pes_anserinus/right",
            ids,
            injection=dose(deposits=2, punctures=2),
        ),
    ]
    lateral = [
        key for key in shown_sites(figure, "knee_right_lateral") if "lcl" in key or "iliotibial" in key
    ]
    marks += [
        on_site(figure, "knee_right_lateral", key, ids, injection=dose("0.25", depth_mm=12))
        for key in lateral[:3]
    ]
    left_over = on_site(figure, "knee_right_anterior", "knee.joint/right", ids, injection=dose())
    session = Session(
        id=an_id(43), course_id=KNEE.id, patient_id=ANNE.id, figure=figure, number=3,
        started_at=datetime(2026, 11, 23, 15, 12, tzinfo=UTC), clinician_id=DOCTOR.id, solutions=(D15,),
        marks=(*marks, left_over.model_copy(update={"state": MarkState.PLANNED})),
        details=Details(
            pain_before=6, pain_after=3,
            note="Consent, time-out, side confirmed. Povidone-iodine. Tolerated well, no complications.",
            plan="Session 4 in 4 weeks. Aftercare sheet given.",
        ),
    )  # fmt: skip
    return ChartFacts(
        session=sealed(session), patient=ANNE, course=KNEE, clinician=DOCTOR.name, clinic="Clinique du Parc",
        atlas=atlas(), last_on=date(2026, 10, 26),
    )  # fmt: skip


def low_back() -> ChartFacts:
    """A low back with forty marks, not signed, two syringes."""
    ids = Ids(6000)
    figure, view = "adult_male", "low_back_posterior"
    keys = shown_sites(figure, view)
    step = len(keys) / 40
    marks = []
    for index in range(40):
        key = keys[int(index * step)]
        given = dose() if index % 3 else dose("1", solution_id=D20.id, needle="25G 50 mm", depth_mm=35)
        if index == 7:
            given = dose(note="Reproduced the usual pain, down to the knee")
        marks.append(on_site(figure, view, key, ids, injection=given))
    session = Session(
        id=an_id(44), course_id=BACK.id, patient_id=MARCEL.id, figure=figure, number=2, started_at=START,
        clinician_id=DOCTOR.id, solutions=(D15, D20), marks=tuple(marks),
        details=Details(pain_before=7, note="Tolerated well.", plan="Next in 4 weeks."),
    )  # fmt: skip
    return ChartFacts(
        session=session, patient=MARCEL, course=BACK, clinician=DOCTOR.name, clinic="Clinique du Parc",
        atlas=atlas(), last_on=date(2026, 10, 26), weight_unit="lb",
    )  # fmt: skip


def shoulders() -> ChartFacts:
    """Both shoulders with points, tracks and fields, signed."""
    ids = Ids(7000)
    figure = "adult_female"
    marks = []
    for side in ("right", "left"):
        posterior = atlas().view(figure, f"shoulder_{side}_posterior")
        anterior = atlas().view(figure, f"shoulder_{side}_anterior")
        keys = shown_sites(figure, posterior.id)
        for key in [key for key in keys if key.startswith("shoulder.") and key.endswith(side)][:3]:
            marks.append(on_site(figure, posterior.id, key, ids, injection=dose()))
        spine = f"scapula.spine_trapezius/{side}"
        middle = next(one.anchor for one in posterior.sites if one.placed.site.key == spine)
        path = tuple(ViewPoint(middle.x - 25 + 5 * i, middle.y + 5 * math.sin(i / 3)) for i in range(11))
        fan = dose("0.3", deposits=5, technique=Technique.FAN)
        marks.append(on_place(posterior, TrackShape(path=path), ids, injection=fan))
        front = next(
            one for one in shown_sites(figure, anterior.id) if "supraspinatus" in one or "biceps" in one
        )
        centre = next(one.anchor for one in anterior.sites if one.placed.site.key == front)
        outline = tuple(
            ViewPoint(
                centre.x + 18 * math.cos(t / 12 * math.tau), centre.y + 14 * math.sin(t / 12 * math.tau)
            )
            for t in range(12)
        )
        peppered = dose("0.1", deposits=20, punctures=4, technique=Technique.PEPPERING)
        marks.append(on_place(anterior, FieldShape(outline=outline), ids, injection=peppered))
    session = Session(
        id=an_id(45), course_id=SHOULDERS.id, patient_id=ANNE.id, figure=figure, number=1, started_at=START,
        clinician_id=DOCTOR.id, solutions=(D15,), marks=tuple(marks),
        details=Details(pain_before=5, pain_after=4),
    )  # fmt: skip
    return ChartFacts(
        session=sealed(session), patient=ANNE, course=SHOULDERS, clinician=DOCTOR.name,
        clinic="Clinique du Parc", atlas=atlas(),
    )  # fmt: skip


def empty() -> ChartFacts:
    """A session in which nothing was given yet, of someone with the least that a record can hold."""
    nobody = Patient(id=an_id(12), record_number="1", family_name="X", born=date(2000, 1, 1))
    session = Session(
        id=an_id(46), course_id=KNEE.id, patient_id=nobody.id, figure="adult_male", number=1,
        started_at=START, clinician_id=DOCTOR.id,
    )  # fmt: skip
    return ChartFacts(
        session=session, patient=nobody, course=KNEE.model_copy(update={"indication": ""}),
        clinician=DOCTOR.name, clinic="Clinic", atlas=atlas(),
    )  # fmt: skip


def course(of: int = 6, marks: int = 40) -> CourseFacts:
    """A course of the low back: the same places again and again, each time a little elsewhere."""
    ids = Ids(8000)
    figure, view = "adult_female", "low_back_posterior"
    keys = shown_sites(figure, view)
    sessions = []
    for number in range(1, of + 1):
        chosen = keys[(number - 1) * 3 :: max(1, len(keys) // marks)][:marks]
        listed = [
            on_site(
                figure, view, key, ids, injection=dose(),
                shift=(2.6 * math.sin(17 * number + 3 * i), 2.6 * math.cos(11 * number + 5 * i)),
            )
            for i, key in enumerate(chosen)
        ]  # fmt: skip
        sessions.append(
            Session(
                id=an_id(60 + number), course_id=BACK.id, patient_id=ANNE.id, figure=figure, number=number,
                started_at=START + timedelta(days=28 * (number - 1)), clinician_id=DOCTOR.id,
                solutions=(D15,), marks=tuple(listed),
                details=Details(pain_before=max(8 - number, 0), pain_after=max(7 - number, 0)),
            )
        )  # fmt: skip
    return CourseFacts(
        patient=ANNE, course=BACK, sessions=tuple(sessions), clinic="Clinique du Parc", atlas=atlas(),
        today=date(2027, 5, 10), clinicians={DOCTOR.id: DOCTOR.name},
    )  # fmt: skip
