"""The vocabulary of quality metrics, as ``assay.schema.yaml`` holds it, and what a failure can withhold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tierline.documents import load_schema

CLAIMS = {
    "findings": "detected variants",
    "hotspot_negatives": "negatives at reportable loci",
    "coding_negatives": "negatives elsewhere in the coding sequence",
}
"""What a report says of a sample; each is made, or withheld, by itself."""

BLOCKS = {
    "nothing": (),
    "hotspot_negatives": ("hotspot_negatives",),
    "negatives": ("hotspot_negatives", "coding_negatives"),
    "everything": tuple(CLAIMS),
}
"""What a failed metric can withhold, and the claims that this means."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a quality metric is."""

    of: str  # sample; tumor: normals have none; case: a tumour under a panel
    unit: str
    worse: str  # lower | higher
    blocks: str  # a key of BLOCKS: what a failure withholds, where the assay does not say otherwise
    needed: bool  # where it cannot be measured, it blocks like a failure
    definition: str
    source: str  # the tool that measures it


def _metrics() -> dict[str, Metric]:
    parts = load_schema("assay")["properties"]["qc"]["properties"]
    return {
        name: Metric(
            of=part["of"],
            unit=part["unit"],
            worse=part["worse"],
            blocks=part["blocks"],
            needed=part.get("needed", False),
            definition=part["description"],
            source=part["source"],
        )
        for name, part in parts.items()
    }


METRICS: Mapping[str, Metric] = MappingProxyType(_metrics())
"""Every metric that can be measured, by name."""
