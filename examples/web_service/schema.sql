-- The tables of the service. `src/data.rs` makes and fills them; `.sqlx` describes the queries against them.
CREATE TABLE airlines (
    carrier TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE flights (
    id BIGINT NOT NULL PRIMARY KEY,
    carrier TEXT NOT NULL,
    flight BIGINT NOT NULL,
    origin TEXT NOT NULL,
    dest TEXT NOT NULL,
    hour BIGINT NOT NULL,
    dep_delay BIGINT,
    distance BIGINT NOT NULL,
    time_hour TIMESTAMPTZ NOT NULL
);
