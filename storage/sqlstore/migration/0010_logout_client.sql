-- The logout ledger, application by application: each has a lane of its own, and
-- can read what stands there about it.

ALTER TABLE logout ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX logout_lane ON logout (client_id, next_at) WHERE state = 'pending';
CREATE INDEX logout_waiting ON logout (created_at) WHERE state = 'pending';
CREATE INDEX logout_listed ON logout (created_at, id);
CREATE INDEX logout_client ON logout (client_id, created_at, id);
