CREATE TYPE course_level AS ENUM ('beginner', 'intermediate', 'advanced', 'all');
CREATE TYPE course_state AS ENUM ('draft', 'in_review', 'published', 'archived');
CREATE TABLE courses (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    slug VARCHAR(80) NOT NULL,
    title VARCHAR(200) NOT NULL,
    summary VARCHAR(500) DEFAULT '' NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    language VARCHAR(35) DEFAULT 'en' NOT NULL,
    level course_level DEFAULT 'all' NOT NULL,
    category VARCHAR(80) DEFAULT '' NOT NULL,
    tags TEXT[] DEFAULT '{}' NOT NULL,
    outcomes TEXT[] DEFAULT '{}' NOT NULL,
    price_minor BIGINT DEFAULT '0' NOT NULL,
    currency VARCHAR(3) DEFAULT 'USD' NOT NULL,
    cover_id UUID,
    lesson_count INTEGER DEFAULT '0' NOT NULL,
    duration_s INTEGER DEFAULT '0' NOT NULL,
    state course_state DEFAULT 'draft' NOT NULL,
    review_note TEXT,
    revision INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE,
    published_at TIMESTAMP WITH TIME ZONE,
    archived_at TIMESTAMP WITH TIME ZONE,
    taken_down_reason VARCHAR(500),
    CONSTRAINT pk_courses PRIMARY KEY (id),
    CONSTRAINT ck_courses_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_courses_price CHECK (price_minor >= 0),
    CONSTRAINT ck_courses_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_courses_published_has_time CHECK (state <> 'published' OR published_at IS NOT NULL),
    CONSTRAINT ck_courses_archived_has_time CHECK ((state = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT ck_courses_taken_down_is_archived CHECK (taken_down_reason IS NULL OR state = 'archived'),
    CONSTRAINT fk_courses_owner_id FOREIGN KEY(owner_id) REFERENCES users (id),
    CONSTRAINT uq_courses_slug UNIQUE (slug),
    CONSTRAINT fk_courses_cover_id FOREIGN KEY(cover_id) REFERENCES pictures (id) ON DELETE SET NULL
);
CREATE INDEX ix_courses_category ON courses (category, published_at, id) WHERE state = 'published';
CREATE INDEX ix_courses_owner_id ON courses (owner_id);
CREATE INDEX ix_courses_published ON courses (published_at, id) WHERE state = 'published';
CREATE INDEX ix_courses_state ON courses (state, id);
CREATE INDEX ix_courses_tags ON courses USING gin (tags);
CREATE INDEX ix_courses_title ON courses (lower(title), id) WHERE state = 'published';
CREATE TABLE course_prerequisites (
    course_id UUID NOT NULL,
    required_id UUID NOT NULL,
    CONSTRAINT pk_course_prerequisites PRIMARY KEY (course_id, required_id),
    CONSTRAINT ck_course_prerequisites_not_itself CHECK (course_id <> required_id),
    CONSTRAINT fk_course_prerequisites_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT fk_course_prerequisites_required_id FOREIGN KEY(required_id) REFERENCES courses (id) ON DELETE CASCADE
);
CREATE INDEX ix_course_prerequisites_required_id ON course_prerequisites (required_id);
CREATE TABLE course_instructors (
    course_id UUID NOT NULL,
    user_id UUID NOT NULL,
    permissions TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_course_instructors PRIMARY KEY (course_id, user_id),
    CONSTRAINT ck_course_instructors_known_permissions CHECK (permissions <@ ARRAY['edit','publish','enrol','grade']),
    CONSTRAINT fk_course_instructors_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT fk_course_instructors_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_course_instructors_user_id ON course_instructors (user_id);
CREATE TABLE course_revisions (
    id UUID NOT NULL,
    course_id UUID NOT NULL,
    number INTEGER NOT NULL,
    author_id UUID,
    reason VARCHAR(200) NOT NULL,
    document JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_course_revisions PRIMARY KEY (id),
    CONSTRAINT fk_course_revisions_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT fk_course_revisions_author_id FOREIGN KEY(author_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX uq_course_revisions_number ON course_revisions (course_id, number);
