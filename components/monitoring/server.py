"""`python -m components.monitoring.server FOLDER`: Evidently's pages of a workspace, behind the check of Host and Origin."""

from __future__ import annotations

import argparse

from components.environment import prepare_process
from components.hosts import KnownHosts, loopback


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m components.monitoring.server", description=__doc__)
    parser.add_argument("folder", help="Evidently's workspace")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    prepare_process()

    import uvicorn
    from evidently.ui.service.app import create_app, get_config

    app = create_app(get_config(host=given.host, port=given.port, workspace=given.folder))
    uvicorn.run(KnownHosts(app, loopback(given.port)), host=given.host, port=given.port, log_level="info")


if __name__ == "__main__":
    main()
