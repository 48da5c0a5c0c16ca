"""Runs of the workflow as a user starts them: the commands, projects on the demo's genome, and what a dry-run plans."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysam
import yaml
from tierline.paths import RESOURCES, ROOT
from tierline.report import COST
from tierline.tools import search_path

DEMO = RESOURCES / "demo"
DEMO_CONFIG = DEMO / "config.yaml"
BIN = Path(sys.prefix, "bin")
CORES = str(min(2, os.cpu_count() or 1))
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # as `tierline demo` sets it for its short steps

SAMPLE = dict(sample="", patient="", kind="tumor", tumor_type="", assay="demo", panels="", purity="", sex="unknown",
              material="fresh", germline_consent="no")  # fmt: skip
UNIT = dict(sample="", unit="L1", library="lib1", flowcell="FC1", lane="1", fq1="", fq2="", bam="")


@dataclass(frozen=True)
class Run:
    """A run that has ended: its folder, its exit code, and all that it printed."""

    folder: Path
    code: int
    output: str


def command(folder: Path, *words: str) -> Run:
    """Run a command of the Python environment in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PATH": search_path(), "JAVA_TOOL_OPTIONS": QUICK_JAVA}
    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return Run(folder, done.returncode, done.stdout)


def tierline(folder: Path, *words: str) -> Run:
    return command(folder, "tierline", *words)


def snakemake(folder: Path, *words: str, configfile: Path | str = "config/config.yaml") -> Run:
    """Bare Snakemake, without Tierline's own command."""
    words = ("--snakefile", str(ROOT / "Snakefile"), "--configfile", str(configfile), "--cores", CORES, *words)
    return command(folder, "snakemake", *words)


def planned(run: Run) -> Counter[str]:
    """Jobs by rule that a dry-run plans, the rule ``all`` apart; empty where there is nothing to do."""
    assert run.code == 0, run.output
    if "Nothing to be done" in run.output:
        return Counter()
    table = re.search(r"^job +count\n[- ]+\n(.+?)^total +(\d+)$", run.output, re.MULTILINE | re.DOTALL)
    assert table, run.output
    jobs = Counter({name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table[1], re.MULTILINE)})
    assert jobs.total() == int(table[2]), run.output
    del jobs["all"]
    return jobs


def write_sheet(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join("\t".join(cells) for cells in [[*rows[0]], *(row.values() for row in rows)]) + "\n")


def write_project(
    folder: Path,
    samples: Iterable[Mapping[str, str]],
    units: Iterable[Mapping[str, str]],
    **config: Any,
) -> Path:
    """A project on the demo's genome; ``samples`` and ``units`` say what differs from ``SAMPLE`` and ``UNIT``.

    ``config`` are keys of config.yaml, beside the demo's own. Returns the folder.
    """
    document = yaml.safe_load(DEMO_CONFIG.read_text()) | config
    document |= {"samples": "config/samples.tsv", "units": "config/units.tsv"}
    document["reference"] = {key: name if key == "build" else str(DEMO / name)
                             for key, name in document["reference"].items()}  # fmt: skip
    write_sheet(folder / "config/samples.tsv", (SAMPLE | row for row in samples))
    write_sheet(folder / "config/units.tsv", (UNIT | row for row in units))
    (folder / "config/config.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return folder


def read_sheet(path: Path) -> list[dict[str, str]]:
    """The rows of a sheet as text, comments left out."""
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]


def demo_samples() -> list[dict[str, str]]:
    return read_sheet(DEMO / "samples.tsv")


def demo_units() -> list[dict[str, str]]:
    """The demo's units with absolute paths."""
    return [row | {key: str(DEMO / row[key]) for key in ("fq1", "fq2")} for row in read_sheet(DEMO / "units.tsv")]


SKIPPED = {  # pattern of a path below results/ -> why its bytes may differ
    r"multiqc/multiqc(\.html|_data/.*)": "MultiQC writes dates and folders; what it shows is compared as *_mqc.json",
    r".*\.(bai|tbi|csi)": "an index holds offsets into a file whose header holds dates",
    r"reference/snpeff/.*\.bin": "snpEff's own binary format",
    r"(run/cost\.tsv|multiqc/tierline_costs_mqc\.json)": "times; test_demo.py holds them against the benchmark files",
    r"run/(complete|failed)\.tsv": "written by tierline, not by Snakemake",
    r"reference/genome\.fa(\..*)?": "given, or its index of bwa",
}


DASH = rb"(?:-|\\00002d)"  # the second: within a style sheet
MADE_ON = re.compile(rb"((?i:made on )|<dt>Reported</dt><dd>)\d{4}" + DASH + rb"\d\d" + DASH + rb"\d\d")
"""The day of a report, in its foot, its printed margin and its head."""


PICARD = (".duplicates.txt", ".identity.txt", ".crosscheck.txt", ".artefacts.txt")  # metrics


def undated(path: Path) -> bytes:
    """What of a file must not depend on when and where it was made."""
    if path.name.endswith(".vcf.gz"):
        with pysam.BGZFile(str(path)) as handle:
            return b"\n".join(line for line in handle if not re.match(rb"##(.*Date|reference)=", line))
    content = path.read_bytes()
    if path.name.endswith(PICARD):  # command and date stand in comments, files with their folders, rows in any order
        lines = sorted(line for line in content.splitlines() if not line.startswith(b"#"))
        return re.sub(rb"file:///\S*?/results/", b"results/", b"\n".join(lines))
    if path.name.endswith(".snpeff.csv"):
        return re.sub(rb"^(Date|Command_line_arguments) ,.*$", b"", content, flags=re.MULTILINE)
    if path.suffix == ".html":
        return MADE_ON.sub(rb"\1", COST.sub("", content.decode()).encode())
    return content


def differences(first: Path, second: Path) -> tuple[int, Counter[str], list[str]]:
    """Two results folders: how many files were compared, how many skipped and why, and which differ or are in one only."""
    names, others = (
        {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} for folder in (first, second)
    )
    compared, skipped, differ = 0, Counter[str](), []
    for name in sorted(names | others):
        why = next((why for pattern, why in SKIPPED.items() if re.fullmatch(pattern, name)), "")
        if why:
            skipped[why] += 1
            continue
        compared += 1
        if name not in names & others or undated(first / name) != undated(second / name):
            differ.append(name)
    return compared, skipped, differ
