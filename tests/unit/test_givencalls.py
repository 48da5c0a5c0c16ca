"""VCFs of other pipelines: whose fault it is when they do not fit the genome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tierline.givencalls import Columns, Given, on_this_genome
from tierline.problems import InputError


def alleles() -> Iterator[str]:
    yield "chr1:1:A:T"
    raise ValueError("chr1:2 is C in the VCF, G in the genome")


def test_a_reference_base_that_the_genome_lacks_is_the_fault_of_what_was_brought() -> None:
    brought = [Given(Path("other.vcf"), "plain", Columns("T1", None))]
    passed = []
    with pytest.raises(InputError, match=r"other\.vcf.*chr1:2 is C in the VCF, G in the genome.*on the genome in use"):
        passed.extend(on_this_genome(alleles(), brought))
    with pytest.raises(ValueError, match=r"^chr1:2 is C") as own:
        passed.extend(on_this_genome(alleles(), []))
    assert not isinstance(own.value, InputError) and passed == ["chr1:1:A:T"] * 2
