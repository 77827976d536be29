"""How far this computer's clock is from each venue's, from its answers and its messages."""

from __future__ import annotations

from typing import Final

NOTABLE_MS: Final = 1_000
"""Less than this is within what the way through the network takes; times are left as they are."""

WINDOW_MS: Final = 5 * 60_000
"""Messages of this long tell; the quickest of them was under way for the shortest time."""


class ClockSkew:
    """This computer's clock minus each venue's; owned by one thread, without a clock of its own.

    An answer to the question for the time is right to half of its duration. A message was at some time before it
    came, so that none can show less than the true difference: the least of many is nearest to it.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._asked: dict[str, int] = {}
        self._heard: dict[str, tuple[int, int, int | None]] = {}  # window's begin, its least, the least before it

    def note_answer(self, venue: str, skew_ms: int) -> None:
        """An answer told the venue's time."""
        self._asked[venue] = skew_ms

    def note_message(self, venue: str, *, sent_ms: int, received_ms: int) -> None:
        """A message told when it was sent."""
        apart_ms = received_ms - sent_ms
        known = self._heard.get(venue)
        if known is None or received_ms - known[0] > WINDOW_MS or received_ms < known[0]:
            self._heard[venue] = (received_ms, apart_ms, None if known is None else known[1])
        elif apart_ms < known[1]:
            self._heard[venue] = (known[0], apart_ms, known[2])

    def measured_ms(self, venue: str) -> int | None:
        """The difference; None when neither an answer nor a message told it."""
        asked = self._asked.get(venue)
        heard = self._heard.get(venue)
        if heard is None:
            return asked
        least_ms = heard[1] if heard[2] is None else min(heard[1], heard[2])
        return least_ms if asked is None else min(asked, least_ms)

    def notable_ms(self, venue: str) -> int | None:
        """The difference where it is worth making up for, else None."""
        skew_ms = self.measured_ms(venue)
        return skew_ms if skew_ms is not None and abs(skew_ms) >= NOTABLE_MS else None
