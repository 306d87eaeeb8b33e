-- Who may use the admin API, and as what; and the accounts in an order in which
-- they can be leafed through.

CREATE TABLE operator (
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    role         TEXT NOT NULL,
    appointed_at BIGINT NOT NULL,
    appointed_by TEXT NOT NULL,
    PRIMARY KEY (kind, id, role)
);
CREATE INDEX person_by_state ON person (state, id);
