"""The same marking as one would write it with NiceGUI alone: an image whose SVG is sent anew for each tap.

python -m benchmarks.plain_marking PORT DRAWING MARKS      (a file of points: a list of [x, y] in mm)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nicegui import app, events, ui


def disc(number: int, x: float, y: float) -> str:
    return (
        f'<g class="mark"><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#0b6e75" stroke="white"/>'
        f'<text x="{x:.1f}" y="{y + 1.5:.1f}" font-size="4" text-anchor="middle">{number}</text></g>'
    )


def main(port: int, drawing: Path, marks: Path) -> None:
    already = [tuple(point) for point in json.loads(marks.read_text())]
    app.add_static_file(local_file=drawing, url_path="/body.svg")

    @ui.page("/{count}")
    def page(count: int) -> None:
        points = already[:count]

        def mark(event: events.MouseEventArguments) -> None:
            points.append((event.image_x, event.image_y))
            image.content = "".join(disc(number, *at) for number, at in enumerate(points, start=1))

        image = ui.interactive_image("/body.svg", on_mouse=mark, events=["mouseup"])
        image.content = "".join(disc(number, *at) for number, at in enumerate(points, start=1))
        image.style("width: 440px")

    ui.run(host="127.0.0.1", port=port, reload=False, show=False, show_welcome_message=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
