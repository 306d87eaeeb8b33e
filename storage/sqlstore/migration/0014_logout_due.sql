-- Every look at what is due goes by application since each has a lane. This index
-- leads PostgreSQL, whose planner knows no lanes, through the lines of all the other
-- applications; SQLite does not use it.

DROP INDEX logout_due;
