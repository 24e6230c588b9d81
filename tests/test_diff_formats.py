"""What people and programs are told of differences: as text, JSON, SARIF. Markdown has its own tests."""

import json
import re
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from msgspec.structs import replace

from hardener.cli.differences.report import report, schema
from hardener.cli.differences.sarif import sarif
from hardener.cli.differences.text import text
from hardener.compare import Change, Place
from hardener.compare.sides import Sides
from hardener.source import parse
from tests.differing import CLOSED, OPENED, OTHERWISE, PLAIN, differences, folders, hostile_changes, rendered

FACTS = Path(__file__).parent / "facts"
ALL = (OPENED, CLOSED, OTHERWISE)
SARIF = Draft4Validator(json.loads((FACTS / "sarif-2.1.0.json").read_text()))


def plain(found, both=None) -> str:
    return click.unstyle(text(differences(*found, both=both)))


def test_text_tells_each_change_with_its_reason_and_its_place():
    assert plain(ALL) == (
        "weaker\n"
        "  network: pods of web reach api/app=gateway on 8443/TCP\n"
        "    nothing reached them before\n"
        "    profile.yaml:21: flows.0\n"
        "    touches CIS 5.3.2, NSA-NET-2, NSA-NET-12\n"
        "    - web/ to api/app=gateway\n"
        "    - web/app=x to api/app=gateway\n"
        "\n"
        "stronger\n"
        "  access: group viewers may no longer get pods in web\n"
        "    was profile.yaml:16: tenants.shop\n"
        "    touches CIS 3.1.2, 5.1.1, 5.1.2 and 11 more, NSA-AUTH-3\n"
        "\n"
        "neither\n"
        "  exceptions: the owner of an exception is another\n"
        "\n"
        "1 change is weaker, 1 is stronger, 1 is neither\n"
    ).removesuffix("\n")


def test_text_names_the_files_of_a_folder_as_well():
    said = plain([OPENED, CLOSED], folders())
    assert "    output/manifests/namespaces/api/network.yaml:9: NetworkPolicy api/flows-all\n" in said
    assert "    was output/manifests/namespaces/web/access.yaml:4: RoleBinding web/viewers\n" in said


def test_text_says_that_nothing_changed():
    assert plain([]) == "nothing changed: nobody gains or loses anything from profile.yaml to profile.yaml"


def test_text_counts_what_nobody_reads():
    many = replace(OPENED, details=tuple(f"detail {number}" for number in range(25)))
    said = plain([many])
    assert "    - detail 19\n    - and 5 more: --format json lists them\n" in said
    assert "detail 20" not in said
    assert plain([OPENED, replace(OPENED, message="more")]).endswith("\n\n2 changes are weaker")


def test_text_cuts_a_line_that_nobody_reads_at_a_word():
    names = ", ".join(f"resource-{number}" for number in range(300))
    (line,) = (line for line in plain([replace(OPENED, details=(names,))]).splitlines() if "resource-0" in line)
    head, _, more = line.removeprefix("    - ").partition(" ... and ")
    assert len(head) <= 500
    assert names.startswith(f"{head} ")
    assert more == f"{len(names) - len(head)} more characters: --format json has them"


def test_what_is_in_no_profile_has_its_place_in_what_would_be_written():
    nowhere = replace(OPENED, new=Place(file="manifests/cluster/pods.yaml", line=3, object="X y"))
    assert "    output/plain/manifests/cluster/pods.yaml:3: X y\n" in plain([nowhere])


def test_controls_are_those_of_the_chosen_frameworks_and_level():
    (control, *others) = differences(OPENED).controls(OPENED)
    assert (control, others) == ("CIS 5.3.2", ["NSA-NET-2", "NSA-NET-12"])
    assert differences().controls(OTHERWISE) == ()


@pytest.mark.parametrize("both", [None, folders()], ids=["profiles", "folders"])
@pytest.mark.parametrize("changes", [(), ALL], ids=["nothing", "something"])
def test_json_is_what_its_schema_says(changes, both):
    data = report(differences(*changes, both=both))
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(data)
    assert data["weaker"] + data["stronger"] + data["neither"] == len(data["changes"]) == len(changes)


