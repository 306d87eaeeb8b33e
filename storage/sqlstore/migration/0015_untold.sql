-- People whose password came from another system, and who have not been told the User
-- ID that goes with it here. An older program leaves the mark when it replaces the
-- password: the User ID is told once more, then.

ALTER TABLE password ADD COLUMN untold BIGINT NOT NULL DEFAULT 0;
