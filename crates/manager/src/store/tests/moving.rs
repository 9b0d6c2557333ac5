//! Copies of the history: backups, exports, imports.

use super::fixture::{Place, completed, job, job_with, worker};
use crate::error::ErrorKind;
use crate::event::{Change, Seq};
use crate::job::{Job, JobId, JobStatus};
use crate::placement::Membership;
use crate::settings::StoreLocation;
use crate::store::{
    Imported, JobFilter, NewGroup, Retention, StatisticsBy, StatisticsRange, Store, verify,
};
use jiff::tz::{TimeZone, offset};
use serde_json::json;

async fn all(store: &Store) -> Vec<Job> {
    let filter = JobFilter {
        limit: 10_000,
        ..JobFilter::default()
    };
    store.jobs(&filter).await.unwrap().jobs
}

async fn exported(store: &Store) -> String {
    let mut bytes = Vec::new();
    store.export(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn other_place() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Place::sqlite(&folder).open().await, folder)
}

/// One job of each kind: ended, under way, waiting for that.
async fn fill(store: &Store) -> [JobId; 3] {
    let nodes = json!([{ "node": "1", "class": "KSampler", "seconds": 1.5 }]).to_string();
    let done = store
        .submit_one(job_with(|terms| {
            terms.tags = vec!["draft".to_owned(), "blue".to_owned()];
            terms.idempotency_key = Some("key".to_owned());
            terms.membership = Some(Membership {
                group_id: "sweep".to_owned(),
                index: 3,
            });
        }))
        .await;
    let lease = store.take(done).await.lease;
    store.record(&lease, Change::Running).await.unwrap();
    store.end(&lease, completed(), Some(nodes)).await.unwrap();
    let mut new = job();
    new.rerun_of = Some(done);
    new.editor = Some(r#"{"nodes":  [],"version":0.4}"#.to_owned());
    let running = store.submit_one(new).await;
    let lease = store.take(running).await.lease;
    store.record(&lease, Change::Running).await.unwrap();
    let waiting = store
        .submit_one(job_with(|terms| terms.after = vec![running]))
        .await;
    [done, running, waiting]
}

pub(super) async fn everything_of_a_job_arrives_and_only_once(place: Place) {
    let store = place.open().await;
    let [done, running, waiting] = fill(&store).await;
    let text = exported(&store).await;
    assert_eq!(text.lines().count(), 4);
    let (other, _folder) = other_place().await;
    let imported = other.import(&mut text.as_bytes()).await.unwrap();
    assert_eq!(
        imported,
        Imported {
            added: 3,
            skipped: 0
        }
    );
    for id in [done, running] {
        assert_eq!(other.found(id).await, store.found(id).await);
        let story = store.events(id, Seq(0)).await.unwrap();
        assert_eq!(other.events(id, Seq(0)).await.unwrap(), story);
        assert_eq!(other.tags(id).await.unwrap(), store.tags(id).await.unwrap());
    }
    let held = other.found(waiting).await;
    assert!(held.held, "nothing is sent that nobody here asked for");
    let adopted = other.adopt_any(&worker()).await;
    assert_eq!(adopted.len(), 1, "what a server has is looked after");
    assert_eq!(
        adopted[0].editor.as_deref(),
        Some(r#"{"nodes":  [],"version":0.4}"#)
    );
    let again = other.import(&mut text.as_bytes()).await.unwrap();
    assert_eq!(
        again,
        Imported {
            added: 0,
            skipped: 3
        }
    );
    let classes = other
        .statistics(StatisticsBy::Class, StatisticsRange::default())
        .await
        .unwrap();
    assert_eq!((classes.len(), classes[0].completed), (1, 1));
    let found = JobFilter {
        words: Some("portrait".to_owned()),
        ..JobFilter::default()
    };
    assert_eq!(other.jobs(&found).await.unwrap().jobs.len(), 3);
    assert_eq!(other.check().await.unwrap(), [""; 0]);
    // And back into a history in which one of them is missing and its key was given away.
    let nothing = Retention {
        max_jobs: Some(0),
        max_age: None,
        ..Retention::default()
    };
    assert_eq!(store.clean_up(nothing).await.unwrap().len(), 1);
    store
        .submit_one(job_with(|terms| {
            terms.idempotency_key = Some("key".to_owned());
        }))
        .await;
    let back = store.import(&mut text.as_bytes()).await.unwrap();
    assert_eq!(
        back,
        Imported {
            added: 1,
            skipped: 2
        }
    );
    assert_eq!(store.found(done).await.idempotency_key, None);
}

pub(super) async fn batches_keep_their_names_unless_others_have_them(place: Place) {
    let store = place.open().await;
    let submit = async |store: &Store, group_id: &str| {
        let group = NewGroup {
            group_id: group_id.to_owned(),
            name: "hats".to_owned(),
            sweeps: r#"{"seed":[1,2]}"#.to_owned(),
        };
        let member = job_with(|terms| {
            terms.membership = Some(Membership {
                group_id: group_id.to_owned(),
                index: 0,
            });
        });
        store.submit_group(group, vec![member]).await.unwrap();
    };
    submit(&store, "019a3c52-7c1e-7a00").await;
    let text = exported(&store).await;
    let (empty, _folder) = other_place().await;
    empty.import(&mut text.as_bytes()).await.unwrap();
    empty.import(&mut text.as_bytes()).await.unwrap();
    assert_eq!(
        empty.groups(9).await.unwrap(),
        store.groups(9).await.unwrap()
    );
    let (taken, _folder) = other_place().await;
    submit(&taken, "019b0000-0000-7000").await;
    taken.import(&mut text.as_bytes()).await.unwrap();
    let mut names: Vec<_> = taken.groups(9).await.unwrap();
    names.sort_by(|one, other| one.group_id.cmp(&other.group_id));
    let names: Vec<_> = names.into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["hats (019a3c52-7c1e)", "hats"]);
}

pub(super) async fn many_jobs_are_moved_page_by_page(place: Place) {
    let store = place.open().await;
    store
        .submit(
            (0..230)
                .map(|_| job_with(|terms| terms.tags = vec!["x".to_owned()]))
                .collect(),
        )
        .await
        .unwrap();
    let text = exported(&store).await;
    let (other, _folder) = other_place().await;
    assert_eq!(other.import(&mut text.as_bytes()).await.unwrap().added, 230);
    let ids = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.job_id).collect::<Vec<_>>();
    assert_eq!(ids(all(&other).await), ids(all(&store).await));
}

