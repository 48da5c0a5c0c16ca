"""The demo twice, by `tierline demo` and by bare Snakemake in another folder: the same bytes where no date stands."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pysam
import pytest
from runs import DEMO_CONFIG, Run, planned, snakemake

pytestmark = pytest.mark.slow

SKIPPED = {  # pattern of a path below results/ -> why its bytes may differ
    r"multiqc/multiqc(\.html|_data/.*)": "MultiQC writes dates and folders; what it shows is compared as *_mqc.json",
    r".*\.(bai|tbi|csi)": "an index holds offsets into a file whose header holds dates",
    r"reference/snpeff/.*\.bin": "snpEff's own binary format",
    r"run/complete\.tsv": "written by tierline, not by Snakemake",
    r"reference/genome\.fa(\..*)?": "given, or its index of bwa",
}
LEAST_COMPARED = 80


@pytest.fixture(scope="module")
def bare_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return snakemake(tmp_path_factory.mktemp("bare"), configfile=DEMO_CONFIG)


def undated(path: Path) -> bytes:
    """What of a file must not depend on when and where it was made."""
    if path.suffix == ".bam":
        return pysam.samtools.view(str(path)).encode()
    if path.name.endswith(".vcf.gz"):
        with pysam.BGZFile(str(path)) as handle:
            return b"\n".join(line for line in handle if not line.startswith(b"##"))
    content = path.read_bytes()
    if path.name.endswith(".duplicates.txt"):  # Picard's metrics: the command and its date stand in comments
        return b"\n".join(line for line in content.splitlines() if not line.startswith(b"#"))
    if path.name.endswith(".snpeff.csv"):
        return re.sub(rb"^(Date|Command_line_arguments) ,.*$", b"", content, flags=re.MULTILINE)
    if path.suffix == ".html":
        return re.sub(rb"made on \d{4}-\d\d-\d\d", b"", content)
    return content


def test_bare_snakemake_gives_the_same(demo_run: Run, bare_run: Run) -> None:
    assert bare_run.code == 0, bare_run.output[-5000:]
    first, second = demo_run.folder / "results", bare_run.folder / "results"
    names = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    compared, skipped, differ = 0, Counter[str](), []
    for name in names:
        why = next((why for pattern, why in SKIPPED.items() if re.fullmatch(pattern, name)), "")
        if why:
            skipped[why] += 1
            continue
        compared += 1
        if not (second / name).is_file() or undated(first / name) != undated(second / name):
            differ.append(name)
    print(
        f"{compared} files compared, {skipped.total()} skipped:", *(f"{n} {why}" for why, n in skipped.items()), sep="\n  "
    )
    assert not differ
    assert compared >= LEAST_COMPARED
    only = {str(path.relative_to(second)) for path in second.rglob("*") if path.is_file()} - set(names)
    assert not only, only


def test_nothing_is_left_to_do(bare_run: Run) -> None:
    assert not planned(snakemake(bare_run.folder, "--dry-run", configfile=DEMO_CONFIG)), bare_run.folder
