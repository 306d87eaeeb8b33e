-- Indexes in the order in which the rows are wanted.

DROP INDEX audit_event_subject;
CREATE INDEX audit_event_subject ON audit_event (subject, id) WHERE subject <> '';

DROP INDEX job_finished;
CREATE INDEX job_finished ON job (finished_at, id) WHERE finished_at > 0;
CREATE INDEX job_waiting ON job (finished_at, created_at, id) WHERE finished_at = 0;
