"""No refusal repeats a secret: it ends up in logs, which others read than the profile."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.errors import ProfileError
from hardener.rules import read_sound
from hardener.source import parse
from hardener.source.veil import veiled, veils

HEAD = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: example}
cluster: {kubernetes: "1.34", distribution: kubeadm, cni: calico}
"""
# Where a person may put it: in a key that is for something like it, in one that is not, and beside another mistake.
PLACES = (
    "controlPlane: {audit: {webhook: {server: SECRET}}}",
    "controlPlane: {authentication: {webhook: {server: SECRET, cache: 3}}}",
    "controlPlane: {authentication: {oidc: [{issuer: SECRET, audiences: [a], certificateAuthority: SECRET}]}}",
    "controlPlane: {authentication: {anonymous: SECRET}}",
    "controlPlane: {authentication: {oidc: SECRET}}",
    "zones: {SECRET: {trust: 1}}",
    "zones: {a: {trust: SECRET}}",
    "zones: {a: {trust: 1, registries: [SECRET]}}",
    "zones: {a: {turst: 1, password: SECRET}}",
    "zones: {a: [SECRET, *alias]}",
    "tenants: {a: {namespaces: {b: {zone: SECRET}}}}",
    "exceptions: [{rule: SECRET, at: SECRET, reason: SECRET, owner: SECRET, expires: SECRET}]",
)
WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_-.~!$%&*=;,", min_size=8, max_size=40)
BASE64 = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", min_size=24, max_size=64)


def refusal(body):
    """All that is said of a profile, to people and to programs."""
    with pytest.raises(ProfileError) as refused:
        read_sound(parse(HEAD + body + "\n", "x.yaml", lenient=True))
    told = json.dumps([problem.to_dict() for problem in refused.value.problems], ensure_ascii=False)
    return f"{refused.value}\n{told}"


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(PLACES), scheme=st.sampled_from(["https", "http", "ldap+x"]), password=WORDS, path=WORDS)
def test_no_password_in_an_address_is_repeated(place, scheme, password, path):
    password = f"Zq{password}"
    said = refusal(place.replace("SECRET", json.dumps(f"{scheme}://jo:{password}@example.com/{path}")))
    assert password not in said
    assert password[:8] not in said


@settings(max_examples=50, deadline=None)
@given(place=st.sampled_from(PLACES[:3]), before=WORDS, gap=st.sampled_from([" ", "/", "'", "\\", "?", "#", "é"]))
def test_an_address_with_an_at_is_not_shown_however_odd_its_password_is(place, before, gap):
    password = f"Zq{before}{gap}12"
    assert f"Zq{before}"[:8] not in refusal(place.replace("SECRET", json.dumps(f"https://jo:{password}@example.com")))


@settings(max_examples=150, deadline=None)
@given(
    place=st.sampled_from(PLACES),
    kind=st.sampled_from(["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "]),
    lines=st.lists(BASE64, min_size=1, max_size=4),
    ended=st.booleans(),
    between=st.sampled_from(["\n", " ", "\r\n", ""]),
)
def test_no_private_key_on_one_line_is_repeated(place, kind, lines, ended, between):
    end = [f"-----END {kind}PRIVATE KEY-----"] if ended else []
    said = refusal(
        place.replace("SECRET", json.dumps(between.join([f"-----BEGIN {kind}PRIVATE KEY-----", *lines, *end])))
    )
    assert not [line for line in lines if line[:16] in said]


@settings(max_examples=50, deadline=None)
@given(lines=st.lists(BASE64, min_size=1, max_size=4), ended=st.booleans(), unsound=st.sampled_from("\x07\u200b\u2028"))
def test_no_line_of_a_private_key_is_repeated_because_of_a_character_in_it(lines, ended, unsound):
    key = ["-----BEGIN PRIVATE KEY-----", *lines[:-1], lines[-1] + unsound]
    key += ["-----END PRIVATE KEY-----"] if ended else []
    said = refusal("\n".join(["metadata:", "  description: |", *(f"    {line}" for line in key)]))
    assert not [line for line in lines if line[:16] in said]


def test_what_was_pasted_for_a_word_is_not_repeated_in_the_way_out():
    token = "ghp_" + "a1B2" * 9
    assert token not in refusal(f"zones: {{a: {{trust: 1, pools: {token}}}}}")
    assert token not in refusal(f"tenants: {{a: {{namespaces: {{b: {{zone: {token}}}}}}}}}")


@pytest.mark.parametrize(
    "text",
    [
        "https://login.example.com:8443/realm",
        "registry.example.com/shop/web@sha256:abc",
        "quotas.team1234567890123",
        "write it as https://login.example.com/realm",
        "-----BEGIN CERTIFICATE-----",
        "jo@example.com",
    ],
)
def test_what_is_no_secret_is_shown(text):
    assert veiled(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://jo:hunter2@example.com now", "see https... now"),
        ("https://a-token@example.com", "https..."),
        ("https://example.com/?key=abc", "https..."),
        ("abcdef.0123456789abcdef", "..."),
        ("x abcdef.0123456789abcdef y abcdef.0123456789abcdef", "x ... y ..."),
        ("-----BEGIN PRIVATE KEY-----\nabcd\nefgh\nzones: {}", "...\nzones: {}"),
        ("-----BEGIN PRIVATE KEY-----\nProc-Type: 4\n\nab\n-----END PRIVATE KEY-----\nzones: {}", "...\nzones: {}"),
        ("MIIEvQ" + "a" * 60, "..."),
    ],
)
def test_a_secret_is_not_shown_and_what_stands_beside_it_is(text, shown):
    assert veiled(text) == shown


@pytest.mark.parametrize(
    "scrap",
    [
        *("://", "https://a:b@c ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nab\n", "M", "a.", "gh"),
        *("ab\n", "eyJaaaaaaaa.", "abcdef.0123456789abcdef ", "LS0tLS1CRUdJTi", "-----END PRIVATE KEY-----", "Bearer "),
    ],
)
def test_millions_of_characters_are_searched_in_no_time(scrap):
    text = "PRIVATE KEY" + scrap * (2_000_000 // len(scrap))
    start = time.process_time()
    veils(text)
    assert time.process_time() - start < 5