def test_json_has_every_field_of_a_change():
    told, went, _ = report(differences(*ALL))["changes"]
    assert Change.__struct_fields__ == tuple(field for field in told if field != "controls")
    assert (told["direction"], told["word"], told["message"]) == ("weaker", "network", OPENED.message)
    assert told["controls"] == ["CIS 5.3.2", "NSA-NET-2", "NSA-NET-12"]
    profile = {"path": "flows.0", "file": "profile.yaml", "line": 21}
    where = {"file": "manifests/namespaces/api/network.yaml", "line": 9, "object": "NetworkPolicy api/flows-all"}
    assert told["new"] == {**where, "profile": profile}
    assert (told["old"], went["new"], went["old"]["profile"]["path"]) == (None, None, "tenants.shop")


def test_json_names_no_file_of_the_output_where_there_is_none():
    (told,) = report(differences(replace(OPENED, new=Place(at=("flows", 0)))))["changes"]
    assert told["new"] == {"profile": {"path": "flows.0", "file": "profile.yaml", "line": 21}}
    assert schema()["$defs"]["SidePlace"]["required"] == ["profile"]


@pytest.mark.parametrize("spoil", [{"direction": "worse"}, {"message": 1}, {"details": "x"}, {"new": {"file": "x"}}])
def test_the_schema_refuses_what_is_no_report(spoil):
    data = report(differences(OPENED))
    data["changes"][0].update(spoil)
    assert not Draft202012Validator(schema()).is_valid(data)


def results(found, failing=()) -> list[dict]:
    data = sarif(found, failing)
    SARIF.validate(data)
    return data["runs"][0]["results"]


def test_sarif_names_a_rule_for_each_word_and_direction():
    (run,) = sarif(differences(*ALL), ())["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "network.weaker",
        "access.stronger",
        "exceptions.neither",
    ]
    found = results(differences(*ALL))
    assert [(each["ruleId"], each["ruleIndex"], each["level"]) for each in found] == [
        ("network.weaker", 0, "warning"),
        ("access.stronger", 1, "note"),
        ("exceptions.neither", 2, "note"),
    ]


def test_sarif_calls_an_error_what_the_command_fails_for():
    assert [each["level"] for each in results(differences(*ALL), ("weaker",))] == ["error", "note", "note"]


def test_sarif_points_at_the_new_profile_and_beside_it_at_the_old():
    opened, closed, otherwise = results(differences(*ALL))
    file = {"uri": "profile.yaml", "uriBaseId": "%SRCROOT%"}
    for each, line in ((opened, 21), (closed, 16), (otherwise, 1)):
        (location,) = each["locations"]
        assert location["physicalLocation"] == {"artifactLocation": file, "region": {"startLine": line}}
    assert closed["relatedLocations"][0]["message"] == {"text": "before: tenants.shop"}
    assert "relatedLocations" not in opened


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("main:profiles/shop.yaml", {"uri": "profiles/shop.yaml", "uriBaseId": "%SRCROOT%"}),
        ("./a b#c.yaml", {"uri": "a%20b%23c.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/dev/stdin", {"uri": "file:///dev/stdin"}),
    ],
)
def test_sarif_names_files_as_addresses(name, uri):
    both = Sides(rendered().old, replace(rendered().new, source=parse(PLAIN, name)))
    (found,) = results(differences(OTHERWISE, both=both))
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == uri


def test_sarif_knows_a_change_again_wherever_it_stands():
    def prints(*changes):
        return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results(differences(*changes))]

    first, second = prints(OPENED, CLOSED)
    assert first != second
    moved = replace(OPENED, new=replace(OPENED.new, line=99, at=("flows",)))
    assert prints(OTHERWISE, moved)[1] == first
    twice = prints(OPENED, moved)
    assert twice[0] == first
    assert twice[1] == first.replace(":1", ":2")


@settings(max_examples=30)
@given(st.lists(hostile_changes(), max_size=3))
def test_no_value_breaks_out_of_any_format(changes):
    found = differences(*changes)
    for each in results(found):
        assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", each["message"]["text"])
    Draft202012Validator(schema()).validate(json.loads(json.dumps(report(found))))
    said = click.unstyle(text(found))
    assert all(line.isprintable() for line in said.splitlines())
