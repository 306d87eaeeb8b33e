-- What lists are read by. Who did something, by which application, about which
-- organization and with what outcome is written when an event gets its place; what has no
-- outcome yet is from before, and gets it afterwards.

ALTER TABLE audit_event ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_event ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_event ADD COLUMN organization TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_event ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_event_actor ON audit_event (actor, id) WHERE place >= 0 AND actor <> '';
CREATE INDEX audit_event_client ON audit_event (client, id) WHERE place >= 0 AND client <> '';
CREATE INDEX audit_event_organization ON audit_event (organization, id) WHERE place >= 0 AND organization <> '';
CREATE INDEX audit_event_denied ON audit_event (outcome, id) WHERE place >= 0 AND outcome = 'deny';
CREATE INDEX audit_event_unfiled ON audit_event (outcome, id) WHERE place >= 0 AND outcome = '';

CREATE INDEX outbox_state ON outbox (carrier, state, id);
CREATE INDEX logout_state ON logout (state, created_at, id);
CREATE INDEX logout_client_state ON logout (client_id, state, created_at, id);
