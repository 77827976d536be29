"""Plain sentences with their key figures made bold, coloured by what they did, or hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import escape
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from levdesk.ui import theme
from levdesk.ui.format import DOTS
from levdesk.ui.labels import label

_NUMBER: Final = re.compile(
    r"(?<![\w.,])[+\u2212-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.,])[+\u2212-]?\d+(?:\.\d+)?(?![\w])"
)
_NO_AMOUNT: Final = re.compile(
    r"^[\s\u00a0]?(?:%|×|σ|days?\b|hours?\b|h\b|min\b|times\b|rebalances?\b|triggers?\b|of\b"
    r"|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|UTC|:)"
)
_IS_YEAR: Final = re.compile(r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)\w*[\s\u00a0]$")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """An amount that deserves attention where a sentence mentions it.

    Attributes:
        amount: its size, sign aside.
        kind: colour role, "" for bold only.
    """

    amount: Decimal
    kind: str = ""


class Sentence(QLabel):
    """One paragraph; the figures it is told to stress stand out."""

    def __init__(self) -> None:
        super().__init__()
        made = label(wrap=True)
        self.setFont(made.font())
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.plain = ""

    def tell(self, text: str, key_figures: Iterable[KeyFigure], *, hide_amounts: bool) -> None:
        """Write a sentence; the same one again changes nothing."""
        figures = tuple(key_figures)
        self.plain = without_amounts(text) if hide_amounts else text
        html = escape(self.plain) if hide_amounts else stressed(text, figures, theme.active().colours)
        if html != self.text():
            self.setText(html)
            self.setAccessibleName(self.plain)
        self.setVisible(bool(text))


def stressed(text: str, figures: tuple[KeyFigure, ...], colours: theme.Colours) -> str:
    """The text as HTML, key figures bold and, with "above" or "below" behind them, together with that word."""
    parts, at = [], 0
    for match in _NUMBER.finditer(text):
        found = _figure_of(match.group(), figures) if not _NO_AMOUNT.match(text[match.end() :]) else None
        if found is None:
            continue
        end = match.end()
        word = re.match(r"[\s\u00a0](?:USDT[\s\u00a0])?(?:above|below)\b", text[end:])
        end += word.end() if word else 0
        colour = f"color:{getattr(colours, found.kind).name()};" if found.kind else ""
        parts += [escape(text[at : match.start()]), _bold(text[match.start() : end], colour)]
        at = end
    return "".join([*parts, escape(text[at:])])


def without_amounts(text: str) -> str:
    """The text with dots in place of every number that may be money; ratios, dates and counts stay."""

    def hidden(match: re.Match[str]) -> str:
        is_plain = _NO_AMOUNT.match(text[match.end() :]) or _IS_YEAR.search(text[: match.start()])
        return match.group() if is_plain else DOTS

    return _NUMBER.sub(hidden, text)


def _bold(text: str, colour: str) -> str:
    return f'<span style="{colour}font-weight:600">{escape(text)}</span>'


def _figure_of(written: str, figures: tuple[KeyFigure, ...]) -> KeyFigure | None:
    """The key figure that rounds to what is written."""
    try:
        value = abs(Decimal(written.replace(",", "").replace("\u2212", "-")))
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    step = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return next((each for each in figures if value and abs(abs(each.amount) - value) <= step / 2), None)
