"""What our self-contained pages share: tables that sort, and the policy under which only a page's own script runs."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

SORT = (Path(__file__).parent / "sort.js").read_text(encoding="utf-8")
"""Script: ``sortable(table)`` gives the head of a table the buttons that sort it."""


def script_digest(script: str) -> str:
    """The digest by which a Content-Security-Policy lets a script run, and no other."""
    return b64encode(sha256(script.encode()).digest()).decode()
