CREATE TYPE picture_state AS ENUM ('uploaded', 'ready', 'failed');
CREATE TABLE pictures (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    purpose VARCHAR(16) NOT NULL,
    subject_id UUID,
    state picture_state NOT NULL,
    original_key TEXT,
    files JSONB DEFAULT '[]'::jsonb NOT NULL,
    failure_code VARCHAR(80),
    failure_message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_pictures PRIMARY KEY (id),
    CONSTRAINT fk_pictures_owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_pictures_owner_id ON pictures (owner_id);
CREATE INDEX ix_pictures_subject_id ON pictures (subject_id);
CREATE TABLE captions (
    asset_id UUID NOT NULL,
    language VARCHAR(35) NOT NULL,
    label VARCHAR(200) NOT NULL,
    origin VARCHAR(16) NOT NULL,
    vtt TEXT NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_captions PRIMARY KEY (asset_id, language),
    CONSTRAINT ck_captions_known_origin CHECK (origin IN ('upload','embedded','automatic')),
    CONSTRAINT fk_captions_asset_id FOREIGN KEY(asset_id) REFERENCES assets (id) ON DELETE CASCADE
);
CREATE TABLE campaigns (
    id UUID NOT NULL,
    created_by UUID,
    profile VARCHAR(16) NOT NULL,
    reason VARCHAR(200) NOT NULL,
    filters JSONB DEFAULT '{}'::jsonb NOT NULL,
    cursor UUID,
    started INTEGER DEFAULT '0' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_campaigns PRIMARY KEY (id),
    CONSTRAINT fk_campaigns_created_by FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL
);
ALTER TABLE assets ADD COLUMN options JSONB DEFAULT '{}'::jsonb NOT NULL;
ALTER TABLE assets ADD COLUMN chapters JSONB DEFAULT '[]'::jsonb NOT NULL;
ALTER TABLE assets ADD COLUMN poster_id UUID;
ALTER TABLE assets ADD COLUMN watched INTEGER DEFAULT '0' NOT NULL;
ALTER TABLE assets ADD CONSTRAINT fk_assets_poster_id FOREIGN KEY(poster_id) REFERENCES pictures (id) ON DELETE SET NULL;
ALTER TABLE uploads ADD COLUMN inspected_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE versions ADD COLUMN quality JSONB;
ALTER TABLE versions ADD COLUMN loudness JSONB DEFAULT '{}'::jsonb NOT NULL;
ALTER TABLE versions ADD COLUMN content_key BYTEA;
ALTER TABLE versions ADD COLUMN download_key TEXT;
ALTER TABLE versions ADD COLUMN retired_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE tracks ADD COLUMN timescale INTEGER;
ALTER TABLE tracks ADD COLUMN core BOOLEAN DEFAULT true NOT NULL;
ALTER TABLE tracks ADD COLUMN language VARCHAR(35);
ALTER TABLE tracks ADD COLUMN label VARCHAR(200);
ALTER TABLE tracks ADD COLUMN listed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE tracks DROP CONSTRAINT ck_tracks_known_kind;
ALTER TABLE tracks ADD CONSTRAINT ck_tracks_known_kind CHECK (kind IN ('video','audio','text'));
UPDATE tracks SET listed_at = now() FROM assets WHERE assets.playable_version_id = tracks.version_id;
-- Plans of before speak of one sound.
UPDATE versions SET plan = (plan - 'audio') || jsonb_build_object(
    'sounds', CASE WHEN jsonb_typeof(plan -> 'audio') = 'object' THEN jsonb_build_array(plan -> 'audio') ELSE '[]'::jsonb END
);
ALTER TABLE playback_sessions ADD COLUMN version_id UUID;
ALTER TABLE playback_sessions ADD CONSTRAINT fk_playback_sessions_version_id
    FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE SET NULL;
CREATE INDEX ix_playback_sessions_version_id ON playback_sessions (version_id);
