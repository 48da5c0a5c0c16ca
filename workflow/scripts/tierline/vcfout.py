"""A VCF is written whole and indexed, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysam


@contextmanager
def writing(path: str | Path, header: pysam.VariantHeader) -> Iterator[pysam.VariantFile]:
    """Write a bgzipped VCF beside ``path``; on success it is moved there and indexed by tabix, else removed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name.removesuffix('.vcf.gz')}.part.vcf.gz")
    try:
        with pysam.VariantFile(str(partial), "wz", header=header) as out:
            yield out
        pysam.tabix_index(str(partial), preset="vcf", force=True)
        os.replace(partial, path)
        os.replace(f"{partial}.tbi", f"{path}.tbi")
    finally:
        for leftover in (partial, Path(f"{partial}.tbi")):
            leftover.unlink(missing_ok=True)
