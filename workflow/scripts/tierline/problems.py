"""Problems with a user's input: all of them, each with its place and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

EXIT_DONE, EXIT_INCOMPLETE, EXIT_BAD_INPUT, EXIT_TOOL_FAILED = 0, 1, 2, 3


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of the input. ``row`` is the 1-based line of the file; None where the whole file is meant."""

    file: str
    row: int | None
    column: str
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = self.file + (f", row {self.row}" if self.row is not None else "")
        where += f", column {self.column}" if self.column else ""
        value = f" (found {self.value!r})" if self.value else ""
        return f"{where}: {self.message}{value}. {self.remedy}".rstrip()


class InputError(Exception):
    """Raised once, with every problem that was found; commands turn it into exit code 2."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(value: str, allowed: Iterable[str]) -> str:
    """``Write X, Y or Z instead``; a close match is named first, long lists are cut at eight."""
    allowed = sorted(allowed)
    close = get_close_matches(value, allowed, n=1, cutoff=0.6)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    shown = ", ".join(allowed[:8]) + (", ..." if len(allowed) > 8 else "")
    return f"{hint}Allowed: {shown}."
