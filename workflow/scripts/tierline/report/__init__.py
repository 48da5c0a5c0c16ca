"""The report of one case: a single HTML file that opens offline, reads without JavaScript and prints on A4.

Every module in ``sections/`` is a section, found by its file name. It has ``TITLE``, ``ORDER`` (low comes first) and
``context(case) -> dict``, and a template of its own name in ``templates/sections/`` that shows that context. It may
have ``FOLDED = True`` (shown as a line that unfolds), or ``TIERS``: it is folded unless the report's body shows one of
them; and ``needed(case) -> bool``: it is left out where that is False. Templates also see ``case``, ``tiers`` and
``generated_on``.
"""

from __future__ import annotations

import importlib
import pkgutil
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tierline.case import TIER_MEANING, Case
from tierline.records import Axis, State
from tierline.report import sections as _sections
from tierline.report import view


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report as found."""

    name: str
    title: str
    order: int
    folded: bool
    tiers: tuple[str, ...]  # tiers that it shows; () where it shows none
    context: Callable[[Case], dict[str, Any]]
    needed: Callable[[Case], bool]

    def is_folded(self, tiers: Sequence[str]) -> bool:
        return self.folded or (bool(self.tiers) and not set(self.tiers) & set(tiers))


@cache
def find_sections() -> tuple[Section, ...]:
    """Every section there is, in the order of the report."""
    found = []
    for info in pkgutil.iter_modules(_sections.__path__):
        module = importlib.import_module(f"{_sections.__name__}.{info.name}")
        folded, tiers = getattr(module, "FOLDED", False), tuple(getattr(module, "TIERS", ()))
        needed = getattr(module, "needed", lambda _: True)
        found.append(Section(info.name, module.TITLE, module.ORDER, folded, tiers, module.context, needed))
    return tuple(sorted(found, key=lambda section: (section.order, section.name)))


@cache
def environment() -> Environment:
    """The templates' environment: everything escaped, a name that is not defined is an error."""
    env = Environment(
        loader=PackageLoader("tierline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(view.FILTERS)
    shared = {name: getattr(view, name) for name in ("notes", "source_link")}
    env.globals.update(Axis=Axis, State=State, TIER_MEANING=TIER_MEANING, **shared)
    return env


def render(case: Case, tiers: Sequence[str] = ("I", "II", "III"), generated_on: str = "") -> str:
    """The report as one HTML text.

    ``tiers`` are those that the body shows open; the others are folded, never left out. ``generated_on`` is the date
    to print (YYYY-MM-DD), "" for none: the same case and date give the same bytes.
    """
    env = environment()
    shared = {"case": case, "tiers": tuple(tiers), "generated_on": generated_on}
    body = []
    for section in (section for section in find_sections() if section.needed(case)):
        template = env.get_template(f"sections/{section.name}.html")
        inner = Markup(template.render(**shared, **section.context(case)))
        body.append({"section": section, "folded": section.is_folded(tiers), "html": inner, "last_folded": False})
    for part in [part for part in body if part["folded"]][-1:]:
        part["last_folded"] = True
    script = env.loader.get_source(env, "report.js")[0] if env.loader else ""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return env.get_template("report.html").render(**shared, body=body, script=Markup(script), script_digest=digest)
