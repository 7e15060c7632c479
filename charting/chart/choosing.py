"""Which views a session's chart shows: those that hold its marks, and neighbours that see them too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from charting.anatomy import Atlas, View
from charting.coursemap import Shown, on_view
from charting.domain import Session

AT_LEAST = 3
"""How many views of a region are shown if so many see a mark."""

FULL = "full"


@dataclass(frozen=True, slots=True, eq=False)
class ChosenView:
    """A view with the marks of a session on it, seen there or not."""

    view: View
    shown: tuple[Shown, ...]

    @property
    def seen(self) -> int:
        """How many marks it sees."""
        return sum(one.visible for one in self.shown)


def chosen_views(session: Session, atlas: Atlas) -> list[ChosenView]:
    """Return the views that a chart shows, the fullest first.

    Every view on which a given mark was made; if those are few, the views beside the fullest that see marks;
    and whatever it takes so that each mark is seen in one at least, as far as the drawings can show it.
    Raises UnknownFigure, BodyMapUnusable.
    """
    given = session.given
    if not given:
        return []
    known = {entry.id: entry for entry in atlas.views(session.figure)}
    made_on = Counter(mark.map.view for mark in given if mark.map.figure == session.figure)
    order = {view: place for place, view in enumerate(known)}
    own = sorted((view for view in made_on if view in known), key=lambda view: (-made_on[view], order[view]))
    chosen = [_on(session, atlas, view) for view in own]
    chosen.sort(key=lambda one: -one.seen)
    if chosen and len(chosen) < AT_LEAST and chosen[0].view.region != FULL:
        first = chosen[0].view
        beside = [
            _on(session, atlas, entry.id)
            for entry in atlas.views_for(session.figure, first.region, first.side)
            if entry.id not in own
        ]
        beside = [one for one in sorted(beside, key=lambda one: -one.seen) if one.seen]
        chosen += beside[: AT_LEAST - len(chosen)]
    return chosen + _for_the_rest(session, atlas, chosen)


def locator(session: Session, atlas: Atlas, chosen: Sequence[ChosenView]) -> ChosenView:
    """Return the whole body, from behind if the fullest view looks from there, else from the front."""
    behind = bool(chosen) and chosen[0].view.aspect == "posterior"
    return _on(session, atlas, "full_posterior" if behind else "full_anterior")


def _for_the_rest(session: Session, atlas: Atlas, chosen: Sequence[ChosenView]) -> list[ChosenView]:
    """Return further views for marks that none of the chosen sees: those of views that are no more."""
    left = {mark.id for mark in session.given}
    for one in chosen:
        left -= {shown.mark.id for shown in one.shown if shown.visible}
    if not left:
        return []
    more: list[ChosenView] = []
    all_views = [_on(session, atlas, entry.id) for entry in atlas.views(session.figure)]
    while left:
        gains = [sum(shown.visible and shown.mark.id in left for shown in one.shown) for one in all_views]
        most = max(gains)
        if most == 0:
            break
        close = [one for one, gain in zip(all_views, gains, strict=True) if gain == most]
        best = next((one for one in close if one.view.region != FULL), close[0])
        more.append(best)
        left -= {shown.mark.id for shown in best.shown if shown.visible}
    return more


def _on(session: Session, atlas: Atlas, view: str) -> ChosenView:
    shown_on = atlas.view(session.figure, view)
    return ChosenView(shown_on, on_view([session], shown_on, atlas_sha256=atlas.sha256))


def drawn_on_other_maps(session: Session, atlas: Atlas) -> tuple[str, ...]:
    """Return the versions of other body maps on which given marks were made; none if all are of these."""
    return tuple(
        sorted({mark.map.atlas_version for mark in session.given if mark.map.atlas_sha256 != atlas.sha256})
    )


def never_seen(session: Session, chosen: Sequence[ChosenView]) -> int:
    """Return how many given marks no chosen view sees."""
    seen = {shown.mark.id for one in chosen for shown in one.shown if shown.visible}
    return sum(mark.id not in seen for mark in session.given)
