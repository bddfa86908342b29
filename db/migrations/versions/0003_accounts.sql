ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;
ALTER TABLE users ADD COLUMN email_verified_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE users ADD COLUMN headline VARCHAR(200) DEFAULT '' NOT NULL;
ALTER TABLE users ADD COLUMN biography TEXT DEFAULT '' NOT NULL;
ALTER TABLE users ADD COLUMN language VARCHAR(35) DEFAULT 'en' NOT NULL;
ALTER TABLE users ADD COLUMN time_zone VARCHAR(64) DEFAULT 'UTC' NOT NULL;
ALTER TABLE users ADD COLUMN avatar_id UUID;
ALTER TABLE users ADD COLUMN totp_secret BYTEA;
ALTER TABLE users ADD COLUMN totp_enabled_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE users ADD COLUMN totp_last_step INTEGER;
ALTER TABLE users ADD COLUMN updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;
ALTER TABLE users ADD COLUMN disabled_reason VARCHAR(500);
ALTER TABLE users ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE users ADD CONSTRAINT ck_users_totp_has_secret CHECK (totp_enabled_at IS NULL OR totp_secret IS NOT NULL);
ALTER TABLE users ADD CONSTRAINT fk_users_avatar_id FOREIGN KEY(avatar_id) REFERENCES pictures (id) ON DELETE SET NULL;
CREATE TABLE user_sessions (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    user_agent VARCHAR(300) DEFAULT '' NOT NULL,
    address VARCHAR(64) DEFAULT '' NOT NULL,
    method VARCHAR(16) DEFAULT 'password' NOT NULL,
    impersonator_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason VARCHAR(32),
    CONSTRAINT pk_user_sessions PRIMARY KEY (id),
    CONSTRAINT ck_user_sessions_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT fk_user_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_user_sessions_impersonator_id FOREIGN KEY(impersonator_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_user_sessions_user_id ON user_sessions (user_id);
-- A session for each family there is: who is signed in stays so.
INSERT INTO user_sessions (id, user_id, created_at, last_seen_at, expires_at, ended_at, end_reason)
    SELECT family_id, (array_agg(user_id))[1], min(created_at), max(created_at), max(expires_at),
        max(revoked_at), CASE WHEN max(revoked_at) IS NULL THEN NULL ELSE 'signed_out' END
    FROM refresh_tokens GROUP BY family_id;
-- A session's end is kept with the session.
ALTER TABLE refresh_tokens DROP COLUMN revoked_at;
ALTER TABLE refresh_tokens ADD CONSTRAINT fk_refresh_tokens_family_id
    FOREIGN KEY(family_id) REFERENCES user_sessions (id) ON DELETE CASCADE;
CREATE TABLE one_time_tokens (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    purpose VARCHAR(16) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    email VARCHAR(254) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_one_time_tokens PRIMARY KEY (id),
    CONSTRAINT ck_one_time_tokens_known_purpose CHECK (purpose IN ('verify_email','reset_password')),
    CONSTRAINT fk_one_time_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT uq_one_time_tokens_token_hash UNIQUE (token_hash)
);
CREATE INDEX ix_one_time_tokens_user_id ON one_time_tokens (user_id);
CREATE TABLE recovery_codes (
    user_id UUID NOT NULL,
    code_hash VARCHAR(64) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, code_hash),
    CONSTRAINT fk_recovery_codes_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE api_keys (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    name VARCHAR(120) NOT NULL,
    prefix VARCHAR(16) NOT NULL,
    key_hash VARCHAR(64) NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT fk_api_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash)
);
CREATE INDEX ix_api_keys_user_id ON api_keys (user_id);
CREATE TABLE identities (
    provider VARCHAR(32) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    user_id UUID NOT NULL,
    email VARCHAR(254) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_identities PRIMARY KEY (provider, subject),
    CONSTRAINT fk_identities_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_identities_user_id ON identities (user_id);
