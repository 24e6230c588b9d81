"""The shape of the code, kept by a test: pairs of emitter and template, what templates may do, who prints.

Who may import whom is in pyproject.toml, for import-linter.
"""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from hardener.rules import FOUNDATIONS, RULES

PACKAGE = Path(__file__).parent.parent / "hardener"
CONTRACTS = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FILES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted((PACKAGE / "templates").glob("[!_]*.j2"))

# A value stands alone: behind its key or dash, as a key, or as a comment (the escape leaves no line break in it).
VALUE = r"\{\{ [^{}]+ \}\}"
WHOLE_VALUE = re.compile(rf" *(# {VALUE}|(- )*([\w./:$-]+: )?{VALUE}|(- )*{VALUE}:( {VALUE}| \{{\}})?)")


def name_of(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def calls(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def glued(text: str) -> list[str]:
    return [line for line in text.splitlines() if "{{" in line and not WHOLE_VALUE.fullmatch(line)]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_only_the_command_line_prints(file):
    assert "print" not in calls(file)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_has_one_idea(file):
    assert len(file.read_text().splitlines()) <= 300


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_function_ends_within_forty_lines(file):
    functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if node.end_lineno - node.lineno >= 40] == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_module_says_what_it_is(file):
    assert ast.get_docstring(ast.parse(file.read_text()))


def test_what_verifies_may_import_four_packages_alone():
    """Whatever package is added, its proof would lean on it unless the contract names it."""
    (contract,) = [each for each in CONTRACTS if each.get("source_modules") == ["hardener.verify"]]
    ours = {file.stem if file.parent == PACKAGE else file.relative_to(PACKAGE).parts[0] for file in FILES}
    below, above = {"errors", "source", "catalog", "profile"}, {"cli", "__init__", "__main__"}
    forbidden = {name.removeprefix("hardener.") for name in contract["forbidden_modules"]}
    assert forbidden == ours - below - above - {"verify"}


def test_each_rule_is_asked_once():
    asked = [*FOUNDATIONS, *RULES]
    assert len(asked) == len(set(asked))


def test_every_template_has_an_emitter_of_its_name():
    emitters = {file.stem for file in (PACKAGE / "emitters").glob("[!_]*.py")}
    assert {file.name.split(".")[0].split("-")[0] for file in TEMPLATES} <= emitters


def test_every_template_is_filled_by_its_own_emitter():
    for file in TEMPLATES:
        emitter = PACKAGE / "emitters" / f"{file.name.split('.')[0].split('-')[0]}.py"
        assert file.name in emitter.read_text(), f"{emitter.name} does not fill {file.name}"


@pytest.mark.parametrize("file", TEMPLATES, ids=name_of)
def test_every_printed_value_is_one_whole_yaml_value(file):
    assert glued(file.read_text()) == []


@pytest.mark.parametrize(
    "line", ["name: allow-{{ name }}", "# as {{ x }}", "name: {{ name }}-x", "key{{ key }}: 1", 'a: "{{ b }}"']
)
def test_a_glued_value_is_noticed(line):
    assert glued(line) == [line]
