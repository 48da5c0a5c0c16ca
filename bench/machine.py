"""On which machine a bench was measured."""

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """Processors and kernel, in one line."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} x {model[1] if model else platform.machine()}, Linux {platform.release()}"
