"""The browser of the tests."""

from __future__ import annotations

import subprocess

import pytest
from chromium import BROWSER, OFFLINE, Browse


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Browse:
    """Run Chromium on a page given as text; returns its output, with the console on stderr."""
    home = tmp_path_factory.mktemp("browser")

    def run(html: str, *options: str) -> subprocess.CompletedProcess[str]:
        page = home / "page.html"
        page.write_text(html, encoding="utf-8")
        command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home / 'profile'}"]
        command += [OFFLINE, "--enable-logging=stderr", "--v=0", "--virtual-time-budget=3000", *options, page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd=home)

    return run
