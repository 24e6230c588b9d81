"""Ports on the loopback address that nobody listens on."""

import random
import socket

# Below the range from which Linux takes the ports of outgoing connections, one of which could come in between.
_RANGE = range(20000, 30000)


def free_port() -> int:
    """A port that was free a moment ago. Chosen at random, so that tests which run at once hardly ever meet."""
    while True:
        port = random.choice(_RANGE)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
