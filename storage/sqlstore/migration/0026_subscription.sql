-- Who outside is told of events.

CREATE TABLE subscription (
    id         TEXT PRIMARY KEY,
    address    BYTES NOT NULL,
    secrets    BYTES NOT NULL,
    kinds      TEXT NOT NULL,
    enabled    BIGINT NOT NULL,
    next_place BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
