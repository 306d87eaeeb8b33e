-- What leaves the outbox leaves by lanes: who is slow in one holds up no other. A program
-- of before writes none; those are a lane too. The index over all that is due would lead
-- PostgreSQL through the parcels of all lanes.

ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE outbox SET lane = carrier WHERE state = 'pending';
CREATE INDEX outbox_lane ON outbox (lane, next_at) WHERE state = 'pending';
DROP INDEX outbox_due;
