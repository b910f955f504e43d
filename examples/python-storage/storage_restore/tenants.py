"""Who is registered, in which state, and which restore holds a tenant. All of it in memory: one process, and whoever
starts it again begins anew. That is why `replicas` is not declared in certification.yaml."""

import datetime
import math
import re
import threading

from .problem import Problem, invalid

STATES = ("active", "suspended", "deleting")
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")

# A lock lasts so long from its last write, in seconds; three times the time-out of one request to S3.
LEASE = datetime.timedelta(seconds=30)


class Interrupted(Exception):
    """A restore may not write any more."""


class Lock:
    """One restore's hold on its tenant."""

    def __init__(self, correlation_id):
        self.correlation_id = correlation_id
        self.acquired_at = now()
        self.expires_at = self.acquired_at + LEASE


class Tenants:
    """The registry."""

    def __init__(self):
        self._guard = threading.Lock()
        self._states = {}
        self._locks = {}

    def register(self, tenant_id, state):
        """Registers a tenant."""
        if not isinstance(tenant_id, str) or not ID.fullmatch(tenant_id):
            raise invalid("`tenant_id` must be 1 to 41 of a-z, 0-9 and `-`, and not begin with `-`")
        with self._guard:
            if tenant_id in self._states:
                raise Problem(409, "TENANT_EXISTS", f"there is a tenant `{tenant_id}` already")
            self._states[tenant_id] = checked(state)

    def all(self):
        """All tenants, by id."""
        with self._guard:
            return [described(*item) for item in sorted(self._states.items())]

    def get(self, tenant_id):
        """One tenant."""
        with self._guard:
            return described(tenant_id, self._state(tenant_id))

    def set_state(self, tenant_id, state):
        """Changes a tenant's state."""
        with self._guard:
            self._state(tenant_id)
            self._states[tenant_id] = checked(state)

    def remove(self, tenant_id):
        """Forgets a tenant."""
        with self._guard:
            self._state(tenant_id)
            del self._states[tenant_id]

    def require_active(self, tenant_id):
        """Refuses what would restore into a tenant that is not active (R-EC5-1)."""
        with self._guard:
            state = self._state(tenant_id)
        if state != "active":
            raise Problem(422, "TENANT_SUSPENDED", f"tenant `{tenant_id}` is {state}: activate it first")

    def owner(self, bucket):
        """Whose space a bucket is in. Where one tenant's id begins with another's, the longer one has it (R-EC2-5)."""
        with self._guard:
            owners = [tenant_id for tenant_id in self._states if bucket.startswith(prefix_of(tenant_id))]
        return max(owners, key=len, default=None)

    def lock(self, tenant_id, correlation_id):
        """Takes the tenant for one restore, or says who has it (R-EC3-2)."""
        with self._guard:
            held = self._locks.get(tenant_id)
            if held and held.expires_at > now():
                holder = {"correlation_id": held.correlation_id}
                holder |= {"acquired_at": text(held.acquired_at), "expires_at": text(held.expires_at)}
                seconds = math.ceil((held.expires_at - now()).total_seconds())
                message = f"tenant `{tenant_id}` is being restored by {held.correlation_id}: try again in {seconds} s"
                raise Problem(409, "LOCK_HELD", message, extra={"holder": holder}, retry_after=seconds)
            lock = self._locks[tenant_id] = Lock(correlation_id)
            return lock

    def fence(self, tenant_id, lock):
        """Asked before each write: is the tenant still active, and the lock still ours? Extends the lock."""
        with self._guard:
            if self._states.get(tenant_id) != "active":
                raise Interrupted(f"tenant `{tenant_id}` is no longer active")
            held = self._locks.get(tenant_id)
            if held is not lock or held.expires_at <= now():
                raise Interrupted(f"the lock of tenant `{tenant_id}` was lost")
            held.expires_at = now() + LEASE

    def unlock(self, tenant_id, lock):
        """Gives the tenant back, unless another restore has taken it over."""
        with self._guard:
            if self._locks.get(tenant_id) is lock:
                del self._locks[tenant_id]

    def _state(self, tenant_id):
        if tenant_id not in self._states:
            raise Problem(404, "TENANT_NOT_FOUND", f"the tenant `{tenant_id}` is unknown")
        return self._states[tenant_id]


def prefix_of(tenant_id):
    """What the names of a tenant's buckets begin with."""
    return f"{tenant_id}-"


def described(tenant_id, state):
    """A tenant as it is answered."""
    return {"tenant_id": tenant_id, "state": state, "bucket_prefix": prefix_of(tenant_id)}


def checked(state):
    """A state, if it is one."""
    if state not in STATES:
        raise invalid(f"`state` must be one of {', '.join(STATES)}")
    return state


def now():
    """In UTC."""
    return datetime.datetime.now(datetime.timezone.utc)


def text(time):
    """RFC 3339."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
