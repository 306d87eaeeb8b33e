-- What has to leave, with the transaction that makes it true, and the links that
-- are mailed to people.

CREATE TABLE outbox (
    id          TEXT PRIMARY KEY,
    carrier     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    recipient   BYTES,
    address     BYTES NOT NULL,
    content     BYTES NOT NULL,
    state       TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    last_status BIGINT NOT NULL,
    last_answer TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    settled_at  BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'pending';
CREATE INDEX outbox_recipient ON outbox (recipient, created_at);
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at > 0;
CREATE INDEX outbox_list ON outbox (carrier, id);
CREATE INDEX outbox_open ON outbox (carrier, state, created_at) WHERE state <> 'sent';

CREATE TABLE access_link (
    person_id        TEXT NOT NULL,
    purpose          TEXT NOT NULL,
    hash             BYTES NOT NULL UNIQUE,
    password_version BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    PRIMARY KEY (person_id, purpose)
);
CREATE INDEX access_link_expiry ON access_link (expires_at);
