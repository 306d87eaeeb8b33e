-- What people prove themselves with, besides the password.

CREATE TABLE authenticator (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       BYTES,
    handle     BYTES,
    secret     BYTES,
    counter    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX authenticator_person ON authenticator (person_id, created_at, id);
CREATE UNIQUE INDEX authenticator_handle ON authenticator (handle) WHERE handle IS NOT NULL;
