"""What must be true of a profile beyond its shape. One function, one rule; add yours to RULES.

A rule yields: it never stops at the first mistake, and never raises. Its name is the sentence it enforces. What is
weak but not wrong carries an id of WEAK, and a rule yields that as well: whether an exception covers it is decided
here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from hardener.errors import Problem, ProfileError
from hardener.profile import Profile, examine, rebuild
from hardener.rules import (
    access,
    amounts,
    audit,
    cilium,
    cluster,
    confinement,
    encryption,
    endpoint,
    escalation,
    exceptions,
    flow_addresses,
    flow_limits,
    flows,
    hosts,
    images,
    issuers,
    kernels,
    namespaces,
    network,
    nodes,
    pools,
    quotas,
    roles,
    runtime,
    secrets,
    settings,
    trust,
    weak_roles,
    weak_settings,
    zones,
)
from hardener.rules.cluster import with_known_cluster
from hardener.rules.exceptions import exemptions, is_accepted
from hardener.rules.leftovers import consequences
from hardener.source import Source

if TYPE_CHECKING:
    from hardener.profile.shape import Remains

Rule = Callable[[Profile, Source], Iterator[Problem]]

MAX_MISTAKES = 1000

# What the catalog knows of the cluster: asked first, because the other rules ask the catalog.
FOUNDATIONS: tuple[Rule, ...] = (
    cluster.version_is_known,
    cluster.network_plugin_enforces,
)

RULES: tuple[Rule, ...] = (
    cluster.network_plugin_runs_there,
    cilium.cilium_enforces,
    cilium.only_cilium_is_told_of,
    cluster.system_namespaces_hold_the_system,
    cluster.dns_cache_has_an_address,
    cluster.delivery_is_somebody,
    endpoint.endpoint_leads_to_the_api_servers,
    network.ranges_are_ranges,
    network.ranges_are_no_wider_than_a_cluster,
    network.services_hold_the_api_server,
    network.ranges_are_few,
    network.ranges_do_not_overlap,
    network.metadata_is_nobodys,
    network.families_are_enforced,
    network.dns_pods_are_named,
    network.dns_service_is_an_address_of_services,
    network.node_local_caches_are_found,
    network.ranges_are_one_of_a_family,
    flows.ends_say_one_thing,
    flows.ends_exist,
    flows.an_end_is_in_the_profile,
    flows.ports_exist,
    flow_addresses.ranges_can_be_meant,
    flow_addresses.addresses_are_known,
    flow_limits.the_plugin_can_enforce_it,
    flow_limits.dns_labels_are_selectable,
    flow_limits.domain_names_can_be_meant,
    trust.flows_with_the_internet_are_accepted,
    trust.flows_upward_have_a_reason,
    zones.pools_of_zones_exist,
    zones.zones_are_not_privileged,
    zones.audit_and_warn_hear_of_what_is_refused,
    zones.pod_security_is_as_new_as_the_cluster,
    zones.pod_security_is_pinned_to_what_the_cluster_knows,
    zones.capabilities_can_be_added,
    zones.seccomp_profiles_lie_in_their_folder,
    zones.se_linux_options_can_be_met,
    confinement.profiles_that_zones_name_are_defined,
    confinement.profiles_are_named_by_zones,
    confinement.written_paths_are_the_containers,
    confinement.calls_are_calls,
    confinement.profiles_are_not_weak,
    zones.registries_end_where_a_name_ends,
    zones.sources_leave_somebody_out,
    zones.signers_are_somebody,
    pools.pools_have_a_folder_of_their_own,
    pools.taints_are_distinct,
    pools.taints_are_not_of_the_system,
    pools.labels_are_theirs_to_set,
    pools.pools_of_zones_keep_others_away,
    pools.zones_of_unequal_trust_share_no_pool,
    namespaces.namespaces_have_one_owner,
    namespaces.namespaces_are_not_of_the_system,
    namespaces.namespaces_lie_in_a_zone,
    hosts.hosts_have_one_owner,
    namespaces.labels_are_theirs_to_set,
    namespaces.annotations_are_not_too_large,
    quotas.quota_classes_exist,
    quotas.limits_classes_exist,
    quotas.quotas_constrain_something,
    quotas.limits_give_something,
    quotas.pods_that_ask_for_nothing_are_admitted,
    amounts.quotas_count_what_they_name,
    amounts.limits_name_what_containers_have,
    amounts.amounts_are_amounts,
    amounts.limits_are_in_order,
    amounts.devices_are_not_shared,
    roles.names_are_not_built_in,
    roles.rules_are_about_something,
    roles.resources_exist,
    roles.verbs_exist,
    roles.names_can_be_asked_for,
    roles.names_are_names,
    weak_roles.roles_have_no_wildcard,
    weak_roles.roles_read_no_secrets,
    weak_roles.roles_enter_no_pods,
    weak_roles.roles_leave_guard_rails_alone,
    weak_roles.roles_do_not_escalate,
    access.roles_exist,
    access.roles_hold_where_they_are_granted,
    access.grants_name_somebody,
    access.subjects_are_not_the_systems,
    access.service_accounts_exist,
    access.default_accounts_hold_nothing,
    access.namespaces_of_a_grant_are_the_tenants,
    escalation.service_accounts_are_no_stronger_than_their_users,
    escalation.nobody_runs_pods_among_the_systems,
    escalation.nobody_changes_how_the_system_is_set_up,
    settings.authorizers_are_who_decides,
    settings.certificates_have_their_keys,
    settings.cipher_suites_are_known,
    settings.node_ports_are_a_range,
    settings.durations_can_be_kept,
    settings.enough_requests_are_answered,
    settings.anonymous_requests_are_limited,
    settings.components_can_prove_who_they_are,
    issuers.issuers_are_distinct,
    issuers.issuers_authorities_are_certificates,
    issuers.names_are_not_the_clusters_own,
    issuers.old_releases_know_one_issuer,
    encryption.plugins_belong_to_kms,
    encryption.encrypted_resources_are_named_once,
    secrets.texts_hold_no_secrets,
    weak_settings.audit_records_what_changes,
    weak_settings.audit_log_is_kept,
    audit.audit_log_lasts,
    weak_settings.encryption_is_not_weaker,
    weak_settings.nodes_join_without_tokens,
    weak_settings.authorizers_are_asked_in_order,
    weak_settings.answers_are_not_believed_for_long,
    weak_settings.admission_refuses,
    weak_settings.events_are_limited,
    weak_settings.tls_is_not_weaker,
    weak_settings.node_ports_stay_in_their_range,
    weak_settings.certificates_and_tokens_end,
    weak_settings.requests_end,
    weak_settings.requests_are_limited,
    nodes.kubelets_are_not_weaker,
    kernels.kernels_are_not_weaker,
    kernels.kernels_forward_to_pods,
    kernels.kernels_run_no_programs,
    kernels.kernel_settings_are_named_once,
    nodes.needed_modules_are_loaded,
    nodes.reserved_amounts_are_amounts,
    nodes.shutdowns_can_be_kept,
    runtime.quiet_rules_exist,
    runtime.quiet_namespaces_exist,
    images.kyverno_runs_there,
    images.sigstore_is_told_of_one_set,
    images.images_have_an_age,
    images.verifiers_do_not_verify_themselves,
    images.verifiers_can_be_reached,
    images.labels_of_verifiers_are_theirs,
    exceptions.rules_can_be_excepted,
    exceptions.places_exist,
    exceptions.are_given_once,
    exceptions.days_exist,
)


def read_sound(source: Source) -> Profile:
    """The profile in `source`, sound in every respect. Raises ProfileError with every mistake in it.

    Mistakes of the text itself, mistakes of shape and broken rules are reported together. After a thousand of each it
    looks no further.
    """
    examined = examine(source)
    if not isinstance(examined, Profile):
        raise ProfileError(source.and_its_own([*examined.problems, *_broken_in_the_rest(examined, source)]))
    problems = source.and_its_own(_broken(examined, source))
    if problems:
        raise ProfileError(problems)
    return examined


def _broken(profile: Profile, source: Source) -> Iterator[Problem]:
    accepted = exemptions(source)
    lifted: list[Problem] = []
    count = 0
    for problem in refused(profile, source):
        if is_accepted(problem, accepted):
            lifted.append(problem)
            continue
        yield problem
        count += 1
        if count >= MAX_MISTAKES:
            return
    yield from exceptions.cover_something(profile, source, lifted)


def _broken_in_the_rest(remains: Remains, source: Source) -> Iterator[Problem]:
    """The broken rules in what remains of a profile, but for those that its own mistakes bring about."""
    profile = rebuild(remains)
    if profile is None or remains.data is None:
        return
    accepted = exemptions(source)
    is_consequence = consequences(source, remains)
    found = refused(profile, source.without_mistakes(remains.data, remains.kept))
    others = (problem for problem in found if not is_accepted(problem, accepted))
    yield from islice((problem for problem in others if not is_consequence(problem)), MAX_MISTAKES)


def refused(profile: Profile, source: Source) -> Iterator[Problem]:
    """Everything that a rule refuses, whether an exception accepts it or not."""
    for rule in FOUNDATIONS:
        yield from rule(profile, source)
    known = with_known_cluster(profile)
    for rule in RULES:
        yield from rule(known, source)
