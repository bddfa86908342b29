CREATE TABLE idempotency_keys (
    scope VARCHAR(80) NOT NULL,
    key VARCHAR(255) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status INTEGER,
    headers JSONB,
    body BYTEA,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope, key)
);
CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at);
CREATE TABLE audit_entries (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor_id UUID,
    impersonator_id UUID,
    action VARCHAR(80) NOT NULL,
    subject_type VARCHAR(40) NOT NULL,
    subject_id UUID,
    request_id TEXT DEFAULT '' NOT NULL,
    detail JSONB NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id)
);
CREATE INDEX ix_audit_entries_action ON audit_entries (action, id);
CREATE INDEX ix_audit_entries_actor_id ON audit_entries (actor_id, id);
CREATE INDEX ix_audit_entries_subject_id ON audit_entries (subject_id, id);
