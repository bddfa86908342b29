CREATE TABLE modules (
    id UUID NOT NULL,
    course_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    summary VARCHAR(500) DEFAULT '' NOT NULL,
    position VARCHAR(120) COLLATE "C" NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE,
    opens_after_days INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_modules PRIMARY KEY (id),
    CONSTRAINT ck_modules_one_opening CHECK (opens_at IS NULL OR opens_after_days IS NULL),
    CONSTRAINT ck_modules_opening CHECK (opens_after_days >= 0),
    CONSTRAINT fk_modules_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_modules_position ON modules (course_id, position);
CREATE TYPE lesson_kind AS ENUM ('video', 'text', 'file', 'quiz', 'assignment');
CREATE TABLE lessons (
    id UUID NOT NULL,
    course_id UUID NOT NULL,
    module_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    kind lesson_kind NOT NULL,
    position VARCHAR(120) COLLATE "C" NOT NULL,
    body TEXT DEFAULT '' NOT NULL,
    asset_id UUID,
    file_id UUID,
    quiz_id UUID,
    assignment_id UUID,
    preview BOOLEAN DEFAULT 'false' NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE,
    opens_after_days INTEGER,
    minutes INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_lessons PRIMARY KEY (id),
    CONSTRAINT ck_lessons_one_opening CHECK (opens_at IS NULL OR opens_after_days IS NULL),
    CONSTRAINT ck_lessons_opening CHECK (opens_after_days >= 0),
    CONSTRAINT ck_lessons_asset_of_video CHECK (asset_id IS NULL OR kind = 'video'),
    CONSTRAINT ck_lessons_file_of_file CHECK (file_id IS NULL OR kind = 'file'),
    CONSTRAINT ck_lessons_quiz_of_quiz CHECK (quiz_id IS NULL OR kind IN ('quiz','video')),
    CONSTRAINT ck_lessons_assignment_of_assignment CHECK (assignment_id IS NULL OR kind = 'assignment'),
    CONSTRAINT fk_lessons_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT fk_lessons_module_id FOREIGN KEY(module_id) REFERENCES modules (id) ON DELETE CASCADE,
    CONSTRAINT fk_lessons_asset_id FOREIGN KEY(asset_id) REFERENCES assets (id) ON DELETE SET NULL,
    CONSTRAINT fk_lessons_file_id FOREIGN KEY(file_id) REFERENCES files (id) ON DELETE SET NULL,
    CONSTRAINT fk_lessons_quiz_id FOREIGN KEY(quiz_id) REFERENCES quizzes (id) ON DELETE SET NULL,
    CONSTRAINT fk_lessons_assignment_id FOREIGN KEY(assignment_id) REFERENCES assignments (id) ON DELETE SET NULL
);
CREATE INDEX ix_lessons_asset_id ON lessons (asset_id);
CREATE INDEX ix_lessons_assignment_id ON lessons (assignment_id);
CREATE INDEX ix_lessons_course_id ON lessons (course_id);
CREATE INDEX ix_lessons_file_id ON lessons (file_id);
CREATE INDEX ix_lessons_quiz_id ON lessons (quiz_id);
CREATE UNIQUE INDEX uq_lessons_position ON lessons (module_id, position);
CREATE TABLE lesson_prerequisites (
    lesson_id UUID NOT NULL,
    required_id UUID NOT NULL,
    CONSTRAINT pk_lesson_prerequisites PRIMARY KEY (lesson_id, required_id),
    CONSTRAINT ck_lesson_prerequisites_not_itself CHECK (lesson_id <> required_id),
    CONSTRAINT fk_lesson_prerequisites_lesson_id FOREIGN KEY(lesson_id) REFERENCES lessons (id) ON DELETE CASCADE,
    CONSTRAINT fk_lesson_prerequisites_required_id FOREIGN KEY(required_id) REFERENCES lessons (id) ON DELETE CASCADE
);
CREATE INDEX ix_lesson_prerequisites_required_id ON lesson_prerequisites (required_id);
ALTER TABLE playback_sessions ADD COLUMN lesson_id UUID;
ALTER TABLE playback_sessions ADD CONSTRAINT fk_playback_sessions_lesson_id
    FOREIGN KEY(lesson_id) REFERENCES lessons (id) ON DELETE SET NULL;
CREATE INDEX ix_playback_sessions_lesson_id ON playback_sessions (lesson_id);
