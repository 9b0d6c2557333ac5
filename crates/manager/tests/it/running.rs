//! The main path: a workflow becomes a job, the job becomes files.

use crate::support::{Bench, quick, sampling};
use comfyctl_manager::{
    Changes, Code, ErrorKind, JobFilter, JobStatus, Limits, Notice, Request, RunEnd, SeedChoice,
};
use serde_json::{Value, json};
use std::sync::Mutex;

#[tokio::test]
async fn a_workflow_becomes_files_and_a_record() {
    let bench = Bench::new().await;
    let mut ran = bench.run(quick()).await;
    assert_eq!(
        (ran.end, ran.job.status, ran.job.attempts),
        (RunEnd::Ended, JobStatus::Completed, 1)
    );
    assert!(ran.job.duration_seconds.is_some());
    let out = bench.folder.path().join("out");
    bench
        .manager
        .save_outputs(&bench.server, &mut ran.job, &out)
        .await
        .unwrap();
    let path = ran.job.outputs[0].path.clone().unwrap();
    assert_eq!(path, out.join("quick_00001_.png"));
    assert_eq!(
        ran.job.outputs[0].size,
        Some(std::fs::metadata(&path).unwrap().len())
    );
    assert_eq!(bench.stored(&ran.job).await, ran.job);
}

#[tokio::test]
async fn a_saved_file_is_never_overwritten() {
    let bench = Bench::new().await;
    let mut ran = bench.run(quick()).await;
    let out = bench.folder.path().join("out");
    for _ in 0..2 {
        bench
            .manager
            .save_outputs(&bench.server, &mut ran.job, &out)
            .await
            .unwrap();
    }
    let mut names: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["quick_00001_ (1).png", "quick_00001_.png"]);
}

#[tokio::test]
async fn progress_names_each_node_and_never_goes_back() {
    let bench = Bench::new().await;
    let seen = Mutex::new(Vec::new());
    let watcher = |notice| {
        if let Notice::Progress(progress) = notice {
            seen.lock().unwrap().push(progress);
        }
    };
    bench
        .run_with(sampling(4), &Limits::default(), &watcher)
        .await
        .unwrap();
    let seen = seen.into_inner().unwrap();
    let done: Vec<usize> = seen.iter().map(|progress| progress.nodes_done).collect();
    assert!(done.is_sorted() && done.last() == Some(&6), "{done:?}");
    let fractions: Vec<f64> = seen.iter().map(|progress| progress.fraction).collect();
    assert!(fractions.is_sorted() && fractions.iter().all(|&part| part < 1.0));
    // A watcher that is slow may miss steps, but sees none twice.
    let steps = seen.iter().filter_map(|progress| progress.steps);
    let steps: Vec<_> = steps.map(|steps| (steps.done, steps.total)).collect();
    assert!(
        steps.is_sorted() && steps.iter().all(|(done, _)| *done <= 4.0),
        "{steps:?}"
    );
}

#[tokio::test]
async fn what_the_server_refuses_is_recorded_with_node_and_reason() {
    let bench = Bench::new().await;
    let mut graph = quick();
    graph["1"]["inputs"]["width"] = json!(0);
    let job = bench.run_unchecked(graph, &|_| ()).await.job;
    let error = job.error.unwrap();
    assert_eq!(
        (job.status, error.code),
        (JobStatus::Failed, Code::ValidationFailed)
    );
    assert_eq!(
        (error.node.as_deref(), error.class.as_deref()),
        (Some("1"), Some("EmptyImage"))
    );
    assert!(error.message.contains("width"), "{}", error.message);
}

#[tokio::test]
async fn what_would_harm_the_server_is_neither_stored_nor_sent() {
    let bench = Bench::new().await;
    let graph = json!({"1": {"class_type": "PreviewAny", "inputs": {"source": ["9", 0]}}});
    let error = bench
        .run_with(graph, &Limits::default(), &|_| ())
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Faults(_)), "{error}");
    assert_eq!(
        bench
            .manager
            .jobs(&JobFilter {
                limit: 9,
                ..JobFilter::default()
            })
            .await
            .unwrap()
            .jobs,
        []
    );
}

#[tokio::test]
async fn what_cannot_run_is_told_before_a_job_comes_about() {
    let bench = Bench::new().await;
    let mut graph = quick();
    graph["1"]["inputs"]["width"] = json!(0);
    graph["2"]["class_type"] = json!("SaveImag");
    let error = bench
        .run_with(graph, &Limits::default(), &|_| ())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
    assert_eq!(error.hint().as_deref(), Some("did you mean `SaveImage`?"));
    let all = JobFilter {
        limit: 9,
        ..JobFilter::default()
    };
    assert_eq!(bench.manager.jobs(&all).await.unwrap().jobs, []);
}

