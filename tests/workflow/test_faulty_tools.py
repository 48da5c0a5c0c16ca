"""Tools that end well and have not done their work: their sample fails in words, the others come to their reports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from runs import BIN, CORES, DEMO_CONFIG, QUICK_JAVA, Run, differences
from tierline.records import Failed
from tierline.tables import read_rows
from tierline.tools import search_path

pytestmark = pytest.mark.slow

FAULTY = {
    # the second half of the alignments is lost
    "bwa": 'if [[ "$*" == *CRC01T* ]]; then REAL "$@" > all.$$.sam; lines=$(wc -l < all.$$.sam); '
    'head -n $((lines / 2)) all.$$.sam; rm all.$$.sam; else exec REAL "$@"; fi',
    # nothing is written
    "freebayes": 'if [[ "$*" == *MEL01T* ]]; then exit 0; else exec REAL "$@"; fi',
}


@pytest.fixture(scope="module")
def faulty_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demo with a bwa that loses reads of one sample, and a FreeBayes that says nothing of another."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "bin").mkdir()
    for name, body in FAULTY.items():
        real = shutil.which(name, path=search_path())
        assert real
        (folder / "bin" / name).write_text(f"#!/usr/bin/env bash\n{body.replace('REAL', real)}\n")
        (folder / "bin" / name).chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        [str(BIN / "tierline"), "run", "--configfile", str(DEMO_CONFIG), "--cores", CORES],
        cwd=folder, env={**os.environ, "PATH": path, "JAVA_TOOL_OPTIONS": QUICK_JAVA},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return Run(folder, done.returncode, done.stdout)


def test_each_fault_is_told_with_its_rule_and_log(faulty_run: Run) -> None:
    assert faulty_run.code == 3, faulty_run.output
    failed = {row.sample: row for row in read_rows(faulty_run.folder / "results/run/failed.tsv", Failed)}
    assert failed.keys() == {"CRC01T", "MEL01T"}, faulty_run.output
    assert failed["CRC01T"].rule == "judge_sample"
    assert re.search(
        r"CRC01T: \d+ reads left trimming, the BAM has \d+: a tool lost or repeated some", failed["CRC01T"].words
    )
    assert failed["MEL01T"].rule in ("call_freebayes", "merge_calls")
    for sample, row in failed.items():
        assert re.search(rf"^{sample} +failed +{row.rule}: ", faulty_run.output, re.MULTILINE), faulty_run.output
        assert row.log in faulty_run.output and (faulty_run.folder / row.log).is_file()


def test_no_product_hangs_on_a_fault(faulty_run: Run) -> None:
    for folder in ("interpret", "report"):
        names = {path.name.split(".")[0] for path in (faulty_run.folder / "results" / folder).iterdir()}
        assert names == {"LUAD01T"}


def test_the_other_sample_is_as_in_an_untouched_run(faulty_run: Run, demo_run: Run) -> None:
    compared, _, differ = differences(demo_run.folder / "results", faulty_run.folder / "results")
    own = {name for name in differ if "LUAD01T" in name}
    # case file, report and two headers name the places in which the tools were found; what comes of the reads is the same
    headers = {"align/LUAD01T.bam", "calls/LUAD01T.freebayes.vcf.gz"}
    assert own <= {"interpret/LUAD01T.hotspot50_tert.json", "report/LUAD01T.hotspot50_tert.html", *headers}
    print(f"{compared} files compared, 4 of them may differ in where the tools were found")


def test_the_dashboard_names_all(faulty_run: Run) -> None:
    page = (faulty_run.folder / "results/multiqc/multiqc.html").read_text()
    assert all(f'data-original-sn="{sample}"' in page for sample in ("MEL01T", "MEL01N", "LUAD01T", "CRC01T"))
    assert "a tool lost or repeated some" in page
