"""Every caller found: a module that knows its fields; of those that Tierline runs, the rule file that goes with it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pysam
import pytest
from tierline.callers import artefacts, available, objections, parser, runnable
from tierline.paths import ROOT
from tierline.records import Call

RULES = ROOT / "workflow" / "rules" / "callers"
CALLERS = available()
FORMATS = (("GT", 1, "String"), ("AD", "R", "Integer"), ("AO", "A", "Integer"), ("RO", 1, "Integer"), ("DP", 1, "Integer"),
           ("AU", 2, "Integer"), ("TU", 2, "Integer"))  # fmt: skip


@pytest.fixture
def record(tmp_path: Path) -> Iterator[pysam.VariantRecord]:
    """A tumour with 30 of 100 reads for T, and an allele that is no sequence; its normal with 1 of 50."""
    header = pysam.VariantHeader()
    header.contigs.add("chr7", 1000)
    header.info.add("AS_FilterStatus", "A", "String", "Mutect2's; nothing in this record")
    for name, number, kind in FORMATS:
        header.formats.add(name, number, kind, name)
    for sample in ("N1", "T1"):
        header.add_sample(sample)
    with pysam.VariantFile(str(tmp_path / "x.vcf"), "w", header=header) as out:
        row = out.new_record(contig="chr7", start=99, stop=100, alleles=("A", "T", "*"))
        for sample, depth, alt in (("T1", 100, 30), ("N1", 50, 1)):
            row.samples[sample].update({"GT": (0, 1), "DP": depth, "AD": (depth - alt, alt, 0), "AO": (alt, 0)})
            row.samples[sample].update({"RO": depth - alt, "AU": (depth - alt, depth), "TU": (alt, alt)})
        out.write(row)
    with pysam.VariantFile(str(tmp_path / "x.vcf")) as vcf:
        yield next(vcf)


def test_callers_are_found() -> None:
    assert {"mutect2", "freebayes", "strelka", "vardict", "dragen", "plain"} <= set(CALLERS)
    with pytest.raises(KeyError, match="there are dragen, freebayes, mutect2"):
        parser("nobody")


@pytest.mark.parametrize("caller", CALLERS)
def test_parse_gives_one_call_per_sequence(caller: str, record: pysam.VariantRecord) -> None:
    assert list(parser(caller)(record, "T1", "N1")) == [Call(caller, "chr7", 100, "A", "T", 100, 30, (), 50, 1, "")]
    assert list(parser(caller)(record, "T1", None)) == [Call(caller, "chr7", 100, "A", "T", 100, 30, (), None, None, "")]


@pytest.mark.parametrize("caller", CALLERS)
def test_the_meaning_of_filters_is_said_once(caller: str) -> None:
    module = import_module(f"tierline.callers.{caller}")
    assert inspect.getdoc(module)
    assert module.COUNTS and all(isinstance(group, tuple) for group in module.COUNTS)
    assert module.wrote(pysam.VariantHeader()) is False
    assert isinstance(module.ARTEFACT, frozenset)
    assert isinstance(module.HARMLESS, frozenset)
    assert not module.ARTEFACT & module.HARMLESS
    names = ("never heard of", *sorted(module.ARTEFACT | module.HARMLESS))
    call = Call(caller, "chr7", 1, "A", "T", None, None, names, None, None, "")
    assert set(artefacts(call)) == module.ARTEFACT
    assert set(objections(call)) == module.ARTEFACT | {"never heard of"}


@pytest.mark.parametrize("caller", runnable())
def test_a_caller_has_its_rules(caller: str) -> None:
    text = (RULES / f"{caller}.smk").read_text(encoding="utf-8")
    assert f'"results/calls/{{tumor}}.{caller}.vcf.gz"' in text
    assert f'"results/calls/{{tumor}}.{caller}.vcf.gz.tbi"' in text


def test_there_are_no_rules_without_a_module() -> None:
    assert sorted(path.stem for path in RULES.glob("*.smk")) == list(runnable())
    assert {"mutect2", "freebayes"} <= set(runnable()) < set(CALLERS)
