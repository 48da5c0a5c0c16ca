"""The loci for which there is no answer, with the reason: first what the reads did not allow, then what was not covered."""

from itertools import groupby
from typing import Any

from tierline.case import Case
from tierline.records import LocusAnswer, State
from tierline.report.view import by_gene

TITLE = "What could not be assessed"
ORDER = 40

_SILENT = (State.NOT_ASSESSABLE, State.NOT_COVERED)


def _why(locus: LocusAnswer) -> tuple[int, str]:
    return _SILENT.index(locus.state), locus.reason


def context(case: Case) -> dict[str, Any]:
    owed = {gene: len(loci) for gene, loci in by_gene(case.loci)}
    silent = sorted((locus for locus in case.loci if locus.state in _SILENT), key=_why)
    rows = []
    for (index, reason), group in groupby(silent, key=_why):
        genes = []
        for gene, loci in by_gene(group):
            depths = [locus.depth for locus in loci if locus.depth is not None]
            span = f"{min(depths)}" if len(set(depths)) == 1 else f"{min(depths)}–{max(depths)}" if depths else ""
            notes = list(dict.fromkeys(locus.note for locus in loci if locus.note))
            genes.append({"gene": gene, "loci": loci, "all": len(loci) == owed[gene], "depth": span, "notes": notes})
        rows.append({"state": _SILENT[index], "reason": reason, "genes": genes})
    return {"rows": rows, "silent": len(silent), "total": len(case.loci)}
