"""The allele fractions of the findings side by side, with the uncertainty of their counts."""

from typing import Any

from tierline.case import Case, change
from tierline.records import Tier
from tierline.report.view import interval, numbered, short_protein

TITLE = "Allele fractions"
ORDER = 70

LEFT, WIDTH, ROW = 190, 430, 24  # of the plot, in its own units


def context(case: Case) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for _, item in numbered(case, *Tier):
        f = item.finding
        if f.vaf is not None and f.depth and f.alt_depth is not None:
            low, high = interval(f.alt_depth, f.depth)
            name = f"{f.gene} {short_protein(f.hgvsp) or change(f)}"
            rows.append({"f": f, "label": name if len(name) <= 26 else name[:25] + "…", "low": low, "high": high})
    expected = None if case.sample.purity is None else case.sample.purity / 2
    top = max([row["high"] for row in rows] + [expected or 0.0, 0.1])
    step = next((s for s in (0.02, 0.05, 0.1, 0.2) if top / s <= 6), 0.25)
    ticks = [round(i * step, 2) for i in range(int(top / step + 0.999) + 1)]
    scale = WIDTH / ticks[-1]
    for n, row in enumerate(rows):
        row["y"] = 14 + n * ROW
        row["x"], row["x_low"], row["x_high"] = (
            round(LEFT + scale * fraction, 1) for fraction in (row["f"].vaf, row["low"], row["high"])
        )
    return {
        "rows": rows,
        "left": LEFT,
        "bottom": 10 + ROW * len(rows),
        "ticks": [(tick, round(LEFT + scale * tick, 1)) for tick in ticks],
        "expected": expected,
        "expected_x": round(LEFT + scale * (expected or 0.0), 1),
    }
