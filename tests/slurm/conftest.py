"""The clusters of the tests: each is started once for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cluster import Cluster, lacking


@pytest.fixture(scope="module")
def slurm() -> Iterator[Cluster]:
    """A cluster without accounting."""
    yield from up(accounting=False)


@pytest.fixture(scope="module")
def slurmdbd() -> Iterator[Cluster]:
    """A cluster with accounting."""
    yield from up(accounting=True)


def up(*, accounting: bool) -> Iterator[Cluster]:
    lacking(accounting)
    cluster = Cluster(accounting=accounting, cpus=4, memory=2000)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
