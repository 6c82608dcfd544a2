CREATE TABLE tweet (
    id BIGINT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    is_sent BOOLEAN NOT NULL DEFAULT TRUE,
    owner_id BIGINT
);
CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT,
    is_active BOOLEAN,
    type TEXT NOT NULL DEFAULT 'user'
);
CREATE VIEW active AS SELECT id, name, type FROM accounts WHERE is_active;
CREATE TABLE kinds (
    id INTEGER NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL,
    key UUID NOT NULL,
    note JSON,
    day DATE NOT NULL,
    at TIMESTAMP NOT NULL,
    price DECIMAL(10, 2) NOT NULL,
    ratio REAL NOT NULL,
    short VARCHAR(10) NOT NULL,
    code CHAR(3) NOT NULL
);
CREATE TABLE dozen (
    a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER, f INTEGER,
    g INTEGER, h INTEGER, i INTEGER, j INTEGER, k INTEGER, l INTEGER
);
