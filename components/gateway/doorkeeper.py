"""Who is let in: before a byte of the body is read, a request shows a token with the scope that its path needs.

A gateway without tokens answers this machine alone, and no page of a browser: a Host of another name (DNS rebinding) and the
Origin of another site are refused on every path but /health and /ready.
"""

from __future__ import annotations

from components.errors import RefusedError
from components.gateway.problem import ProblemError
from components.gateway.tokens import Tokens
from components.hosts import App, Receive, Scope, Send, loopback, objection, of

SCOPE_OF = {"/predict": "predict", "/feedback": "feedback", "/state": "admin", "/models": "admin"}
#: Where a request that was let in by its token says whose it is
SENDER = "sender"
PROBES = ("/health", "/ready")  # for whoever watches the process: by any name, without a token


class Doorkeeper:
    """ASGI: 401, 403, or the request goes on."""

    def __init__(self, app: App, tokens: Tokens | None) -> None:
        self._app, self._tokens = app, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope)
            except ProblemError as problem:
                await problem.send(send)
                return
        elif scope["type"] == "websocket":
            return  # there is none here; the server closes it
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        path = scope["path"]
        if path in PROBES:
            return
        hosts, origins, shown = of(scope, b"host"), of(scope, b"origin"), of(scope, b"authorization")
        if len(hosts) != 1 or len(origins) > 1 or len(shown) > 1:
            raise ProblemError(403, RefusedError("A request names one host, at most one origin, and one token"))
        # with tokens, the name does not matter: a page that does not know one gets nowhere
        known = loopback() if self._tokens is None else (hosts[0].lower(),)
        if refused := objection(hosts[0], origins[0] if origins else None, known):
            hint = "Ask 127.0.0.1 or localhost, not from a page of another site; for other names start it with tokens."
            raise ProblemError(403, RefusedError(refused, hint))
        if self._tokens is None or path not in SCOPE_OF:
            return
        sender = self._tokens.sender(shown[0]) if shown else None
        if sender is None:
            hint = "Send the header `Authorization: Bearer TOKEN`."
            raise ProblemError(401, RefusedError("No token, or an unknown one", hint), headers={"WWW-Authenticate": "Bearer"})
        if SCOPE_OF[path] not in sender.scopes:
            hint = f"{path} needs a token with the scope `{SCOPE_OF[path]}`."
            raise ProblemError(403, RefusedError("The token does not allow this", hint))
        scope.setdefault("state", {})[SENDER] = sender
