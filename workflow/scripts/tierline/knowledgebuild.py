"""Knowledge folders as files: made anew from newer downloads, and read for a comparison."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from tierline.annotation import load_transcripts
from tierline.case import Case, from_json
from tierline.knowledge import (
    KNOWLEDGE,
    load_gene_aliases,
    load_gene_roles,
    load_hotspot_indels,
    load_hotspots,
    own_or_shipped,
)
from tierline.knowledge._gene_aliases import GENE_ALIASES
from tierline.knowledge._gene_roles import GENE_ROLES
from tierline.knowledge._hotspots import HOTSPOT_INDELS, HOTSPOT_RESIDUES
from tierline.knowledge.civic import read_table
from tierline.knowledgebase import load_folder
from tierline.knowledgediff import CaseChange, Side, case_changes, fact_changes
from tierline.oncotree import ONCOTREE_TSV, OncoTree
from tierline.paths import RESOURCES
from tierline.problems import InputError, Problem
from tierline.records import Evidence
from tierline.tiers import AGNOSTIC, index_evidence

# --------------------------------------------------------------------------- making a folder


def build_folder(out: Path, *, civic: Path | None, civic_release: str, oncotree: Path | None, hotspots: Path | None) -> int:
    """Make or refresh ``out`` from the downloads given; returns the number of its facts. The scripts say what they wrote.

    The new folder is made beside ``out`` from what is there (else from the shipped knowledge), and every fact of it is
    read, before anything in ``out`` changes. Raises InputError where a download is not what it has to be, or where
    facts no longer fit (a tumour type that a newer OncoTree does not have).
    """
    given = {"--civic": civic, "--oncotree": oncotree, "--hotspots": hotspots}
    missing = [(option, path) for option, path in given.items() if path is not None and not path.is_file()]
    if missing:
        raise InputError(_problem(option, str(path), "there is no such file", "") for option, path in missing)
    if not any(given.values()):
        raise InputError([_problem("", "", "nothing to build from", f"Name a download: {', '.join(given)}.")])
    if out.resolve() == KNOWLEDGE.resolve():
        raise InputError([_problem("--out", str(out), "the shipped knowledge is not overwritten", "Name another folder.")])
    draft = out.with_name(f"{out.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        base = out if out.is_dir() else KNOWLEDGE
        shutil.copytree(base, draft, ignore=shutil.ignore_patterns("*.py", "*.md", "__pycache__"))
        if oncotree:
            _distil(oncotree, "distil_oncotree", oncotree, draft)
        if hotspots:
            _distil(hotspots, "distil_hotspots", hotspots, draft)
        if civic:
            _distil(civic, "distil_civic", civic_release or _month(civic), civic, draft / "civic")
        facts = load_folder(draft).evidence
        _check_tumor_types(facts, OncoTree.load(draft / ONCOTREE_TSV.name))
        shutil.copytree(draft, out, dirs_exist_ok=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return len(facts)


def _distil(source: Path, script: str, *arguments: object) -> None:
    """Call ``distil`` of a committed script, which says in lines what it wrote."""
    spec = spec_from_file_location(script, KNOWLEDGE / f"{script}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        module.distil(*arguments)
    except (AttributeError, IndexError, KeyError, OSError, TypeError, ValueError) as error:
        message = f"the file is not what {script}.py reads: {type(error).__name__} {error}"
        raise InputError([Problem(str(source), None, "", "", message, "Download it again.")]) from error


def _month(table: Path) -> str:
    """``2026-05`` of a file's name, else the name."""
    found = re.search(r"20\d\d-\d\d", table.stem)
    return found.group() if found else table.stem


def _check_tumor_types(facts: Iterable[Evidence], tree: OncoTree) -> None:
    gone = {(code, fact.id) for fact in facts for code in (*fact.tumor_types, *fact.except_types) if not tree.exists(code)}
    problems = [
        _problem("--oncotree", code, f"the new OncoTree does not have the tumour type of {name}", _heirs(code, tree))
        for code, name in sorted(gone)
        if code not in AGNOSTIC
    ]
    if problems:
        raise InputError(problems)


def _heirs(code: str, tree: OncoTree) -> str:
    heirs = tree.heirs(code)
    return f"It is {' and '.join(heirs)} there." if heirs else "Correct the fact first."


def _problem(option: str, value: str, message: str, remedy: str) -> Problem:
    return Problem("tierline knowledge build", None, option, value, message, remedy)


# --------------------------------------------------------------------------- reading two states


def evidence_of(path: Path) -> tuple[Evidence, ...]:
    """The facts of a knowledge folder, or of CIViC's own table of clinical evidence (2021 or 2026 columns)."""
    return read_table(path, KNOWLEDGE) if path.is_file() else load_folder(path).evidence


def side(path: Path, facts: Iterable[Evidence]) -> Side:
    """The state of the knowledge at ``path``, whose facts are ``facts``; a table that it lacks is the shipped one's."""

    def table(shipped: Path) -> Path:
        return own_or_shipped(path, shipped) if path.is_dir() else shipped

    roles = load_gene_roles(table(GENE_ROLES))
    return Side(
        index_evidence(facts),
        OncoTree.load(table(ONCOTREE_TSV)),
        {gene: row.role for gene, row in roles.items()},
        load_hotspots(table(HOTSPOT_RESIDUES)),
        load_gene_aliases(table(GENE_ALIASES)),
        load_hotspot_indels(table(HOTSPOT_INDELS)),
    )


def changed_reports(old: Path, new: Path, results: Path) -> tuple[list[CaseChange], int]:
    """What would change in the finished reports under ``results``, by case and finding; and how many cases there are.

    Raises InputError with every case file that can't be read, or where there is none.
    """
    files = sorted((results / "interpret").glob("*.json"))
    if not files:
        remedy = "Name the results folder of a run, which has interpret/<tumor>.<panel>.json."
        raise InputError([Problem(str(results), None, "", "", "there is no case file", remedy)])
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in files:
        try:
            cases.append(from_json(file.read_text(encoding="utf-8"), str(file)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    older, newer = evidence_of(old), evidence_of(new)
    before, after, changes = side(old, older), side(new, newer), fact_changes(older, newer)
    rows = [row for case in cases for row in case_changes(case, before, after, changes, _protein_lengths(case))]
    return rows, len(cases)


def _protein_lengths(case: Case) -> dict[str, int]:
    """Amino acids by gene, from the table of the case's genome build where it is a shipped one."""
    path = RESOURCES / "transcripts" / f"{case.reference.build}.tsv"
    choices = load_transcripts(path) if path.is_file() else {}
    return {gene: choice.protein_length for gene, choice in choices.items() if choice.protein_length}
