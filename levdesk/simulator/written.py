"""How venues write figures: as text with set digits."""

from __future__ import annotations


def text(value: float, digits: int) -> str:
    """A figure with so many digits after the point."""
    return f"{value:.{digits}f}"


def trimmed(value: float, digits: int) -> str:
    """A figure with at most so many digits after the point, without the zeros at its end."""
    written = f"{value:.{digits}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
