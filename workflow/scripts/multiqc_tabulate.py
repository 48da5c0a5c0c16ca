"""Tierline's own tables of the dashboard: samples and cases, verdicts, tool versions."""

from pathlib import Path

from tierline.case import from_json
from tierline.dashboard import sample_table, state_table, verdict_table, version_table
from tierline.records import Failed
from tierline.steps import producing
from tierline.tables import read_rows

with producing(snakemake.log[0], snakemake.output) as part:
    cases = [from_json(Path(path).read_text(encoding="utf-8"), path) for path in snakemake.input.cases]
    failed = [row for path in snakemake.input.failed for row in read_rows(path, Failed)]
    states = state_table(snakemake.params.samples, snakemake.params.without, failed)
    part(snakemake.output.states).write_text(states, encoding="utf-8")
    part(snakemake.output.samples).write_text(sample_table(cases, snakemake.input.fastp), encoding="utf-8")
    part(snakemake.output.verdicts).write_text(verdict_table(cases), encoding="utf-8")
    part(snakemake.output.versions).write_text(version_table(cases), encoding="utf-8")
