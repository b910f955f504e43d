"""All of it over HTTP."""

import http.server
import json
import re
import sys
import traceback
import uuid

from . import identifier_map, tokens
from .artifact import FORMAT_VERSION, check, check_domains, export
from .preflight import preflight
from .problem import Problem, invalid
from .restore import restore
from .s3 import S3Error, S3Unreachable
from .tenants import STATES

# What a body may hold beside an artifact of the largest size.
ENVELOPE = 1 << 20

# Read and thrown away of a body that is too large: a caller who is still sending cannot read an answer (R-EC4-2).
DRAINED = 64 << 20

CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")
TENANT = r"/v1/admin/tenants/(?P<tenant_id>[^/]+)"


class Service(http.server.ThreadingHTTPServer):
    """The service and what its handlers share."""

    daemon_threads = True

    def __init__(self, address, s3, tenants, verifier, max_artifact_bytes):
        super().__init__(address, Handler)
        self.s3 = s3
        self.tenants = tenants
        self.verifier = verifier
        self.max_artifact_bytes = max_artifact_bytes


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        """Answers one request, whatever happens."""
        given = self.headers.get("X-Correlation-Id", "")
        self.correlation_id = given if CORRELATION.fullmatch(given) else f"req-{uuid.uuid4()}"
        retry_after = None
        try:
            text = self.read_body()
            status, body = self.route(text)
        except Problem as problem:
            status, body, retry_after = problem.status, problem.body(self.correlation_id), problem.retry_after
        except (S3Error, S3Unreachable) as error:
            problem = Problem(503, "BACKEND_UNAVAILABLE", str(error))
            status, body = problem.status, problem.body(self.correlation_id)
        except Exception:
            traceback.print_exc()
            problem = Problem(500, "INTERNAL", "a defect; the log tells more under this correlation id")
            status, body = problem.status, problem.body(self.correlation_id)
        self.send(status, body, retry_after)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def route(self, text):
        """Finds who answers, lets nobody pass who may not, and has it answered."""
        path = self.path.partition("?")[0]
        if path == "/readyz":
            return 200, {"status": "ready"}
        for method, pattern, scope, handle in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                self.server.verifier.require(self.headers.get("Authorization"), scope)
                return handle(self, members(text, self.server.max_artifact_bytes), **match.groupdict())
        raise Problem(404, "NO_ROUTE", f"there is nothing at {self.command} {path}")

    def read_body(self):
        """The body as text."""
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal():
            self.close_connection = True
            raise invalid("`Content-Length` is no number")
        length = int(length)
        limit = self.server.max_artifact_bytes + ENVELOPE
        if length > limit:
            left = min(length, DRAINED)
            while left > 0 and (piece := self.rfile.read(min(left, 1 << 20))):
                left -= len(piece)
            self.close_connection = True
            raise too_large(f"the body has {length} bytes", limit)
        try:
            return self.rfile.read(length).decode()
        except UnicodeDecodeError as error:
            raise invalid("the body is not UTF-8") from error

    def send(self, status, body, retry_after):
        """Writes the answer, under the caller's correlation id."""
        content = b"" if body is None else json.dumps(body | {"correlation_id": self.correlation_id}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Correlation-Id", self.correlation_id)
        if retry_after:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):
        """One line for each request; its body and its token are nobody's business."""
        print(f"{getattr(self, 'correlation_id', '-')} {format % args}", file=sys.stderr)


