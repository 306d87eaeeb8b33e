-- Applications that register themselves: the tokens that let them, and which
-- clients came into being that way.

CREATE TABLE initial_token (
    id         TEXT PRIMARY KEY,
    sha256     BYTES NOT NULL UNIQUE,
    note       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    max_uses   BIGINT NOT NULL,
    uses       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
CREATE INDEX initial_token_expiry ON initial_token (expires_at);

CREATE TABLE client_registration (
    client_id     TEXT PRIMARY KEY,
    token_sha256  BYTES NOT NULL,
    initial_token TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    used_at       BIGINT NOT NULL
);
CREATE INDEX client_registration_used ON client_registration (used_at);

CREATE INDEX grants_live_client ON grants (client_id) WHERE ended_at = 0;
