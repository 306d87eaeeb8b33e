-- What is looked for in tables that grow with use is found through an index:
-- the grants to purge, and the number of people in each state.

CREATE INDEX grants_expiry ON grants (expires_at);
CREATE INDEX grants_ended ON grants (ended_at) WHERE ended_at > 0;
CREATE INDEX person_state ON person (state);
