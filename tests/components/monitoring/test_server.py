"""The policy of Evidently's pages; tests/components/commands/test_ui.py asks the server itself."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from components.monitoring.server import policy

pytestmark = pytest.mark.unit


def test_only_files_and_the_scripts_that_the_page_holds_may_run(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text('<script type="module" src="/a.js"></script><script>\n a()\n</script>')
    parts = dict(part.split(" ", 1) for part in policy(page).split("; "))
    own = base64.b64encode(hashlib.sha256(b"\n a()\n").digest()).decode()
    assert parts["script-src"] == f"'self' 'sha256-{own}'"
    assert (parts["default-src"], parts["connect-src"], parts["frame-ancestors"]) == ("'none'", "'self'", "'self'")
