"""Knowledge as data: every module of this package is one source, found by its name.

A source module has ``NAME``, ``read(folder) -> Iterator[Evidence]`` and ``release(folder) -> dict[str, str]`` with the
keys of ``RELEASE_KEYS``; where it has records that give no fact, ``unread(folder) -> Iterator[Unread]`` names each of them.
Modules whose name starts with ``_`` are no sources. ``folder`` is ``resources/knowledge`` or
a copy of its layout.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from tierline.knowledge._gene_aliases import current_symbol, load_gene_aliases
from tierline.knowledge._gene_roles import GeneRole, GeneWithoutRole, load_gene_roles, load_genes_without_role
from tierline.knowledge._hotspots import HotspotIndel, HotspotResidue, load_hotspot_indels, load_hotspots
from tierline.knowledge._oncogenicity import OncogenicityTables, load_oncogenicity_tables
from tierline.knowledge._population import PopulationKnown, load_population_known
from tierline.knowledge._residue_numbering import load_residue_numbering
from tierline.paths import RESOURCES
from tierline.problems import InputError, Problem, did_you_mean
from tierline.records import Evidence

__all__ = [
    "KNOWLEDGE", "RELEASE_KEYS", "GeneRole", "GeneWithoutRole", "HotspotIndel", "HotspotResidue", "Knowledge",
    "OncogenicityTables", "PopulationKnown", "Unread", "current_symbol", "load_gene_aliases", "load_gene_roles",
    "load_genes_without_role", "load_hotspot_indels", "load_hotspots", "load_knowledge", "load_oncogenicity_tables",
    "load_population_known", "load_residue_numbering", "own_or_shipped", "source_names",
]  # fmt: skip

KNOWLEDGE: Path = RESOURCES / "knowledge"
RELEASE_KEYS = ("name", "release", "date", "licence", "items")


class Source(Protocol):
    """What a source module offers."""

    NAME: str

    def read(self, folder: Path) -> Iterator[Evidence]:
        """Every fact of the source. Raises InputError with all problems of its files."""

    def release(self, folder: Path) -> dict[str, str]:
        """``RELEASE_KEYS`` in words: name, release, date (YYYY-MM-DD), licence, number of items."""


@dataclass(frozen=True, slots=True)
class Unread:
    """One record of a source that gives no fact: left out by a rule, or not understood."""

    source: str  # name of the source's module
    id: str  # the source's own, e.g. EID1409
    what: str  # what the record is about, in the source's words
    reason: str  # the same words for the same reason, so that they can be counted


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All facts of the chosen sources, in their order; ``by_gene`` is the index that the tier engine asks."""

    evidence: tuple[Evidence, ...]
    by_gene: Mapping[str, tuple[Evidence, ...]]
    releases: tuple[dict[str, str], ...]


def own_or_shipped(folder: Path, shipped: Path) -> Path:
    """The table of the shipped one's name in ``folder``, where it brings its own; else the shipped one."""
    own = folder / shipped.name
    return own if own.exists() else shipped


def source_names() -> tuple[str, ...]:
    """The sources found, by the names of their modules, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def source(name: str) -> Source:
    """The source module ``name``. Raises InputError for a name that is none."""
    if name not in source_names():
        raise InputError(
            [Problem("config", None, "knowledge", name, "no such knowledge source", did_you_mean(name, source_names()))]
        )
    return cast(Source, import_module(f"{__name__}.{name}"))


def load_knowledge(names: Iterable[str] | None = None, folder: str | Path = KNOWLEDGE) -> Knowledge:
    """Read the sources ``names`` (None: every one found). Raises one InputError with the problems of all of them."""
    folder = Path(folder)
    evidence: list[Evidence] = []
    releases: list[dict[str, str]] = []
    problems: list[Problem] = []
    for name in source_names() if names is None else names:
        try:
            module = source(name)
            evidence += module.read(folder)
            releases.append(module.release(folder))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    by_gene: defaultdict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        by_gene[item.gene].append(item)
    return Knowledge(tuple(evidence), {gene: tuple(items) for gene, items in by_gene.items()}, tuple(releases))
