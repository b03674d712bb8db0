"""`python -m components.gateway`: the process that `components.gateway.process` starts; POST /models sets what it serves."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading

from components.environment import keep_private, prepare_process
from components.gateway.app import create_app
from components.gateway.loader import CheckpointLoader
from components.gateway.process import TOKEN_VARIABLE
from components.gateway.serving import Serving
from components.gateway.tokens import its_own


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m components.gateway", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="an inherited listening socket")
    parser.add_argument("--base", metavar="NAME", help="a base model to read at once, before a checkpoint needs it")
    given = parser.parse_args()
    listening = socket.socket(fileno=given.fd)
    prepare_process()
    keep_private()
    loader = CheckpointLoader()
    threading.Thread(target=loader.prepare, args=[given.base], daemon=True).start()
    threading.Thread(target=end_with_parent, daemon=True).start()

    from components.gateway.connections import listen

    listen(create_app(Serving(loader), tokens=its_own(os.environ.pop(TOKEN_VARIABLE)), models=True), listening)


def end_with_parent() -> None:
    """Standard input is a pipe from the parent: it closes when the parent ends, however it ends."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
