"""Samples of a run against each other by their common SNPs: one table for programs, two for the dashboard."""

from pathlib import Path

from tierline.dashboard import identity_table, lod_map
from tierline.identity import Fingerprint, compare, read_lods
from tierline.records import Kind, SamplePair
from tierline.snps import read_allele_counts
from tierline.steps import producing
from tierline.tables import write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, made = snakemake.input, snakemake.output
    pairs: list[SamplePair] = []
    paths = iter(given.fingerprints)  # in the order of the samples
    for path, samples in zip(given.lods, snakemake.params.samples, strict=True):
        fingerprints = [
            Fingerprint(name, patient, Kind(kind), read_allele_counts(next(paths))) for name, patient, kind in samples
        ]
        pairs += compare(fingerprints, read_lods(Path(path).read_text(encoding="utf-8")))
    names = {name: patient for samples in snakemake.params.samples for name, patient, _ in samples}
    write_rows(part(made.table), SamplePair, pairs)
    part(made.samples).write_text(identity_table(names, pairs), encoding="utf-8")
    part(made.lods).write_text(lod_map(names, pairs), encoding="utf-8")
