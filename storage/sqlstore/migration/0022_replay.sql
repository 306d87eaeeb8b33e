-- What was done under an Idempotency-Key, and the sealed answer; and the audit log by
-- kind of event.

CREATE TABLE replay (
    id         TEXT PRIMARY KEY,
    request    BYTES NOT NULL,
    answer     BYTES,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX replay_expired ON replay (expires_at, id);

CREATE INDEX audit_event_kind ON audit_event (kind, id);
