"""Figures as people read them."""

from __future__ import annotations


def percent(fraction: float | None) -> str:
    """A fraction 0-1 as ``68.0 %``; None is ``not known``."""
    return "not known" if fraction is None else f"{100 * fraction:.1f} %"


def number(value: float | None) -> str:
    """A figure with at most four significant digits, thousands set apart; None is an en dash."""
    if value is None:
        return "–"
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 1000 else f"{value:.4g}"


def measure(value: float | None, unit: str) -> str:
    """A quality figure with its unit; a fraction is shown in percent."""
    if value is None:
        return "–"
    return percent(value) if unit == "fraction" else f"{number(value)} {unit}".strip()


def duration(hours: float) -> str:
    """A time in hours as people say it."""
    if hours < 1 / 60:
        return "under a minute"
    if hours < 2:
        return f"{60 * hours:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