pub(super) async fn a_damaged_line_is_named_and_those_before_it_are_in(place: Place) {
    let store = place.open().await;
    fill(&store).await;
    let text = exported(&store).await;
    let lines: Vec<&str> = text.lines().collect();
    let gap = lines[2].replace("\"seq\":2", "\"seq\":7");
    let cut = &lines[2][..lines[2].len() / 2];
    let ended = lines[2].replace("\"status\":\"running\"", "\"status\":\"failed\"");
    for wrong in [&gap, cut, &ended, "", "{}"] {
        let (other, _folder) = other_place().await;
        let text = [lines[0], lines[1], wrong, lines[3]].join("\n");
        let refused = other.import(&mut text.as_bytes()).await.unwrap_err();
        assert!(
            matches!(refused.kind(), ErrorKind::Import { line: 3, .. }),
            "{refused}"
        );
        assert_eq!(all(&other).await.len(), 1);
    }
    for heading in [
        "",
        "{}",
        r#"{"format":"comfyctl-jobs","version":9}"#,
        lines[1],
    ] {
        let (other, _folder) = other_place().await;
        let text = [heading, lines[1]].join("\n");
        let refused = other.import(&mut text.as_bytes()).await.unwrap_err();
        assert!(
            matches!(refused.kind(), ErrorKind::Import { line: 1, .. }),
            "{refused}"
        );
    }
}

