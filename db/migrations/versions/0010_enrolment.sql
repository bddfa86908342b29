CREATE TABLE enrolments (
    id UUID NOT NULL,
    course_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_enrolments PRIMARY KEY (id),
    CONSTRAINT fk_enrolments_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT fk_enrolments_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_enrolments_user_id ON enrolments (user_id);
CREATE UNIQUE INDEX uq_enrolments_course_user ON enrolments (course_id, user_id);
CREATE TABLE entitlements (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    course_id UUID NOT NULL,
    source VARCHAR(16) NOT NULL,
    source_id UUID,
    granted_by UUID,
    starts_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoke_reason VARCHAR(200),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_entitlements PRIMARY KEY (id),
    CONSTRAINT ck_entitlements_known_source CHECK (source IN ('free','grant','purchase','subscription')),
    CONSTRAINT ck_entitlements_ends_after_start CHECK (ends_at IS NULL OR ends_at > starts_at),
    CONSTRAINT fk_entitlements_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_entitlements_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT fk_entitlements_granted_by FOREIGN KEY(granted_by) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_entitlements_course_id ON entitlements (course_id);
CREATE INDEX ix_entitlements_user_course ON entitlements (user_id, course_id);
CREATE UNIQUE INDEX uq_entitlements_open ON entitlements (user_id, course_id, source, coalesce(source_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE revoked_at IS NULL;
ALTER TABLE playback_sessions ALTER COLUMN user_id DROP NOT NULL;
