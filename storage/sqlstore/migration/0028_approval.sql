-- Requests for a second person. What was asked for is sealed.

CREATE TABLE approval (
    id             TEXT PRIMARY KEY,
    act            TEXT NOT NULL,
    digest         BYTES NOT NULL,
    shown          BYTES NOT NULL,
    state          TEXT NOT NULL,
    asker          TEXT NOT NULL,
    asker_id       TEXT NOT NULL,
    person_id      TEXT NOT NULL,
    reason         TEXT NOT NULL,
    decider        TEXT NOT NULL,
    decided_reason TEXT NOT NULL,
    asked_at       BIGINT NOT NULL,
    decided_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    ended_at       BIGINT NOT NULL,
    version        BIGINT NOT NULL
);
CREATE UNIQUE INDEX approval_digest ON approval (digest) WHERE ended_at = 0;
CREATE INDEX approval_asker ON approval (asker_id) WHERE ended_at = 0;
CREATE INDEX approval_overdue ON approval (expires_at, id) WHERE ended_at = 0;
CREATE INDEX approval_ended ON approval (ended_at, id) WHERE ended_at > 0;
CREATE INDEX approval_state ON approval (state, id);
