"""How much of each gene's coding sequence could be seen: its depth drawn along it, its holes by exon and codon."""

from collections.abc import Iterable, Sequence
from typing import Any

from tierline.case import Case
from tierline.codingcoverage import FIVE_PERCENT
from tierline.reasons import FAILED_QC
from tierline.records import CodingCoverage, Hole
from tierline.report.view import span

TITLE = "What this test could and could not see: coding sequence"
ORDER = 81
FOLDED = True

MANY = 200  # genes: of a larger panel only those with a finding or a reportable locus are drawn
WIDTH, HEIGHT, STRIP = 230, 22, 6  # of a picture, in its own units: its depths, and the strip below them


def needed(case: Case) -> bool:
    return bool(case.coding)


def context(case: Case) -> dict[str, Any]:
    claimed, enough = case.coding[0].claimed_vaf, case.coding[0].depth_for_claim
    holes: dict[str, list[Hole]] = {}
    for hole in case.holes:
        holes.setdefault(hole.gene, []).append(hole)
    rows = sorted(case.coding, key=lambda row: row.gene)
    drawn = rows
    if len(rows) > MANY:
        wanted = {locus.gene for locus in case.loci} | {item.finding.gene for item in case.findings}
        drawn = [row for row in rows if row.gene in wanted]
    genes = [_drawn(row, holes.get(row.gene, [])) for row in drawn]
    models = {row.gene for row in rows}
    return {
        "genes": genes,
        "more": len(rows) - len(drawn),
        "claimed": claimed,
        "apart": claimed != FIVE_PERCENT,
        "enough": enough,
        "line": HEIGHT / 2,
        "size": (WIDTH, HEIGHT + STRIP + 2),
        "no_model": [gene for gene in case.panel.genes if gene not in models],
        "sums": [sum(getattr(row, name) for row in rows) for name in ("in_assay", "seen_at_5_percent", "seen_at_claim")],
    }


def _drawn(row: CodingCoverage, holes: Sequence[Hole]) -> dict[str, Any]:
    codons = row.coding_bases / 3
    scale = WIDTH / codons
    wide = WIDTH / len(row.profile)
    enough = row.depth_for_claim or max(1, *(depth or 0 for depth in row.profile))  # without such a depth: all below
    bars = []
    for n, depth in enumerate(row.profile):
        if depth is not None:
            tall = HEIGHT * min(1.0, depth / (2 * enough))
            bars.append({"x": n * wide, "y": HEIGHT - tall, "width": wide, "height": tall})
    strip = [
        {"x": (hole.first_codon - 1) * scale, "width": max(1.0, (hole.last_codon - hole.first_codon + 1) * scale),
         "covered": hole.reason != "outside_assay"}
        for hole in holes
    ]  # fmt: skip
    edges = [(first - 1) * scale for first, _ in row.exons[1:]]
    return {
        "row": row,
        "bars": bars,
        "strip": strip,
        "edges": edges,
        "outside": _outside(hole for hole in holes if hole.reason == "outside_assay"),
        "holes": [hole for hole in holes if hole.reason not in ("outside_assay", FAILED_QC)],
        "withheld": any(hole.reason == FAILED_QC for hole in holes),
    }


def _outside(holes: Iterable[Hole]) -> str:
    """The exons that the assay leaves out, whole and in part: ``exons 1–4, 7; part of exons 5, 6``."""
    whole: list[int] = []
    part: list[int] = []
    for hole in holes:
        (whole if hole.whole_exon else part).append(hole.exon)
    said = [f"exon{'s' if len(whole) > 1 else ''} {_runs(whole)}"] if whole else []
    said += [f"part of exon{'s' if len(set(part)) > 1 else ''} {_runs(sorted(set(part)))}"] if part else []
    return "; ".join(said)


def _runs(numbers: Sequence[int]) -> str:
    """Ascending numbers, those in a row taken together: ``1–4, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(span(str(run[0]), str(run[-1])) for run in runs)
