"""How the source's names become the target's.

Names in an artifact are relative to their tenant's space, so a map never rewrites anything: it states what the caller
agrees to, and is held against both tenants (R-EC2-4).
"""

from .artifact import SERVED, select
from .problem import Problem
from .tenants import prefix_of

PREFIX, TENANT = "storage.bucket_prefix", "tenant_id"


def spaces(source, target):
    """What each scope leads from and to."""
    return {PREFIX: (prefix_of(source), prefix_of(target)), TENANT: (source, target)}


def needed(artifact):
    """Whether the artifact has buckets whose names change."""
    return any(it.key == SERVED and it.status is None for it in select(artifact, None))


def propose(artifact, target):
    """The map from the artifact's tenant into the target, which is accepted unchanged (R-EC2-2)."""
    source = artifact["tenant_id"]
    scopes = [PREFIX, TENANT] if needed(artifact) else [TENANT]
    steps = [(scope, *spaces(source, target)[scope]) for scope in scopes]
    entries = [{"scope": scope, "from": old, "to": new} for scope, old, new in steps if old != new]
    warnings = [] if needed(artifact) else [f"{SERVED} is not in the artifact and gets no entry"]
    return {"source_tenant_id": source, "target_tenant_id": target, "entries": entries, "warnings": warnings}


def check(given, artifact, target):
    """Refuses a map that leads anywhere but from the artifact's space into the target's, with all that is wrong."""
    if not isinstance(given, dict) or not isinstance(given.get("entries"), list):
        raise refused(["the map must be an object with a list `entries`"])
    source = artifact["tenant_id"]
    findings = []
    for member, tenant_id in (("source_tenant_id", source), ("target_tenant_id", target)):
        if given.get(member) not in (None, tenant_id):
            findings.append(f"`{member}` is `{given[member]}`, and it is `{tenant_id}` that is restored")
    covered = set()
    for position, entry in enumerate(given["entries"]):
        finding = wrong(entry, spaces(source, target), covered)
        if finding:
            findings.append(f"entries[{position}]: {finding}")
    if source != target and needed(artifact) and PREFIX not in covered:
        findings.append(f"{PREFIX}: `{prefix_of(source)}` has no entry")
    if findings:
        raise refused(findings)


def wrong(entry, known, covered):
    """What is wrong with one entry, if anything; else its scope is covered."""
    if not isinstance(entry, dict):
        return "it is no object"
    scope, old, new = (entry.get(name) for name in ("scope", "from", "to"))
    if not isinstance(scope, str) or scope not in known:
        return f"`scope` must be one of {', '.join(known)}"
    if scope in covered:
        return f"{scope} is mapped twice"
    if old != known[scope][0]:
        return f"nothing in the artifact is called `{old}`; its space is `{known[scope][0]}`"
    if new != known[scope][1]:
        return f"`{new}` is outside the target's space `{known[scope][1]}`"
    covered.add(scope)
    return None


def refused(findings):
    """The refusal of a map."""
    message = f"invalid identifier map: {'; '.join(findings)}"
    return Problem(400, "INVALID_IDENTIFIER_MAP", message, details=findings)
