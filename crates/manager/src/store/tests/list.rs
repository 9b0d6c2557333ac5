//! Which jobs are found, and in which parts a list comes.

use super::fixture::{Place, completed, job};
use crate::job::{JobId, JobStatus};
use crate::placement::Membership;
use crate::store::database::DatabaseKind;
use crate::store::select::{Select, Value};
use crate::store::{JobFilter, Store, words_of};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

async fn found(store: &Store, filter: JobFilter) -> Vec<JobId> {
    let page = store.jobs(&filter).await.unwrap();
    page.jobs.into_iter().map(|job| job.job_id).collect()
}

fn any() -> JobFilter {
    JobFilter::default()
}

pub(super) async fn a_list_comes_in_pages_that_newer_jobs_do_not_shift(place: Place) {
    let store = place.open().await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.insert(0, store.submit_one(job()).await);
    }
    let mut filter = JobFilter { limit: 3, ..any() };
    let mut seen = Vec::new();
    loop {
        let page = store.jobs(&filter).await.unwrap();
        seen.push(page.jobs.iter().map(|job| job.job_id).collect::<Vec<_>>());
        store.submit_one(job()).await;
        match page.next {
            Some(next) => filter.after = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen, [&ids[..3], &ids[3..6], &ids[6..]]);
}

pub(super) async fn everything_that_is_asked_for_must_be_true(place: Place) {
    let store = place.open().await;
    let mut new = job();
    new.workflow_name = Some("landscape".into());
    new.source = "mcp";
    new.target = Some(("remote".to_owned(), "http://example.com".to_owned()));
    new.terms.tags = vec!["draft".to_owned(), "blue".to_owned()];
    new.terms.membership = Some(Membership {
        group_id: "sweep".to_owned(),
        index: 0,
    });
    let one = store.submit_one(new).await;
    let other = store.submit_one(job()).await;
    let with: [fn(&mut JobFilter); 6] = [
        |filter| filter.workflow = Some("landscape".into()),
        |filter| filter.source = Some("mcp".into()),
        |filter| filter.connection = Some("remote".into()),
        |filter| filter.tag = Some("draft".into()),
        |filter| filter.group = Some("sweep".into()),
        |filter| filter.statuses = vec![JobStatus::Pending, JobStatus::Running],
    ];
    let mut all = any();
    for change in &with {
        change(&mut all);
    }
    for change in &with[..5] {
        let mut filter = any();
        change(&mut filter);
        assert_eq!(found(&store, filter.clone()).await, [one], "{filter:?}");
    }
    assert_eq!(found(&store, all.clone()).await, [one]);
    all.words = Some("portrait".into());
    assert_eq!(found(&store, all.clone()).await, [one]);
    all.source = Some("cli".into());
    assert_eq!(found(&store, all).await, []);
    assert_eq!(found(&store, any()).await, [other, one]);
}

pub(super) async fn several_statuses_are_one_list_in_order(place: Place) {
    let store = place.open().await;
    let mut ids = Vec::new();
    for number in 0..9 {
        let id = store.submit_one(job()).await;
        ids.insert(0, id);
        if number % 3 > 0 {
            let lease = store.take(id).await.lease;
            if number % 3 == 1 {
                store.end(&lease, completed(), None).await.unwrap();
            }
        }
    }
    let of = |statuses: &[JobStatus]| JobFilter {
        statuses: statuses.to_vec(),
        ..any()
    };
    assert_eq!(found(&store, of(&JobStatus::ALL)).await, ids);
    let ended = of(&[JobStatus::Completed, JobStatus::Failed]);
    assert_eq!(found(&store, ended.clone()).await, [ids[1], ids[4], ids[7]]);
    let first = store
        .jobs(&JobFilter {
            limit: 2,
            ..ended.clone()
        })
        .await
        .unwrap();
    let second = JobFilter {
        after: first.next,
        ..ended
    };
    assert_eq!(found(&store, second).await, [ids[7]]);
}

pub(super) async fn a_time_span_holds_its_start_and_not_its_end(place: Place) {
    let store = place.open().await;
    let first = store.submit_one(job()).await;
    let second = store.submit_one(job()).await;
    let at = store.found(second).await.created_at;
    let since = JobFilter {
        since: Some(at),
        ..any()
    };
    let until = JobFilter {
        until: Some(at),
        ..any()
    };
    assert_eq!(found(&store, since).await, [second]);
    assert_eq!(found(&store, until).await, [first]);
    let long_ago = Timestamp::now() - SignedDuration::from_hours(1);
    let old = JobFilter {
        until: Some(long_ago),
        ..any()
    };
    assert_eq!(found(&store, old).await, []);
}

