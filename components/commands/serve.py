"""`perdure predict` and `perdure serve`: the champion's answers, here or over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from components.commands.common import FILE, Call, existing
from components.errors import UsageError


@click.command("predict")
@click.argument("texts", nargs=-1, metavar="TEXT…")
@existing
def predict(call: Call, texts: tuple[str, ...]) -> int:
    """Answer each TEXT with the champion. Without TEXT, answer each line of standard input."""
    from components.control.artefacts import champion
    from components.learning.shared_bases import load

    lines = list(texts) or [line.rstrip("\n") for line in sys.stdin if line.strip()]
    if not lines:
        raise UsageError("Nothing to answer", 'Give texts: perdure predict "Who wrote Hamlet?"')
    serves = champion(call.workspace)
    if serves is None:
        raise UsageError(
            f"No champion in {call.workspace.root} yet",
            "Make one with `perdure demo`, `perdure run STREAM` or `perdure cycle FILE`.",
        )
    statement, checkpoint = serves
    predictions = load(checkpoint).predict(lines)
    answers = [
        {"label": label, "probability": round(float(confidence), 4), "version": statement.version}
        for label, confidence in zip(predictions.top(), predictions.confidence(), strict=True)
    ]
    for text, answer in zip(lines, answers, strict=True):
        call.say(f"{answer['label']:<20} {answer['probability']:.2f}  {text}")
    call.result({"predictions": answers})
    return 0


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
@click.option(
    "--tokens",
    type=FILE,
    help="File of tokens, one SCOPE[,SCOPE…]:TOKEN a line; scopes: predict, feedback, label, admin [env PERDURE_TOKENS_FILE, "
    "or PERDURE_TOKENS with the lines themselves; default: none, which only a loopback address may have].",
)
@click.option("--poll-seconds", default=5.0, show_default=True, help="How often to ask the ledger what serves.")
@existing
def serve(call: Call, host: str, port: int, tokens: Path | None, poll_seconds: float) -> int:
    """Serve the champion over HTTP: POST /predict {"texts": [...]}. A new champion is served without a restart.

    GET /openapi.json describes it. With tokens, a request carries `Authorization: Bearer TOKEN`.
    """
    from components.gateway.serve import serve as run
    from components.gateway.tokens import read_tokens

    run(call.workspace, host=host, port=port, poll_seconds=poll_seconds, tokens=read_tokens(tokens))
    return 0
