"""The atlas as read from its files: figures, views, structures, sites, and the name under a tap.

    files    the shape of the atlas's files, and how one is read
    frames   the body frame, a drawing's frame, and right and left
    depth    how near the viewer the visible skin is
    naming   what lies under a tap
    sites    where the structures lie on a figure
    view     one body map: name a tap, lift it to the body, project a place into the drawing
    atlas    everything, found by name

Two frames, both in millimetres of the reference figure. Body frame: DICOM patient axes (LPS), +x to the
patient's left, +y posterior, +z superior, origin midway between the hip joint centres. View frame: x to the
right of the drawing, y down it, (0, 0) at its top left; one unit of its SVG is one millimetre.

>>> knee = load_atlas().view("adult_male", "knee_right_medial")
>>> anchor = next(s.anchor for s in knee.sites if s.placed.site.key == "knee.mcl.tibial/right")
>>> name_tap(knee, anchor, reach=4).words
'R medial collateral ligament of the knee, tibial attachment'
"""

from charting.anatomy.atlas import Atlas, Figure, load_atlas, packaged_folder
from charting.anatomy.files import Caution, Structure, ViewEntry
from charting.anatomy.frames import MIDLINE_HALF_WIDTH, ViewMap, laterality_of
from charting.anatomy.naming import Naming, SiteName, name_place
from charting.anatomy.sites import FigureSites, Landmark, Patch, PlacedSite, sites_of
from charting.anatomy.view import (
    Area,
    LandmarkOnView,
    Projection,
    SiteOnView,
    View,
    close_ups_at,
    lift,
    name_tap,
    project,
)
from charting.domain import BodyPoint, Laterality, Site, ViewPoint

__all__ = [
    "MIDLINE_HALF_WIDTH",
    "Area",
    "Atlas",
    "BodyPoint",
    "Caution",
    "Figure",
    "FigureSites",
    "Landmark",
    "LandmarkOnView",
    "Laterality",
    "Naming",
    "Patch",
    "PlacedSite",
    "Projection",
    "Site",
    "SiteName",
    "SiteOnView",
    "Structure",
    "View",
    "ViewEntry",
    "ViewMap",
    "ViewPoint",
    "close_ups_at",
    "laterality_of",
    "lift",
    "load_atlas",
    "name_place",
    "name_tap",
    "packaged_folder",
    "project",
    "sites_of",
]
