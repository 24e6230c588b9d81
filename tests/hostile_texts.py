"""Texts that mean something to YAML, Jinja2, a shell, a path, a terminal or Kubernetes, and must mean nothing to us."""

from __future__ import annotations

from typing import Final

HOSTILE: Final = (
    # Words and numbers of YAML 1.1 and 1.2, and what merely looks like them.
    *("yes", "no", "on", "off", "y", "n", "true", "Null", "null", "~", ".inf", "-.inf", ".nan", "=", "<<"),
    *("0", "007", "0x1f", "0o17", "0b1", "1_000", "1e3", "1.30", "-1", "+1", "1:30", "12:30:45", "2027-03-31"),
    # YAML's syntax.
    *("# comment", "a #b", "- x", "-", "key: value", "a:", ": a", "? a", "| ", ">-", "&a b", "*a", "!x", "!!str x"),
    *("[x]", "{x: y}", "]", "}", ",", "a, b", "%YAML 1.2", "@a", "`a`", "---", "...", "--- a", '"', "'", '"x"', "it's"),
    *("\\", "\\n", "a\\", " ", " a", "a ", "\ta", ""),
    # Line breaks, and what some take for one.
    *("a\nb", "a\nb: c", "a\n---\nkind: Secret", "a\r\nb", "a\rb", "a\u2028b", "a\u2029b", "a\x85b", "a\n", "\n"),
    # What cannot be seen, and what drives a terminal or turns the direction of writing.
    *("a\x00b", "\x1b[31m", "a\x07", "a\x7fb", "a\u202eb", "a\u2066b", "a\u200bb", "\ufeffa", "a\u00a0b", "a\u0301"),
    # Templates, shells, paths, other notations.
    *("{{ x }}", "{{ 7*7 }}", "{% for a in b %}", "{# x #}", "${HOME}", "$(id)", "`id`", "a;b", "a|b", "a&b", "a b"),
    *(
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a/../b",
        "a/b",
        "./a",
        "~/a",
        "C:\\a",
        "a%2fb",
        "%s",
        "{0}",
        "--flag=x",
    ),
    # CEL, which some values become part of.
    *("' || true || '", "'] || true", '") || true', "a' + 'b", "\\' || true"),
    # Names that Kubernetes keeps for itself, and stars.
    *("system:masters", "system:x", "kube-system", "default", "*", "a*", "0.0.0.0/0", "::/0"),
    # Scripts, and length.
    *("über", "漢字", "🙂", "\ud7ff", "Ⅷ", "\uff41", "x" * 63, "x" * 64, "x" * 253, "x" * 254, "x" * 5000),
)
