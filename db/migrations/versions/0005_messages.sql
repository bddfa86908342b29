CREATE TABLE messages (
    id UUID NOT NULL,
    user_id UUID,
    channel VARCHAR(8) DEFAULT 'mail' NOT NULL,
    recipient VARCHAR(254) NOT NULL,
    template VARCHAR(40) NOT NULL,
    data JSONB NOT NULL,
    unique_key VARCHAR(200),
    state VARCHAR(8) DEFAULT 'queued' NOT NULL,
    provider_id TEXT,
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT ck_messages_known_channel CHECK (channel IN ('mail')),
    CONSTRAINT ck_messages_known_state CHECK (state IN ('queued','sent','failed')),
    CONSTRAINT ck_messages_sent_has_time CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT fk_messages_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_messages_user_id ON messages (user_id);
CREATE UNIQUE INDEX uq_messages_unique_key ON messages (unique_key) WHERE unique_key IS NOT NULL;
