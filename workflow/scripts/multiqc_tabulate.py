"""Tierline's own tables of the dashboard: samples and cases, verdicts, tool versions."""

from pathlib import Path

from tierline.case import from_json
from tierline.dashboard import sample_table, verdict_table, version_table
from tierline.steps import logged

with logged(snakemake.log[0]):
    cases = [from_json(Path(path).read_text(encoding="utf-8"), path) for path in snakemake.input.cases]
    Path(snakemake.output.samples).write_text(sample_table(cases, snakemake.input.fastp), encoding="utf-8")
    Path(snakemake.output.verdicts).write_text(verdict_table(cases), encoding="utf-8")
    Path(snakemake.output.versions).write_text(version_table(cases), encoding="utf-8")
