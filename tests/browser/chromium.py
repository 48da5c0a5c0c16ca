"""Chromium without a network, and what its console said."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"
ASKED = (
    'performance.getEntriesByType("resource").map((entry) => entry.name)'  # script: what the page asked for, in vain too
)

Browse = Callable[..., subprocess.CompletedProcess[str]]


def console(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in result.stderr.splitlines() if "CONSOLE" in line]


def with_script(html: str, script: str) -> str:
    """The page with a script of the test's at its end, and without the policy that would forbid it."""
    assert html.count("Content-Security-Policy") == 1
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    return html.replace("</body>", f"<script>{script}</script></body>")
