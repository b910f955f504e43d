"""An implementation that is right and does not speak as SPEC.md does: examples/python-storage, whose tenants are made, suspended and
removed by other requests, and whose answers hold no more than the mode `compatible` asks for."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../examples/python-storage"))

from storage_restore import service, tokens  # noqa: E402

TENANT = r"/v2/tenants/(?P<tenant_id>[^/]+)"


def make(handler, body, tenant_id):
    """`PUT`, with a title, and whether it may be worked on at once."""
    if not body["title"]:
        raise service.invalid("`title` must be given")
    return service.register(handler, {"tenant_id": tenant_id, "state": "active" if body["active"] else "suspended"})


def move(handler, body, tenant_id):
    """A transition to another state."""
    return service.change_tenant(handler, {"state": body["to"]}, tenant_id)


def terse(value):
    """Without what nobody is owed here (the correlation id goes with its header)."""
    if isinstance(value, dict):
        return {name: terse(member) for name, member in value.items() if name != "verified"}
    return [terse(item) for item in value] if isinstance(value, list) else value


class Elsewhere(service.Handler):
    """The same work under other names."""

    def send(self, status, body, retry_after):
        if status >= 400:
            body = {name: member for name, member in body.items() if name not in ("code", "message")}
        elif not self.path.endswith("/export"):
            body = terse(body)
        super().send(status, body, retry_after)

    def send_header(self, keyword, value):
        if keyword != "X-Correlation-Id":
            super().send_header(keyword, value)

    do_PUT = service.Handler.answer


def main():
    """Puts the other routes in the place of those of SPEC.md, and starts the service."""
    kept = [route for route in service.ROUTES if route[3] not in (service.register, service.change_tenant, service.remove_tenant)]
    service.ROUTES = (
        *kept,
        ("PUT", TENANT, tokens.TENANTS, make),
        ("POST", f"{TENANT}/transitions", tokens.TENANTS, move),
        ("DELETE", TENANT, tokens.TENANTS, service.remove_tenant),
    )
    service.Handler = Elsewhere
    from storage_restore import __main__  # noqa: F401 (serves)


main()
