"""The demo twice, by `tierline demo` and by bare Snakemake in another folder: the same bytes where no date stands."""

from __future__ import annotations

import pytest
from runs import DEMO_CONFIG, Run, differences, planned, snakemake

pytestmark = pytest.mark.slow

LEAST_COMPARED = 80


@pytest.fixture(scope="module")
def bare_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return snakemake(tmp_path_factory.mktemp("bare"), configfile=DEMO_CONFIG)


def test_bare_snakemake_gives_the_same(demo_run: Run, bare_run: Run) -> None:
    assert bare_run.code == 0, bare_run.output[-5000:]
    first, second = demo_run.folder / "results", bare_run.folder / "results"
    compared, skipped, differ = differences(first, second)
    print(
        f"{compared} files compared, {skipped.total()} skipped:", *(f"{n} {why}" for why, n in skipped.items()), sep="\n  "
    )
    assert not differ
    assert compared >= LEAST_COMPARED


def test_nothing_is_left_to_do(bare_run: Run) -> None:
    assert not planned(snakemake(bare_run.folder, "--dry-run", configfile=DEMO_CONFIG)), bare_run.folder
