-- Who may act for whom, in which applications, for what and for how long.

CREATE TABLE delegation (
    id           TEXT PRIMARY KEY,
    principal_id TEXT NOT NULL REFERENCES person (id),
    delegate_id  TEXT NOT NULL REFERENCES person (id),
    clients      TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    granted_by   TEXT NOT NULL,
    since        BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    ended_by     TEXT NOT NULL,
    end_reason   TEXT NOT NULL,
    settled_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX delegation_live ON delegation (principal_id, delegate_id, purpose) WHERE ended_at = 0;
CREATE INDEX delegation_principal ON delegation (principal_id, id) WHERE ended_at = 0;
CREATE INDEX delegation_delegate ON delegation (delegate_id, id) WHERE ended_at = 0;
CREATE INDEX delegation_due ON delegation (ends_at) WHERE ended_at = 0;
CREATE INDEX delegation_unsettled ON delegation (ended_at) WHERE ended_at > 0 AND settled_at = 0;
