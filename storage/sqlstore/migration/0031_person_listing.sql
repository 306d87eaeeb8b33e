-- What operators read of one person: whom was told of the end of their sessions, and what
-- was mailed to them.

CREATE INDEX logout_person ON logout (person_id, created_at, id);
CREATE INDEX outbox_person ON outbox (person_id, carrier, id);
