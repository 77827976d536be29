"""The real window, started as a person starts it. Prints "painted" at its first paint."""

from __future__ import annotations

import sys

from levdesk.app.command_line import parse_command_line
from levdesk.app.main import show_window

if __name__ == "__main__":
    sys.exit(show_window(parse_command_line(sys.argv[1:]), on_painted=lambda: print("painted", flush=True)))
