"""Prefect's server in a process of its own, for this machine alone.

Its password comes in the environment. On top of it, a request that names another host than this
machine is refused: a page of the web may let its own name point here (DNS rebinding), and would
then count as one of ours. The pages that describe the API are refused, too: they need no password
and load their scripts from the web.
"""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from warehouse.environment import OWN_HOSTS
from warehouse.lifeline import end_with_starter

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

GRACE_SECONDS = 5
DESCRIPTIONS = {"docs", "oauth2-redirect", "redoc", "openapi.json"}


def main() -> None:
    """Serve on the socket whose number is the first argument, for as long as the starter lives."""
    end_with_starter()
    import uvicorn
    from prefect.server.api.server import create_app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = TrustedHostMiddleware(
        _undescribed(create_app()), allowed_hosts=OWN_HOSTS, www_redirect=False
    )
    config = uvicorn.Config(
        app, lifespan="on", log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


def _undescribed(prefect: ASGIApp) -> ASGIApp:
    """Return the app without the pages that describe the API, wherever they are mounted."""
    from starlette.responses import PlainTextResponse

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_description = scope.get("path", "").rstrip("/").rpartition("/")[2] in DESCRIPTIONS
        answer = PlainTextResponse("", 404) if is_description else prefect
        await answer(scope, receive, send)

    return app


if __name__ == "__main__":
    main()
