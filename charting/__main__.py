"""Chart injection sites on body maps that are exact in millimetres."""

from charting.command_line.app import app

__all__ = ["app"]

if __name__ == "__main__":
    app(prog_name="charting")
