"""Drawings and documents: session chart and course map as SVG, PDF and PNG, with the glyphs of the screen."""

from charting.chart.facts import ChartFacts, CourseFacts, Paper
from charting.chart.sessions import session_chart
from charting.chart.sheets import Document
from charting.chart.svg import plate_svg, sheet_svg

__all__ = ["ChartFacts", "CourseFacts", "Document", "Paper", "plate_svg", "session_chart", "sheet_svg"]
