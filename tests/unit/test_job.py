"""``job.sh``: products get their names when they are whole, and only then; FASTQ files are read to their end."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pysam
import pytest

ROOT = Path(__file__).parents[2]
JOB = ROOT / "workflow" / "scripts" / "job.sh"
RULES = sorted((ROOT / "workflow" / "rules").rglob("*.smk"))


def bash(folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", "\n".join((f"set -euo pipefail; source {JOB}", *lines))]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_whole_products_get_their_names_and_nothing_else_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = bash(tmp_path, "produce log out/a.txt 'out/b c.txt'", "echo said", "echo 1 > $part/out/a.txt",
                "echo 2 > \"$part/out/b c.txt\"", "echo 3 > $part/scratch", "test ! -e out/a.txt")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert names(tmp_path) == ["log", "out/a.txt", "out/b c.txt"]
    assert (tmp_path / "log").read_text() == "said\n"


@pytest.mark.parametrize(
    ("writes", "says", "table"),
    [("", "ERROR CrosscheckFingerprints No non-zero results found.", "# no reads at the common SNPs\n"),
     ("odds", "No non-zero results found", "odds\n"), ("", "killed", None)],
)  # fmt: skip
def test_no_reads_to_compare_make_a_table_that_says_so(tmp_path: Path, writes: str, says: str, table: str | None) -> None:
    write = f"echo {writes} > $part/odds.txt" if writes else "true"
    done = bash(tmp_path, "produce log odds.txt", f"echo '{says}'", write, "tell_no_odds log $part/odds.txt")
    assert (done.returncode == 0) == (table is not None)
    assert not table or (tmp_path / "odds.txt").read_text() == table


def test_a_link_that_leads_somewhere_from_its_place_only_is_whole(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "given.fa").write_text(">a\nA\n")
    done = bash(tmp_path, "produce log out/genome.fa", "ln -s ../given.fa $part/out/genome.fa")
    assert done.returncode == 0
    assert (tmp_path / "out/genome.fa").read_text() == ">a\nA\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["echo 1 > $part/a.txt", "false"], ""),
        (["echo 1 > $part/a.txt", "exit 7"], ""),
        (["echo 1 > $part/a.txt", "echo 1 | (cat; exit 3) | cat"], ""),
        (["echo 1 > $part/a.txt"], "b.bam: the command ended well, but did not write it"),
        (["echo 1 > $part/a.txt", "touch $part/b.bam"], "b.bam: the command ended well, but wrote an empty file"),
        (["echo 1 > $part/a.txt", "echo 1 > $part/b.bam"], "b.bam: the command ended well, but its output is cut short"),
        (["echo 1 > $part/a.txt", "kill -KILL $$"], ""),
    ],
)
def test_otherwise_none_of_the_products_gets_its_name(tmp_path: Path, lines: list[str], said: str) -> None:
    done = bash(tmp_path, "produce log a.txt b.bam", *lines)
    assert done.returncode != 0
    assert not (tmp_path / "a.txt").exists() and not (tmp_path / "b.bam").exists()
    assert said in (tmp_path / "log").read_text()


def test_the_end_of_a_bgzip_file_tells_whether_it_is_whole(tmp_path: Path) -> None:
    with pysam.BGZFile(str(tmp_path / "whole"), "w") as handle:
        handle.write(os.urandom(200_000))
    size = (tmp_path / "whole").stat().st_size
    for keep, code in ((size, 0), (size - 1, 1), (size - 28, 1), (100_000, 1)):
        done = bash(tmp_path, "produce log v.vcf.gz", f"head -c {keep} whole > $part/v.vcf.gz")
        assert done.returncode == code, keep
        assert (tmp_path / "v.vcf.gz").exists() == (code == 0)
        (tmp_path / "v.vcf.gz").unlink(missing_ok=True)


def test_a_job_that_is_told_to_end_leaves_nothing_half_written(tmp_path: Path) -> None:
    script = f"set -euo pipefail; source {JOB}; produce log a.txt; echo half > $part/a.txt; touch started; sleep 60; :"
    job = subprocess.Popen(["bash", "-c", script], cwd=tmp_path, start_new_session=True)
    while not (tmp_path / "started").exists():
        time.sleep(0.01)
    os.killpg(job.pid, signal.SIGTERM)
    assert job.wait(timeout=10) != 0
    assert names(tmp_path) == ["log", "started"]


def fastq(path: Path, reads: int, *, keep: int | None = None, damage: bool = False) -> str:
    content = gzip.compress(b"".join(b"@r%d\nACGT\n+\nFFFF\n" % n for n in range(reads)), mtime=0)[:keep]
    if damage:
        content = content[: len(content) // 2] + b"\x55" * 20 + content[len(content) // 2 + 20 :]
    path.write_bytes(content)
    return path.name


def test_pairs_are_counted_and_what_is_not_whole_is_named(tmp_path: Path) -> None:
    whole, mate = fastq(tmp_path / "1.gz", 5000), fastq(tmp_path / "2.gz", 5000)
    assert bash(tmp_path, f"count_pairs {whole} {mate}").stdout == "5000\n"
    (tmp_path / "plain.fq").write_bytes(gzip.decompress((tmp_path / "1.gz").read_bytes()))
    assert bash(tmp_path, f"count_pairs plain.fq {mate}").stdout == "5000\n"
    for wrong, said in (
        (fastq(tmp_path / "cut.gz", 5000, keep=9000), "cut.gz: gzip cannot unpack it; it is damaged or cut short"),
        (fastq(tmp_path / "bad.gz", 5000, damage=True), "bad.gz: gzip cannot unpack it; it is damaged or cut short"),
        (fastq(tmp_path / "few.gz", 4999), "1.gz has 5000 reads, few.gz has 4999"),
    ):
        done = bash(tmp_path, f"count_pairs {whole} {wrong} > pairs & wait $!")
        assert done.returncode == 1
        assert said in done.stderr
    (tmp_path / "torn.fq").write_text("@r\nACGT\n+\n")
    assert "torn.fq: 3 lines are no whole number of reads" in bash(tmp_path, "count_pairs torn.fq torn.fq").stderr


def test_what_fastp_has_read_is_compared(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(
        '{"summary": {"before_filtering": {"total_reads":14}},\n"read1_before_filtering": {\n\t"total_reads": 7,\n'
        '"total_bases": 70},\n"read2_before_filtering": {\n"total_reads": 9},\n"command": "fastp --json p/x/f.json"}'
    )
    assert bash(tmp_path, "part=p/x; expect_pairs 7 f.json").returncode == 0
    assert json.loads((tmp_path / "f.json").read_text())["command"] == "fastp --json f.json"
    done = bash(tmp_path, "part=p/x; expect_pairs 8 f.json")
    assert (done.returncode, done.stdout) == (1, "the files hold 8 pairs of reads, fastp read 7\n")


def shell_blocks() -> list[tuple[str, str]]:
    """(file, shell text) of every shell rule."""
    found = []
    for path in RULES:
        parts = path.read_text().split("    shell:\n")
        found += [(path.name, part.split('"""')[1]) for part in parts[1:]]
    return found


def test_every_shell_rule_produces_and_writes_no_output_under_its_name() -> None:
    blocks = shell_blocks()
    assert len(blocks) >= 18
    for name, text in blocks:
        first, _, rest = text.strip().partition("\n")
        assert first == "produce {log:q} {output:q}", (name, text)
        assert "$part/" in rest, (name, text)
        assert rest.count("{output") == rest.count("$part/{output"), (name, text)
