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

Two frames, both in millimetres of the reference figure, not of the patient:

    body frame  DICOM patient axes (LPS): +x to the patient's left, +y posterior, +z superior;
                the origin is midway between the hip joint centres
    view frame  x to the right of the drawing, y down it; one unit of its SVG is one millimetre
"""

from charting.domain.errors import (
    AtlasTooNew,
    BodyMapUnusable,
    ChartingError,
    NotAPlace,
    NotInAtlas,
    OffBodyMap,
    UnknownFigure,
    UnknownRegion,
    UnknownSite,
    UnknownStructure,
    UnknownView,
)
from charting.domain.laterality import Laterality
from charting.domain.places import BodyPoint, ViewPoint
from charting.domain.sites import Site
from charting.domain.values import Record

__all__ = [
    "AtlasTooNew",
    "BodyMapUnusable",
    "BodyPoint",
    "ChartingError",
    "Laterality",
    "NotAPlace",
    "NotInAtlas",
    "OffBodyMap",
    "Record",
    "Site",
    "UnknownFigure",
    "UnknownRegion",
    "UnknownSite",
    "UnknownStructure",
    "UnknownView",
    "ViewPoint",
]
