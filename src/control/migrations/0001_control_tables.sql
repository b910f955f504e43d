-- All times are by this database's clock.

CREATE TABLE restore_control.tenants (
    tenant_id  text PRIMARY KEY,
    name       text NOT NULL,
    state      text NOT NULL CHECK (state IN ('active', 'suspended', 'deleting')),
    space      jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One lease per tenant restored into. The row stays after its release: its fencing number only grows.
CREATE TABLE restore_control.restore_lock (
    tenant_id        text PRIMARY KEY,
    token            uuid NOT NULL,
    fencing_number   bigint NOT NULL,
    holder           text NOT NULL,
    correlation_id   text NOT NULL,
    actor_id         text NOT NULL,
    actor_type       text NOT NULL,
    source_tenant_id text,
    acquired_at      timestamptz NOT NULL,
    heartbeat_at     timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    released_at      timestamptz
);

CREATE TABLE restore_control.runs (
    run_id           uuid PRIMARY KEY,
    tenant_id        text NOT NULL,
    source_tenant_id text NOT NULL,
    correlation_id   text NOT NULL,
    lock_token       uuid NOT NULL,
    dry_run          boolean NOT NULL,
    state            text NOT NULL,
    started_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at         timestamptz,
    progress         jsonb NOT NULL DEFAULT '[]',
    report           jsonb,
    error            jsonb
);

CREATE INDEX runs_by_tenant ON restore_control.runs (tenant_id, started_at);

-- A row says: a run began to write this resource, and it is not known to be finished.
CREATE TABLE restore_control.journal (
    tenant_id    text NOT NULL,
    domain_key   text NOT NULL,
    resource     text NOT NULL,
    desired_hash bytea NOT NULL,
    run_id       uuid NOT NULL,
    begun_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, domain_key, resource, desired_hash)
);

CREATE TABLE restore_control.audit (
    audit_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    operation      text NOT NULL,
    tenant_id      text,
    actor_id       text NOT NULL,
    actor_type     text NOT NULL,
    correlation_id text NOT NULL,
    outcome        text NOT NULL,
    details        jsonb NOT NULL
);

CREATE INDEX audit_by_tenant ON restore_control.audit (tenant_id, at);
