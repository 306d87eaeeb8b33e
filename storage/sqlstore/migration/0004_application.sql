-- Applications for accounts, from the day they are handed in.

CREATE TABLE application (
    id           TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    source       TEXT NOT NULL,
    profile      BYTES NOT NULL,
    npi_index    BYTES,
    submitted_by TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    decided_by   TEXT NOT NULL,
    decided_at   BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX application_open_npi ON application (npi_index) WHERE state = 'submitted';
CREATE INDEX application_state ON application (state, submitted_at, id);
CREATE INDEX application_rejected ON application (decided_at) WHERE state = 'rejected';