pub(super) async fn a_history_of_version_2_is_taken_over_once(place: Place) {
    let store = place.open().await;
    let history = json!({ "version": "2.0", "saved_at": "2025-11-02T12:00:00", "jobs": [
        { "job_id": "e58ed763-928c-4155-bee9-fdbaaadc15f3", "prompt_id": "p-2",
          "workflow_name": "portrait", "status": "running", "connection_name": "default",
          "inputs": {}, "outputs": [], "error": null, "created_at": "2025-11-02T11:00:00.250000",
          "started_at": "2025-11-02T11:00:01", "completed_at": null, "duration": null,
          "progress": 0.4, "current_node": "3", "metadata": {} },
        { "job_id": "my own id", "prompt_id": "p-1", "workflow_name": "cat", "status": "completed",
          "connection_name": "remote", "inputs": { "6.text": "a cat" },
          "outputs": [{ "node_id": "9", "output_type": "images", "filename": "a.png",
                        "data": { "subfolder": "x", "type": "output" }, "preview_url": null }],
          "error": null, "created_at": "2025-11-02T10:00:00", "started_at": "2025-11-02T10:00:02",
          "completed_at": "2025-11-02T10:00:12", "duration": 10.0, "progress": 1.0,
          "current_node": null, "metadata": {} } ] })
    .to_string();
    let zone = TimeZone::fixed(offset(2));
    let imported = store.import_version_2(&history, &zone).await.unwrap();
    assert_eq!(
        imported,
        Imported {
            added: 2,
            skipped: 0
        }
    );
    let again = store.import_version_2(&history, &zone).await.unwrap();
    assert_eq!(
        again,
        Imported {
            added: 0,
            skipped: 2
        }
    );
    let jobs = all(&store).await;
    let [lost, done] = &jobs[..] else {
        panic!("{jobs:?}")
    };
    assert_eq!(
        lost.job_id.to_string(),
        "e58ed763-928c-4155-bee9-fdbaaadc15f3"
    );
    assert_eq!(lost.status, JobStatus::Failed);
    assert_eq!(lost.created_at.to_string(), "2025-11-02T09:00:00.25Z");
    assert_eq!(done.status, JobStatus::Completed);
    assert_eq!(done.duration_seconds, Some(10.0));
    assert_eq!(done.connection.as_deref(), Some("remote"));
    assert_eq!(done.outputs[0].filename.as_deref(), Some("a.png"));
    assert_eq!(done.outputs[0].subfolder.as_deref(), Some("x"));
    assert_eq!(
        store.tags(done.job_id).await.unwrap(),
        ["imported-from-2.0.0"]
    );
    assert_eq!(store.events(done.job_id, Seq(0)).await.unwrap().len(), 3);
    assert_eq!(store.adopt_any(&worker()).await.len(), 0);
    let refused = store
        .import_version_2("{\n\"jobs\": [{}]}", &zone)
        .await
        .unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::Import { line: 2, .. }),
        "{refused}"
    );
}

pub(super) async fn a_history_that_contradicts_itself_is_found_out(place: Place) {
    let store = place.open().await;
    let [done, running, waiting] = fill(&store).await;
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    for (sql, id) in [
        ("UPDATE jobs SET status = 'running'", done),
        ("UPDATE jobs SET event_seq = event_seq + 1", running),
        ("UPDATE job_graphs SET number = -number", waiting),
    ] {
        let number = format!("(SELECT number FROM jobs WHERE job_id = '{id}')");
        place.sql(&format!("{sql} WHERE number = {number}")).await;
        let findings = store.check().await.unwrap();
        assert!(
            findings
                .iter()
                .any(|finding| finding.contains(&id.to_string())),
            "{findings:?}"
        );
    }
}

pub(super) async fn a_backup_can_be_verified_and_opened(place: Place) {
    let store = place.open().await;
    let [done, ..] = fill(&store).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copies").join("jobs backup.db");
    if let StoreLocation::Postgres(_) = place.location {
        let refused = store.backup(&path).await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::BackupUnsupported));
        assert!(refused.hint().unwrap().contains("pg_dump"));
        return;
    }
    let backup = store.backup(&path).await.unwrap();
    assert_eq!(store.backup(&path).await.unwrap().bytes, backup.bytes);
    let listed = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(
        listed, 2,
        "the copy and its checksum, and nothing unfinished"
    );
    let verified = verify(&path).await.unwrap();
    assert_eq!(verified.bytes, backup.bytes);
    let mut bytes = std::fs::read(&path).unwrap();
    let location = StoreLocation::Sqlite(path.clone());
    let copy = Place { location }.open().await;
    assert_eq!(copy.found(done).await, store.found(done).await);
    copy.close().await;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let wrong = verify(&path).await.unwrap_err();
    assert!(
        matches!(wrong.kind(), ErrorKind::BackupWrong { .. }),
        "{wrong}"
    );
}
