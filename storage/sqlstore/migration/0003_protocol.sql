-- What the complete protocol keeps: grants that outlive their session and that
-- are bound to a key, what people agreed to share, and whom to tell of the end
-- of a session.

ALTER TABLE grants ADD COLUMN offline BIGINT NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN detail TEXT NOT NULL DEFAULT '';

CREATE TABLE consent (
    person_id  TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, client_id)
);

CREATE TABLE logout (
    id          TEXT PRIMARY KEY,
    session_id  TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    subject     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    state       TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    last_status BIGINT NOT NULL,
    last_answer TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    settled_at  BIGINT NOT NULL
);
CREATE INDEX logout_due ON logout (next_at) WHERE state = 'pending';
CREATE INDEX logout_session ON logout (session_id);
CREATE INDEX logout_settled ON logout (settled_at) WHERE settled_at > 0;
