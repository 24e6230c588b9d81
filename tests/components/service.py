"""A service on the loopback address that answers over HTTPS in JSON: an issuer of tokens, a webhook."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.components.authority import Authority

Answer = Callable[[str, Any], Any]
"""What is answered to a path and the JSON that was sent to it, None where nothing was sent; None: no such thing."""


@contextmanager
def running(name: str, authority: Authority, answer: Answer, *, known_only: bool = False) -> Iterator[int]:
    """Run a service whose certificate `authority` signs, in files called `name`; give its port on 127.0.0.1.

    `known_only`: it hangs up on whoever shows no certificate of that authority.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
    identity = authority.issue(name, f"/CN={name}", "subjectAltName=IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    if known_only:
        context.load_verify_locations(authority.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _reply(self, sent: Any) -> None:
            found = answer(self.path.partition("?")[0], sent)
            body = json.dumps(found).encode()
            self.send_response(HTTPStatus.NOT_FOUND if found is None else HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing: a test reads what it is told, not this."""

    return Handler
