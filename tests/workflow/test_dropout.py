"""AT and GC drop-out of the demo's samples, beside those of Picard, which reads the reads themselves."""

import os
import subprocess
from pathlib import Path

import pytest
from runs import Run
from tierline.records import Verdict
from tierline.tables import read_rows
from tierline.tools import search_path

pytestmark = pytest.mark.slow

NEAR = 0.001  # of the reads: mosdepth counts some that Picard does not


def picard(results: Path, sample: str, folder: Path) -> dict[str, str]:
    """What CollectHsMetrics says of the targets of the demo."""
    targets = folder / "targets.interval_list"
    rows = (line.split("\t") for line in (results / "reference/assays/demo.bed").read_text().splitlines())
    listed = "".join(f"{row[0]}\t{int(row[1]) + 1}\t{row[2]}\t+\tx\n" for row in rows)
    targets.write_text((results / "reference/genome.dict").read_text() + listed)
    out = folder / f"{sample}.txt"
    words = ["gatk", "CollectHsMetrics", "--INPUT", results / f"align/{sample}.bam", "--OUTPUT", out,
             "--REFERENCE_SEQUENCE", results / "reference/genome.fa",
             "--BAIT_INTERVALS", targets, "--TARGET_INTERVALS", targets]  # fmt: skip
    subprocess.run(words, env={**os.environ, "PATH": search_path()}, check=True, capture_output=True)
    names, values, *_ = (line.split("\t") for line in out.read_text().splitlines() if line and not line.startswith("#"))
    return dict(zip(names, values, strict=False))


def test_drop_out_is_as_picard_finds_it(demo_run: Run, tmp_path: Path) -> None:
    results = demo_run.folder / "results"
    verdicts = {(row.sample, row.metric): row for row in read_rows(results / "multiqc/MEL01T.verdicts.tsv", Verdict)}
    for sample in ("MEL01T", "MEL01N"):
        said = picard(results, sample, tmp_path)
        for metric in ("at_dropout", "gc_dropout"):
            ours = verdicts[sample, metric]
            assert ours.value == pytest.approx(float(said[metric.upper()]) / 100, abs=NEAR), (sample, metric)
            assert ours.value > 0.005 and ours.measured_on == 131, "a figure that is nearly nothing compares nothing"
