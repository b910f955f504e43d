"""A bucket as data: `{name, settings}`, with the name relative to its tenant's space, and only settings that are set.

What S3 keeps as XML travels as `[[tag, text or children], …]` below its root element, with nothing lost and nothing
interpreted; a policy travels as JSON, and calls its own bucket `bucket:`. Two buckets are equal when their settings are.
"""

import json
import re
import xml.etree.ElementTree as xml

from .s3 import S3Error, parsed

# Letters, digits and dashes; dots break TLS host names.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")

ARN = "arn:aws:s3:::"
OWN = "bucket:"

# What S3 calls a setting, its root element, and the codes by which a service says that there is none or that it knows
# no such setting. Nothing else is absence: whatever else goes wrong is an error (R-P-3).
XML = {
    "versioning": ("versioning", "VersioningConfiguration", ()),
    "object_lock": ("object-lock", "ObjectLockConfiguration", ("ObjectLockConfigurationNotFoundError",)),
    "lifecycle": ("lifecycle", "LifecycleConfiguration", ("NoSuchLifecycleConfiguration",)),
    "tags": ("tagging", "Tagging", ("NoSuchTagSet", "NoSuchTagSetError")),
    "cors": ("cors", "CORSConfiguration", ("NoSuchCORSConfiguration", "NotImplemented")),
    "encryption": (
        "encryption",
        "ServerSideEncryptionConfiguration",
        ("ServerSideEncryptionConfigurationNotFoundError", "NotImplemented"),
    ),
}
SETTINGS = (*XML, "policy")

# MinIO's own, and no setting: when an expiry was last changed.
NO_SETTING = {"ExpiryUpdatedAt"}

# Every bucket of S3 is encrypted like this, whoever asked for it.
DEFAULT_ENCRYPTION = [["Rule", [["ApplyServerSideEncryptionByDefault", [["SSEAlgorithm", "AES256"]]]]]]


class Refused(Exception):
    """A bucket of an artifact that is not written, whatever the target holds."""


def read(s3, bucket):
    """The settings of a bucket."""
    settings = {}
    for member, (resource, _, none) in XML.items():
        content = unless_absent(lambda resource=resource: s3.get(bucket, **{resource: ""}), none)
        nodes = to_nodes(parsed(content), ordered=member == "cors") if content else []
        if nodes and nodes != DEFAULT_ENCRYPTION:
            settings[member] = nodes
    policy = unless_absent(lambda: s3.get(bucket, policy=""), ("NoSuchBucketPolicy",))
    if policy:
        settings["policy"] = relative_policy(json.loads(policy), bucket)
    return settings


def unless_absent(get, none):
    """What there is, or nothing when the service says that there is nothing."""
    try:
        return get()
    except S3Error as error:
        if error.code in none:
            return None
        raise


def write(s3, bucket, settings, before_each):
    """Creates a bucket with these settings. Calls `before_each` before each request that writes."""
    before_each()
    s3.create(bucket, object_lock="object_lock" in settings)
    for member, (resource, root, _) in XML.items():
        # Object lock turns versioning on by itself.
        if member in settings and not (member == "versioning" and "object_lock" in settings):
            before_each()
            s3.put(bucket, to_xml(root, settings[member]), **{resource: ""})
    # Last, because a policy may forbid the others.
    if "policy" in settings:
        before_each()
        s3.put(bucket, json.dumps(absolute_policy(settings["policy"], bucket)).encode(), policy="")


def check(bucket, settings):
    """Refuses what S3 would not take, what this implementation does not know, and what reaches beyond the bucket
    (R-EC2-6): nothing in an artifact is trusted."""
    if not NAME.fullmatch(bucket):
        raise Refused(f"`{bucket}` is no bucket name: 3 to 63 of a-z, 0-9 and `-`, not first or last")
    for member, content in settings.items():
        if member in XML:
            if not is_nodes(content):
                raise Refused(f"`{member}` is not a list of [tag, text or list]")
        elif member != "policy":
            raise Refused(f"`{member}` is a setting that is not known here; known are {', '.join(SETTINGS)}")
    if "policy" in settings:
        check_policy(settings["policy"])


def to_nodes(element, ordered):
    """The children of an element. Siblings of one name are a set, unless they are `ordered`."""
    nodes = [
        [child.tag, to_nodes(child, ordered) if len(child) else (child.text or "").strip()]
        for child in element
        if child.tag not in NO_SETTING
    ]
    if not ordered and len({tag for tag, _ in nodes}) == 1:
        nodes.sort(key=json.dumps)
    return nodes


def to_xml(root, nodes):
    """The inverse of `to_nodes`."""

    def fill(element, content):
        if isinstance(content, str):
            element.text = content
        else:
            for tag, inner in content:
                fill(xml.SubElement(element, tag), inner)
        return element

    return xml.tostring(fill(xml.Element(root, xmlns="http://s3.amazonaws.com/doc/2006-03-01/"), nodes))


def is_nodes(content):
    """Whether this is what `to_nodes` makes."""
    return isinstance(content, list) and all(
        isinstance(node, list)
        and len(node) == 2
        and isinstance(node[0], str)
        and re.fullmatch("[A-Za-z]+", node[0])
        and (isinstance(node[1], str) or is_nodes(node[1]))
        for node in content
    )


def relative_policy(policy, bucket):
    """A policy in one form: lists sorted, single values as lists, and its own bucket as `bucket:`."""
    own = re.compile(re.escape(ARN + bucket) + "(?=/|$)")
    return rewritten(policy, lambda resource: own.sub(OWN, resource))


def absolute_policy(policy, bucket):
    """The policy as S3 takes it."""
    return rewritten(policy, lambda resource: resource.replace(OWN, ARN + bucket, 1))


def rewritten(policy, change):
    """The policy with every resource changed."""
    statements = []
    for statement in aslist(policy.get("Statement", [])):
        statement = {name: content for name, content in statement.items() if content != ""}
        for name in ("Action", "NotAction", "Resource", "NotResource"):
            if name in statement:
                items = aslist(statement[name])
                statement[name] = sorted(change(item) if name.endswith("Resource") else item for item in items)
        for name in ("Principal", "NotPrincipal"):
            if name in statement:
                who = statement[name] if isinstance(statement[name], dict) else {"AWS": statement[name]}
                statement[name] = {kind: sorted(aslist(names)) for kind, names in who.items()}
        statements.append(statement)
    return {name: content for name, content in policy.items() if content != ""} | {"Statement": statements}


def check_policy(policy):
    """Refuses a policy that speaks of anything but its own bucket."""
    statements = aslist(policy.get("Statement", [])) if isinstance(policy, dict) else []
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise Refused("the policy is no object with a list `Statement` of objects")
    for statement in statements:
        resources = [item for name in ("Resource", "NotResource") for item in aslist(statement.get(name, []))]
        for resource in resources or [None]:
            if not isinstance(resource, str) or not (resource == OWN or resource.startswith(OWN + "/")):
                raise Refused(f"the policy speaks of `{resource}`, which is not its own bucket")
        for name in ("Action", "NotAction"):
            if not all(isinstance(item, str) for item in aslist(statement.get(name, []))):
                raise Refused(f"`{name}` of the policy is not a list of texts")


def aslist(value):
    """A single value is a list of one."""
    return value if isinstance(value, list) else [value]