#[tokio::test]
async fn outputs_that_the_server_leaves_out_are_told_about() {
    let bench = Bench::new().await;
    let mut graph = quick();
    graph["3"] = json!({"class_type": "SaveImage", "inputs": {"images": ["1", 0]}});
    let partial = Mutex::new(Vec::new());
    let watcher = |notice| {
        if let Notice::Partial { reasons } = notice {
            partial.lock().unwrap().extend(reasons);
        }
    };
    let job = bench.run_unchecked(graph, &watcher).await.job;
    assert_eq!((job.status, job.outputs.len()), (JobStatus::Completed, 1));
    let partial = partial.into_inner().unwrap();
    assert!(partial[0].contains("filename_prefix"), "{partial:?}");
}

async fn run_changed(bench: &Bench, graph: Value, changes: Changes) -> Result<Value, String> {
    let ran = bench
        .manager
        .run(
            Request {
                changes,
                ..bench.request(graph)
            },
            &Limits::default(),
            &|_| (),
        )
        .await
        .map_err(|error| format!("{error} | {}", error.hint().unwrap_or_default()))?;
    assert_eq!(ran.job.status, JobStatus::Completed, "{:?}", ran.job.error);
    let prompt = bench.manager.prompt_of(&ran.job).await.unwrap();
    Ok(serde_json::from_str(&prompt).unwrap())
}

#[tokio::test]
async fn values_and_seeds_are_set_before_the_run_and_recorded() {
    let bench = Bench::new().await;
    let changes = Changes {
        overrides: ["CLIPTextEncode.text=1984", "EmptyLatentImage.width=128"]
            .map(|text| text.parse().unwrap())
            .to_vec(),
        seed: SeedChoice::Fixed(u64::MAX),
        ..Changes::default()
    };
    let posted = run_changed(&bench, sampling(1), changes).await.unwrap();
    assert_eq!(posted["6"]["inputs"]["text"], "1984");
    assert_eq!(posted["5"]["inputs"]["width"], 128);
    assert_eq!(posted["3"]["inputs"]["seed"], u64::MAX);
}

#[tokio::test]
async fn an_image_is_uploaded_and_set() {
    let bench = Bench::new().await;
    let image = bench.folder.path().join("my photo.png");
    let mut made = bench.run(quick()).await.job;
    bench
        .manager
        .save_outputs(&bench.server, &mut made, bench.folder.path())
        .await
        .unwrap();
    std::fs::rename(made.outputs[0].path.as_ref().unwrap(), &image).unwrap();
    let graph = json!({
        "1": {"class_type": "LoadImage", "inputs": {"image": "missing.png"}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    });
    let images = vec![format!("LoadImage={}", image.display()).parse().unwrap()];
    let posted = run_changed(
        &bench,
        graph,
        Changes {
            images,
            ..Changes::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(posted["1"]["inputs"]["image"], "my photo.png");
}

#[tokio::test]
async fn an_input_that_the_class_lacks_is_an_error_with_the_nearest() {
    let bench = Bench::new().await;
    let changes = |text: &str| Changes {
        overrides: vec![text.parse().unwrap()],
        ..Changes::default()
    };
    let error = run_changed(&bench, quick(), changes("1.widht=5"))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        "node `1` (EmptyImage) has no input `widht` | did you mean `width`?"
    );
    // The class has it, the file does not.
    let mut graph = quick();
    graph["1"]["inputs"]
        .as_object_mut()
        .unwrap()
        .remove("color");
    let posted = run_changed(&bench, graph, changes("1.color=7"))
        .await
        .unwrap();
    assert_eq!(posted["1"]["inputs"]["color"], 7);
}

#[tokio::test]
async fn many_jobs_at_once_each_get_their_own_result() {
    let bench = Bench::new().await;
    let run = |number: u32| {
        let bench = &bench;
        async move {
            let mut graph = quick();
            graph["1"]["inputs"]["color"] = json!(number);
            graph["2"]["inputs"]["filename_prefix"] = json!(format!("job{number}"));
            let job = bench.run(graph).await.job;
            (number, job.outputs[0].filename.clone().unwrap())
        }
    };
    let finished = futures_util::future::join_all((0..64).map(run)).await;
    for (number, filename) in finished {
        assert_eq!(filename, format!("job{number}_00001_.png"));
    }
    assert_eq!(bench.executions().await, 64);
}
