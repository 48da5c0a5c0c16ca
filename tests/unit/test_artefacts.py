"""Damage of the DNA: Picard's counts give the rate, chance its error, and too few bases give none."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pysam
import pytest
from tierline.artefacts import Bases, Profile, of_change, read_profile, total
from tierline.dashboard import damage_map
from tierline.metrics import METRICS
from tierline.quality import judge, of_artefacts
from tierline.tools import search_path

HEADER = (
    "SAMPLE_ALIAS\tLIBRARY\tREF_BASE\tALT_BASE\tCONTEXT\tPRO_REF_BASES\tPRO_ALT_BASES\tCON_REF_BASES\tCON_ALT_BASES\t"
    "ERROR_RATE\tQSCORE\n"
)
# 1,000,880 bases of C>T in two libraries, 760 changed in the orientation of the damage and 120 in the other
DAMAGED = f"""## htsjdk.samtools.metrics.StringHeader
# CollectSequencingArtifactMetrics --INPUT T1.bam

## METRICS CLASS\tpicard.analysis.artifacts.SequencingArtifactMetrics$PreAdapterDetailMetrics
{HEADER}T1\tlib1\tC\tT\tCCG\t200000\t400\t200000\t50\t0\t30
T1\tlib1\tC\tT\tACA\t200000\t60\t200000\t20\t0\t30
T1\tlib2\tC\tT\tCCG\t100000\t300\t100000\t50\t0\t30
T1\tlib1\tG\tT\tGGA\t499990\t10\t499989\t10\t0\t30
T1\tlib1\tG\tA\tGGA\t499990\t9000\t499989\t10\t0\t30


"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "T1.artefacts.txt"
    path.write_text(DAMAGED)
    return path


def test_the_rate_is_what_one_orientation_shows_more_often(table: Path) -> None:
    found = of_artefacts(table)["deamination_rate"]
    assert (found.on, found.counted) == (1_000_880, "bases")
    assert found.value == pytest.approx(639.437, abs=0.001)  # (760 - 120) / 1.00088
    assert found.error == pytest.approx(83.830, abs=0.001)  # 2 x sqrt(2 x 880) / 1.00088
    assert of_change(read_profile(DAMAGED), "C", "T")["CCG"] == Bases(300_000, 700, 300_000, 100), "libraries together"


def test_damage_of_the_other_orientation_is_none() -> None:
    assert Bases(10, 3, 10, 5).rate == 0.0
    assert total([]) == Bases()


def test_too_few_bases_give_no_rate_but_their_number(table: Path) -> None:
    found = of_artefacts(table)["oxidation_rate"]
    assert (found.value, found.on, found.note) == (None, 999_999, "999999 bases are too few")
    table.write_text(DAMAGED.replace("499990\t10\t", "499991\t10\t"))
    assert of_artefacts(table)["oxidation_rate"].value == 0.0
    table.write_text("# the contigs of the BAM are not those of the genome\n")
    assert {row.on for row in of_artefacts(table).values()} == {0}


def test_a_rate_whose_error_exceeds_the_limit_is_not_assessable(table: Path) -> None:
    found, metric = of_artefacts(table)["deamination_rate"], METRICS["deamination_rate"]
    assert judge(found, {"warn": 100, "fail": 600}, metric) == "fail"
    assert judge(found, {"warn": 600, "fail": 700}, metric) == "warn"
    assert judge(found, {"warn": 700, "fail": 800}, metric) == "pass"
    assert judge(found, {"warn": 50, "fail": 80}, metric) == "not_assessable"  # its error is 84
    assert found.note == "the rate from 1000880 bases has an error of 84 per million"


def test_the_dashboard_shows_damage_beyond_chance_by_context() -> None:
    profile: Profile = read_profile(DAMAGED)
    found = json.loads(damage_map({"T2": {}, "T1": profile}))
    assert found["xcats"] == ["A[C&gt;T]A", "C[C&gt;T]G", "G[G&gt;T]A"]
    assert found["ycats"] == ["T1", "T2"]
    first, second = found["data"]
    assert first[0] == pytest.approx(99.98, abs=0.01)  # 40 of 400,080; chance: 63
    assert second == [None, None, None]


