CREATE TABLE quizzes (
    id UUID NOT NULL,
    course_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    instructions TEXT DEFAULT '' NOT NULL,
    rules JSONB DEFAULT '{}'::jsonb NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_quizzes PRIMARY KEY (id),
    CONSTRAINT fk_quizzes_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE
);
CREATE INDEX ix_quizzes_course_id ON quizzes (course_id);
CREATE TYPE question_kind AS ENUM ('single_choice', 'multiple_choice', 'true_false', 'short_text', 'numeric', 'matching', 'ordering', 'essay');
CREATE TABLE questions (
    id UUID NOT NULL,
    quiz_id UUID NOT NULL,
    position VARCHAR(120) COLLATE "C" NOT NULL,
    kind question_kind NOT NULL,
    prompt TEXT NOT NULL,
    content JSONB NOT NULL,
    points NUMERIC(8, 2) DEFAULT '1' NOT NULL,
    penalty NUMERIC(8, 2) DEFAULT '0' NOT NULL,
    pool VARCHAR(40),
    feedback JSONB DEFAULT '{}'::jsonb NOT NULL,
    at_s FLOAT,
    tags TEXT[] DEFAULT '{}' NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_questions PRIMARY KEY (id),
    CONSTRAINT ck_questions_marks CHECK (points >= 0 AND penalty >= 0),
    CONSTRAINT ck_questions_moment CHECK (at_s >= 0),
    CONSTRAINT fk_questions_quiz_id FOREIGN KEY(quiz_id) REFERENCES quizzes (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_questions_position ON questions (quiz_id, position);
CREATE TABLE assignments (
    id UUID NOT NULL,
    course_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    instructions TEXT DEFAULT '' NOT NULL,
    takes VARCHAR(8) DEFAULT 'both' NOT NULL,
    max_files INTEGER DEFAULT '5' NOT NULL,
    max_points NUMERIC(8, 2) DEFAULT '100' NOT NULL,
    rubric JSONB DEFAULT '[]'::jsonb NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    due_days INTEGER,
    late JSONB DEFAULT '{}'::jsonb NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_assignments PRIMARY KEY (id),
    CONSTRAINT ck_assignments_known_form CHECK (takes IN ('text','file','both')),
    CONSTRAINT ck_assignments_one_due_date CHECK (due_at IS NULL OR due_days IS NULL),
    CONSTRAINT ck_assignments_points CHECK (max_points > 0),
    CONSTRAINT fk_assignments_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE
);
CREATE INDEX ix_assignments_course_id ON assignments (course_id);
