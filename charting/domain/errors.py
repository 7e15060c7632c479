"""Every error that this package raises on purpose, in one tree.

    ChartingError
    ├── BodyMapUnusable        an asset is missing, damaged, or contradicts the others
    │   └── AtlasTooNew        the assets were made for a later release of this program
    ├── NotAPlace              a coordinate or a distance that cannot be meant
    ├── NotInAtlas             a name that the atlas does not know
    │   ├── UnknownFigure
    │   ├── UnknownRegion
    │   ├── UnknownSite
    │   ├── UnknownStructure
    │   └── UnknownView
    └── OffBodyMap             a tap that did not land on the figure

Messages hold the facts one needs to act, in lower case and without a full stop, and never a patient's name.
"""

from __future__ import annotations


class ChartingError(Exception):
    """The root of every error this package raises on purpose."""


class BodyMapUnusable(ChartingError):
    """An asset is missing, damaged, or contradicts the others; the program does not start with it."""


class AtlasTooNew(BodyMapUnusable):
    """The assets were made for a later release of this program than the one that reads them."""


class NotInAtlas(ChartingError):
    """A name that the atlas does not know."""


class UnknownFigure(NotInAtlas):
    """The atlas has no figure of this name."""


class UnknownRegion(NotInAtlas):
    """The figure has no views of a region of this name."""


class UnknownSite(NotInAtlas):
    """The figure has no site of this name."""


class UnknownStructure(NotInAtlas):
    """The atlas has no structure of this name."""


class UnknownView(NotInAtlas):
    """The figure has no view of this name."""


class NotAPlace(ChartingError, ValueError):
    """A coordinate or a distance is not a finite number of millimetres near the body.

    Also a ValueError, so that a payload with such a place in it is refused by pydantic like any bad field.
    """


class OffBodyMap(ChartingError):
    """A tap did not land on the figure."""
