"""The binaries are those of the releases that we name, and a changed source means a new one."""

import pytest

from tests.components import build
from tests.components.releases import ALL


@pytest.mark.parametrize("release", ALL)
def test_the_modules_pin_the_release_and_its_libraries(release):
    text = build.modules_file(release).read_text()

    assert f"\tk8s.io/kubernetes v{release}\n" in text
    assert f"\tk8s.io/api => k8s.io/api v0.{release.partition('.')[2]}\n" in text
    assert "staging" not in text


def test_a_failure_says_what_the_go_tool_said(tmp_path):
    with pytest.raises(build.BuildError, match=r"(?s)go mod download .*malformed module path"):
        build.go("mod", "download", "-json", "no module@v1", within=tmp_path)


def test_another_source_is_another_binary(tmp_path):
    main = tmp_path / "main.go"
    keys = set()
    for text in ("package main\n", "package main\n\nfunc main() {}\n"):
        main.write_text(text)
        keys.add(build._key("", (main,)))

    assert len(keys) == 2
