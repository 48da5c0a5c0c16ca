"""The methods in a few lines: what the printed pages need to be read on their own."""

from typing import Any

from tierline.case import Case, series
from tierline.tools import remark

TITLE = "Methods in short"
ORDER = 165


def context(case: Case) -> dict[str, Any]:
    odd = [f"{tool.tool} ({said})" for tool in case.tools if (said := remark(tool))]
    return {
        "callers": sorted({c.caller for item in case.findings for c in item.caller_counts}),
        "releases": [" ".join(filter(None, (k.name, k.release))) for k in case.knowledge],
        "odd_tools": series(odd) if odd else "",
    }
