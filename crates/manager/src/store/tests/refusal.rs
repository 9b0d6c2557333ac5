//! Histories that are not opened, and old ones that are brought up to date.

use super::fixture::Place;
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::event::Seq;
use crate::job::JobStatus;
use crate::settings::StoreLocation;
use crate::store::{Store, WorkerId};
use sqlx::{AnyConnection, Connection};

pub(super) async fn a_later_history_is_refused_and_left_alone(place: Place) {
    place.open().await.close().await;
    place
        .sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             SELECT 999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
    let content = || match &place.location {
        StoreLocation::Sqlite(file) => std::fs::read(file).unwrap(),
        StoreLocation::Postgres(_) => Vec::new(),
    };
    let before = content();
    let refused = Store::open(place.location.clone(), Clock::default())
        .await
        .unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::StoreNewer { .. }),
        "{refused}"
    );
    assert!(refused.hint().is_some());
    assert_eq!(content(), before);
}

#[tokio::test]
async fn a_file_that_is_no_history_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jobs.db");
    let content = "no database at all, but long enough to hold the header of one. ".repeat(99);
    std::fs::write(&file, &content).unwrap();
    let location = StoreLocation::Sqlite(file.clone());
    let refused = Store::open(location.clone(), Clock::default())
        .await
        .unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::StoreOpen { .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("jobs.db"), "{refused}");
    assert!(refused.to_string().contains("not a database"), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_reason_and_without_the_password() {
    let location = StoreLocation::Postgres("postgres://me:secret@127.0.0.1:1/jobs".into());
    let refused = Store::open(location.clone(), Clock::default())
        .await
        .unwrap_err();
    let message = refused.to_string();
    assert!(
        message.contains("127.0.0.1/jobs") && message.contains("refused"),
        "{message}"
    );
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn jobs_of_the_first_version_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::sqlite(&folder);
    let StoreLocation::Sqlite(file) = &place.location else {
        unreachable!()
    };
    sqlx::any::install_default_drivers();
    let url = crate::store::database::sqlite_url(file, "rwc");
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    crate::store::database::first_version(&mut connection)
        .await
        .unwrap();
    let (done, open) = (
        "0199aaaa-0000-7000-8000-000000000001",
        "0199aaaa-0000-7000-8000-000000000002",
    );
    let jobs = format!(
        r#"INSERT INTO jobs (job_id, connection, server_url, client_id, workflow_name, status,
                             prompt, outputs, created_at, started_at, finished_at, duration_ms)
           VALUES ('{done}', 'local', 'http://h', 'c', 'cat', 'completed', '{{"1":{{}}}}',
                   '[{{"node":"9","kind":"images","filename":"a.png"}}]', 1700000000000,
                   1700000001000, 1700000003000, 2000),
                  ('{open}', 'local', 'http://h', 'c', NULL, 'running', '{{"2":{{}}}}', '[]',
                   1700000000000, 1700000001000, NULL, NULL)"#
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(jobs))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();

    let store = place.open().await;
    let found = store.found(done.parse().unwrap()).await;
    assert_eq!(found.status, JobStatus::Completed);
    assert_eq!(found.created_at.as_millisecond(), 1_700_000_000_000);
    assert_eq!(found.duration_seconds, Some(2.0));
    assert_eq!(found.outputs[0].filename.as_deref(), Some("a.png"));
    assert_eq!(
        store.prompt(found.job_id).await.unwrap().as_deref(),
        Some(r#"{"1":{}}"#)
    );
    assert_eq!(store.events(found.job_id, Seq(0)).await.unwrap(), []);
    // One that was under way is looked after again.
    let me = WorkerId::generate("here");
    let adopted = store.adopt_any(&me).await;
    assert_eq!(adopted.len(), 1);
    assert_eq!(adopted[0].job.job_id, open.parse().unwrap());
    assert_eq!(adopted[0].prompt, r#"{"2":{}}"#);
}
