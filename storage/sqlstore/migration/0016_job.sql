-- Work that takes longer than a request. What it works on, and what it has to say,
-- is sealed and comes in parts.

CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    digest       TEXT NOT NULL,
    options      TEXT NOT NULL,
    actor        TEXT NOT NULL,
    total        BIGINT NOT NULL,
    done         BIGINT NOT NULL,
    counts       TEXT NOT NULL,
    problem      TEXT NOT NULL,
    cancelled    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    finished_at  BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX job_digest ON job (kind, digest) WHERE finished_at = 0;
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at > 0;

CREATE TABLE job_part (
    job_id  TEXT NOT NULL,
    side    TEXT NOT NULL,
    n       BIGINT NOT NULL,
    content BYTES NOT NULL,
    PRIMARY KEY (job_id, side, n)
);
