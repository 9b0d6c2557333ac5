-- The job history for a team. Times are milliseconds since 1970, UTC; `number` is the time of
-- submission in microseconds, made unique: the order of the history. Kept in step with the tables
-- for SQLite: both are read and written by the same statements.
CREATE TABLE jobs (
    number           BIGINT PRIMARY KEY,
    job_id           TEXT COLLATE "C" NOT NULL UNIQUE, -- sorted by bytes, as SQLite does
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
    priority         BIGINT NOT NULL DEFAULT 0,
    held             BIGINT NOT NULL DEFAULT 0,
    ready_at         BIGINT,                  -- not to be sent before
    waiting_for      TEXT,                     -- why no connection takes it
    idempotency_key  TEXT UNIQUE,
    group_id         TEXT,
    group_index      BIGINT,
    attempts         BIGINT NOT NULL DEFAULT 0,
    posts            BIGINT NOT NULL DEFAULT 0, -- requests of this attempt, counted before each is sent
    retries          BIGINT NOT NULL DEFAULT 0, -- attempts after an error, of those that the policy allows
    cancel_requested BIGINT NOT NULL DEFAULT 0,
    lease_owner      TEXT,
    lease_token      BIGINT NOT NULL DEFAULT 0,
    lease_expires_at BIGINT,
    event_seq        BIGINT NOT NULL DEFAULT 0,
    progress         TEXT,                     -- JSON: the last that was seen
    outputs          TEXT NOT NULL DEFAULT '[]',
    output_folder    TEXT,                     -- where to save them
    error            TEXT,
    nodes            TEXT,                     -- JSON: time and cache of each node
    queued_at        BIGINT,
    started_at       BIGINT,
    finished_at      BIGINT,
    duration_ms      BIGINT,                  -- execution time by the server's clock
    unsaved          BIGINT NOT NULL DEFAULT 0 -- ended, and its files are still to be fetched
);

CREATE TABLE job_graphs (
    number    BIGINT PRIMARY KEY,
    prompt    TEXT NOT NULL,
    editor    TEXT,                            -- the editor's graph, overrides written into it
    overrides TEXT                             -- JSON
);

CREATE TABLE job_events (
    number BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (number, seq)
);

CREATE TABLE job_tags (
    tag    TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tag, number)
);
CREATE INDEX job_tags_by_job ON job_tags (number);

CREATE TABLE job_dependencies (
    number BIGINT NOT NULL,                   -- waits
    after  BIGINT NOT NULL,                   -- for this one to be completed
    PRIMARY KEY (number, after)
);
CREATE INDEX job_dependencies_by_first ON job_dependencies (after);

CREATE TABLE job_groups (
    group_id   TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body       TEXT NOT NULL                   -- JSON: what it sweeps over
);

CREATE TABLE workers (
    worker_id  TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Outlives the jobs: one row a day and thing counted.
CREATE TABLE job_statistics (
    day       BIGINT NOT NULL,                -- days since 1970, UTC
    dimension TEXT NOT NULL CHECK (dimension IN ('all', 'workflow', 'connection', 'class')),
    name      TEXT NOT NULL,
    body      TEXT NOT NULL,                   -- counts and sketches, base64
    PRIMARY KEY (dimension, day, name)
);

CREATE TABLE job_text (
    number BIGINT PRIMARY KEY,
    words  TSVECTOR NOT NULL
);
CREATE INDEX job_text_by_word ON job_text USING gin (words);
-- How rare a word is decides between the index and the newest jobs: know more words than the usual.
ALTER TABLE job_text ALTER COLUMN words SET STATISTICS 1000;

-- The last batch that each process committed: an answer to a commit can be lost.
CREATE TABLE writers (
    writer_id TEXT PRIMARY KEY,
    batch     BIGINT NOT NULL,
    at        BIGINT NOT NULL
);

CREATE INDEX jobs_by_status ON jobs (status, number);
CREATE INDEX jobs_by_workflow ON jobs (workflow_name, status, number);
CREATE INDEX jobs_by_connection ON jobs (connection, status, number);
CREATE INDEX jobs_by_prompt ON jobs (prompt_id);
CREATE INDEX jobs_by_group ON jobs (group_id, group_index) WHERE group_id IS NOT NULL;
CREATE INDEX jobs_waiting ON jobs (connection, priority DESC, number) WHERE status = 'pending';
CREATE INDEX jobs_open ON jobs (connection) WHERE finished_at IS NULL;
CREATE INDEX jobs_leased ON jobs (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX jobs_unsaved ON jobs (number) WHERE unsaved = 1;
