"""The working behind every tier: each evidence item looked at, what it said and what it was taken for."""

from collections.abc import Iterable
from typing import Any

from tierline.case import Case, CaseFinding
from tierline.records import Axis, Criterion, EvidenceMatch, Tier
from tierline.report.view import numbered

TITLE = "Evidence behind each tier"
ORDER = 120
FOLDED = True


def _order(match: EvidenceMatch) -> tuple[str, int, str]:
    return match.level_used or "Z", list(Axis).index(match.evidence.axis), match.evidence.id


def _by_reason(criteria: Iterable[Criterion]) -> list[tuple[str, str]]:
    """(ids, reason) of criteria that were not assessed, each reason once."""
    grouped: dict[str, list[str]] = {}
    for criterion in criteria:
        grouped.setdefault(criterion.why, []).append(criterion.id)
    return [(", ".join(ids), reason) for reason, ids in grouped.items()]


def _role(item: CaseFinding) -> str:
    """The role of the finding's gene with its source, or that it is not known and what was read of it."""
    source = item.gene_role_source
    if item.gene_role:
        return f"{item.gene_role} ({source})" if source else item.gene_role
    if source:
        return f"role of the gene not known: {source}"
    return "" if item.statement else "role of the gene not known"


def context(case: Case) -> dict[str, Any]:
    rows = []
    for n, item in numbered(case, *Tier):
        used_first = sorted(item.trace, key=_order)
        of_variant = item.oncogenicity
        criteria = of_variant.criteria if of_variant else ()
        rows.append(
            {
                "n": n,
                "item": item,
                "f": item.finding,
                "role": _role(item),
                "trace": used_first,
                "oncogenicity": of_variant,
                "met": [c for c in criteria if c.state == "met"],
                "not_met": [c.id for c in criteria if c.state == "not_met"],
                "not_assessed": _by_reason(c for c in criteria if c.state == "not_assessed"),
            }
        )
    return {"rows": rows}
