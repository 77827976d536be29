"""LevDesk: a desk for people who hold leveraged tokens.

Lives here: the rooms of the house, from `domain` (ground floor) to `app` (front door), and the version below.
May import: nothing; opening the front door must cost nothing.
Talks to: nobody; each room says for itself on its own door.
Ask first: before adding a room, or a line of code to this file.
"""

from __future__ import annotations

__version__ = "0.1.0"
