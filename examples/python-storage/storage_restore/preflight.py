"""Preflights: the plan of a restore, told and not carried out (SPEC.md, R-P)."""

from . import identifier_map
from .artifact import restorable
from .plan import CONFLICT, CREATE, ERROR, SEVERITIES, SKIP
from .restore import admitted, look
from .tenants import now, text

ADVICE = {
    "low": "keep it, or bring it into line by hand afterwards",
    "medium": "decide which of the two is wanted: the restore keeps what is there",
    "high": "settle it before the restore: the bucket would not protect its objects as the artifact says",
}


def preflight(s3, tenants, tenant_id, body):
    """What a restore of this request would find."""
    artifact, selected, confirmed = admitted(tenants, tenant_id, body)
    answer = {
        "source_tenant_id": artifact["tenant_id"],
        "target_tenant_id": tenant_id,
        "format_version": artifact["format_version"],
        "analyzed_at": text(now()),
    }
    if not confirmed:
        proposal = identifier_map.propose(artifact, tenant_id)
        answer |= {"needs_confirmation": True, "identifier_map_proposal": proposal, "domains": []}
        return answer | {"summary": summary([], incomplete=True)}
    entry = restorable(selected)
    actions, failure = look(s3, tenants, tenant_id, entry)
    domains = [passed_over(it) for it in selected if it.status]
    domains += [analysis(it.key, actions, failure) for it in selected if not it.status]
    incomplete = any(it["status"] == "analysis_error" for it in domains)
    return answer | {"domains": domains, "summary": summary(domains, incomplete)}


def analysis(key, actions, failure):
    """What stands in the way in the domain."""
    conflicts = sorted((conflict(it) for it in actions if it.decision == CONFLICT), key=gravity, reverse=True)
    compatible = sum(it.decision in (CREATE, SKIP) for it in actions)
    refused = [it for it in actions if it.decision == ERROR and not it.unread]
    unread = [f"{it.name}: {it.message}" for it in actions if it.unread]
    message = failure or "; ".join(unread) or None
    found = "analyzed" if conflicts or refused else "no_conflicts"
    return domain(key, "analysis_error" if message else found, message) | {
        "resources_analyzed": compatible + len(conflicts),
        "compatible_count": compatible,
        "conflicts": conflicts,
        "refused": [{"resource_type": "bucket", "resource_name": it.name, "message": it.message} for it in refused],
    }


def conflict(action):
    """A bucket that the target has otherwise."""
    severity = action.severity()
    return {
        "resource_type": "bucket",
        "resource_name": action.name,
        "resource_id": None,
        "severity": severity,
        "diff": {member: {"artifact": ours, "destination": theirs} for member, (ours, theirs) in action.diff.items()},
        "recommendation": ADVICE[severity],
    }


def gravity(conflict_):
    """For sorting."""
    return SEVERITIES.index(conflict_["severity"])


def passed_over(selected):
    """A domain that a restore would not touch."""
    return domain(selected.key, "skipped_not_exportable", selected.message)


def domain(key, status, message):
    """An analysis of nothing."""
    counts = dict.fromkeys(("resources_analyzed", "compatible_count", "compatible_with_redacted_count"), 0)
    lists = {name: [] for name in ("conflicts", "compatible_with_redacted", "refused")}
    return {"domain_key": key, "status": status, **counts, **lists, "analysis_error_message": message}


def summary(domains, incomplete):
    """The risk and the sums. What could not be read, or will be refused, is at least a high risk (R-P-3)."""
    found = [it["severity"] for entry in domains for it in entry["conflicts"]]
    refused = sum(len(it["refused"]) for it in domains)
    risks = [*found, "low", *(["high"] if incomplete or refused else [])]
    skipped = [it["domain_key"] for it in domains if it["status"] == "skipped_not_exportable"]
    return {
        "risk_level": max(risks, key=SEVERITIES.index),
        "total_resources_analyzed": sum(it["resources_analyzed"] for it in domains),
        "compatible": sum(it["compatible_count"] for it in domains),
        "compatible_with_redacted_fields": 0,
        "conflict_counts": {severity: found.count(severity) for severity in SEVERITIES},
        "refused": refused,
        "incomplete_analysis": incomplete,
        "domains_analyzed": [it["domain_key"] for it in domains if it["domain_key"] not in skipped],
        "domains_skipped": skipped,
    }
