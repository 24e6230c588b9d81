"""What a server on the loopback address tells somebody without a name."""

import http.client
import ssl
from urllib.parse import urlsplit


def status(address: str, path: str) -> int:
    """The HTTP status of a path; 0 where nobody answers. The server's certificate is believed, as a probe does."""
    connection = _connection(address)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _connection(address: str) -> http.client.HTTPConnection:
    scheme, place, *_ = urlsplit(address)
    if scheme == "http":
        return http.client.HTTPConnection(place, timeout=30)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(place, context=context, timeout=30)
