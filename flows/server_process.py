"""Prefect's server in a process of its own, for this machine alone.

Its password comes in the environment. On top of it, a request that names another host than this
machine is refused: a page of the web may let its own name point here (DNS rebinding), and would
then count as one of ours.
"""

from __future__ import annotations

import socket
import sys

from warehouse.environment import OWN_HOSTS
from warehouse.lifeline import end_with_starter

GRACE_SECONDS = 5


def main() -> None:
    """Serve on the socket whose number is the first argument, for as long as the starter lives."""
    end_with_starter()
    import uvicorn
    from prefect.server.api.server import create_app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = TrustedHostMiddleware(create_app(), allowed_hosts=OWN_HOSTS, www_redirect=False)
    config = uvicorn.Config(
        app, lifespan="on", log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
