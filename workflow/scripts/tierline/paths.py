"""Where the workflow's own files lie, whatever the working directory, and where a user's cache does."""

import os
from pathlib import Path

import tierline

ROOT: Path = Path(tierline.__file__).resolve().parents[3]
RESOURCES: Path = ROOT / "resources"


def cache_folder() -> Path:
    """Where tools, references and indices are kept between projects: ``TIERLINE_CACHE``, else ``~/.cache/tierline``."""
    named = os.environ.get("TIERLINE_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tierline"
