"""What the sessions of a course add up to: spots treated again, density, what is new since the last.

    spots    marks of all sessions that are at the same place of the body, whatever view they were made in
    views    every mark of every session on one view
    summary  the table per site, and what changed since the session before
    density  how much was given where, in mL for each cm2 of the drawing
    notices  what to say of a mark at a place that was treated before

Everything is computed from the given marks of the sessions it is handed, in whatever order they come; what
was planned, skipped or withdrawn never counts. Days are the clinic's: ``zone`` says where it is. Lengths are
mm of the reference figure.
"""

from charting.coursemap.density import Density, density
from charting.coursemap.notices import given_before, notices
from charting.coursemap.spots import SPOT_WITHIN, Spot, SpotMark, day_of, in_order, name_of_place, spots
from charting.coursemap.summary import Change, SinceLast, SiteLine, per_structure, since_last
from charting.coursemap.views import Shown, on_view, project_all

__all__ = [
    "SPOT_WITHIN",
    "Change",
    "Density",
    "Shown",
    "SinceLast",
    "SiteLine",
    "Spot",
    "SpotMark",
    "day_of",
    "density",
    "given_before",
    "in_order",
    "name_of_place",
    "notices",
    "on_view",
    "per_structure",
    "project_all",
    "since_last",
    "spots",
]
