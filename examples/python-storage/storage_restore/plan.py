"""What a restore would do, bucket by bucket. A preflight tells it, a dry run reports it, and a restore does it: there is
one comparison, so that the three cannot disagree (R-P-1)."""

import dataclasses

from . import buckets
from .tenants import prefix_of

CREATE, SKIP, CONFLICT, ERROR = "create", "skip", "conflict", "error"

# How grave it is when a member differs (R-P-4); what is not named is medium.
SEVERITIES = ("low", "medium", "high", "critical")
SEVERITY = {"object_lock": "high", "encryption": "high", "cors": "low", "tags": "low"}


class Malformed(Exception):
    """The data of the domain is not of the shape that its format demands (R-E4-4)."""


@dataclasses.dataclass
class Action:
    """What is to become of one bucket, and, once it was tried, what became of it."""

    name: str
    decision: str
    settings: dict | None = None
    message: str | None = None
    # Of a conflict: what the artifact and the target say of each member that differs.
    diff: dict | None = None
    unread: bool = False
    verified: bool | None = None

    def severity(self):
        """Of a conflict: the gravest of its members."""
        return max((SEVERITY.get(member, "medium") for member in self.diff), key=SEVERITIES.index)


def plan(entry, target, tenants, observed):
    """Holds the entry of an artifact against what the target was observed to hold."""
    return [decide(bucket, target, tenants, observed) for bucket in parse(entry)]


def parse(entry):
    """The buckets of an entry."""
    if entry.get("status") == "empty":
        return []
    data = entry.get("data")
    listed = data.get("buckets") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise Malformed("`data` is no object with a list `buckets`")
    for position, bucket in enumerate(listed):
        if not isinstance(bucket, dict) or not isinstance(bucket.get("name"), str):
            raise Malformed(f"`data.buckets[{position}]` is no object with a `name`")
        if not isinstance(bucket.get("settings"), dict):
            raise Malformed(f"`data.buckets[{position}].settings` is no object")
    names = [bucket["name"] for bucket in listed]
    if len(set(names)) < len(names):
        raise Malformed("`data.buckets` has a name twice")
    return listed


def decide(bucket, target, tenants, observed):
    """What is to become of one bucket."""
    name, desired = bucket["name"], bucket["settings"]
    composed = prefix_of(target) + name
    try:
        buckets.check(composed, desired)
    except buckets.Refused as refusal:
        return Action(name, ERROR, message=f"not attempted: {refusal}")
    if tenants.owner(composed) != target:
        return Action(name, ERROR, message=f"not attempted: `{composed}` is in the space of `{tenants.owner(composed)}`")
    existing = observed.get(name)
    if existing is None:
        return Action(name, CREATE, settings=desired)
    if isinstance(existing, Exception):
        return Action(name, ERROR, message=f"it could not be read: {existing}", unread=True)
    diff = {
        member: (desired.get(member), existing.get(member))
        for member in buckets.SETTINGS
        if desired.get(member) != existing.get(member)
    }
    if diff:
        told = f"the target has another `{'`, `'.join(diff)}`, and keeps it"
        return Action(name, CONFLICT, settings=desired, message=told, diff=diff)
    return Action(name, SKIP, settings=desired)
