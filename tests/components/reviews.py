"""Many reviews of who may do what, fast: several requests are sent at once on a connection, and answered in order."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from typing import Any

_PATH = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_AT_ONCE = 64
_CONNECTIONS = 3


def allowed(port: int, trust: ssl.SSLContext, specs: Sequence[dict[str, Any]]) -> list[bool]:
    """What an API server on the loopback address says to each spec of a SubjectAccessReview."""
    answers: dict[int, bool] = {}
    errors: list[Exception] = []

    def ask(first: int) -> None:
        numbers = range(first, len(specs), _CONNECTIONS)
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 60) as plain,
                trust.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
            ):
                for start in range(0, len(numbers), _AT_ONCE):
                    batch = numbers[start : start + _AT_ONCE]
                    connection.sendall(b"".join(_request(specs[number]) for number in batch))
                    answers.update(zip(batch, _answers(connection, len(batch)), strict=True))
        except Exception as error:  # a thread's own error would be lost
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [answers[number] for number in range(len(specs))]


def _request(spec: dict[str, Any]) -> bytes:
    body = json.dumps({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}).encode()
    head = f"POST {_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _answers(connection: ssl.SSLSocket, count: int) -> Iterator[bool]:
    received = b""
    for _ in range(count):
        while b"\r\n\r\n" not in received:
            received += _more(connection)
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers["content-length"])
        while len(received) < length:
            received += _more(connection)
        body, received = received[:length], received[length:]
        if " 201 " not in first:
            raise ValueError(f"{first}: {body.decode()}")
        yield json.loads(body)["status"]["allowed"]


def _more(connection: ssl.SSLSocket) -> bytes:
    received = connection.recv(1 << 16)
    if not received:
        raise ConnectionError("the API server hung up")
    return received
