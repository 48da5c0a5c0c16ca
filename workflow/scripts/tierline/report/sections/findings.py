"""Tier I and II: what was found, and which therapies the evidence speaks for or against."""

from typing import Any

from tierline.case import Case, both_ways, supports
from tierline.records import Axis, Tier
from tierline.report.view import numbered

TITLE = "Findings of strong or potential clinical significance (Tier I and II)"
ORDER = 30
TIERS = ("I", "II")

SHOWN = 6  # therapies per axis in the body; the trace has all


def context(case: Case) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for n, item in numbered(case, Tier.I, Tier.II):
        found = supports(item.trace)
        axes = {axis: [s for s in found if s.axis is axis] for axis in Axis}
        rows.append({"n": n, "item": item, "f": item.finding, "axes": axes})
    return {
        "rows": rows,
        "shown": SHOWN,
        "both_ways": both_ways(case.findings),
        "asks_for_test": any(s.approved_test == "yes" for row in rows for axis in row["axes"].values() for s in axis),
    }
