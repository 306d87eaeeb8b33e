-- Passwords that have to be changed, those that may not be chosen again, and
-- counts of attempts that survive everything. What password.failures counted
-- goes on in guess.

ALTER TABLE password ADD COLUMN forced_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE password ADD COLUMN forced_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE password ADD COLUMN remind_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE former_password (
    person_id TEXT NOT NULL REFERENCES person (id),
    version   BIGINT NOT NULL,
    verifier  BYTES NOT NULL,
    scheme    TEXT NOT NULL,
    set_at    BIGINT NOT NULL,
    PRIMARY KEY (person_id, version)
);

CREATE TABLE guess (
    account  TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    against  BIGINT NOT NULL,
    last_at  BIGINT NOT NULL
);
INSERT INTO guess (account, failures, against, last_at)
SELECT person_id, failures, failures, last_failure_at FROM password WHERE failures > 0;

CREATE TABLE known_device (
    person_id TEXT NOT NULL REFERENCES person (id),
    hash      BYTES NOT NULL,
    failures  BIGINT NOT NULL,
    known_at  BIGINT NOT NULL,
    used_at   BIGINT NOT NULL,
    PRIMARY KEY (person_id, hash)
);
CREATE INDEX known_device_hash ON known_device (hash);
CREATE INDEX known_device_used ON known_device (person_id, used_at);
