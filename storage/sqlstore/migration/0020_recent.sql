-- What happened with an account, without what applications do all the time. The
-- condition is the one of notable in auditlog.go, word by word.

CREATE INDEX audit_event_notable ON audit_event (subject, id) WHERE subject <> '' AND kind NOT IN ('audit.read', 'grant.created', 'grant.ended', 'grant.refreshed', 'logout.delivered', 'mail.sent', 'person.read', 'session.read', 'token.denied', 'userinfo.read', 'webhook.sent');
