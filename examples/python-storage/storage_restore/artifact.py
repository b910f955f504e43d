"""The envelope of an export, and which of its domains a request restores."""

import dataclasses

from .buckets import read
from .problem import Problem, invalid
from .s3 import S3Error, S3Unreachable
from .tenants import now, prefix_of, text

# What artifacts hold below the envelope is the business of whoever wrote them. 1.0.0 is the public format and 2.0.0 that
# of the reference engine; neither is read here, so this one must not be taken for either.
FORMAT_VERSION = "3.0.0"

SERVED = "storage"
DOMAINS = ("iam", "postgres_metadata", "mongo_metadata", "kafka", SERVED)

NOT_EXPORTABLE = ("not_available", "error", "not_requested")


@dataclasses.dataclass
class Selected:
    """A domain that a request is about. `status` and `message` tell why it is passed over; its `entry` is restored
    when there is none."""

    key: str
    entry: dict | None
    status: str | None = None
    message: str | None = None


def export(s3, tenants, tenant_id, named, correlation_id):
    """An artifact of the tenant, and whether all of it could be read."""
    tenants.get(tenant_id)
    entries = []
    for key in named or [SERVED]:
        entry = {"domain_key": key, "exported_at": text(now()), "data": None, "items_count": None}
        if key == SERVED:
            entry |= exported(s3, tenants, tenant_id)
        else:
            entry |= {"status": "not_available", "reason": f"only {SERVED} is served here"}
        entries.append(entry)
    artifact = {
        "export_timestamp": text(now()),
        "tenant_id": tenant_id,
        "format_version": FORMAT_VERSION,
        "correlation_id": correlation_id,
        "domains": entries,
    }
    return artifact, all(entry["status"] != "error" for entry in entries)


def exported(s3, tenants, tenant_id):
    """The tenant's buckets. One that cannot be read makes the whole an error: a part is no export (R-E1-1)."""
    try:
        found = observe(s3, tenants, tenant_id)
        unread = next((it for it in found.values() if isinstance(it, Exception)), None)
        if unread:
            raise unread
    except (S3Error, S3Unreachable) as error:
        return {"status": "error", "error": str(error)}
    buckets = [{"name": name, "settings": settings} for name, settings in found.items()]
    return {"status": "ok" if buckets else "empty", "items_count": len(buckets), "data": {"buckets": buckets}}


def observe(s3, tenants, tenant_id):
    """What the tenant's space holds: settings by name, or the error that kept a bucket from being read."""
    found, prefix = {}, prefix_of(tenant_id)
    for bucket in s3.bucket_names(prefix):
        if tenants.owner(bucket) == tenant_id:
            try:
                found[bucket[len(prefix) :]] = read(s3, bucket)
            except S3Error as error:
                found[bucket[len(prefix) :]] = error
    return found


def check(artifact):
    """Refuses what is no artifact, or one of a format that is not known (R-E1-9). Members that are not needed do not
    matter."""
    if not isinstance(artifact, dict):
        raise invalid("`artifact` is missing, or no object")
    version = artifact.get("format_version")
    if version != FORMAT_VERSION:
        raise Problem(422, "UNSUPPORTED_FORMAT_VERSION", f"format version {version} is not known: only {FORMAT_VERSION} is")
    if not isinstance(artifact.get("tenant_id"), str) or not artifact["tenant_id"]:
        raise invalid("`artifact.tenant_id` must be a text")
    entries = artifact.get("domains")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise invalid("`artifact.domains` must be a list of objects")
    keys = [entry.get("domain_key") for entry in entries]
    if not all(isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
        raise invalid("each entry of `artifact.domains` needs a `domain_key` of its own")


def check_domains(named):
    """The domains that a request names; none means all."""
    if named is None:
        return None
    if not isinstance(named, list) or not all(isinstance(key, str) for key in named):
        raise invalid("`domains` must be a list of domain keys")
    unknown = [key for key in named if key not in DOMAINS]
    if unknown:
        raise Problem(400, "UNKNOWN_DOMAIN", f"unknown domain {', '.join(unknown)}; known are {', '.join(DOMAINS)}")
    return named


def select(artifact, named):
    """The domains that a request is about, in its order, else in that of the artifact. Those that are passed over say
    why (R-E4-1, R-E4-2)."""
    entries = {entry["domain_key"]: entry for entry in artifact["domains"]}
    selected = []
    for key in entries if named is None else dict.fromkeys(named):
        entry = entries.get(key)
        status = entry.get("status") if entry else None
        if entry is None:
            selected.append(Selected(key, entry, "skipped_not_exportable", "the artifact does not hold it"))
        elif status in NOT_EXPORTABLE:
            why = entry.get("error") or entry.get("reason") or "it does not say why"
            selected.append(Selected(key, entry, "skipped_not_exportable", f"`{status}` in the artifact: {why}"))
        elif key != SERVED:
            selected.append(Selected(key, entry, "skipped_no_applier", f"only {SERVED} is served here"))
        else:
            selected.append(Selected(key, entry))
    return selected


def restorable(selected):
    """The entry to restore. When there is none, nothing would be done, and that is no success (R-E4-5)."""
    entry = next((it.entry for it in selected if it.status is None), None)
    if entry is None:
        told = [f"{it.key}: {it.message}" for it in selected]
        raise Problem(422, "INVALID_REQUEST", "no domain is left to restore", details=told)
    return entry
