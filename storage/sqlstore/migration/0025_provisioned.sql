-- What provisioning clients call people, and which organization an operator is for.

CREATE TABLE provisioned (
    client_id      TEXT NOT NULL,
    person_id      TEXT NOT NULL,
    names          BYTES NOT NULL,
    name_index     BYTES,
    external_index BYTES,
    owned          BIGINT NOT NULL,
    waiting        BIGINT NOT NULL,
    suspended      BIGINT NOT NULL,
    inactive       BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    PRIMARY KEY (client_id, person_id)
);
CREATE UNIQUE INDEX provisioned_name ON provisioned (client_id, name_index) WHERE name_index IS NOT NULL;
CREATE UNIQUE INDEX provisioned_external ON provisioned (client_id, external_index) WHERE external_index IS NOT NULL;
CREATE INDEX provisioned_person ON provisioned (person_id);
CREATE INDEX provisioned_waiting ON provisioned (client_id, person_id) WHERE waiting = 1;
CREATE INDEX person_open ON person (id, state) WHERE state <> 'closed';
CREATE INDEX membership_staff ON membership (organization_id, person_id) WHERE ended_at = 0;
CREATE INDEX organization_active ON organization (id) WHERE state = 'active';
CREATE INDEX organization_name ON organization (name, id);
ALTER TABLE operator ADD COLUMN organization_id TEXT NOT NULL DEFAULT '';
