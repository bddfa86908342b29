CREATE TYPE product_kind AS ENUM ('course', 'bundle', 'plan', 'other');
CREATE TABLE products (
    id UUID NOT NULL,
    owner_id UUID,
    kind product_kind DEFAULT 'other' NOT NULL,
    name VARCHAR(200) NOT NULL,
    description TEXT,
    price_minor BIGINT NOT NULL,
    currency VARCHAR(3) DEFAULT 'USD' NOT NULL,
    category VARCHAR(80) NOT NULL,
    sku VARCHAR(80),
    image_url TEXT,
    stock INTEGER,
    interval VARCHAR(8),
    revision INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_products PRIMARY KEY (id),
    CONSTRAINT ck_products_price CHECK (price_minor >= 0),
    CONSTRAINT ck_products_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_products_plan_has_interval CHECK ((kind = 'plan') = (interval IS NOT NULL)),
    CONSTRAINT ck_products_known_interval CHECK (interval IN ('month','year')),
    CONSTRAINT fk_products_owner_id FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_products_category ON products (category, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_products_owner_id ON products (owner_id);
CREATE UNIQUE INDEX uq_products_sku ON products (sku) WHERE sku IS NOT NULL AND deleted_at IS NULL;
CREATE TABLE product_courses (
    product_id UUID NOT NULL,
    course_id UUID NOT NULL,
    CONSTRAINT pk_product_courses PRIMARY KEY (product_id, course_id),
    CONSTRAINT fk_product_courses_product_id FOREIGN KEY(product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT fk_product_courses_course_id FOREIGN KEY(course_id) REFERENCES courses (id) ON DELETE CASCADE
);
CREATE INDEX ix_product_courses_course_id ON product_courses (course_id);
