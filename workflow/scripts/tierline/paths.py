"""Where the workflow's own files lie, whatever the working directory."""

from pathlib import Path

import tierline

ROOT: Path = Path(tierline.__file__).resolve().parents[3]
RESOURCES: Path = ROOT / "resources"
