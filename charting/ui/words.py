"""The texts of the pages, in the clinic's language: as everywhere, those of ``charting.words``."""

from charting.words import _, ngettext

__all__ = ["_", "ngettext"]
