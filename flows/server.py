"""`python -m flows.server`: Prefect's server with its pages, behind the check of Host and Origin that it lacks.

`prefect server start` answers to every host, and takes JSON without a content type, which a page of any site can send: CORS
does not stop that. Everything else is set as Prefect's documentation says, by PREFECT_ variables.
"""

from __future__ import annotations

import argparse
import os

from components.hosts import KnownHosts, loopback


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flows.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4200)
    parser.add_argument(
        "--allowed-hosts",
        metavar="HOST:PORT,…",
        help="What clients call this server; `HOST:*` for any port [default: the names of the loopback].",
    )
    given = parser.parse_args()
    hosts = given.allowed_hosts.split(",") if given.allowed_hosts else loopback(given.port)
    # Read when Prefect is imported. Its defaults: every origin, and pages that ask port 4200 whatever the port is
    os.environ.setdefault("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", ",".join(f"http://{each}" for each in loopback(given.port)))
    os.environ.setdefault("PREFECT_UI_API_URL", f"http://127.0.0.1:{given.port}/api")

    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    server = get_current_settings().server
    uvicorn.run(
        KnownHosts(create_app(final=True), hosts),
        host=given.host,
        port=given.port,
        timeout_keep_alive=server.api.keepalive_timeout,
        ws_ping_interval=server.api.websocket_ping_interval,
        ws_ping_timeout=server.api.websocket_ping_timeout,
        log_level=server.logging_level.lower(),
    )


if __name__ == "__main__":
    main()
