"""Distil the OncoTree JSON (https://oncotree.mskcc.org/api/tumorTypes/tree) into ``oncotree.tsv``.

Usage: python resources/knowledge/distil_oncotree.py ../shared/data/knowledge/oncotree_2025_10_03.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tierline.oncotree import ONCOTREE_TSV, TumorType
from tierline.tables import write_rows

HEADER = """\
# OncoTree tumour types. Source: OncoTree, Memorial Sloan Kettering Cancer Center, https://oncotree.mskcc.org
# Release: {release}. Licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
# Changes: flattened to seven columns by distil_oncotree.py; colours, references to other vocabularies and the root left
# out; former = history, revocations and precursors of the code.
"""


def walk(node: dict[str, Any]) -> Iterator[TumorType]:
    """The types under ``node``, parents before children, children by code."""
    for child in sorted(node["children"].values(), key=lambda item: item["code"]):
        parent = "" if child["parent"] == "TISSUE" else child["parent"]
        former = sorted({*child["history"], *child["revocations"], *child["precursors"]} - {child["code"]})
        yield TumorType(
            child["code"], child["name"], parent, child["mainType"] or "", child["tissue"], child["level"], tuple(former)
        )
        yield from walk(child)


def distil(source: Path, folder: Path) -> None:
    """Write ``oncotree.tsv`` into ``folder``."""
    target = folder / ONCOTREE_TSV.name
    count = write_rows(target, TumorType, walk(json.loads(source.read_text(encoding="utf-8"))["TISSUE"]))
    target.write_text(HEADER.format(release=source.stem) + target.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{count} tumour types from {source.name} to {target.name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    distil(Path(sys.argv[1]), ONCOTREE_TSV.parent)
