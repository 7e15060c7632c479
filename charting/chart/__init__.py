"""Drawings and documents: session chart and course map as SVG, PDF and PNG, with the glyphs of the screen."""
