"""What all tests share: one real run of the demo, and where the examples of fuzz tests come from."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from runs import Run, tierline

# The same examples in every run of a commit; TIERLINE_FUZZ=150 draws others, and more of them.
settings.register_profile("tierline", derandomize="TIERLINE_FUZZ" not in os.environ)
settings.load_profile("tierline")


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`tierline demo`, run once for all tests that look at what it made. To change something there, copy the folder."""
    folder = tmp_path_factory.mktemp("demo")
    return tierline(folder, "demo", "--folder", str(folder))
