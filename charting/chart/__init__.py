"""Drawings and documents: session chart and course map as SVG, PDF and PNG, with the glyphs of the screen.

    facts      what a document is made from
    sessions   the chart of a session, laid out
    courses    the course map, laid out; and one view of it as a drawing
    aftercare  the sheet that a patient takes home, laid out
    note       the procedure note, as sentences
    sheets     what stands where, which all that follow draw
    svg        a sheet or a plate as SVG
    pdf        a document as PDF/A-3a and PDF/UA-1
    png        a drawing as a picture
    glyphs     how a mark looks, on screen and on paper; fonts, maps, plates, words serve the rest

    >>> from charting.chart import Paper
    >>> Paper.A4.size
    (210.0, 297.0)

A document is laid out once, ``session_chart(facts)``, and then written as often as it is wanted:
``sheet_svg(document, 0)``, ``pdf(document)``, ``png(sheet_svg(document, 0), 1200)``.
"""

from charting.chart.aftercare import aftercare_sheet
from charting.chart.courses import course_map, course_map_svg
from charting.chart.facts import ChartFacts, CourseFacts, Paper
from charting.chart.glyphs import glyphs, session_glyph
from charting.chart.note import procedure_note
from charting.chart.pdf import pdf
from charting.chart.png import png
from charting.chart.sessions import session_chart
from charting.chart.sheets import Document
from charting.chart.svg import plate_svg, sheet_svg

__all__ = [
    "ChartFacts",
    "CourseFacts",
    "Document",
    "Paper",
    "aftercare_sheet",
    "course_map",
    "course_map_svg",
    "glyphs",
    "pdf",
    "plate_svg",
    "png",
    "procedure_note",
    "session_chart",
    "session_glyph",
    "sheet_svg",
]
