//! A history of a million jobs, made fast: by the database itself, from numbers.

use super::super::tests::fixture::Place;
use crate::job::JobStatus;
use crate::progress::NodeTime;
use crate::settings::StoreLocation;
use crate::store::database::DatabaseKind;
use crate::store::tally::{Ended, Tally};
use comfyctl_workflow::NodeId;
use jiff::{SignedDuration, Timestamp};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use std::time::Duration;

pub(super) const JOBS: i64 = 1_000_000;
pub(super) const FAILED: [JobStatus; 1] = [JobStatus::Failed];
pub(super) const OPEN: [JobStatus; 3] = [JobStatus::Pending, JobStatus::Queued, JobStatus::Running];

/// Jobs that are made in one statement.
const PART: i64 = 100_000;
/// Time between two jobs: a million of them in three months.
const APART: SignedDuration = SignedDuration::from_micros(7_776_000);
/// When the first was submitted.
const FIRST: Timestamp = Timestamp::constant(1_780_000_000, 0);

/// When a job was submitted.
pub(super) fn time_of(job: i64) -> Timestamp {
    Timestamp::from_microsecond(FIRST.as_microsecond() + micros(job)).unwrap()
}

fn micros(jobs: i64) -> i64 {
    jobs * i64::try_from(APART.as_micros()).unwrap()
}

pub(super) async fn fill(place: &Place) {
    let sqlite = matches!(place.location, StoreLocation::Sqlite(_));
    let mut connection = place.connect().await;
    for part in 0..JOBS / PART {
        let mut transaction = connection.begin().await.unwrap();
        for statement in statements(sqlite, part * PART, (part + 1) * PART) {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
    }
    count(&mut connection, sqlite).await;
    let learn = if sqlite {
        "PRAGMA optimize"
    } else {
        "VACUUM ANALYZE"
    };
    sqlx::raw_sql(learn).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The jobs from one to another, and what belongs to them.
fn statements(sqlite: bool, from: i64, to: i64) -> Vec<String> {
    let (jobs, number_of_text, hexadecimal) = if sqlite {
        (
            format!(
                "WITH RECURSIVE made(i) AS
                     (SELECT {from} UNION ALL SELECT i + 1 FROM made WHERE i < {to} - 1)"
            ),
            "rowid",
            "printf('%012x', i)",
        )
    } else {
        (
            format!(
                "WITH made AS (SELECT i FROM generate_series(CAST({from} AS BIGINT), {to} - 1) AS i)"
            ),
            "number",
            "lpad(to_hex(i), 12, '0')",
        )
    };
    let number = format!("{} + i * {}", FIRST.as_microsecond(), micros(1));
    let milliseconds = format!("({number}) / 1000");
    let prompt = "a portrait in soft light, film grain, by hand. ".repeat(16);
    // Words that stand in all, in a tenth and in a hundredth of the jobs, and rare ones.
    let words = "'portrait of a w' || (i % 1999) || ' with w' || (i * 7 % 2003) || ' in w' || (i * 13 % 997)
        || ' and w' || (i * 31 % 499) || ' film grain soft light euler normal sd xl base 1 0 safetensors'
        || CASE WHEN i % 10 = 3 THEN ' tea' ELSE '' END
        || CASE WHEN i % 100 = 3 THEN ' ginger' ELSE '' END";
    let words = if sqlite {
        words.to_owned()
    } else {
        format!("array_to_tsvector(string_to_array({words}, ' '))")
    };
    let event = |seq: i64, body: &str| {
        format!(
            "INSERT INTO job_events (number, seq, at, body)
             {jobs} SELECT {number}, {seq}, {milliseconds} + 500 * {seq}, '{body}' FROM made"
        )
    };
    vec![
        format!(
            "INSERT INTO jobs (number, job_id, prompt_id, status, workflow_name, source,
                               submitted_by, placement, connection, server_url, client_id, policy,
                               attempts, posts, event_seq, outputs, queued_at, started_at,
                               finished_at, duration_ms)
             {jobs} SELECT {number}, '01990000-0000-7000-8000-' || {hexadecimal},
                    '01990000-0000-7000-8000-' || {hexadecimal},
                    CASE WHEN i % 20 = 3 THEN 'failed' WHEN i % 50 = 1 THEN 'cancelled'
                         ELSE 'completed' END,
                    'workflow ' || (i / 7 % 12), 'cli', 'somebody@somewhere',
                    '{{\"connection\":\"connection ' || (i / 3 % 4) || '\"}}',
                    'connection ' || (i / 3 % 4), 'http://127.0.0.1:8188', 'client', '{{}}', 1, 1, 4,
                    '[{{\"node\":\"9\",\"kind\":\"images\",\"filename\":\"a.png\"}}]',
                    {milliseconds} + 5, {milliseconds} + 500, {milliseconds} + 9000, 8500
             FROM made"
        ),
        format!(
            "INSERT INTO job_graphs (number, prompt)
             {jobs} SELECT {number}, '{{\"1\":{{\"class_type\":\"Text\",\"inputs\":{{\"text\":\"'
                    || i || '{prompt}\"}}}}}}' FROM made"
        ),
        format!(
            "INSERT INTO job_text ({number_of_text}, words) {jobs} SELECT {number}, {words} FROM made"
        ),
        format!(
            "INSERT INTO job_tags (tag, number)
             {jobs} SELECT 'draft', {number} FROM made WHERE i % 100 = 7"
        ),
        event(1, r#"{"type":"submitted"}"#),
        event(
            2,
            r#"{"type":"sending","attempt":1,"connection":"connection","worker":"1@here"}"#,
        ),
        event(3, r#"{"type":"running"}"#),
        event(4, r#"{"type":"completed"}"#),
    ]
}

/// Counts them as they would have been counted when they ended.
async fn count(connection: &mut AnyConnection, sqlite: bool) {
    let mut tally = Tally::default();
    for job in 0..JOBS {
        let spread = u64::try_from(job * 7919 % 10_000).unwrap();
        let nodes: Vec<NodeTime> = (0..3)
            .map(|place| NodeTime {
                node: NodeId::from("1"),
                class: format!("Class{}", (job * 3 + place) % 20),
                seconds: Some(Duration::from_micros(spread * 731 + 40).as_secs_f64()),
                cached: place == 2,
            })
            .collect();
        tally.add(&Ended {
            at: time_of(job),
            status: if job % 20 == 3 {
                JobStatus::Failed
            } else {
                JobStatus::Completed
            },
            workflow: Some(&format!("workflow {}", job / 7 % 12)),
            connection: Some(&format!("connection {}", job / 3 % 4)),
            waiting: Some(Duration::from_millis(spread * spread % 60_000)),
            running: Some(Duration::from_millis(2000 + spread * 3)),
            nodes: &nodes,
            failed_node: None,
        });
    }
    let mut transaction = connection.begin().await.unwrap();
    let kind = if sqlite {
        DatabaseKind::Sqlite
    } else {
        DatabaseKind::Postgres
    };
    tally.write(&mut transaction, kind).await.unwrap();
    transaction.commit().await.unwrap();
}
