"""On which machine a bench was measured, and where it finds real data."""

import os
import platform
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def machine() -> str:
    """Processors and kernel, in one line."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} x {model[1] if model else platform.machine()}, Linux {platform.release()}"


def human_data() -> Path:
    """The folder of human sequence and gene models: TIERLINE_SHARED_DATA, by default ../shared/data."""
    return Path(os.environ.get("TIERLINE_SHARED_DATA", ROOT.parent / "shared" / "data")) / "genome"
