-- The Use Agreement: what was published, and who accepted it.

CREATE TABLE agreement (
    audience     TEXT NOT NULL,
    version      TEXT NOT NULL,
    language     TEXT NOT NULL,
    body         BYTES NOT NULL,
    hash         BYTES NOT NULL,
    effective_at BIGINT NOT NULL,
    grace        BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (audience, version, language)
);

CREATE INDEX agreement_order ON agreement (audience, effective_at, version, language);

CREATE TABLE acceptance (
    id             TEXT PRIMARY KEY,
    person_id      TEXT NOT NULL,
    audience       TEXT NOT NULL,
    version        TEXT NOT NULL,
    language       TEXT NOT NULL,
    hash           BYTES NOT NULL,
    interaction_id TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    accepted_at    BIGINT NOT NULL,
    withdrawn_at   BIGINT NOT NULL
);
CREATE INDEX acceptance_person ON acceptance (person_id, accepted_at, id);
