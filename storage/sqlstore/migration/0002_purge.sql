-- Purging grants looks for those that are over; on a large table that must
-- not read the whole of it.

CREATE INDEX grants_expiry ON grants (expires_at);
CREATE INDEX grants_ended ON grants (ended_at) WHERE ended_at > 0;
