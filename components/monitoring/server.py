"""`python -m components.monitoring.server FOLDER`: Evidently's pages of a workspace, behind the check of Host and Origin.

Its pages put names into HTML. `dashboard.keep` takes the markup out of them; here the browser is told to run no script but
Evidently's own files, and to ask no other server.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from base64 import b64encode
from pathlib import Path

from components.environment import prepare_process
from components.hosts import FRAMES, KnownHosts, loopback


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m components.monitoring.server", description=__doc__)
    parser.add_argument("folder", help="Evidently's workspace")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    prepare_process()

    import uvicorn
    from evidently.ui.service.api.static import BASE_PATH
    from evidently.ui.service.app import create_app, get_config

    app = create_app(get_config(host=given.host, port=given.port, workspace=given.folder))
    checked = KnownHosts(app, loopback(given.port), policy(Path(BASE_PATH) / "index.html"))
    uvicorn.run(checked, host=given.host, port=given.port, log_level="info")


def policy(page: Path) -> str:
    """A Content-Security-Policy: scripts from this server's files, and those that the page itself holds, by their hash."""
    inline = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    marks = (f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline)
    parts = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", *marks)),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join([*(f"{name} {value}" for name, value in parts.items()), FRAMES])


if __name__ == "__main__":
    main()
