"""What all tests share: one real run of the demo."""

from __future__ import annotations

import pytest
from runs import Run, tierline


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`tierline demo`, run once for all tests that look at what it made. To change something there, copy the folder."""
    folder = tmp_path_factory.mktemp("demo")
    return tierline(folder, "demo", "--folder", str(folder))
