"""Restores: observe, plan, write, observe again, report."""

from . import buckets, identifier_map
from .artifact import check, check_domains, observe, restorable, select
from .plan import CONFLICT, CREATE, ERROR, SKIP, Malformed, plan
from .problem import Problem, invalid
from .s3 import S3Error, S3Unreachable
from .tenants import Interrupted, now, prefix_of, text

# What a decision is called in a report: done, and in a dry run.
ACTIONS = {
    CREATE: ("created", "would_create"),
    SKIP: ("skipped", "would_skip"),
    CONFLICT: ("conflict", "would_conflict"),
    ERROR: ("error", "error"),
}
COUNTS = {CREATE: "created", SKIP: "skipped", CONFLICT: "conflicts", ERROR: "errors"}


def admitted(tenants, tenant_id, body):
    """A request's artifact, its chosen domains and its map, checked in the order in which refusals take precedence; the
    map is None when it must be confirmed first."""
    tenants.require_active(tenant_id)
    artifact, given = body.get("artifact"), body.get("identifier_map")
    check(artifact)
    selected = select(artifact, check_domains(body.get("domains")))
    if given is not None:
        identifier_map.check(given, artifact, tenant_id)
    confirmed = given is not None or artifact["tenant_id"] == tenant_id
    return artifact, selected, confirmed


def restore(s3, tenants, tenant_id, body, correlation_id):
    """Restores an artifact into a tenant. Answers with a status and a report."""
    artifact, selected, confirmed = admitted(tenants, tenant_id, body)
    policy, dry_run = body.get("conflict_policy", "keep"), body.get("dry_run", False)
    if policy not in ("keep", "fail") or not isinstance(dry_run, bool):
        raise invalid("`conflict_policy` must be keep or fail, `dry_run` true or false")
    if not confirmed:
        proposal = identifier_map.propose(artifact, tenant_id)
        message = f"the artifact is of `{artifact['tenant_id']}`: send the proposal back as `identifier_map`"
        return 200, {"needs_confirmation": True, "proposal": proposal, "message": message}
    entry = restorable(selected)
    started = now()
    lock = tenants.lock(tenant_id, correlation_id)
    try:
        actions, failure = look(s3, tenants, tenant_id, entry)
        if policy == "fail":
            refuse_conflicts(actions, failure)
        if not dry_run and not failure:
            failure = apply(s3, tenants, tenant_id, actions, lock)
            failure = verify(s3, tenants, tenant_id, actions) or failure
    finally:
        tenants.unlock(tenant_id, lock)
    results = [
        passed_over(it) if it.status else domain_result(it.key, actions, failure, dry_run) for it in selected
    ]
    report = {
        "tenant_id": tenant_id,
        "source_tenant_id": artifact["tenant_id"],
        "format_version": artifact["format_version"],
        "dry_run": dry_run,
        "domain_results": results,
        "started_at": text(started),
        "ended_at": text(now()),
        "verified": None if dry_run else all(it["verified"] for it in results if it["verified"] is not None),
    }
    report |= totals(results, dry_run, body.get("domains") is not None)
    return (207 if any(it["status"] == "error" for it in results) else 200), report


def look(s3, tenants, tenant_id, entry):
    """The plan; or, when the domain as a whole cannot be looked at, why."""
    try:
        return plan(entry, tenant_id, tenants, observe(s3, tenants, tenant_id)), None
    except (Malformed, S3Error, S3Unreachable) as error:
        return [], str(error)


def refuse_conflicts(actions, failure):
    """Under conflict policy `fail`, whatever differs or could not be read ends the restore before it writes (R-E3-5)."""
    told = [f"storage: {failure}"] if failure else []
    told += [f"storage bucket {it.name}: {it.message}" for it in actions if it.decision == CONFLICT or it.unread]
    if told:
        raise Problem(409, "CONFLICTS_PRESENT", f"nothing was written: {'; '.join(told)}", details=told)


