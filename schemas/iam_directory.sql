-- The tenant directory: the reference `iam` backend (DESIGN.md, D11).
--
-- A realm is a tenant's space. Every table is keyed by realm first, so that one indexed read per table
-- observes a whole tenant. Credentials live in a table of their own, which no export ever reads.
-- Running this file again changes nothing.

CREATE SCHEMA IF NOT EXISTS iam;

CREATE TABLE IF NOT EXISTS iam.realms (
    realm        text  PRIMARY KEY CHECK (realm <> ''),
    display_name text,
    -- Session and token lifetimes in seconds, themes, TLS requirement: a flat JSON object.
    settings     jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object')
);

CREATE TABLE IF NOT EXISTS iam.roles (
    realm       text  NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    name        text  NOT NULL CHECK (name <> ''),
    description text,
    -- {name: [value, ...]}
    attributes  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    PRIMARY KEY (realm, name)
);

-- A composite role grants each of its children.
CREATE TABLE IF NOT EXISTS iam.role_composites (
    realm text NOT NULL,
    role  text NOT NULL,
    child text NOT NULL,
    PRIMARY KEY (realm, role, child),
    FOREIGN KEY (realm, role)  REFERENCES iam.roles (realm, name) ON DELETE CASCADE,
    FOREIGN KEY (realm, child) REFERENCES iam.roles (realm, name) ON DELETE CASCADE,
    CHECK (role <> child)
);

-- A group is named by its path: '/warehouse', '/warehouse/night shift'. Its parent is the path without the last part.
CREATE TABLE IF NOT EXISTS iam.groups (
    realm      text  NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    path       text  NOT NULL CHECK (path LIKE '/_%' AND path NOT LIKE '%/' AND path NOT LIKE '%//%'),
    parent     text,
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    PRIMARY KEY (realm, path),
    FOREIGN KEY (realm, parent) REFERENCES iam.groups (realm, path) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS iam.group_roles (
    realm text NOT NULL,
    path  text NOT NULL,
    role  text NOT NULL,
    PRIMARY KEY (realm, path, role),
    FOREIGN KEY (realm, path) REFERENCES iam.groups (realm, path) ON DELETE CASCADE,
    FOREIGN KEY (realm, role) REFERENCES iam.roles (realm, name) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS iam.members (
    realm      text    NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    username   text    NOT NULL CHECK (username <> ''),
    email      text,
    first_name text,
    last_name  text,
    enabled    boolean NOT NULL DEFAULT true,
    attributes jsonb   NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    PRIMARY KEY (realm, username)
);

CREATE TABLE IF NOT EXISTS iam.member_roles (
    realm    text NOT NULL,
    username text NOT NULL,
    role     text NOT NULL,
    PRIMARY KEY (realm, username, role),
    FOREIGN KEY (realm, username) REFERENCES iam.members (realm, username) ON DELETE CASCADE,
    FOREIGN KEY (realm, role)     REFERENCES iam.roles (realm, name) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS iam.member_groups (
    realm    text NOT NULL,
    username text NOT NULL,
    path     text NOT NULL,
    PRIMARY KEY (realm, username, path),
    FOREIGN KEY (realm, username) REFERENCES iam.members (realm, username) ON DELETE CASCADE,
    FOREIGN KEY (realm, path)     REFERENCES iam.groups (realm, path) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS iam.service_accounts (
    realm       text    NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    client_id   text    NOT NULL CHECK (client_id <> ''),
    description text,
    enabled     boolean NOT NULL DEFAULT true,
    attributes  jsonb   NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    PRIMARY KEY (realm, client_id)
);

CREATE TABLE IF NOT EXISTS iam.service_account_roles (
    realm     text NOT NULL,
    client_id text NOT NULL,
    role      text NOT NULL,
    PRIMARY KEY (realm, client_id, role),
    FOREIGN KEY (realm, client_id) REFERENCES iam.service_accounts (realm, client_id) ON DELETE CASCADE,
    FOREIGN KEY (realm, role)      REFERENCES iam.roles (realm, name) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS iam.client_scopes (
    realm            text  NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    name             text  NOT NULL CHECK (name <> ''),
    description      text,
    protocol         text  NOT NULL,
    attributes       jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    -- [{name, protocolMapper, config{}}], a set ordered by name.
    protocol_mappers jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(protocol_mappers) = 'array'),
    PRIMARY KEY (realm, name)
);

CREATE TABLE IF NOT EXISTS iam.identity_providers (
    realm       text    NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    alias       text    NOT NULL CHECK (alias <> ''),
    provider_id text    NOT NULL,
    enabled     boolean NOT NULL DEFAULT true,
    -- May hold secrets (clientSecret): the engine redacts them on every read.
    config      jsonb   NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(config) = 'object'),
    PRIMARY KEY (realm, alias)
);

-- Password and client-secret hashes. Never exported, never compared; a restored owner has none until one is set.
CREATE TABLE IF NOT EXISTS iam.credentials (
    realm      text NOT NULL REFERENCES iam.realms ON DELETE CASCADE,
    owner_type text NOT NULL CHECK (owner_type IN ('member', 'service_account')),
    owner_name text NOT NULL,
    secret     text NOT NULL,
    PRIMARY KEY (realm, owner_type, owner_name)
);