def members(text, max_artifact_bytes):
    """The members of a body. The artifact is measured as it stands in the request, so the text is walked along."""
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
        if isinstance(body, dict) and "artifact" in body:
            size = len(text_of("artifact", text).encode())
            if size > max_artifact_bytes:
                raise too_large(f"the artifact has {size} bytes", max_artifact_bytes)
    except (json.JSONDecodeError, RecursionError) as error:
        raise invalid(f"the body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise invalid("the body must be an object")
    return body


def text_of(wanted, text):
    """The text of one member of an object; of the last one, should it be there twice, as `json` has it."""
    decoder, blank, found = json.JSONDecoder(), re.compile(r"[\s:,]*"), ""
    position = blank.match(text, text.index("{") + 1).end()
    while text[position] != "}":
        name, position = decoder.raw_decode(text, position)
        start = blank.match(text, position).end()
        _, position = decoder.raw_decode(text, start)
        if name == wanted:
            found = text[start:position]
        position = blank.match(text, position).end()
    return found


def too_large(what, limit):
    """Over the limit that `format-versions` advertises."""
    return Problem(413, "ARTIFACT_TOO_LARGE", f"{what}, the limit is {limit} bytes", extra={"max_bytes": limit})


def export_tenant(handler, body, tenant_id):
    named = check_domains(body.get("domains"))
    service = handler.server
    artifact, whole = export(service.s3, service.tenants, tenant_id, named, handler.correlation_id)
    return (200 if whole else 207), artifact


def restore_tenant(handler, body, tenant_id):
    return restore(handler.server.s3, handler.server.tenants, tenant_id, body, handler.correlation_id)


def preflight_tenant(handler, body, tenant_id):
    return 200, preflight(handler.server.s3, handler.server.tenants, tenant_id, body)


def propose_map(handler, body, tenant_id):
    handler.server.tenants.get(tenant_id)
    check(body.get("artifact"))
    proposal = identifier_map.propose(body["artifact"], tenant_id)
    source, target, warnings = (proposal[name] for name in ("source_tenant_id", "target_tenant_id", "warnings"))
    return 200, {"source_tenant_id": source, "target_tenant_id": target, "proposal": proposal, "warnings": warnings}


def format_versions(handler, _body):
    limits = {"max_artifact_bytes": handler.server.max_artifact_bytes}
    versions = [{"version": FORMAT_VERSION, "change_notes": "buckets and their settings"}]
    answer = {"current_version": FORMAT_VERSION, "min_migratable_version": FORMAT_VERSION}
    return 200, answer | {"versions": versions, "limits": limits}


def register(handler, body):
    tenants, tenant_id = handler.server.tenants, body.get("tenant_id")
    tenants.register(tenant_id, body.get("state", STATES[0]))
    return 201, tenants.get(tenant_id)


def list_tenants(handler, _body):
    return 200, {"tenants": handler.server.tenants.all()}


def show_tenant(handler, _body, tenant_id):
    return 200, handler.server.tenants.get(tenant_id)


def change_tenant(handler, body, tenant_id):
    handler.server.tenants.set_state(tenant_id, body.get("state"))
    return 200, handler.server.tenants.get(tenant_id)


def remove_tenant(handler, _body, tenant_id):
    tenants = handler.server.tenants
    space = tenants.get(tenant_id)["bucket_prefix"]
    left = [name for name in handler.server.s3.bucket_names(space) if tenants.owner(name) == tenant_id]
    if left:
        raise Problem(409, "SPACE_NOT_EMPTY", f"tenant `{tenant_id}` still has buckets", details=left)
    tenants.remove(tenant_id)
    return 204, None


ROUTES = (
    ("POST", f"{TENANT}/config/export", tokens.EXPORT, export_tenant),
    ("POST", f"{TENANT}/config/reprovision", tokens.RESTORE, restore_tenant),
    ("POST", f"{TENANT}/config/reprovision/preflight", tokens.RESTORE, preflight_tenant),
    ("POST", f"{TENANT}/config/reprovision/identifier-map", tokens.RESTORE, propose_map),
    ("GET", "/v1/admin/config/format-versions", tokens.EXPORT, format_versions),
    ("POST", "/v1/admin/tenants", tokens.TENANTS, register),
    ("GET", "/v1/admin/tenants", tokens.TENANTS, list_tenants),
    ("GET", TENANT, tokens.TENANTS, show_tenant),
    ("PATCH", TENANT, tokens.TENANTS, change_tenant),
    ("DELETE", TENANT, tokens.TENANTS, remove_tenant),
)
