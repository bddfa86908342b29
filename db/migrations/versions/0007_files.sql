CREATE TABLE files (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    course_id UUID,
    filename VARCHAR(255) NOT NULL,
    state VARCHAR(12) DEFAULT 'uploading' NOT NULL,
    media_type VARCHAR(100),
    size BIGINT,
    sha256 VARCHAR(64),
    key TEXT,
    inline BOOLEAN DEFAULT 'false' NOT NULL,
    failure_code VARCHAR(80),
    failure_message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE,
    ready_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_files PRIMARY KEY (id),
    CONSTRAINT ck_files_known_state CHECK (state IN ('uploading','checking','ready','refused')),
    CONSTRAINT ck_files_ready_has_time CHECK ((state = 'ready') = (ready_at IS NOT NULL)),
    CONSTRAINT ck_files_refusal_has_code CHECK ((state = 'refused') = (failure_code IS NOT NULL)),
    CONSTRAINT fk_files_owner_id FOREIGN KEY(owner_id) REFERENCES users (id),
    CONSTRAINT fk_files_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE SET NULL
);
CREATE INDEX ix_files_course_id ON files (course_id);
CREATE INDEX ix_files_owner_id ON files (owner_id);
ALTER TABLE uploads ALTER COLUMN asset_id DROP NOT NULL;
ALTER TABLE uploads ADD COLUMN file_id UUID;
ALTER TABLE uploads ADD CONSTRAINT fk_uploads_file_id FOREIGN KEY(file_id) REFERENCES files (id) ON DELETE CASCADE;
ALTER TABLE uploads ADD CONSTRAINT ck_uploads_asset_or_file CHECK ((asset_id IS NULL) <> (file_id IS NULL));