def apply(s3, tenants, tenant_id, actions, lock):
    """Creates what is absent. Returns why it had to stop, if it had to."""
    stopped = None
    for action in (it for it in actions if it.decision == CREATE):
        if stopped:
            action.decision, action.message = ERROR, f"not attempted: {stopped}"
            continue
        try:
            bucket = prefix_of(tenant_id) + action.name
            buckets.write(s3, bucket, action.settings, lambda: tenants.fence(tenant_id, lock))
        except S3Error as error:
            action.decision, action.message = ERROR, str(error)
        except (S3Unreachable, Interrupted) as error:
            action.decision, action.message = ERROR, str(error)
            stopped = str(error)
    return stopped


def verify(s3, tenants, tenant_id, actions):
    """Looks again: what was created or skipped must be there as the artifact says (R-E1-2). Returns why it could not."""
    try:
        observed = observe(s3, tenants, tenant_id)
    except (S3Error, S3Unreachable) as error:
        return f"what was written could not be looked at: {error}"
    for action in actions:
        if action.decision in (CREATE, SKIP):
            action.verified = observed.get(action.name) == action.settings
    return None


def domain_result(key, actions, failure, dry_run):
    """What became of the domain."""
    counts = {name: sum(COUNTS[it.decision] == name for it in actions) for name in COUNTS.values()}
    if failure and not actions:
        counts["errors"] = 1
    looked_at = [it.verified for it in actions if it.verified is not None]
    return {
        "domain_key": key,
        "status": status_of(counts, failure, dry_run),
        "resource_results": [resource_result(it, dry_run) for it in actions],
        "counts": counts | {"warnings": 0},
        "message": failure,
        "verified": None if dry_run or failure else all(looked_at),
    }


def status_of(counts, failure, dry_run):
    """Of a domain, from the gravest thing that happened in it."""
    would = "would_" if dry_run else ""
    if failure or counts["errors"]:
        return "error"
    if counts["conflicts"]:
        return f"{would}conflict"
    if counts["skipped"] and not counts["created"]:
        return "would_skip" if dry_run else "skipped"
    return "would_apply" if dry_run else "applied"


def resource_result(action, dry_run):
    """What became of one bucket."""
    diff = {member: {"desired": ours, "existing": theirs} for member, (ours, theirs) in (action.diff or {}).items()}
    return {
        "resource_type": "bucket",
        "resource_name": action.name,
        "resource_id": None,
        "action": ACTIONS[action.decision][dry_run],
        "message": action.message,
        "warnings": [],
        "diff": diff or None,
        "verified": action.verified,
    }


def passed_over(selected):
    """A domain that was not restored."""
    counts = dict.fromkeys([*COUNTS.values(), "warnings"], 0)
    result = {"domain_key": selected.key, "status": selected.status, "resource_results": [], "counts": counts}
    return result | {"message": selected.message, "verified": None}


def totals(results, dry_run, named):
    """The verdict and the sums. What was named, or has content, and was not restored makes the whole partial (R-E4-2)."""
    processed = [it for it in results if not it["status"].startswith("skipped_no")]
    count = {name: sum(it["counts"][name] for it in results) for name in COUNTS.values()}
    done = count["created"] + count["skipped"]
    left_out = any(it["status"] == "skipped_no_applier" or named for it in results if it not in processed)
    if dry_run:
        status = "dry_run"
    elif all(it["status"] == "error" for it in processed) and not done:
        status = "failed"
    elif left_out or any(it["status"] in ("error", "conflict") for it in processed):
        status = "partial"
    else:
        status = "success"
    summary = {
        "domains_requested": len(processed),
        "domains_processed": len(processed),
        "domains_skipped": len(results) - len(processed),
        "resources_created": count["created"],
        "resources_skipped": count["skipped"],
        "resources_conflicted": count["conflicts"],
        "resources_failed": count["errors"],
    }
    return {"result_status": status, "status": status, "summary": summary}
