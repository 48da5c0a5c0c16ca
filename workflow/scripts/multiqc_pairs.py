"""Samples of an assay against each other by their common SNPs: all pairs, and whose reads are another patient's."""

from pathlib import Path

from tierline.identity import Fingerprint, compare, find_matches, read_lods
from tierline.records import Kind, SampleMatches, SamplePair
from tierline.snps import read_allele_counts
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, made = snakemake.input, snakemake.output
    samples = [
        Fingerprint(name, patient, Kind(kind), read_allele_counts(path))
        for (name, patient, kind), path in zip(snakemake.params.samples, given.fingerprints, strict=True)
    ]
    pairs = list(compare(samples, read_lods(Path(given.lods).read_text(encoding="utf-8"))))
    write_rows(part(made.pairs), SamplePair, pairs)
    write_rows(part(made.matches), SampleMatches, find_matches(samples, pairs))
