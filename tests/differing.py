"""Differences made by hand, for the tests of what people and programs are told of them."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from hardener.cli.differences import Differences
from hardener.compare import Arrow, Change, Place
from hardener.compare.sides import Sides
from tests.comparing import folder, sides
from tests.hostile_texts import HOSTILE

PLAIN = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: plain}
cluster:
  kubernetes: "1.36"
  distribution: kubeadm
  cni: calico
  networks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.10.0/24]
    controlPlane: [192.168.10.0/29]
zones:
  apps: {trust: 50}
tenants:
  shop:
    namespaces:
      web: {zone: apps}
      api: {zone: apps}
flows:
  - {from: {namespace: web}, to: {namespace: api}, ports: [8443]}
compliance: {cis: {level: 2}, nsa: {}}
"""

OPENED = Change(
    direction="weaker",
    word="network",
    message="pods of web reach api/app=gateway on 8443/TCP",
    reason="nothing reached them before",
    details=("web/ to api/app=gateway", "web/app=x to api/app=gateway"),
    new=Place(
        file="manifests/namespaces/api/network.yaml", line=9, object="NetworkPolicy api/flows-all", at=("flows", 0)
    ),
    measures=("network.declared-flows",),
    arrow=Arrow(source="web", target="api/app=gateway", ports="8443/TCP"),
)
CLOSED = Change(
    direction="stronger",
    word="access",
    message="group viewers may no longer get pods in web",
    old=Place(
        file="manifests/namespaces/web/access.yaml", line=4, object="RoleBinding web/viewers", at=("tenants", "shop")
    ),
    measures=("access.least-privilege",),
)
OTHERWISE = Change(direction="neither", word="exceptions", message="the owner of an exception is another")


@cache
def rendered() -> Sides:
    """Two profiles that are equal."""
    return sides(PLAIN, PLAIN)


@cache
def folders() -> Sides:
    """Two folders of output that are equal."""
    both = rendered()
    return Sides(folder(both.old.files), folder(both.new.files))


def differences(*changes: Change, both: Sides | None = None) -> Differences:
    """Two sides, and what is said to have changed between them."""
    return Differences(sides=both or rendered(), changes=changes)


# What means something in a comment: to markdown, to HTML, to Mermaid, and to a code host that reads the rest.
_MARKUP = (
    *(
        "**b**",
        "_i_",
        "~~s~~",
        "# h",
        "> q",
        "1. x",
        "- [ ] x",
        "`",
        "``",
        "```",
        "````x",
        "a`b",
        "`a",
        "a`",
        "| a | b |",
    ),
    *(
        "[x](https://evil.example)",
        "![x](//evil.example/x.png)",
        "[x]: y",
        "<https://evil.example>",
        "<b>",
        "</details>",
    ),
    *("https://evil.example", "www.evil.example", "http://x", "a@evil.example", "mailto:a@evil.example", "ftp://x"),
    *(
        "<!-- x",
        "--> x",
        "<script>alert(1)</script>",
        "<img src=x onerror=y>",
        "&lt;",
        "&#96;",
        "&",
        "\\`",
        "<br>",
        "$x$",
    ),
    *(
        "@everyone",
        "@org/team",
        "#1",
        "!1",
        "a/b#1",
        "GH-1",
        "gh-22",
        "0123456789abcdef",
        ":smile:",
        "~bug",
        "%1",
        "$1",
        "&1",
    ),
    *(
        "end",
        'n1["x"]',
        '"]',
        '"| n0',
        "%% x",
        "subgraph x",
        "click n0 call()",
        "#35;",
        "#quot;",
        "linkStyle 0",
        "graph",
    ),
    *(
        "/close",
        "/approve",
        "$`x`$",
        "[!WARNING]",
        "{+ a +}",
        "[[_TOC_]]",
        "^a",
        "\u2028",
        "\\",
        "\\\\",
        "a\\|b",
        "|",
        "||",
    ),
    *("x)", "(x", '"x"', "('a)", "...", "a.", ".a", "a,b", "it's", "'", '"', "(", ")", ";", ":"),
)


def hostile() -> st.SearchStrategy[str]:
    """Texts that mean something to whoever shows them."""
    one = st.sampled_from((*_MARKUP, *HOSTILE)) | st.text(max_size=12)
    return one | st.lists(one, max_size=4).map(" ".join) | st.lists(one, max_size=3).map("".join)


def hostile_changes() -> st.SearchStrategy[Change]:
    """Changes of which every text is hostile."""
    return st.builds(
        Change,
        direction=st.sampled_from(["weaker", "stronger", "neither"]),
        word=st.sampled_from(["network", "access"]),
        message=hostile(),
        reason=hostile(),
        details=st.lists(hostile(), max_size=2).map(tuple),
        arrow=st.none() | st.builds(Arrow, source=hostile(), target=hostile(), ports=hostile()),
    )
