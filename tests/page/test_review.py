"""Review and sign: what is missing, what is stored, and what keeps anyone from signing."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import UUID

from nicegui import ui
from nicegui.testing import User

from charting.desk.asks import AskDetails
from charting.domain import Details, Injection, MarkState
from charting.ui.outbox_watch import OutboxWatch
from charting.ui.pages.review import MOST_NUMBERS
from tests.page.conftest import PASSWORD, People
from tests.people import ANNE, DOCTOR, NURSE


def told(user: User, waiting: object, refused: object = 0) -> None:
    """Have the browser say how many steps wait on it."""
    user.find(OutboxWatch).trigger("counted", {"waiting": waiting, "refused": refused})


def can_sign(user: User) -> bool:
    (button,) = user.find(marker="sign").elements
    assert isinstance(button, ui.button)
    return button.enabled


def type_in(user: User, marker: str, text: str) -> None:
    with user:
        for field in user.find(marker=marker).elements:
            field.value = text  # type: ignore[attr-defined]


def leads_to(user: User, words: str) -> object:
    """Return where the line with these words leads."""
    (label,) = user.find(words).elements
    assert label.parent_slot is not None
    return label.parent_slot.parent.props["href"]


async def reviewed(people: People, session_id: UUID) -> User:
    user = people.as_(DOCTOR)
    await user.open(f"/sessions/{session_id}/review")
    return user


def stored(people: People, session_id: UUID) -> Details:
    return people.clinic.desk.session(DOCTOR, session_id).standing.details


async def test_it_shows_the_chart_and_what_is_missing_with_a_way_there(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    planned = people.clinic.placed(session, state=MarkState.PLANNED)
    user = await reviewed(people, session.session_id)
    (paper,) = user.find(marker="paper").elements
    assert any("<svg" in one.content for one in paper.descendants() if isinstance(one, ui.html))
    await user.should_see("Pain before is not said")
    await user.should_see("There is no plan")
    await user.should_see("A solution has no lots")
    assert leads_to(user, "1 planned mark is neither given nor skipped") == (
        f"/sessions/{session.session_id}#mark={planned.mark.id}"
    )
    assert leads_to(user, "A solution has no lots") == f"/sessions/{session.session_id}"


async def test_each_mark_that_lacks_something_can_be_jumped_to_by_its_number(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session, chosen=True, site="knee.mcl.tibial/right")
    nameless = [people.clinic.placed(session, chosen=True) for _ in range(MOST_NUMBERS + 2)]
    user = await reviewed(people, session.session_id)
    here = f"/sessions/{session.session_id}#mark="
    assert leads_to(user, "14 marks have no name") == f"{here}{nameless[0].mark.id}"
    links = {
        str(link.text): link.props["href"]
        for link in user.find(ui.link).elements
        if here in link.props["href"]
    }
    numbered = {number: nameless[number - 2].mark.id for number in range(2, 2 + MOST_NUMBERS)}
    assert {key: href for key, href in links.items() if key} == {
        str(number): f"{here}{mark_id}" for number, mark_id in numbered.items()
    }
    await user.should_see("and 2 more")


async def test_what_is_said_is_stored_and_no_longer_missing(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    user = await reviewed(people, session.session_id)
    user.find(marker="Pain before 7").click()
    await user.should_not_see("Pain before is not said", retries=30)
    user.find(marker="Pain after 0").click()
    await user.should_not_see("Pain after is not said", retries=30)
    type_in(user, "plan", "Session 2 in four weeks.\n<script>alert(1)</script> العربي 山田 🙂")
    user.find(marker="plan").trigger("blur")
    await user.should_not_see("There is no plan", retries=30)
    details = stored(people, session.session_id)
    assert (details.pain_before, details.pain_after) == (7, 0)
    assert details.plan.startswith("Session 2 in four weeks.\n<script>")
    (paper,) = user.find(marker="paper").elements
    assert not any("<script" in one.content for one in paper.descendants() if isinstance(one, ui.html))


async def test_signing_waits_for_the_marks_on_this_device(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    user = await reviewed(people, session.session_id)
    assert not can_sign(user)
    told(user, 2)
    await user.should_see("2 steps wait on this device")
    assert not can_sign(user)
    told(user, 0, 1)
    await user.should_see("A step was refused")
    assert not can_sign(user)
    for nonsense in (None, "0", {"a": 1}, [0]):
        told(user, nonsense)
        assert not can_sign(user)
    told(user, 0)
    await user.should_see("1 mark, all saved.")
    assert can_sign(user)


async def test_the_password_signs_and_the_chart_is_offered(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    user = await reviewed(people, session.session_id)
    told(user, 0)
    type_in(user, "plan", "Rest.")
    type_in(user, "password", PASSWORD)
    user.find(marker="sign").click()
    await user.should_see("Open the PDF", retries=40)
    seal = people.clinic.desk.session(DOCTOR, session.session_id).standing.seal
    assert seal is not None
    assert seal.by == DOCTOR.id
    assert stored(people, session.session_id).plan == "Rest."
    await user.should_not_see(marker="password")
    (link,) = user.find("Open the PDF").elements
    assert link.props["href"] == f"/api/v1/sessions/{session.session_id}/chart.pdf?paper=a4"


async def test_a_wrong_or_empty_password_signs_nothing(people: People) -> None:
    session = people.clinic.start()
    user = await reviewed(people, session.session_id)
    told(user, 0)
    user.find(marker="sign").click()
    await user.should_see("Your password is your signature", retries=20)
    type_in(user, "password", "not this one at all")
    user.find(marker="sign").click()
    await user.should_see("That is not your password", retries=30)
    assert people.clinic.desk.session(DOCTOR, session.session_id).standing.seal is None
    assert can_sign(user)


async def test_a_mark_that_another_browser_placed_is_shown_before_it_is_signed(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    user = await reviewed(people, session.session_id)
    told(user, 0)
    await user.should_see("1 mark, all saved.")
    people.clinic.placed(session)
    await user.should_see("2 marks, all saved.", retries=40)


async def test_what_is_not_what_was_seen_is_not_signed(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    user = await reviewed(people, session.session_id)
    told(user, 0)
    type_in(user, "password", PASSWORD)
    confirm = people.rooms.logins.confirm

    def another_mark_meanwhile(*args: object, **kwargs: object) -> None:
        confirm(*args, **kwargs)  # type: ignore[arg-type]
        people.clinic.placed(session)

    people.rooms.logins.confirm = another_mark_meanwhile  # type: ignore[method-assign]
    user.find(marker="sign").click()
    await user.should_see("Not signed: what you saw is not yet what is stored", retries=40)
    assert people.clinic.desk.session(DOCTOR, session.session_id).standing.seal is None


async def test_details_that_someone_else_changed_are_not_overwritten(people: People) -> None:
    session = people.clinic.start()
    user = await reviewed(people, session.session_id)
    told(user, 0)
    type_in(user, "plan", "Mine.")
    theirs = Details(plan="Theirs.", pain_before=4)
    ask = AskDetails(**people.clinic.step(details=theirs, was=Details()))
    await asyncio.to_thread(people.clinic.do, session.session_id, ask)
    user.find(marker="plan").trigger("blur")
    await user.should_see("Plan is now: Theirs.", retries=40)
    (plan,) = user.find(marker="plan").elements
    assert isinstance(plan, ui.textarea)
    assert plan.value == "Mine."
    # neither leaving the field again nor signing decides which stands
    user.find(marker="plan").trigger("blur")
    type_in(user, "password", PASSWORD)
    user.find(marker="sign").click()
    await user.should_see("what you typed is not saved yet", retries=40)
    assert stored(people, session.session_id) == theirs
    user.find("Keep what I typed").click()
    await user.should_not_see("Plan is now", retries=40)
    for _attempt in range(40):
        if stored(people, session.session_id).plan == "Mine.":
            break
        await asyncio.sleep(0.05)
    # what was not touched here took theirs
    assert stored(people, session.session_id) == Details(plan="Mine.", pain_before=4)


async def test_what_someone_else_said_can_be_taken(people: People) -> None:
    session = people.clinic.start()
    user = await reviewed(people, session.session_id)
    type_in(user, "plan", "Mine.")
    ask = AskDetails(**people.clinic.step(details=Details(plan="Theirs."), was=Details()))
    await asyncio.to_thread(people.clinic.do, session.session_id, ask)
    await user.should_see("Take what is stored", retries=40)
    user.find("Take what is stored").click()
    (plan,) = user.find(marker="plan").elements
    assert isinstance(plan, ui.textarea)
    assert plan.value == "Theirs."
    assert stored(people, session.session_id).plan == "Theirs."


async def test_a_nurse_reads_it_as_text_and_finds_no_field(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    user = people.as_(NURSE)
    client = await user.open(f"/sessions/{session.session_id}/review")
    await user.should_see("Read-only")
    await user.should_see("Not signed yet")
    await user.should_not_see(kind=ui.input)
    await user.should_not_see(kind=ui.textarea)
    await user.should_not_see(marker="sign")
    assert "Tremblay" not in client.title


async def test_a_signed_session_is_read_only_for_its_doctor_too(people: People) -> None:
    session = people.clinic.start()
    people.clinic.placed(session)
    standing = people.clinic.desk.session(DOCTOR, session.session_id).standing
    people.clinic.desk.seal(DOCTOR, session.session_id, revision=standing.revision, marks=1)
    user = await reviewed(people, session.session_id)
    await user.should_see("Dr. R. Osei")
    await user.should_see("Read-only")
    await user.should_not_see(marker="sign")
    await user.open(f"/patients/{ANNE.id}")
    await user.should_not_see("not signed")


async def test_a_passed_limit_asks_for_the_reason_and_is_then_signed(people: People) -> None:
    session = people.clinic.start()
    solution = people.clinic.solution(session)
    people.clinic.placed(session, injection=Injection(solution_id=solution.id, ml_each=Decimal(200)))
    user = await reviewed(people, session.session_id)
    await user.should_see("Lidocaine 400 mg is more than 300 mg")
    told(user, 0)
    type_in(user, "password", PASSWORD)
    user.find(marker="sign").click()
    await user.should_see("A limit of the clinic is passed", retries=30)
    type_in(user, "why lidocaine.plain", "shared over both sides")
    type_in(user, "why lidocaine.plain.kg", "shared over both sides")
    user.find(marker="why lidocaine.plain").trigger("blur")
    await user.should_see("Saved", retries=30)
    assert {one.rule for one in stored(people, session.session_id).overrides} == {
        "lidocaine.plain", "lidocaine.plain.kg",
    }  # fmt: skip
    type_in(user, "password", PASSWORD)
    user.find(marker="sign").click()
    await user.should_see("Read-only", retries=30)
