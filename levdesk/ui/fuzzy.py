"""Finding things by a few of their letters, in order: "adtr" finds "Add transaction"."""

from __future__ import annotations

_START = 8
_FOLLOWS = 5
_INSIDE = 1
_GAP = 0.02


def score(wanted: str, text: str) -> float | None:
    """How well `text` answers `wanted`, higher is better; None when it does not.

    All letters must occur in order, without regard to case; letters at the start of words and letters that follow
    each other count more, late ones a little less. Nothing wanted matches everything with 0.
    """
    needle = [letter for letter in wanted.casefold() if not letter.isspace()]
    if not needle:
        return 0.0
    hay = text.casefold()
    best: float | None = None
    start = hay.find(needle[0])
    while start >= 0:
        found = _from(needle, hay, start)
        if found is not None and (best is None or found > best):
            best = found
        start = hay.find(needle[0], start + 1)
    return best


def _from(needle: list[str], hay: str, start: int) -> float | None:
    total, last = 0.0, -2
    at = start
    for letter in needle:
        at = _next(letter, hay, at, last)
        if at < 0:
            return None
        starts_word = at == 0 or not hay[at - 1].isalnum()
        total += _START if starts_word else _FOLLOWS if at == last + 1 else _INSIDE
        last = at
        at += 1
    return total - _GAP * last


def _next(letter: str, hay: str, at: int, last: int) -> int:
    """The next place of a letter: right after the last one, else at the start of a word, else anywhere."""
    if last >= 0 and hay[at : at + 1] == letter:
        return at
    place = hay.find(letter, at)
    first = place
    while place >= 0:
        if place == 0 or not hay[place - 1].isalnum():
            return place
        place = hay.find(letter, place + 1)
    return first
