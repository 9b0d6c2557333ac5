//! What the settings keep of the history is what is kept.

use crate::support::{manager_with, quick, request};
use comfyctl_manager::picture::{PictureSize, THUMBNAIL};
use comfyctl_manager::{
    Change, Code, ConnectionChoice, Job, JobFilter, JobId, JobStatus, Limits, Manager, Request,
    Retention, Seq, Terms, Update,
};
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

struct Bench {
    simulator: Simulator,
    folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        Self {
            simulator: Simulator::builder().start().await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A process of its own, with these settings of the history.
    fn process(&self, job_history: Value) -> Manager {
        let connection = json!({ "url": self.simulator.url() });
        let settings = json!({ "connections": { "one": connection }, "job_history": job_history });
        manager_with(self.folder.path(), &settings)
    }

    /// The jobs that a process sees which keeps everything.
    async fn jobs(&self) -> Vec<Job> {
        let reader = self.process(json!({}));
        reader.jobs(&JobFilter::default()).await.unwrap().jobs
    }

    fn kept_files(&self) -> Vec<PathBuf> {
        self.files("data/outputs")
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let folder = self.folder.path().join(folder);
        let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap());
        files.map(|file| file.unwrap().path()).collect()
    }
}

fn any(terms: Terms) -> Request {
    Request {
        connection: ConnectionChoice::Default,
        terms,
        ..request(quick(), "")
    }
}

async fn run(manager: &Manager) -> JobId {
    let limits = Limits::default();
    let run = manager.run(any(Terms::default()), &limits, &|_| ());
    run.await.unwrap().job.job_id
}

#[tokio::test]
async fn a_history_that_is_switched_off_keeps_only_what_has_not_ended() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({ "enabled": false }));
    run(&manager).await;
    let held = Terms {
        held: true,
        ..Terms::default()
    };
    let open = manager.submit(any(held), &|_| ()).await.unwrap().job_id;
    manager.close().await;
    let left: Vec<JobId> = bench.jobs().await.iter().map(|job| job.job_id).collect();
    assert_eq!(left, [open]);
}

#[tokio::test]
async fn as_many_jobs_are_kept_as_the_settings_say() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({ "max_jobs": 2 }));
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, run(&manager).await);
    }
    manager.close().await;
    let left: Vec<JobId> = bench.jobs().await.iter().map(|job| job.job_id).collect();
    assert_eq!(left, ids[..2]);
}

#[tokio::test]
async fn a_process_that_only_looks_removes_nothing() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({}));
    let id = run(&manager).await;
    manager.close().await;
    let looking = bench.process(json!({ "enabled": false }));
    looking.job(&id.to_string()).await.unwrap();
    looking.close().await;
    assert_eq!(bench.jobs().await.len(), 1);
}

#[tokio::test]
async fn outputs_are_told_to_whoever_ran_the_job_and_kept_if_the_settings_say_so() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({ "store_outputs": false }));
    let limits = Limits::default();
    let ran = manager.run(any(Terms::default()), &limits, &|_| ());
    assert_eq!(ran.await.unwrap().job.outputs.len(), 1);
    manager.close().await;
    let jobs = bench.jobs().await;
    assert_eq!((jobs.len(), jobs[0].outputs.len()), (1, 0));
}

#[tokio::test]
async fn files_are_kept_with_the_job_and_go_with_it() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({ "store_images": true }));
    let id = run(&manager).await;
    let job = manager.job(&id.to_string()).await.unwrap();
    let files = bench.kept_files();
    assert_eq!(job.outputs[0].path.as_ref(), files.first());
    let hash = blake3::hash(&std::fs::read(&files[0]).unwrap());
    assert_eq!(job.outputs[0].blake3.as_deref(), Some(&*hash.to_hex()));
    // Another job has files of its own, and one with a folder of its own keeps them there.
    let again = manager.rerun(id, comfyctl_manager::Rerun::default(), &|_| ());
    let again = again.await.unwrap().job_id;
    manager
        .follow(again, &Limits::default(), &|_| ())
        .await
        .unwrap();
    let elsewhere = Terms {
        output_folder: Some(bench.folder.path().join("out")),
        ..Terms::default()
    };
    let limits = Limits::default();
    manager.run(any(elsewhere), &limits, &|_| ()).await.unwrap();
    assert_eq!(bench.kept_files().len(), 2);
    let nothing = Retention {
        max_jobs: Some(0),
        ..Retention::default()
    };
    assert_eq!(manager.count_to_clean_up(nothing).await.unwrap(), 3);
    let removed = manager.clean_up(nothing).await.unwrap();
    assert_eq!(
        (removed.jobs, removed.files),
        (3, 5),
        "two files, and a thumbnail of each job"
    );
    assert!(bench.kept_files().is_empty());
    let own = std::fs::read_dir(bench.folder.path().join("out")).unwrap();
    assert_eq!(own.count(), 1);
    manager.close().await;
}

