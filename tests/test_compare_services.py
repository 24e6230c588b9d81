"""Whom the API server trusts to speak for a service or an issuer: another one may be anybody."""

import pytest

from tests.compared import compared, rendered, told

SERVICE = "controlPlane: {PART: {webhook: {server: 'https://a.example.com'AUTHORITY}}}\n"
ISSUER = "controlPlane: {authentication: {oidc: [{issuer: 'https://a.example.com', audiences: [a]AUTHORITY}]}}\n"
PEM = ', certificateAuthority: "-----BEGIN CERTIFICATE-----\\nMIIB{}\\n-----END CERTIFICATE-----\\n"'
WHY = "(it cannot be decided who can speak for it now)"
ANOTHER = f"another authority can speak for https://a.example.com {WHY}"
EVERY = f"every authority that the host trusts can speak for https://a.example.com {WHY}"

# By whom it is signed on either side, and what is told.
SIGNED = {
    "another": ("a", "b", ANOTHER),
    "one, where the host's were trusted": ("", "a", ANOTHER),
    "none, where one was named": ("a", "", EVERY),
}


def side(part, signed):
    if part == "oidc":
        return rendered(ISSUER.replace("AUTHORITY", PEM.format(signed) if signed else ""))
    of_file = f", certificateAuthority: /etc/kubernetes/pki/{signed}.crt" if signed else ""
    chain = "chain: [Node, RBAC, Webhook], " if part == "authorization" else ""
    text = SERVICE.replace("{PART: {", f"{{{part}: {{{chain}")
    return rendered(text.replace("AUTHORITY", of_file))


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("part", ["audit", "authentication", "authorization", "oidc"])
def test_another_authority_may_be_anybodys(part, name):
    before, after, says = SIGNED[name]
    word = "audit" if part == "audit" else "settings"
    assert told(compared(side(part, before), side(part, after))) == [f"weaker {word}: {says}"]
