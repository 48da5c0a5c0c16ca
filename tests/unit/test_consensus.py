"""Callers that write one change in different ways agree in the end; the reads decide what belongs together."""

from collections.abc import Iterable
from dataclasses import replace

from tierline.consensus import as_called, parts_of, unify
from tierline.pileup import Observation
from tierline.records import Call

GENOME = "ACGTGGTACCAATTGG"


def fetch(chrom: str, start0: int, end0: int) -> str:
    return GENOME[start0:end0]


def call(caller: str, pos1: int, ref: str, alt: str, alt_depth: int = 10, filters: tuple[str, ...] = ()) -> Call:
    return Call(caller, "chr1", pos1, ref, alt, 100, alt_depth, filters, None, None, "")


def reads(**shown: int):  # type: ignore[no-untyped-def]
    """A look at the pileup that shows each sequence so many times."""

    def look(start0: int, end0: int) -> Iterable[Observation]:
        return [Observation(sequence, 60, False) for sequence, count in shown.items() for _ in range(count)]

    return look


def nothing(start0: int, end0: int) -> Iterable[Observation]:
    return []


def test_an_mnv_and_its_parts_are_one_record_called_by_both() -> None:
    calls = [call("mutect2", 5, "GG", "AA", 30), call("freebayes", 5, "G", "A", 33), call("freebayes", 6, "G", "A", 31)]
    (((pos1, ref, alt), by),) = unify(calls, fetch, reads(AA=30, GG=60, AG=1))
    assert (pos1, ref, alt) == (5, "GG", "AA")
    assert [(c.caller, c.alt_depth) for c in by] == [("freebayes", 31), ("mutect2", 30)]


def test_neighbours_on_different_reads_stay_two_records() -> None:
    calls = [call("mutect2", 5, "G", "A"), call("mutect2", 6, "G", "T")]
    found = [allele for allele, _ in unify(calls, fetch, reads(AG=20, GT=20, GG=60))]
    assert found == [(5, "G", "A"), (6, "G", "T")]


def test_a_variant_beside_a_germline_one_keeps_both_haplotypes() -> None:
    calls = [call("mutect2", 5, "G", "A"), call("mutect2", 7, "T", "C")]
    found = [allele for allele, _ in unify(calls, fetch, reads(AGT=25, AGC=20, GGT=55))]
    assert found == [(5, "G", "A"), (5, "GGT", "AGC")]


def test_a_named_change_is_never_lost_even_when_no_read_shows_it() -> None:
    calls = [call("mutect2", 5, "GG", "AA")]
    assert [a for a, _ in unify(calls, fetch, nothing)] == [(5, "G", "A"), (6, "G", "A")]


def test_distant_changes_are_not_joined() -> None:
    calls = [call("mutect2", 5, "G", "A"), call("mutect2", 8, "A", "T")]
    assert len(list(unify(calls, fetch, reads(AGTT=50)))) == 2


def test_filters_of_one_part_hold_for_the_whole_and_an_own_pass_wins() -> None:
    split = [call("m", 5, "G", "A", filters=("weak_evidence",)), call("m", 6, "G", "A")]
    ((_, by),) = unify(split, fetch, reads(AA=30))
    assert by[0].filters == ("weak_evidence",)
    twice = [call("m", 3, "G", "A", filters=("haplotype",)), call("m", 3, "G", "A")]
    ((_, by),) = unify(twice, fetch, nothing)
    assert by[0].filters == ()


def test_indels_are_written_once() -> None:
    calls = [call("mutect2", 9, "CC", "C"), call("freebayes", 8, "ACC", "AC")]
    (((pos1, ref, alt), by),) = unify(calls, fetch, nothing)
    assert (pos1, ref, alt) == (8, "AC", "A")
    assert [c.caller for c in by] == ["freebayes", "mutect2"]


def test_parts() -> None:
    assert parts_of((5, "GGT", "AGC")) == ((5, "G", "A"), (7, "T", "C"))
    assert parts_of((5, "G", "A")) == ()


# --------------------------------------------------------------------------- without reads


def phased(caller: str, pos1: int, ref: str, alt: str, phase: str, alt_depth: int = 10) -> Call:
    return replace(call(caller, pos1, ref, alt, alt_depth), phase_set=phase)


def taken(*calls: Call) -> list[tuple[int, str, str, str, bool]]:
    """(pos1, ref, alt, callers, unsettled) of each allele."""
    return [(*allele, " ".join(c.caller for c in by), unsettled) for allele, by, unsettled in as_called(calls, fetch)]


def test_without_reads_alleles_stay_as_they_were_written() -> None:
    assert taken(call("plain", 5, "GG", "AA"), call("plain", 12, "A", "C")) == [
        (5, "GG", "AA", "plain", False),
        (12, "A", "C", "plain", False),
    ]
    assert taken(call("plain", 2, "CGTGG", "CGTGA")) == [(6, "G", "A", "plain", False)]  # trimmed
    assert taken(call("plain", 14, "TGG", "TG")) == [(14, "TG", "T", "plain", False)]  # to the left


def test_without_reads_only_phasing_joins() -> None:
    cis = phased("dragen", 5, "G", "A", "5:1", 30), phased("dragen", 6, "G", "A", "5:1", 28)
    [(allele, [joined], unsettled)] = as_called(cis, fetch)
    assert (allele, joined.alt_depth, unsettled) == ((5, "GG", "AA"), 28, False)
    trans = phased("dragen", 5, "G", "A", "5:1"), phased("dragen", 6, "G", "A", "5:0")
    assert taken(*trans) == [(5, "G", "A", "dragen", False), (6, "G", "A", "dragen", False)]
    silent = call("strelka", 5, "G", "A"), call("strelka", 7, "T", "A"), call("strelka", 10, "C", "T")
    assert taken(*silent) == [
        (5, "G", "A", "strelka", True),
        (7, "T", "A", "strelka", True),
        (10, "C", "T", "strelka", False),
    ]
    same_place = call("strelka", 5, "G", "A"), call("strelka", 5, "G", "T")
    assert [row[-1] for row in taken(*same_place)] == [False, False]


def test_without_reads_one_callers_mnv_takes_the_parts_of_another() -> None:
    parts = call("strelka", 5, "G", "A"), call("strelka", 6, "G", "A")
    assert taken(call("vardict", 5, "GG", "AA"), *parts) == [(5, "GG", "AA", "strelka vardict", False)]
    own = call("vardict", 5, "GG", "AA"), call("vardict", 5, "G", "A"), call("vardict", 6, "G", "A")
    assert len(taken(*own)) == 3, "a caller that wrote both means both"
    by_phase = phased("dragen", 5, "G", "A", "5:1"), phased("dragen", 6, "G", "A", "5:1"), *parts
    assert taken(*by_phase) == [(5, "GG", "AA", "dragen strelka", False)]
    filtered = call("strelka", 6, "G", "A", filters=("LowEVS",))
    [(_, (strelka, _), _)] = as_called([call("vardict", 5, "GG", "AA"), parts[0], filtered], fetch)
    assert strelka.filters == ("LowEVS",), "every part must pass"
