-- Passwords that were long enough only because there was a second factor. An older
-- program leaves the mark when it replaces one: another change is asked for, then.

ALTER TABLE password ADD COLUMN short BIGINT NOT NULL DEFAULT 0;
