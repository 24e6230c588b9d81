"""Files beside the manifests and at the top of the folder: each of them may be for somebody who delivers the output.

kustomize refuses a folder with a second list of files (RecognizedKustomizationFileNames in its api/konfig), Flux leaves
out what a .sourceignore names, Argo CD changes what it builds by .argocd-source.yaml, and a script is there to be run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.profile import ASKED
from hardener.verify import Finding
from hardener.verify.written import MANIFESTS, READ

# Folders whose files `settings` and `runtime` judge, what hardener leaves at the top, and what `images` judges.
_ELSEWHERE: Final = ("control-plane/", "nodes/", "runtime/")
_OURS: Final = (".hardener", ASKED, "images/trivy-operator.yaml")
# What people, editors and desktops leave in any folder, and no deliverer reads.
HARMLESS: Final = re.compile(
    r"(?:.*/)?(?:[^/]+\.(?:md|png|jpg|svg)|\.gitkeep|\.DS_Store|[^/]*~|\.[^/]*\.sw[a-p]|(?:\.git|\.idea|\.vscode)/.*)",
    re.DOTALL,
)


def strays(files: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each file of which nobody knows what it is for."""
    for file in sorted(files):
        if file.startswith(_ELSEWHERE) or file in _OURS:
            continue
        read = file.startswith(MANIFESTS) and file.endswith(READ)
        if not read and not HARMLESS.fullmatch(file):
            message = "nobody knows what this file is for: what delivers the output may take it, or leave others out"
            yield Finding(word="namespaces", file=file, message=message)
