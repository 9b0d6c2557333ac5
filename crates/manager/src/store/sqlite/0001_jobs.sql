-- One row a job. Times are milliseconds since 1970, UTC.
CREATE TABLE jobs (
    job_id        TEXT PRIMARY KEY,
    connection    TEXT NOT NULL,
    server_url    TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    workflow_name TEXT,
    status        TEXT NOT NULL
                  CHECK (status IN ('pending', 'queued', 'running', 'completed', 'failed', 'cancelled')),
    attempts      INTEGER NOT NULL DEFAULT 1,
    prompt        TEXT NOT NULL,
    outputs       TEXT NOT NULL DEFAULT '[]',
    error         TEXT,
    created_at    INTEGER NOT NULL,
    queued_at     INTEGER,
    started_at    INTEGER,
    finished_at   INTEGER,
    duration_ms   INTEGER -- execution time by the server's clock
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_status ON jobs (status, job_id);
