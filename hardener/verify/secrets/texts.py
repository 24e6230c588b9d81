"""Of an output: no private key, no token and no password is in it.

What has a form of its own is looked for in the text of every file, whatever it is for; what has none, by the name that
it stands under, in documents (`fields`) and in what a shell would read. No finding repeats what it found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from hardener.source import KeyPath
from hardener.source.credentials import credentials
from hardener.source.manifests import Part, Reader
from hardener.verify import Finding
from hardener.verify.secrets.fields import secret_fields
from hardener.verify.settings.documents import lines

_CERTIFICATE: Final = r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"
_OF_HOSTS: Final = ("control-plane/", "nodes/")
# Keys in base64 and in hexadecimal, in files for hosts: objects of the cluster carry checksums of these forms.
_KEYS: Final = (
    ("a key of 32 bytes", r"(?:(?<![\w+/])|(?<=\\n))[A-Za-z0-9+/]{43}=(?![\w+/=])"),
    ("a key of 16 bytes", r"(?:(?<![\w+/])|(?<=\\n))[A-Za-z0-9+/]{22}==(?![\w+/=])"),
    ("a key in hexadecimal", r"(?<![\w:+/.@-])(?:[0-9a-f]{64}|[0-9a-f]{48}|[0-9a-f]{32})(?![\w+/=.-])"),
)
_WORDS: Final = "token|password|passwd|secret|access-key|secret-key|api-key"
# What a shell or another program finds out later ($...), a file and a placeholder in capitals are no secret.
_VALUE: Final = r"(?![\"']?[/$<])(?![A-Z]+\b)"
# In words on the command line, in the environment, and as curl takes them.
_TOLD: Final = (
    rf"--?(?:[a-z0-9]+-)*(?:{_WORDS})=(?![\"']?[/$])\S",
    rf"--(?:[a-z0-9]+-)*(?:{_WORDS}) +{_VALUE}[^\s-]\S",
    rf"(?<![\w-])(?:[A-Za-z0-9]+_)*(?i:{_WORDS.replace('-', '_')})={_VALUE}[^\s=]",
    rf"\bcurl\b[^\n;|&]*\s(?:-u|--user)[ =]?{_VALUE}[\"']?[^\s:\"'$]+:{_VALUE}[^\s:]",
)
_KIND: Final = r"^[-\s{]*\"?kind\"?:"
_NAMED: Final = (".yaml", ".yml", ".json")
# Without one of these, in small letters, no text holds a secret by its name: its last word and the end of a name, a
# word of a command line, what may hide a letter. Each begins with letters of its own, by which it is found quickly.
_ENDS: Final = r"[\"']?[ \t]*(?:[:=,}#\r\n]|$)"
_HINTS: Final = (
    rf"token(?<!automountserviceaccounttoken){_ENDS}",
    rf"passw(?:or)?d{_ENDS}",
    rf"passphrase{_ENDS}",
    rf"secret(?:list|generator)?{_ENDS}",
    rf"key(?:[-_./]?data)?{_ENDS}",
    rf"auth{_ENDS}",
    rf"dockerc[a-z]+{_ENDS}",
    r"-(?:token|passw(?:or)?d|secret|[a-z]+-key) +[^\s-]",
    r"\\",
    r"curl",
)


def held(files: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each secret in the files of an output, by their paths."""
    of_hosts = {file for file in files if file.startswith(_OF_HOSTS)}
    others = {file: text for file, text in files.items() if file not in of_hosts}
    for file in sorted(of_hosts | _suspicious(others)):
        text = files[file]
        found = {*_forms(credentials(text), text), *_forms(_told(file, text), text), *_in_documents(file, text)}
        for line, message in sorted(found):
            yield Finding(word="secrets", file=file, line=line, message=message)


def _suspicious(files: Mapping[str, str]) -> set[str]:
    """The files that could hold a secret. All are looked through as one text, which settles nearly all of them."""
    small = [text.lower() for text in files.values()]
    whole = "\n".join(files.values())
    forms = (start for start, _ in credentials(whole))
    together = "\n".join(small)
    hints = (found.start() for hint in _HINTS for found in re.finditer(hint, together, re.MULTILINE))
    return {*_files_at(forms, files, list(files.values())), *_files_at(hints, files, small)}


def _files_at(found: Iterator[int], files: Mapping[str, str], texts: list[str]) -> Iterator[str]:
    """The file of each place in texts that stand one after another."""
    names = list(files)
    ends = list(accumulate(len(text) + 1 for text in texts))
    return (names[bisect_right(ends, start)] for start in found)


def _forms(found: Iterator[tuple[int, str]], text: str) -> Iterator[tuple[int, str]]:
    """The line of each, for its place in the text."""
    for start, what in found:
        yield text.count("\n", 0, start) + 1, f"holds {what}"


def _told(file: str, text: str) -> Iterator[tuple[int, str]]:
    """What a shell would read, and in files for hosts what can only be a key."""
    # A certificate is no secret, and its base64 may end in a line that looks like a key.
    if "BEGIN CERTIFICATE" in text:
        text = re.sub(_CERTIFICATE, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    forms = [("a password or a token", pattern) for pattern in _TOLD]
    for what, pattern in (*forms, *(_KEYS if file.startswith(_OF_HOSTS) else ())):
        yield from ((found.start(), what) for found in re.finditer(pattern, text))


def _in_documents(file: str, text: str) -> Iterator[tuple[int, str]]:
    """What stands in YAML and JSON: in files called so, and in others that say which kind they are."""
    if not file.endswith(_NAMED) and not re.search(_KIND, text, re.MULTILINE):
        return
    for part in Reader().parts(text, file):
        if part.problems:
            if file.endswith(_NAMED):
                yield part.problems[0].line, "cannot be read as YAML: nobody knows what it holds"
            continue
        for path, message in secret_fields(part.data):
            yield _line(part, file, path), message


def _line(part: Part, file: str, path: KeyPath) -> int:
    return lines(part.text, file, part.line)(*path)
