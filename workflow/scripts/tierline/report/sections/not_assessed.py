"""The loci for which there is no answer, with the reason: first what the reads did not allow, then what was not covered."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from tierline.case import Case, genes_without_locus, no_locus_sentence, percent_up
from tierline.records import LocusAnswer, State
from tierline.report.view import by_gene, span

TITLE = "What could not be assessed"
ORDER = 40

NAMED = 6  # loci of a gene that are named one by one
TOLD = ("depth", "quality", "gene_not_in_annotation")  # reasons whose notes say what the figures here say already
LIMITED = ("depth", "quality", "purity")  # reasons that the limit of detection decided

_SILENT = (State.NOT_ASSESSABLE, State.NOT_COVERED)


def _why(locus: LocusAnswer) -> tuple[int, str]:
    return _SILENT.index(locus.state), locus.reason


def _figures(loci: Sequence[LocusAnswer], reason: str) -> str:
    """The range of usable depth and, where these decided, of the fractions that could have been seen: ``103×, 8.7 %``."""
    depths = [locus.depth for locus in loci if locus.depth is not None]
    if not depths:
        return ""
    said = f"{span(str(min(depths)), str(max(depths)))}×"
    if reason not in LIMITED:
        return said
    limits = [locus.lod_vaf for locus in loci if locus.lod_vaf is not None]
    if not limits:
        return f"{said}, no fraction"
    low, high = percent_up(min(limits)), percent_up(max(limits))
    return f"{said}, {span(low, high).replace(' %–', '–')}" + (" or none" if len(limits) < len(loci) else "")


def context(case: Case) -> dict[str, Any]:
    owed = {gene: len(loci) for gene, loci in by_gene(case.loci)}
    silent = sorted((locus for locus in case.loci if locus.state in _SILENT), key=_why)
    rows = []
    for (index, reason), group in groupby(silent, key=_why):
        loci = list(group)
        notes = {locus.note for locus in loci if locus.note and reason not in TOLD}
        genes = [
            {
                "gene": gene,
                "loci": own if (len(own) < owed[gene] and len(own) <= NAMED) or owed[gene] == 1 else [],
                "count": len(own),
                "of": owed[gene],
                "figures": _figures(own, reason),
                "notes": sorted({locus.note for locus in own if locus.note in notes}) if len(notes) > 1 else [],
            }
            for gene, own in by_gene(loci)
        ]
        rows.append(
            {
                "state": _SILENT[index],
                "reason": reason,
                "limited": reason in LIMITED,
                "count": len(loci),
                "figures": _figures(loci, reason) if len(genes) > 1 else "",
                "note": notes.pop() if len(notes) == 1 else "",
                "genes": genes,
            }
        )
    no_locus = genes_without_locus(case.panel.genes, case.loci)
    return {
        "rows": rows,
        "silent": len(silent),
        "total": len(case.loci),
        "claimed": case.panel.thresholds.get("claimed_lod_snv"),
        "no_locus": no_locus_sentence(no_locus) if no_locus else "",
    }
