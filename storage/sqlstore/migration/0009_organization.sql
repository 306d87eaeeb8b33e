-- Organizations, and who has which role in them for how long.

CREATE TABLE organization (
    id         TEXT PRIMARY KEY,
    parent_id  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    name       TEXT NOT NULL,
    ceiling    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    closed_at  BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX organization_parent ON organization (parent_id, id);

CREATE TABLE membership (
    id              TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    person_id       TEXT NOT NULL REFERENCES person (id),
    role            TEXT NOT NULL,
    need            BYTES NOT NULL,
    granted_by      TEXT NOT NULL,
    since           BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    used_at         BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    ended_by        TEXT NOT NULL,
    end_reason      TEXT NOT NULL,
    settled_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX membership_live ON membership (person_id, organization_id, role) WHERE ended_at = 0;
CREATE INDEX membership_roster ON membership (organization_id, id) WHERE ended_at = 0;
CREATE INDEX membership_due ON membership (ends_at) WHERE ended_at = 0 AND ends_at > 0;
CREATE INDEX membership_unsettled ON membership (ended_at) WHERE ended_at > 0 AND settled_at = 0;
