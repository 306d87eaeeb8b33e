-- What one process needs to sign people in. BYTES is the database's own type
-- for byte strings; package sqlstore puts it in.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BYTES NOT NULL
);

CREATE TABLE lock (
    name  TEXT PRIMARY KEY,
    taken BIGINT NOT NULL
);

CREATE TABLE person (
    id            TEXT PRIMARY KEY,
    subject       TEXT NOT NULL UNIQUE,
    user_id_index BYTES NOT NULL UNIQUE,
    npi_index     BYTES UNIQUE,
    email_index   BYTES,
    state         TEXT NOT NULL,
    profile       BYTES NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX person_email ON person (email_index);

CREATE TABLE user_id_stem (
    stem    BYTES PRIMARY KEY,
    ordinal BIGINT NOT NULL
);

CREATE TABLE password (
    person_id       TEXT PRIMARY KEY REFERENCES person (id),
    kind            TEXT NOT NULL,
    verifier        BYTES NOT NULL,
    scheme          TEXT NOT NULL,
    set_at          BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    failures        BIGINT NOT NULL,
    last_failure_at BIGINT NOT NULL,
    version         BIGINT NOT NULL
);

CREATE TABLE client (
    id         TEXT PRIMARY KEY,
    metadata   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);

CREATE TABLE grants (
    id         TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    session_id TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    audience   TEXT NOT NULL,
    auth_time  BIGINT NOT NULL,
    acr        TEXT NOT NULL,
    amr        TEXT NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    end_reason TEXT NOT NULL
);
CREATE INDEX grants_live_session ON grants (session_id) WHERE ended_at = 0;
CREATE INDEX grants_live_person ON grants (person_id) WHERE ended_at = 0;

CREATE TABLE signing_key (
    id          TEXT PRIMARY KEY,
    key_use     TEXT NOT NULL,
    algorithm   TEXT NOT NULL,
    private     BYTES NOT NULL,
    created_at  BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retires_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL
);

CREATE TABLE audit_event (
    id      TEXT PRIMARY KEY,
    at      BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    body    BYTES NOT NULL,
    place   BIGINT NOT NULL
);
CREATE INDEX audit_event_pending ON audit_event (id) WHERE place = -1;
CREATE UNIQUE INDEX audit_event_place ON audit_event (place) WHERE place >= 0;
CREATE INDEX audit_event_subject ON audit_event (subject, at) WHERE subject <> '';

CREATE TABLE audit_tree (
    id   BIGINT PRIMARY KEY,
    size BIGINT NOT NULL
);
INSERT INTO audit_tree (id, size) VALUES (1, 0);

CREATE TABLE audit_hash (
    id   BIGINT PRIMARY KEY,
    hash BYTES NOT NULL
);

CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    at   BIGINT NOT NULL,
    note BYTES NOT NULL
);

CREATE TABLE roster_import (
    id           TEXT PRIMARY KEY,
    line         BIGINT NOT NULL,
    byte_offset  BIGINT NOT NULL,
    rejects_size BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    known        BIGINT NOT NULL,
    rejected     BIGINT NOT NULL,
    started_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    finished_at  BIGINT NOT NULL
);
