"""The report of one case: a single HTML file that opens offline, reads without JavaScript and prints on A4.

Every module in ``sections/`` is a section, found by its file name. It has ``TITLE``, ``ORDER`` (low comes first) and
``context(case) -> dict``, and a template of its own name in ``templates/sections/`` that shows that context. It may
have ``FOLDED = True`` (shown as a line that unfolds), or ``TIERS``: it is folded unless the report's body shows one of
them; and ``needed(case) -> bool``: it is left out where that is False. With ``OF_EARLIER = True`` it is left out unless
there is an earlier report. Templates also see ``case``, ``tiers``, ``generated_on``, ``number`` and ``since``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from tierline import pages
from tierline.case import TIER_MEANING, Case, to_json
from tierline.changes import Change
from tierline.records import Axis, State
from tierline.report import sections as _sections
from tierline.report import view

COST = re.compile(r'<p class="cost">.*?</p>\n')
"""The line that differs between two reports of one case that say the same: what the run took."""


@dataclass(frozen=True, slots=True)
class Since:
    """An earlier report of the case, and what changed since; None: its case file is not there, so nothing can be said."""

    number: int
    made_on: str  # YYYY-MM-DD
    status: str  # DRAFT | FINAL | AMENDED
    changes: tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report as found."""

    name: str
    title: str
    order: int
    folded: bool
    tiers: tuple[str, ...]  # tiers that it shows; () where it shows none
    of_earlier: bool  # whether it speaks of earlier reports
    context: Callable[[Case], dict[str, Any]]
    needed: Callable[[Case], bool]

    def is_folded(self, tiers: Sequence[str]) -> bool:
        return self.folded or (bool(self.tiers) and not set(self.tiers) & set(tiers))


def case_digest(text: str) -> str:
    """SHA-256 of a case file: which one a page was made from stands in its head."""
    return sha256(text.encode()).hexdigest()


@cache
def find_sections() -> tuple[Section, ...]:
    """Every section there is, in the order of the report."""
    found = []
    for info in pkgutil.iter_modules(_sections.__path__):
        module = importlib.import_module(f"{_sections.__name__}.{info.name}")
        folded, tiers = getattr(module, "FOLDED", False), tuple(getattr(module, "TIERS", ()))
        needed, of_earlier = getattr(module, "needed", lambda _: True), getattr(module, "OF_EARLIER", False)
        found.append(Section(info.name, module.TITLE, module.ORDER, folded, tiers, of_earlier, module.context, needed))
    return tuple(sorted(found, key=lambda section: (section.order, section.name)))


@cache
def environment() -> Environment:
    """The templates' environment, with what they may call."""
    env = pages.environment("tierline.report")
    env.filters.update(view.FILTERS)
    shared = {name: getattr(view, name) for name in ("notes", "source_link")}
    env.globals.update(Axis=Axis, State=State, TIER_MEANING=TIER_MEANING, **shared)
    return env


def render(
    case: Case,
    tiers: Sequence[str] = ("I", "II", "III"),
    generated_on: str = "",
    number: int = 1,
    since: Sequence[Since] = (),
    cost: str = "",
) -> str:
    """The report as one HTML text.

    ``tiers`` are those that the body shows open; the others are folded, never left out. ``generated_on`` is the date
    to print (YYYY-MM-DD), "" for none: the same case, date and history give the same bytes. ``number`` counts the reports
    of the case from 1; ``since`` are earlier ones, each with what changed since. ``cost`` says what the sample took, "" for
    nothing known.
    """
    env = environment()
    shared = {"case": case, "tiers": tuple(tiers), "generated_on": generated_on, "number": number, "since": tuple(since)}
    made_of = case_digest(to_json(case))
    body = []
    for section in (section for section in find_sections() if section.needed(case) and (since or not section.of_earlier)):
        template = env.get_template(f"sections/{section.name}.html")
        inner = Markup(template.render(**shared, **section.context(case)))
        body.append({"section": section, "folded": section.is_folded(tiers), "html": inner, "last_folded": False})
    for part in [part for part in body if part["folded"]][-1:]:
        part["last_folded"] = True
    script = pages.SORT + (env.loader.get_source(env, "report.js")[0] if env.loader else "")
    frame = {"body": body, "script": Markup(script), "policy": pages.policy(script), "made_of": made_of, "cost": cost}
    return env.get_template("report.html").render(**shared, **frame)
