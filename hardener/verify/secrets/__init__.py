"""Promise 9, of the output: no private key, no token and no password is in it.

What has a form of its own is looked for in the text of every file, whatever it is for; what has none, by the name that
it stands under, in documents (`fields`) and in what a shell would read. No finding repeats what it found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.errors import ProfileError
from hardener.source import load_data
from hardener.source.credentials import credentials
from hardener.verify import Finding
from hardener.verify.secrets.fields import PLACEHOLDER, secret_fields

__all__ = ["PLACEHOLDER", "secrets"]

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


def secrets(files: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each secret in the files of an output, by their paths."""
    for file in sorted(files):
        found = {*_in_text(file, files[file]), *_in_documents(file, files[file])}
        yield from (Finding(word="secrets", file=file, message=message) for message in sorted(found))


def _in_text(file: str, text: str) -> Iterator[str]:
    # A certificate is no secret, and its base64 may end in a line that looks like a key.
    text = re.sub(_CERTIFICATE, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    forms = [("a password or a token", pattern) for pattern in _TOLD]
    if file.startswith(_OF_HOSTS):
        forms += _KEYS
    places = [(found.start(), what) for what, pattern in forms for found in re.finditer(pattern, text)]
    for start, what in (*credentials(text), *places):
        line = text.count("\n", 0, start) + 1
        yield f"line {line} holds {what}"


def _in_documents(file: str, text: str) -> Iterator[str]:
    """What stands in YAML and JSON: in files called so, and in others that say which kind they are."""
    named = file.endswith((".yaml", ".yml", ".json"))
    if not named and not re.search(_KIND, text, re.MULTILINE):
        return
    for part in re.split(r"^---.*$", text, flags=re.MULTILINE):
        try:
            document = load_data(part, file)
        except ProfileError:
            if named:
                yield "cannot be read as YAML: nobody knows what it holds"
            continue
        yield from secret_fields(document)