CHANGES = {"formalin": ("C", "T"), "oxidation": ("G", "T")}
FRAGMENTS, MATE, BASES_DAMAGED = 24_000, 60, 0.002


@pytest.mark.parametrize("what", [*CHANGES, "variant"])
def test_picard_finds_what_was_done_to_a_strand(tmp_path: Path, what: str) -> None:
    """Fragments of a drawn genome, each read from one of its strands, of which bases were damaged before.

    Of the C (G) of a million that are read, half are on the strand that is read; 2,000 of a million of these are damaged.
    """
    rng = random.Random(11)
    genome = "".join(rng.choices("ACGT", k=20_000))
    (tmp_path / "g.fa").write_text(f">chr1\n{genome}\n")
    pysam.faidx(str(tmp_path / "g.fa"))
    write_reads(tmp_path / "T1.bam", genome, CHANGES.get(what, ("", "")), rng)
    command = ["gatk", "CollectSequencingArtifactMetrics", "-I", "T1.bam", "-R", "g.fa", "-O", "T1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300, env={"PATH": search_path()})
    found = of_artefacts(tmp_path / "T1.pre_adapter_detail_metrics")
    for name, kind in (("deamination_rate", "formalin"), ("oxidation_rate", "oxidation")):
        value = found[name].value
        assert value is not None and found[name].error < 150
        expected = 1e6 * BASES_DAMAGED / 2 if what == kind else 0.0
        assert abs(value - expected) < found[name].error + 1, (what, name, found[name])


def write_reads(path: Path, genome: str, change: tuple[str, str], rng: random.Random) -> None:
    """Pairs of mates that do not overlap; a fragment of the lower strand is read from the other side first.

    Without a ``change``, 1 % of the genome's C and G are another base in half of the fragments: heterozygous variants.
    """
    of_lower = str.maketrans("ACGT", "TGCA")
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": len(genome)}],
              "RG": [{"ID": "1", "SM": "T1", "LB": "lib1"}]}  # fmt: skip
    variants = {i: rng.choice("AT") for i, base in enumerate(genome) if base in "CG" and i % 100 == 0 and not change[0]}
    with pysam.AlignmentFile(str(tmp := path.with_suffix(".unsorted.bam")), "wb", header=header) as bam:
        for number in range(FRAGMENTS):
            start0, size = rng.randrange(len(genome) - 200), rng.randrange(130, 200)
            lower, carrier = rng.random() < 0.5, rng.random() < 0.5
            template = [variants.get(i, genome[i]) if carrier else genome[i] for i in range(start0, start0 + size)]
            ref, alt = (base.translate(of_lower) for base in change) if lower else change
            template = [alt if base == ref and rng.random() < BASES_DAMAGED else base for base in template]
            for mate_start, is_lower in ((0, False), (size - MATE, True)):
                read = pysam.AlignedSegment(bam.header)
                read.query_name, read.reference_id = f"f{number}", 0
                read.reference_start = start0 + mate_start
                read.next_reference_id, read.next_reference_start = 0, start0 + (size - MATE if not is_lower else 0)
                read.template_length = -size if is_lower else size
                read.query_sequence = "".join(template[mate_start : mate_start + MATE])
                read.query_qualities = pysam.qualitystring_to_array("I" * MATE)
                read.cigartuples, read.mapping_quality = [(0, MATE)], 60
                first = is_lower == lower  # the mate that reads in the direction of the damaged strand
                read.flag = 0x3 | (0x40 if first else 0x80) | (0x10 if is_lower else 0x20)
                read.set_tag("RG", "1")
                bam.write(read)
    pysam.sort("-o", str(path), str(tmp))
    pysam.index(str(path))
