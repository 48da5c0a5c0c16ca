"""Questions about the knowledge itself: how much there is, what it says of a gene, what is not read, where the gaps are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tierline.alterations import parse
from tierline.knowledge import Knowledge, Unread, load_knowledge, source, source_names
from tierline.oncotree import OncoTree
from tierline.problems import InputError, Problem
from tierline.records import Axis, Evidence
from tierline.tiers import AGNOSTIC, OWN_TYPE, meet


@dataclass(frozen=True, slots=True)
class SourceCount:
    """How many facts one source has on one axis. ``against`` did not find what they looked for: they give no level."""

    source: str  # name of the loader
    release: str  # as the source names it, or "not installed"
    date: str  # of the release
    licence: str  # of the source's data
    axis: str  # sensitivity | resistance | diagnostic | prognostic; "" for a source without facts
    A: int  # facts of level A
    B: int  # facts of level B
    C: int  # facts of level C
    D: int  # facts of level D
    withdrawn: int  # withdrawn approvals, which give no level
    against: int  # facts that speak against


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many records of one source give no fact for one reason."""

    source: str  # name of the loader
    records: int  # so many
    reason: str  # why
    example: str  # one of them


@dataclass(frozen=True, slots=True)
class Family:
    """What the knowledge holds on one gene in one family of tumour types: the best level on each axis, "" for none."""

    gene: str  # HGNC symbol
    family: str  # OncoTree code of a tissue, or any_solid, any_haematological, any
    sensitivity: str  # A | B | C | D, else ""
    resistance: str  # the same
    diagnostic: str  # the same
    prognostic: str  # the same


def load_folder(folder: Path) -> Knowledge:
    """All that a knowledge folder holds; a source whose files are not there is left out, as in a folder of older days.

    Raises InputError where the folder holds no source at all, or where a table is malformed.
    """
    if not folder.is_dir():
        raise InputError([_no_folder(folder, "there is no such folder")])
    names = [name for name in source_names() if _is_there(name, folder)]
    knowledge = load_knowledge(names, folder)
    if not knowledge.evidence:
        raise InputError([_no_folder(folder, "the folder holds no knowledge")])
    return knowledge


def _is_there(name: str, folder: Path) -> bool:
    try:
        source(name).release(folder)
    except FileNotFoundError:
        return False
    return True


def _no_folder(folder: Path, message: str) -> Problem:
    return Problem(str(folder), None, "", "", message, "Name a folder with the layout of resources/knowledge.")


# --------------------------------------------------------------------------- counts


def counts(knowledge: Knowledge, folder: Path) -> list[SourceCount]:
    """One row a source and axis, in the order of names and axes; a source without facts has one row."""
    rows = []
    for name in source_names():
        if not _is_there(name, folder):
            continue
        release = source(name).release(folder)
        about = (name, release["release"], release["date"], release["licence"])
        facts = [fact for fact in knowledge.evidence if fact.knowledge == name]
        for axis in Axis:
            on_axis = [fact for fact in facts if fact.axis is axis]
            if on_axis:
                level = Counter(fact.level for fact in on_axis if counts_for_a_level(fact))
                withdrawn = sum(bool(fact.withdrawn_on) for fact in on_axis)
                against = sum(not fact.supports for fact in on_axis)
                four = (level["A"], level["B"], level["C"], level["D"])
                rows.append(SourceCount(*about, str(axis), *four, withdrawn, against))
        if not facts:
            rows.append(SourceCount(*about, "", 0, 0, 0, 0, 0, 0))
    return rows


def counts_for_a_level(fact: Evidence) -> bool:
    """Whether the fact can give a level: it supports what it says, and is no withdrawn approval."""
    return fact.supports and not fact.withdrawn_on


def unread(folder: Path) -> list[Unread]:
    """Every record of every source that gives no fact."""
    modules = [source(name) for name in source_names() if _is_there(name, folder)]
    return [item for module in modules if hasattr(module, "unread") for item in module.unread(folder)]


def by_reason(items: Iterable[Unread]) -> list[ReasonCount]:
    """How many for each reason, most first, with the first as an example."""
    grouped: defaultdict[tuple[str, str], list[Unread]] = defaultdict(list)
    for item in items:
        grouped[item.source, item.reason].append(item)
    rows = [
        ReasonCount(name, len(found), reason, f"{found[0].id}: {found[0].what}")
        for (name, reason), found in grouped.items()
    ]
    return sorted(rows, key=lambda row: (row.source, -row.records, row.reason))


# --------------------------------------------------------------------------- facts


def genes_of(fact: Evidence) -> frozenset[str]:
    """Every gene that the fact names: its own, those of its other parts, and fusion partners."""
    profile = parse(fact.alteration, fact.gene)
    partners = {atom.partner for part in profile.parts for atom in part.atoms if atom.partner}
    return frozenset({fact.gene, *partners, *(part.gene for part in profile.parts)})


def facts_on(evidence: Iterable[Evidence], tree: OncoTree, gene: str = "", tumor_type: str = "") -> list[Evidence]:
    """The facts that name ``gene`` and hold in the tumour type (an OncoTree code) itself; "" asks for all.

    Ordered by gene, alteration, axis, level, therapy.
    """
    found = [
        fact
        for fact in evidence
        if (not gene or gene in genes_of(fact)) and (not tumor_type or meet(fact, tumor_type, tree)[0] in OWN_TYPE)
    ]
    axes = list(Axis)
    return sorted(found, key=lambda f: (f.gene, f.alteration, axes.index(f.axis), f.level, f.therapy, f.id))


def unread_on(items: Iterable[Unread], gene: str) -> list[Unread]:
    """Those that name ``gene``; "" asks for all."""
    return [item for item in items if not gene or re.search(rf"(?<![\w-]){re.escape(gene)}(?![\w-])", item.what)]


# --------------------------------------------------------------------------- gaps


def families(evidence: Iterable[Evidence], tree: OncoTree) -> list[Family]:
    """The best level on each axis for every gene and family of tumour types that has a fact, by gene and family.

    A fact counts for its gene and for the genes that its profile asks to be altered.
    """
    best: defaultdict[tuple[str, str], dict[Axis, str]] = defaultdict(dict)
    for fact in filter(counts_for_a_level, evidence):
        for gene in parse(fact.alteration, fact.gene).genes or (fact.gene,):
            for family in {code if code in AGNOSTIC else tree.tissue(code) for code in fact.tumor_types}:
                levels = best[gene, family]
                levels[fact.axis] = min(levels.get(fact.axis, fact.level), fact.level)
    return [Family(*key, *(best[key].get(axis, "") for axis in Axis)) for key in sorted(best)]


def columns(rows: Sequence[Family], tree: OncoTree) -> list[str]:
    """The families that have a row: those for any tumour first, then the solid tissues, then the haematological ones."""
    found = {row.family for row in rows}
    tissues = sorted(found - set(AGNOSTIC), key=lambda code: (not tree.is_solid(code), tree.name(code)))
    return [word for word in AGNOSTIC if word in found] + tissues
