"""Colours and the style sheet that every body map carries. Each colour is a CSS variable with its fallback."""

from __future__ import annotations

COLOURS = {
    "--map-skin": "#f8e6da",
    "--map-skin-shade": "#a5644a",
    "--map-skin-line": "#643a2b",
    "--map-bone": "#fcf6e9",
    "--map-bone-shade": "#8f744a",
    "--map-bone-line": "#6f5d3c",
    "--map-ink": "#15202b",
    "--map-halo": "#ffffff",
    "--map-accent": "#0b6e75",
}

# The other looks: what a theme changes. Classes on the root choose them: ``body-map tone-2``, ``body-map plain`` ...
THEMES: dict[str, dict[str, str]] = {
    "tone-1": {},
    "tone-2": {
        "--map-skin": "#dcb08c",
        "--map-skin-shade": "#7c4527",
        "--map-skin-line": "#4d2a18",
    },
    "tone-3": {
        "--map-skin": "#9a6a4b",
        "--map-skin-shade": "#3f2115",
        "--map-skin-line": "#2b150c",
    },
    "dark": {
        "--map-ink": "#e9eef2",
        "--map-halo": "#10161b",
        "--map-accent": "#4cc3c9",
    },
    "plain": {
        "--map-skin": "#ffffff",
        "--map-skin-line": "#111111",
        "--map-bone": "#e9e9e9",
        "--map-bone-line": "#555555",
        "--map-ink": "#000000",
        "--map-halo": "#ffffff",
        "--map-accent": "#000000",
    },
}


def _rules() -> str:
    def var(name: str) -> str:
        return f"var({name},{COLOURS[name]})"

    rules = {
        "text": f"font-family:var(--map-font,'Source Sans 3','Open Sans','DejaVu Sans',sans-serif);fill:{var('--map-ink')}",
        ".skin": f"fill:{var('--map-skin')}",
        ".skin-tone": f"fill:{var('--map-skin-shade')}",
        ".skin-line,.skin-crease": f"fill:{var('--map-skin-line')}",
        ".skin-outline": f"fill:none;stroke:{var('--map-skin-line')};stroke-linejoin:round",
        ".skin-crease": "fill-opacity:.7",
        ".layer-bones": "opacity:.86",
        ".bone-fill": f"fill:{var('--map-bone')}",
        ".bone-tone": f"fill:{var('--map-bone-shade')}",
        ".bone-line": f"fill:none;stroke:{var('--map-bone-line')};stroke-linejoin:round;stroke-linecap:round",
        ".bone-crease": f"fill:{var('--map-bone-line')}",
        ".bone-fill.far-1": "fill-opacity:.62",
        ".bone-fill.far-2": "fill-opacity:.36",
        ".bone-line.far-1": "stroke-opacity:.62",
        ".bone-line.far-2": "stroke-opacity:.36",
        ".skin-over": "opacity:.45",
        ".leader": f"stroke:{var('--map-ink')};stroke-opacity:.75",
        ".landmark": f"fill:{var('--map-halo')};stroke:{var('--map-ink')}",
        ".name,.edge,.bar-name": f"stroke:{var('--map-halo')};stroke-linejoin:round;paint-order:stroke;stroke-opacity:.85",
        ".edge,.bar-name": "fill-opacity:.8",
        ".side": "font-weight:700;fill-opacity:.75",
        ".bar": f"fill:none;stroke:{var('--map-ink')}",
        ".layer-sites": "display:none",
        ".site path": f"fill:{var('--map-accent')};fill-opacity:.16;stroke:{var('--map-accent')};stroke-width:.3",
        ".site circle": f"fill:{var('--map-accent')}",
        ".site .site-curve": f"fill:none;stroke:{var('--map-accent')};stroke-linecap:round",
    }
    lines = []
    for selector, body in rules.items():
        scoped = ",".join(f".body-map {one}" for one in selector.split(","))
        lines.append(f"{scoped}{{{body}}}")
    for theme, colours in THEMES.items():
        if colours:
            lines.append(f".body-map.{theme}{{{';'.join(f'{k}:{v}' for k, v in colours.items())}}}")
    lines += [
        ".body-map.plain .tone{display:none}",
        ".body-map.plain .layer-bones{opacity:1}",
        ".body-map.dark .layer-skin{opacity:.78}",
        ".body-map.dark .layer-bones{opacity:.66}",
        ".body-map.show-sites .layer-sites{display:inline}",
        ".body-map.no-bones .layer-bones,.body-map.no-landmarks .layer-landmarks{display:none}",
    ]
    return "\n".join(lines)


STYLE = _rules()
