-- The job engine: leases, events, groups, search and statistics. Times are milliseconds since 1970,
-- UTC; `number` is the time of submission in microseconds, made unique: the order of the history.
ALTER TABLE jobs RENAME TO jobs_before;
DROP INDEX jobs_by_status;

CREATE TABLE jobs (
    number           INTEGER PRIMARY KEY,
    job_id           TEXT NOT NULL UNIQUE,
    prompt_id        TEXT NOT NULL,            -- of the present attempt; the first one's is the job's
    status           TEXT NOT NULL
                     CHECK (status IN ('pending', 'queued', 'running', 'completed', 'failed', 'cancelled')),
    workflow_name    TEXT,
    source           TEXT NOT NULL,            -- the face that submitted it
    submitted_by     TEXT NOT NULL,            -- user@host
    placement        TEXT NOT NULL,            -- JSON: where it may run
    connection       TEXT,                     -- where it runs; NULL until that is chosen
    server_url       TEXT,
    client_id        TEXT,                     -- socket that its events go to
    policy           TEXT NOT NULL,            -- JSON: retries, deadlines
    priority         INTEGER NOT NULL DEFAULT 0,
    held             INTEGER NOT NULL DEFAULT 0,
    ready_at         INTEGER,                  -- not to be sent before
    waiting_for      TEXT,                     -- why no connection takes it
    idempotency_key  TEXT UNIQUE,
    group_id         TEXT,
    group_index      INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0,
    posts            INTEGER NOT NULL DEFAULT 0, -- requests of this attempt, counted before each is sent
    retries          INTEGER NOT NULL DEFAULT 0, -- attempts after an error, of those that the policy allows
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    lease_owner      TEXT,
    lease_token      INTEGER NOT NULL DEFAULT 0,
    lease_expires_at INTEGER,
    event_seq        INTEGER NOT NULL DEFAULT 0,
    progress         TEXT,                     -- JSON: the last that was seen
    outputs          TEXT NOT NULL DEFAULT '[]',
    output_folder    TEXT,                     -- where to save them
    error            TEXT,
    nodes            TEXT,                     -- JSON: time and cache of each node
    queued_at        INTEGER,
    started_at       INTEGER,
    finished_at      INTEGER,
    duration_ms      INTEGER,                  -- execution time by the server's clock
    unsaved          INTEGER NOT NULL DEFAULT 0 -- ended, and its files are still to be fetched
) STRICT;

CREATE TABLE job_graphs (
    number    INTEGER PRIMARY KEY,
    prompt    TEXT NOT NULL,
    editor    TEXT,                            -- the editor's graph, overrides written into it
    overrides TEXT                             -- JSON
) STRICT;

CREATE TABLE job_events (
    number INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (number, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_tags (
    tag    TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (tag, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_job ON job_tags (number);

CREATE TABLE job_dependencies (
    number INTEGER NOT NULL,                   -- waits
    after  INTEGER NOT NULL,                   -- for this one to be completed
    PRIMARY KEY (number, after)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_dependencies_by_first ON job_dependencies (after);

CREATE TABLE job_groups (
    group_id   TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT NOT NULL                   -- JSON: what it sweeps over
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
    worker_id  TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Outlives the jobs: one row a day and thing counted.
CREATE TABLE job_statistics (
    day       INTEGER NOT NULL,                -- days since 1970, UTC
    dimension TEXT NOT NULL CHECK (dimension IN ('all', 'workflow', 'connection', 'class')),
    name      TEXT NOT NULL,
    body      TEXT NOT NULL,                   -- counts and sketches, base64
    PRIMARY KEY (dimension, day, name)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE job_text USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');

INSERT INTO jobs (number, job_id, prompt_id, status, workflow_name, source, submitted_by, placement,
                  connection, server_url, client_id, policy, attempts, posts, outputs, error,
                  queued_at, started_at, finished_at, duration_ms)
SELECT created_at * 1000 + row_number() OVER (PARTITION BY created_at ORDER BY job_id) - 1,
       job_id, job_id, status, workflow_name, 'cli', '',
       json_object('connection', connection), connection, server_url, client_id, '{}', attempts, 1,
       outputs, error, queued_at, started_at, finished_at, duration_ms
FROM jobs_before;
INSERT INTO job_graphs (number, prompt)
SELECT jobs.number, jobs_before.prompt FROM jobs_before JOIN jobs USING (job_id);
DROP TABLE jobs_before;

CREATE INDEX jobs_by_status ON jobs (status, number);
CREATE INDEX jobs_by_workflow ON jobs (workflow_name, status, number);
CREATE INDEX jobs_by_connection ON jobs (connection, status, number);
CREATE INDEX jobs_by_prompt ON jobs (prompt_id);
CREATE INDEX jobs_by_group ON jobs (group_id, group_index) WHERE group_id IS NOT NULL;
CREATE INDEX jobs_waiting ON jobs (connection, priority DESC, number) WHERE status = 'pending';
CREATE INDEX jobs_open ON jobs (connection) WHERE finished_at IS NULL;
CREATE INDEX jobs_leased ON jobs (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX jobs_unsaved ON jobs (number) WHERE unsaved = 1;
