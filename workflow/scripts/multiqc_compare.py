"""Samples of a run against each other by their common SNPs: one table for programs, two for the dashboard."""

from tierline.dashboard import identity_table, lod_map
from tierline.records import SamplePair
from tierline.steps import producing
from tierline.tables import read_rows, write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    made, patients = snakemake.output, snakemake.params.patients
    pairs = [pair for path in snakemake.input for pair in read_rows(path, SamplePair)]
    write_rows(part(made.table), SamplePair, pairs)
    part(made.samples).write_text(identity_table(patients, pairs), encoding="utf-8")
    part(made.lods).write_text(lod_map(patients, pairs), encoding="utf-8")
