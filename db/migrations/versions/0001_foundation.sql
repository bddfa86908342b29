-- Foundation: types, tables, constraints, indexes.
CREATE TYPE pause_scope AS ENUM ('queue', 'kind', 'owner', 'pipeline');
CREATE TYPE asset_state AS ENUM ('uploading', 'uploaded', 'processing', 'playable', 'ready', 'failed', 'cancelled');
CREATE TYPE job_state AS ENUM ('waiting', 'available', 'running', 'retryable', 'completed', 'cancelled', 'discarded');
CREATE TYPE edge_condition AS ENUM ('on_success', 'on_end', 'on_failure');
CREATE TYPE version_state AS ENUM ('building', 'live', 'retired', 'failed');
CREATE TABLE pauses (
    id UUID NOT NULL,
    scope pause_scope NOT NULL,
    value VARCHAR(120) NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_pauses PRIMARY KEY (id),
    CONSTRAINT uq_pauses_scope_value UNIQUE (scope, value)
);
CREATE TABLE pipelines (
    id UUID NOT NULL,
    kind VARCHAR(80) NOT NULL,
    subject_id UUID,
    owner_id UUID,
    priority INTEGER DEFAULT '0' NOT NULL,
    trace_id VARCHAR(64) NOT NULL,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_pipelines PRIMARY KEY (id)
);
CREATE INDEX ix_pipelines_subject_id ON pipelines (subject_id);
CREATE TABLE schedules (
    name VARCHAR(80) NOT NULL,
    cron VARCHAR(80) NOT NULL,
    kind VARCHAR(80) NOT NULL,
    payload JSONB NOT NULL,
    last_slot TIMESTAMP WITH TIME ZONE,
    enabled BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_schedules PRIMARY KEY (name)
);
CREATE TABLE users (
    id UUID NOT NULL,
    email VARCHAR(254) NOT NULL,
    password_hash TEXT NOT NULL,
    display_name VARCHAR(120) NOT NULL,
    roles TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_known_roles CHECK (roles <@ ARRAY['learner','instructor','admin','operator'])
);
CREATE UNIQUE INDEX uq_users_email_lower ON users (lower(email));
CREATE TABLE workers (
    id UUID NOT NULL,
    host VARCHAR(255) NOT NULL,
    pid INTEGER NOT NULL,
    queues TEXT[] NOT NULL,
    slots INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    heartbeat_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    stopping BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_workers PRIMARY KEY (id)
);
CREATE TABLE assets (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    filename VARCHAR(255) NOT NULL,
    state asset_state NOT NULL,
    original_key TEXT,
    size BIGINT,
    source JSONB,
    failure_code VARCHAR(80),
    failure_message TEXT,
    playable_version_id UUID,
    live_version_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE,
    playable_at TIMESTAMP WITH TIME ZONE,
    ready_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_assets PRIMARY KEY (id),
    CONSTRAINT ck_assets_failure_has_code CHECK ((state = 'failed') = (failure_code IS NOT NULL)),
    CONSTRAINT ck_assets_ready_has_version CHECK (state <> 'ready' OR live_version_id IS NOT NULL),
    CONSTRAINT fk_assets_owner_id FOREIGN KEY(owner_id) REFERENCES users (id)
);
CREATE INDEX ix_assets_owner_id ON assets (owner_id);
CREATE TABLE jobs (
    id UUID NOT NULL,
    pipeline_id UUID,
    owner_id UUID,
    kind VARCHAR(80) NOT NULL,
    queue VARCHAR(32) NOT NULL,
    priority INTEGER NOT NULL,
    payload JSONB NOT NULL,
    unique_key VARCHAR(200),
    trace_id VARCHAR(64) NOT NULL,
    state job_state NOT NULL,
    attempt INTEGER DEFAULT '0' NOT NULL,
    max_attempts INTEGER NOT NULL,
    crashes INTEGER DEFAULT '0' NOT NULL,
    run_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    snoozed_since TIMESTAMP WITH TIME ZONE,
    dispatched_at TIMESTAMP WITH TIME ZONE,
    lease_until TIMESTAMP WITH TIME ZONE,
    token UUID,
    worker_id UUID,
    progress FLOAT DEFAULT '0' NOT NULL,
    result JSONB,
    errors JSONB DEFAULT '[]'::jsonb NOT NULL,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT ck_jobs_lease_while_running CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT ck_jobs_token_while_running CHECK ((state = 'running') = (token IS NOT NULL)),
    CONSTRAINT ck_jobs_finished CHECK ((state IN ('completed','cancelled','discarded')) = (finished_at IS NOT NULL)),
    CONSTRAINT ck_jobs_dispatched CHECK (dispatched_at IS NULL OR state IN ('available','running')),
    CONSTRAINT ck_jobs_attempts CHECK (attempt >= 0 AND attempt <= max_attempts),
    CONSTRAINT ck_jobs_progress CHECK (progress >= 0 AND progress <= 1),
    CONSTRAINT fk_jobs_pipeline_id FOREIGN KEY(pipeline_id) REFERENCES pipelines (id) ON DELETE CASCADE
);
CREATE INDEX ix_jobs_due ON jobs (queue, owner_id, priority, run_at, id) WHERE state = 'available' AND dispatched_at IS NULL;
CREATE INDEX ix_jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX ix_jobs_hinted ON jobs (queue) WHERE state = 'available' AND dispatched_at IS NOT NULL;
CREATE INDEX ix_jobs_kind_state ON jobs (kind, state, id);
CREATE INDEX ix_jobs_pipeline ON jobs (pipeline_id, state);
CREATE INDEX ix_jobs_retryable ON jobs (run_at) WHERE state = 'retryable';
CREATE INDEX ix_jobs_running ON jobs (queue, owner_id) WHERE state = 'running';
CREATE UNIQUE INDEX uq_jobs_running_key ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state = 'running';
CREATE UNIQUE INDEX uq_jobs_unique_key ON jobs (unique_key) WHERE unique_key IS NOT NULL AND started_at IS NULL AND state IN ('waiting','available','retryable');
CREATE TABLE refresh_tokens (
    id UUID NOT NULL,
    family_id UUID NOT NULL,
    user_id UUID NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refresh_tokens PRIMARY KEY (id),
    CONSTRAINT fk_refresh_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT uq_refresh_tokens_token_hash UNIQUE (token_hash)
);
CREATE INDEX ix_refresh_tokens_family_id ON refresh_tokens (family_id);
CREATE INDEX ix_refresh_tokens_user_id ON refresh_tokens (user_id);
CREATE TABLE grants (
    asset_id UUID NOT NULL,
    user_id UUID NOT NULL,
    granted_by UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_grants PRIMARY KEY (asset_id, user_id),
    CONSTRAINT fk_grants_asset_id FOREIGN KEY(asset_id) REFERENCES assets (id) ON DELETE CASCADE,
    CONSTRAINT fk_grants_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_grants_granted_by FOREIGN KEY(granted_by) REFERENCES users (id)
);
CREATE INDEX ix_grants_user_id ON grants (user_id);
CREATE TABLE job_edges (
    predecessor_id UUID NOT NULL,
    successor_id UUID NOT NULL,
    condition edge_condition NOT NULL,
    open BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_job_edges PRIMARY KEY (predecessor_id, successor_id),
    CONSTRAINT ck_job_edges_no_loop CHECK (predecessor_id <> successor_id),
    CONSTRAINT fk_job_edges_predecessor_id FOREIGN KEY(predecessor_id) REFERENCES jobs (id) ON DELETE CASCADE,
    CONSTRAINT fk_job_edges_successor_id FOREIGN KEY(successor_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE INDEX ix_job_edges_open ON job_edges (successor_id) WHERE open;
CREATE INDEX ix_job_edges_successor ON job_edges (successor_id);
CREATE TABLE playback_sessions (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    renewed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_playback_sessions PRIMARY KEY (id),
    CONSTRAINT fk_playback_sessions_asset_id FOREIGN KEY(asset_id) REFERENCES assets (id) ON DELETE CASCADE,
    CONSTRAINT fk_playback_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_playback_sessions_asset_id ON playback_sessions (asset_id);
CREATE INDEX ix_playback_sessions_revoked ON playback_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX ix_playback_sessions_user_id ON playback_sessions (user_id);
CREATE TABLE uploads (
    id VARCHAR(32) NOT NULL,
    owner_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    key TEXT NOT NULL,
    length BIGINT NOT NULL,
    "offset" BIGINT DEFAULT '0' NOT NULL,
    storage_state JSONB DEFAULT '{}'::jsonb NOT NULL,
    upload_metadata JSONB DEFAULT '{}'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_uploads PRIMARY KEY (id),
    CONSTRAINT ck_uploads_offset_within_length CHECK ("offset" >= 0 AND "offset" <= length),
    CONSTRAINT fk_uploads_owner_id FOREIGN KEY(owner_id) REFERENCES users (id),
    CONSTRAINT fk_uploads_asset_id FOREIGN KEY(asset_id) REFERENCES assets (id) ON DELETE CASCADE
);
CREATE INDEX ix_uploads_owner_id ON uploads (owner_id);
CREATE TABLE versions (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    state version_state NOT NULL,
    plan JSONB NOT NULL,
    stills JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    live_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_versions PRIMARY KEY (id),
    CONSTRAINT fk_versions_asset_id FOREIGN KEY(asset_id) REFERENCES assets (id) ON DELETE CASCADE
);
CREATE INDEX ix_versions_asset_id ON versions (asset_id);
CREATE UNIQUE INDEX uq_versions_one_live ON versions (asset_id) WHERE state = 'live';
CREATE TABLE parts (
    version_id UUID NOT NULL,
    track VARCHAR(32) NOT NULL,
    chunk INTEGER NOT NULL,
    segments JSONB NOT NULL,
    duration_s FLOAT NOT NULL,
    size BIGINT NOT NULL,
    frames INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_parts PRIMARY KEY (version_id, track, chunk),
    CONSTRAINT fk_parts_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
);
CREATE TABLE tracks (
    version_id UUID NOT NULL,
    name VARCHAR(32) NOT NULL,
    kind VARCHAR(8) NOT NULL,
    init_name VARCHAR(80),
    init_sha256 VARCHAR(64),
    codecs VARCHAR(80),
    complete_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_tracks PRIMARY KEY (version_id, name),
    CONSTRAINT ck_tracks_known_kind CHECK (kind IN ('video','audio')),
    CONSTRAINT fk_tracks_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
);
ALTER TABLE assets ADD CONSTRAINT fk_assets_live_version_id FOREIGN KEY(live_version_id) REFERENCES versions (id);
ALTER TABLE assets ADD CONSTRAINT fk_assets_playable_version_id FOREIGN KEY(playable_version_id) REFERENCES versions (id);