#[tokio::test]
async fn images_of_a_job_are_shown_when_its_server_is_gone() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({ "store_images": true }));
    let kept = run(&manager).await;
    let elsewhere = Terms {
        output_folder: Some(bench.folder.path().join("out")),
        ..Terms::default()
    };
    let limits = Limits::default();
    let saved = manager.run(any(elsewhere), &limits, &|_| ());
    let saved = saved.await.unwrap().job;
    let kept = manager.job(&kept.to_string()).await.unwrap();
    bench.simulator.kill().await;
    for job in [&kept, &saved] {
        let thumbnail = job.outputs[0].thumbnail.as_ref().unwrap();
        let thumbnail = std::fs::read(thumbnail).unwrap();
        assert_eq!(&thumbnail[8..12], b"WEBP");
        let shown = manager.output_picture(job, 0, THUMBNAIL).await.unwrap();
        assert_eq!(shown, Some(thumbnail));
        let larger = PictureSize {
            side: 512,
            ..THUMBNAIL
        };
        let larger = manager.output_picture(job, 0, larger).await.unwrap();
        assert!(larger.is_some());
    }
    let whole = manager.output_bytes(&kept, 0).await.unwrap();
    assert_eq!(whole, std::fs::read(&bench.kept_files()[0]).unwrap());
    // Where else a file may be is nothing to go by: a path may come with an imported job.
    let error = manager.output_bytes(&saved, 0).await.unwrap_err();
    assert_eq!(error.code(), Code::Unreachable);
    assert!(manager.remove(kept.job_id).await.unwrap());
    assert!(manager.remove(saved.job_id).await.unwrap());
    assert!(bench.files("data/thumbnails").is_empty());
    manager.close().await;
}

#[tokio::test]
async fn a_job_whose_thumbnails_cannot_be_kept_is_none_the_worse_for_it() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({ "store_images": true }));
    std::fs::create_dir(bench.folder.path().join("data")).unwrap();
    std::fs::write(bench.folder.path().join("data/thumbnails"), "in the way").unwrap();
    let id = run(&manager).await;
    let job = manager.job(&id.to_string()).await.unwrap();
    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!(job.outputs[0].thumbnail, None);
    let shown = manager.output_picture(&job, 0, THUMBNAIL).await.unwrap();
    assert!(shown.is_some());
    manager.close().await;
}

#[tokio::test]
async fn a_worker_removes_what_is_too_old_and_leaves_what_has_not_ended() {
    let bench = Bench::new().await;
    let manager = bench.process(json!({}));
    let old = run(&manager).await;
    let held = Terms {
        held: true,
        ..Terms::default()
    };
    let open = manager.submit(any(held), &|_| ()).await.unwrap().job_id;
    let clock = comfyctl_manager::Clock::default();
    clock.turn(jiff::SignedDuration::from_hours(24 * 3));
    let settings = json!({ "auto_cleanup_days": 2, "max_jobs": 0 });
    let worker = bench.process(settings).with_clock(clock);
    let mut watch = manager.watch(open, Seq::default()).await.unwrap();
    worker.work().await.unwrap();
    let gone = async {
        while manager.job(&old.to_string()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), gone).await.unwrap();
    let told = watch.next().await.unwrap();
    assert!(matches!(told, Some(Update::Event(event)) if event.change == Change::Submitted));
    let left: Vec<JobId> = bench.jobs().await.iter().map(|job| job.job_id).collect();
    assert_eq!(left, [open]);
    worker.close().await;
    manager.close().await;
}