pub(super) async fn words_are_found_in_any_order_and_case_and_by_their_beginning(place: Place) {
    let store = place.open().await;
    let with = |text: &str| {
        let mut new = job();
        let node = serde_json::json!({ "1": { "class_type": "Text", "inputs": { "text": text } } });
        new.prompt = node.to_string();
        new.words = words_of(Some("portrait"), &new.prompt);
        new
    };
    let cat = store
        .submit_one(with("A ginger Cat, sleeping; sd_xl_base.safetensors"))
        .await;
    let dog = store
        .submit_one(with("a dog or NOT a café, 1girl 512x768 1e5"))
        .await;
    let neko = store.submit_one(with("青い空と黒い猫")).await;
    let blank = store.submit_one(with("")).await;
    for (words, ids) in [
        ("cat GINGER", vec![cat]),
        ("\"cat\" AND", vec![]),
        ("sleep", vec![]),
        ("sleep*", vec![cat]),
        ("sd_xl_base.safetensors", vec![cat]),
        ("safetensors", vec![cat]),
        ("xl_b*", vec![cat]),
        ("or not", vec![dog]),
        ("-dog", vec![dog]),
        ("Café", vec![dog]),
        ("1girl 512x768 1e5", vec![dog]),
        ("黒い猫", vec![neko]),
        ("猫", vec![neko]),
        ("空", vec![neko]),
        ("portrait", vec![blank, neko, dog, cat]),
        ("' OR 1=1 --", vec![]),
        ("?!", vec![]),
    ] {
        let filter = JobFilter {
            words: Some(words.into()),
            ..any()
        };
        assert_eq!(found(&store, filter).await, ids, "{words}");
    }
    let page = JobFilter {
        words: Some("portrait".into()),
        limit: 3,
        ..any()
    };
    let page = store.jobs(&page).await.unwrap();
    let next = JobFilter {
        words: Some("portrait".into()),
        after: page.next,
        ..any()
    };
    assert_eq!(found(&store, next).await, [cat]);
}

pub(super) async fn tags_come_and_go(place: Place) {
    let store = place.open().await;
    let id = store.submit_one(job()).await;
    let tags = |tags: &[&str]| tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>();
    store
        .change_tags(id, tags(&["b", "a", "a"]), tags(&[]))
        .await
        .unwrap();
    assert_eq!(store.tags(id).await.unwrap(), ["a", "b"]);
    store
        .change_tags(id, tags(&["c"]), tags(&["a", "x"]))
        .await
        .unwrap();
    assert_eq!(store.tags(id).await.unwrap(), ["b", "c"]);
    let unknown = store
        .change_tags(JobId::generate(), tags(&["a"]), tags(&[]))
        .await;
    assert!(unknown.is_err());
}

/// Makes a filter ask for something.
type Ask = fn(&mut JobFilter);

/// Also in a history about which SQLite has gathered no figures yet.
#[tokio::test]
async fn an_index_answers_every_question_in_the_order_of_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::sqlite(&folder);
    place.open().await.close().await;
    let mut connection = place.connect().await;
    let failed = || vec![JobStatus::Failed];
    let questions: [(&str, Ask); 8] = [
        ("SCAN jobs", |_| ()),
        ("jobs_by_status", |filter| {
            filter.statuses = JobStatus::ALL.to_vec();
        }),
        ("jobs_by_workflow", |filter| {
            filter.workflow = Some("w".into());
        }),
        ("jobs_by_connection", |filter| {
            filter.connection = Some("c".into());
        }),
        ("jobs_by_group", |filter| filter.group = Some("g".into())),
        ("SEARCH job_tags USING PRIMARY KEY (tag=?)", |filter| {
            filter.tag = Some("t".into());
        }),
        ("SCAN job_text VIRTUAL TABLE INDEX", |filter| {
            filter.words = Some("cat".into());
        }),
        ("SEARCH jobs USING INTEGER PRIMARY KEY", |filter| {
            filter.since = Some(Timestamp::MIN);
        }),
    ];
    for (expected, ask) in questions {
        for statuses in [Vec::new(), failed()] {
            let mut filter = JobFilter {
                statuses: statuses.clone(),
                ..any()
            };
            ask(&mut filter);
            let plan = plan(&mut connection, &filter).await;
            if statuses.is_empty() {
                assert!(plan.iter().any(|step| step.contains(expected)), "{plan:#?}");
            }
            // The jobs of a group, or those of one page from several lists, are few enough to sort.
            let sorted = plan
                .iter()
                .filter(|step| step.contains("TEMP B-TREE"))
                .count();
            let merged = plan.iter().any(|step| step.contains("UNION ALL"));
            let allowed = usize::from(merged || filter.group.is_some());
            assert!(sorted <= allowed, "{plan:#?}");
        }
    }
}

/// How SQLite would go about it.
async fn plan(connection: &mut AnyConnection, filter: &JobFilter) -> Vec<String> {
    let select = Select::new(DatabaseKind::Sqlite, filter).unwrap();
    let question = format!("EXPLAIN QUERY PLAN {}", select.sql);
    let mut query = sqlx::query(AssertSqlSafe(question));
    for value in select.values {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        };
    }
    let steps = query.fetch_all(connection).await.unwrap();
    steps
        .iter()
        .map(|step| step.try_get("detail").unwrap())
        .collect()
}
