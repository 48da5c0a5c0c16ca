"""Every folder of ``refuse/`` breaks the valid project ``refuse/_base`` in its own way; all must be refused in words.

``case.yaml``: ``why`` the input is wrong; ``make`` the steps that break the base, in order (see ``STEPS``);
``as_nobody`` where a superuser would not notice. ``expected.txt``: one line for each problem, in any order;
`` ... `` in it stands for anything.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import os
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pysam
import pytest
import yaml
from tierline.problems import InputError
from tierline.sheets import Project, load_project

CASES = Path(__file__).parent / "refuse"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir() and path.name != "_base")
LEAST_CASES = 150
NOBODY = 65534  # the user id without rights
CONTIGS = {"chr1": 600, "chr2": 300}


# --------------------------------------------------------------------------- the base


def build_base(run: Path) -> None:
    """The valid project: the committed text files, and genome and reads made from a seed."""
    shutil.copytree(CASES / "_base", run)
    (run / "reads").mkdir()
    rng = random.Random(1)
    genome = {name: "".join(rng.choices("ACGT", k=length)) for name, length in CONTIGS.items()}
    (run / "reference/genome.fa").write_text(fasta(genome))
    for sample in ("T1", "N1", "T2"):
        for mate, text in zip((1, 2), read_pairs(sample, genome["chr1"], rng), strict=True):
            write_gzip(run / f"reads/{sample}_R{mate}.fastq.gz", text)


def fasta(genome: dict[str, str], width: int = 60) -> str:
    return "".join(
        f">{name}\n" + "".join(f"{bases[i : i + width]}\n" for i in range(0, len(bases), width))
        for name, bases in genome.items()
    )


def read_pairs(sample: str, bases: str, rng: random.Random) -> tuple[str, str]:
    """Twenty pairs of 50 bases with the names of an Illumina sequencer."""
    complement = str.maketrans("ACGT", "TGCA")
    mates: tuple[list[str], list[str]] = ([], [])
    for number in range(20):
        start = rng.randrange(len(bases) - 150)
        fragment = bases[start : start + 150]
        for mate, sequence in enumerate((fragment[:50], fragment[100:].translate(complement)[::-1])):
            mates[mate].append(f"@{sample}:FC1:1:{number} {mate + 1}:N:0:ACGT\n{sequence}\n+\n{'I' * 50}\n")
    return "".join(mates[0]), "".join(mates[1])


def write_gzip(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


# --------------------------------------------------------------------------- the steps that break it


def replace(run: Path, files: dict[str, dict[str, str]]) -> None:
    """Replace text in files; the old text must stand there exactly once."""
    for name, changes in files.items():
        text = (run / name).read_text(encoding="utf-8")
        for old, new in changes.items():
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        (run / name).write_text(text, encoding="utf-8")


def replace_in_gzip(run: Path, files: dict[str, dict[str, str]]) -> None:
    """Replace text, wherever it stands, in gzipped files."""
    for name, changes in files.items():
        text = gzip.decompress((run / name).read_bytes()).decode()
        for old, new in changes.items():
            assert old in text, f"{old!r} does not stand in {name}"
            text = text.replace(old, new)
        write_gzip(run / name, text)


def write(run: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(text, encoding="utf-8")


def recode(run: Path, files: dict[str, str]) -> None:
    """Write text files in another encoding."""
    for name, encoding in files.items():
        (run / name).write_bytes((run / name).read_text(encoding="utf-8").encode(encoding))


def gzip_files(run: Path, files: dict[str, str]) -> None:
    """Write gzipped texts."""
    for name, text in files.items():
        write_gzip(run / name, text)


def compress(run: Path, name: str) -> None:
    """Put a gzipped file in the place of a plain one, under the same name."""
    (run / name).write_bytes(gzip.compress((run / name).read_bytes(), mtime=0))


def cut(run: Path, files: dict[str, int]) -> None:
    """Take the last bytes off files."""
    for name, count in files.items():
        content = (run / name).read_bytes()
        assert len(content) > count
        (run / name).write_bytes(content[:-count])


def copy(run: Path, files: dict[str, str]) -> None:
    """new name: old name."""
    for new, old in files.items():
        shutil.copyfile(run / old, run / new)


def repack(run: Path, files: dict[str, str]) -> None:
    """new name: old name of a gzipped file; the same text in other bytes."""
    for new, old in files.items():
        (run / new).write_bytes(gzip.compress(gzip.decompress((run / old).read_bytes()), compresslevel=1, mtime=1))


def link(run: Path, files: dict[str, str]) -> None:
    """new name: what it links to."""
    for new, old in files.items():
        (run / new).symlink_to(old)


def swap(run: Path, pair: list[str]) -> None:
    first, second = ((run / name).read_bytes() for name in pair)
    (run / pair[0]).write_bytes(second)
    (run / pair[1]).write_bytes(first)


def interleave(run: Path, pair: list[str]) -> None:
    """Put the reads of both files into the first one."""
    lines = [gzip.decompress((run / name).read_bytes()).decode().splitlines(keepends=True) for name in pair]
    records = [lines[mate][i : i + 4] for i in range(0, len(lines[0]), 4) for mate in (0, 1)]
    write_gzip(run / pair[0], "".join("".join(record) for record in records))


def remove(run: Path, name: str) -> None:
    (run / name).unlink()


def folder(run: Path, name: str) -> None:
    """Put a folder in the place of a file."""
    (run / name).unlink()
    (run / name).mkdir()


def forbid(run: Path, name: str) -> None:
    """Take away the right to read a file."""
    (run / name).chmod(0)


def index_fasta(run: Path, name: str) -> None:
    pysam.faidx(str(run / name))


def bam(run: Path, recipe: dict[str, Any]) -> None:
    """A BAM of one read pair. Keys: path, sample ("" = no read group), order, contigs, reads, flag."""
    contigs = recipe.get("contigs", CONTIGS)
    header: dict[str, Any] = {"HD": {"VN": "1.6", "SO": recipe.get("order", "coordinate")}}
    header["SQ"] = [{"SN": name, "LN": length} for name, length in contigs.items()]
    if recipe["sample"]:
        header["RG"] = [{"ID": "FC1.1", "SM": recipe["sample"], "LB": "LIB1", "PL": "ILLUMINA"}]
    mode = "wc" if recipe["path"].endswith(".cram") else "wb"
    genome = str(run / "reference/genome.fa") if mode == "wc" else None
    with pysam.AlignmentFile(str(run / recipe["path"]), mode, header=header, reference_filename=genome) as out:
        for flag, start0 in ((99, 100), (147, 200))[: recipe.get("reads", 2)]:
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag, read.query_sequence = "r1", recipe.get("flag", flag), "A" * 50
            read.query_qualities = pysam.qualitystring_to_array("I" * 50)
            if contigs:
                read.reference_id, read.reference_start, read.mapping_quality, read.cigarstring = 0, start0, 60, "50M"
                read.next_reference_id, read.next_reference_start, read.template_length = 0, 300 - start0, 150
            if recipe["sample"]:
                read.set_tag("RG", "FC1.1")
            out.write(read)


def vcf(run: Path, recipe: dict[str, Any]) -> None:
    """A VCF of one record. Keys: path, contigs, info (ids), bgzip (default true), index (default true; csi)."""
    contigs, info = recipe.get("contigs", CONTIGS), recipe.get("info", ["AF"])
    lines = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name},length={size}>" for name, size in contigs.items())]
    lines += [f'##INFO=<ID={name},Number=1,Type=Float,Description="{name}">' for name in info]
    lines += ["\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"])]
    lines += [f"{next(iter(contigs))}\t101\t.\tA\tC\t.\t.\t{info[0]}=0.1" if info else ""]
    target = run / recipe["path"]
    plain = target.with_suffix(".txt")
    plain.write_text("\n".join(lines) + "\n")
    if recipe.get("bgzip", True):
        pysam.tabix_compress(str(plain), str(target), force=True)
        if recipe.get("index", True):
            pysam.tabix_index(str(target), preset="vcf", force=True, csi=recipe.get("index") == "csi")
        plain.unlink()
    else:
        plain.rename(target)


STEPS: dict[str, Callable[[Path, Any], None]] = {
    "replace": replace, "replace_in_gzip": replace_in_gzip, "write": write, "recode": recode, "gzip": gzip_files,
    "compress": compress, "cut": cut, "copy": copy, "repack": repack, "link": link, "swap": swap, "interleave": interleave,
    "remove": remove, "folder": folder, "forbid": forbid, "index_fasta": index_fasta, "bam": bam, "vcf": vcf,
}  # fmt: skip


# --------------------------------------------------------------------------- the runner


def snapshot(run: Path) -> dict[str, tuple[int, int, str]]:
    """Every path under the run folder with its mode, time of change and content."""
    state = {}
    for path in sorted(run.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and os.access(path, os.R_OK) else ""
        state[str(path.relative_to(run))] = (status.st_mode, status.st_mtime_ns, content)
    return state


def load(run: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(run)
    return load_project("config/config.yaml", run)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the rights of a superuser, where the tests run as one: it may read and write everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="tierline-refuse-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def break_base(run: Path, name: str) -> dict[str, Any]:
    """The base as the case ``name`` breaks it; returns the case."""
    case: dict[str, Any] = yaml.safe_load((CASES / name / "case.yaml").read_text(encoding="utf-8"))
    build_base(run)
    for step in case["make"]:
        for verb, what in step.items():
            STEPS[verb](run, what)
    return case


def expected_lines(name: str) -> list[str]:
    return [line for line in (CASES / name / "expected.txt").read_text(encoding="utf-8").splitlines() if line]


def says(problem: str, line: str) -> bool:
    """Whether all parts of an expected line stand in the problem, in their order."""
    at = 0
    for part in line.split(" ... "):
        at = problem.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


@pytest.mark.parametrize("name", NAMES)
def test_refused(name: str, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_folder / "run"
    case, expected = break_base(run, name), expected_lines(name)
    before = snapshot(run)
    with as_nobody() if case.get("as_nobody") else nullcontext(), pytest.raises(InputError) as refusal:
        load(run, monkeypatch)
    assert snapshot(run) == before, "the run folder was changed"
    found = [str(problem) for problem in refusal.value.problems]
    missing = [line for line in expected if not any(says(problem, line) for problem in found)]
    surplus = [problem for problem in found if not any(says(problem, line) for line in expected)]
    assert expected and not missing and not surplus, "\n".join(["not said:", *missing, "not expected:", *surplus])
    assert all(problem.remedy for problem in refusal.value.problems), "a problem without a remedy"


def test_the_base_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    build_base(run)
    before = snapshot(run)
    project = load(run, monkeypatch)
    assert project.cases == (("T1", "mini"), ("T2", "mini"))
    assert snapshot(run) == before


def test_the_table_of_cases_is_current() -> None:
    """Every case belongs to a fault of the table in README.md, and every name in the table is a case's."""
    rows = [line for line in (CASES / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    patterns = [word for row in rows for word in re.findall(r"`([a-z0-9_*]+)`", row.split("|")[2])]
    assert len(patterns) > 30
    assert [pattern for pattern in patterns if not fnmatch.filter(NAMES, pattern)] == []
    assert [name for name in NAMES if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)] == []


def test_there_are_enough_cases() -> None:
    assert len(NAMES) >= LEAST_CASES
