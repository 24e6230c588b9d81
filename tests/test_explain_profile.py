"""What people ask of the profile itself, of what always holds, and of who does the rest."""

import pytest
from jsonschema import Draft202012Validator, ValidationError

from hardener.cli.explained import as_data
from hardener.cli.explained_schema import schema
from hardener.errors import UsageError
from hardener.explain.asked import explain
from tests.test_explain import FOLDER, one, world


def test_an_exception_says_what_it_accepts_for_whom_and_what_is_refused_without_it():
    accepts = "accepts flow.internet at flows.0, in the name of storefront-leads, until 2027-06-30"
    says = f"it {accepts}; without it nothing is rendered"
    assert one("exceptions.0").says == one("exceptions.0.reason").says == (says,)
    every = one("exceptions").says
    assert every[0] == f"exceptions.0 {accepts}; without it nothing is rendered"
    assert [each.partition(" ")[0] for each in every] == ["exceptions.0", "exceptions.1"]


@pytest.mark.parametrize("what", ["profiles/shop-prod.yaml:84", "./profiles/shop-prod.yaml:84:3", "shop-prod.yaml:84"])
def test_a_line_of_the_profile_is_what_it_says(what):
    assert one(what) == one("flows.3")


def test_a_line_on_which_nothing_begins_is_a_part_of_what_is_before():
    assert one("shop-prod.yaml:26").title == "zones.cards"
    assert one("shop-prod.yaml:109").title == "exceptions.0.at"
    assert one("shop-prod.yaml:999").title == one("shop-prod.yaml:117").title == "exceptions.1.expires"


@pytest.mark.parametrize("what", ["shop-prod.yaml:0", "shop-prod.yaml:2", "other.yaml:84", "rod.yaml:84"])
def test_a_line_before_the_profile_or_of_another_file_is_none(what):
    with pytest.raises(UsageError, match="nothing here is called"):
        explain(what, world("shop-prod"))


def test_what_has_to_be_there_says_which_part_of_it_decides_what():
    says = one("zones.cards").says
    assert says[0] == "it has to be there: without it nothing can be made of this profile"
    assert "zones.cards.quota decides manifests/namespaces/payments/quotas.yaml" in says
    assert "zones.cards.digests decides manifests/cluster/pods.yaml" in says


def test_a_control_that_no_key_decides_is_always_carried_out():
    always = "always so: no key of the profile changes it"
    assert always in one("CIS 4.2.1").says
    assert always not in one("CIS 1.2.17").says
    assert always not in one("CIS 5.1.1").says


def test_the_rest_of_a_control_is_his_who_runs_the_control_plane():
    assert "the rest is the administrator's. " in one("CIS 1.2.1").says[1]
    assert "the provider's. " in one("CIS EKS 2.1.1").says[1]


def test_why_a_setting_is_not_there_is_one_reason():
    assert one("kube-apiserver --profiling", "managed").says == (
        "not set here: Amazon EKS runs the control plane, and its provider sees to it",
    )
    assert one("authentication.x509.clientCAFile", "managed").says == ("not set here: Amazon EKS sets it itself",)
    assert one("maxPods", "managed").says == ("not set here: nothing that is carried out of the profile needs it",)


WORDS = ("profile.json", "flows.3", "CIS 1.2.17", "flow.internet", "audit.log", "--read-only-port", "exceptions.0",
         "NetworkPolicy payments/default-deny", "nodes/cards/kubelet.yaml:8", "zones.cards.podSecurity")  # fmt: skip


@pytest.mark.parametrize("what", WORDS)
def test_programs_get_what_the_schema_says(what):
    Draft202012Validator.check_schema(schema())
    asked = Draft202012Validator(schema())
    data = as_data(one(what), world("shop-prod"), FOLDER)
    asked.validate({"explanations": [data]})
    for key in data:
        with pytest.raises(ValidationError):
            asked.validate({"explanations": [{each: value for each, value in data.items() if each != key}]})
    with pytest.raises(ValidationError):
        asked.validate({"explanations": [{**data, "more": 1}]})
