"""The vocabulary of quality metrics, as ``assay.schema.yaml`` holds it, and what a failure can withhold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tierline.documents import load_schema

RESULTS = {
    "findings": "detected variants",
    "hotspot_negatives": "negatives at reportable loci",
    "coding_negatives": "negatives elsewhere in the coding sequence",
}
"""What a report gives of a sample; each is reported, or withheld, by itself."""

WITHHOLDS = {
    "nothing": (),
    "hotspot_negatives": ("hotspot_negatives",),
    "negatives": ("hotspot_negatives", "coding_negatives"),
    "everything": tuple(RESULTS),
}
"""What a failed metric can withhold, and the results that this means."""


KINDS = ("sample", "tumor", "pair", "case")
"""What a metric can be of: every sample, tumours, tumours with a normal, a tumour under a panel."""
OF_CONTROLS = {"positive_controls": True, "no_template_controls": False}
"""The metrics by which run controls count for the tumours beside them, and whether they are of those with a panel."""
NO_READS = "the sample came as a VCF"
NO_COVERAGE = "no coverage came with the VCF"


@dataclass(frozen=True, slots=True)
class Metric:
    """What a quality metric is."""

    of: str  # one of KINDS
    unit: str
    worse: str  # lower | higher
    withholds: str  # a key of WITHHOLDS: what a failure withholds, where the assay does not say otherwise
    needed: bool  # where it cannot be measured, it withholds like a failure
    chemistry: str  # of the assays that it can be measured of; "": of all
    otherwise: Mapping[str, float]  # limits of what was measured where the assay gives none; mostly empty
    definition: str
    source: str  # the tool that measures it


def _metrics() -> dict[str, Metric]:
    parts = load_schema("assay")["properties"]["qc"]["properties"]
    return {
        name: Metric(
            of=part["of"],
            unit=part["unit"],
            worse=part["worse"],
            withholds=part["withholds"],
            needed=part.get("needed", False),
            chemistry=part.get("chemistry", ""),
            otherwise=MappingProxyType(part.get("otherwise", {})),
            definition=part["description"],
            source=part["source"],
        )
        for name, part in parts.items()
    }


METRICS: Mapping[str, Metric] = MappingProxyType(_metrics())
"""Every metric that can be measured, by name."""
