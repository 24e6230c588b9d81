"""Three hosts on one link, which are network namespaces of this machine, and what they reach of each other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.waiting import wait

HOST = ("192.168.10.1", "fd00:10::1")
OTHER_MEMBER = ("192.168.10.2", "fd00:10::2")
WORKER = ("192.168.10.77", "fd00:10::beef")

LISTEN = """\
import socket, sys, threading
def serve(port):
    with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64) as server:
        while True:
            server.accept()[0].close()
ports = [int(port) for port in sys.argv[1:]]
for port in ports:
    threading.Thread(target=serve, args=(port,)).start()
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as echo:
    echo.bind(("::", ports[0]))
    while True:
        echo.sendto(*echo.recvfrom(99))
"""
CONNECT = """\
import json, socket, sys
for address, port in json.loads(sys.argv[1]):
    try:
        with socket.create_connection((address, port), timeout=0.4):
            print(1)
    except TimeoutError:
        print(0)
"""
ECHO = """\
import socket, sys
with socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    client.sendto(b"ping", (sys.argv[1], int(sys.argv[2])))
    assert client.recv(99) == b"ping"
"""


@dataclass(frozen=True)
class Network:
    """Three hosts on one link: a member of the control plane with etcd's ports open, another member, and a worker."""

    host: str
    member: str
    worker: str

    def within(self, name: str, *command: str, text: str = "") -> str:
        command = ("ip", "netns", "exec", name, *command)
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout

    def load(self, text: str) -> None:
        self.within(self.host, "nft", "-f", "-", text=text)

    def reached(self, name: str, addresses: tuple[str, ...], *ports: int) -> set[tuple[str, int]]:
        """What a host reaches of these addresses and ports."""
        asked = [(address, port) for address in addresses for port in ports]
        answers = self.within(name, sys.executable, "-c", CONNECT, json.dumps(asked)).split()
        return {each for each, answer in zip(asked, answers, strict=True) if answer == "1"}


@contextmanager
def network(identity: str) -> Iterator[Network]:
    names = [f"{identity}-{role}" for role in ("etcd", "member", "worker")]
    bridge, made = f"{identity}-link", []
    try:
        for name in (bridge, *names):
            run("ip", "netns", "add", name)
            made.append(name)
        run("ip", "-n", bridge, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", bridge, "link", "set", "bridge", "up")
        for number, (name, addresses) in enumerate(zip(names, (HOST, OTHER_MEMBER, WORKER), strict=True)):
            attach(name, bridge, f"port{number}", addresses)
        yield Network(*names)
    finally:
        for name in made:
            run("ip", "netns", "delete", name)


def attach(name: str, bridge: str, port: str, addresses: tuple[str, str]) -> None:
    run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", bridge)
    run("ip", "-n", bridge, "link", "set", port, "master", "bridge", "up")
    run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "-n", name, "link", "set", "eth0", "up")
    run("ip", "-n", name, "address", "add", f"{addresses[0]}/24", "dev", "eth0")
    run("ip", "-n", name, "address", "add", f"{addresses[1]}/64", "dev", "eth0", "nodad")


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def listening(it: Network, name: str, *ports: int) -> Iterator[None]:
    """Ports of TCP are open on a host, the first of UDP as well; the kernel ends that if the test is killed."""
    command = ("setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", name, sys.executable, "-c", LISTEN)
    command = (*command, *map(str, ports))
    with subprocess.Popen(command) as server:
        try:
            wait(lambda: len(it.within(name, "ss", "-ltnH").splitlines()) >= len(ports))
            yield
        finally:
            server.kill()
