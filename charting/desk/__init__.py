"""The desk: the one writer. Takes asks, checks who may, applies, stores, tells the others."""

from charting.desk.desk import Desk
from charting.desk.permissions import Act, may, need

__all__ = ["Act", "Desk", "may", "need"]
