"""Whose specimen it is, and what was asked of it. What the sheets leave empty is left out."""

from typing import Any

from tierline.case import Case

TITLE = "Case"
ORDER = 10


def context(case: Case) -> dict[str, Any]:
    sample = case.sample
    identifiers = [
        ("Sample", sample.sample),
        ("Patient", sample.patient),
        ("Sex", "" if sample.sex == "unknown" else sample.sex),
        ("Accession", sample.accession),
        ("Specimen site", sample.specimen_site),
        ("Material", sample.material),
        ("Collected", sample.collected),
        ("Received", sample.received),
        ("Ordered by", sample.ordered_by),
    ]
    return {
        "identifiers": [(name, value) for name, value in identifiers if value],
        "purity": "not known" if sample.purity is None else f"{100 * sample.purity:.0f} %",
    }
