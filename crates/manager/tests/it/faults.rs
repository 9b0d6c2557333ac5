//! Whatever dies, a job ends in the right result or in a precise error, and runs once.

use crate::support::{Bench, manager, quick, request, sampling};
use comfyctl_client::HistoryRange;
use comfyctl_manager::{Code, JobFilter, JobStatus, Limits, Notice, Run, RunEnd, Seq};
use rstest::rstest;
use std::time::Duration;
use tokio::net::TcpListener;

/// Long enough that the fault strikes while the job runs.
const SLOW: &str = "slow-node=KSampler:20ms";

fn assert_completed(ran: &Run) {
    assert_eq!(ran.end, RunEnd::Ended);
    assert_eq!(ran.job.status, JobStatus::Completed, "{:?}", ran.job.error);
    assert_eq!(ran.job.outputs.len(), 1);
}

#[rstest]
#[case::slow_answer("slow-post=500ms")]
#[case::lost_answer("lost-post")]
#[case::busy_once("status=503:POST:/prompt*1")]
#[case::busy_thrice("status=503:POST:/prompt*3")]
#[case::too_many_requests("status=429:POST:/prompt*1")]
#[case::gateway_error_before("status=502:POST:/prompt*1")]
#[case::gateway_error_after("status-after=504:POST:/prompt*1")]
#[case::error_after_it_was_queued("status-after=500:POST:/prompt*1")]
#[case::history_fails_once("status=500:GET:/history/*1")]
#[case::queue_fails_once("status=503:GET:/queue*1")]
#[case::definitions_fail("status=503:GET:/object_info/")]
#[tokio::test]
async fn an_odd_answer_to_a_request_costs_time_and_nothing_else(#[case] fault: &str) {
    let bench = Bench::with_faults(&[fault]).await;
    let ran = bench.run(quick()).await;
    assert_completed(&ran);
    assert_eq!((ran.job.attempts, bench.executions().await), (1, 1));
}

#[rstest]
#[case::refused("refuse-socket")]
#[case::refused_once("refuse-socket*1")]
#[case::dropped("drop-socket=12*1")]
#[case::dropped_again_and_again("drop-socket=4")]
#[case::frozen("freeze-socket=12*1")]
#[case::half_open("half-open-socket=12*1")]
#[case::deaf("deafen-socket=12*1")]
#[case::deaf_from_the_start("deafen-socket=1")]
#[tokio::test]
async fn a_broken_socket_never_fails_a_job(#[case] fault: &str) {
    let bench = Bench::with_faults(&[SLOW, fault]).await;
    let ran = bench.run(sampling(20)).await;
    assert_completed(&ran);
    assert_eq!((ran.job.attempts, bench.executions().await), (1, 1));
}

#[tokio::test]
async fn an_error_that_is_final_is_not_tried_again() {
    let bench = Bench::with_faults(&["status=500:POST:/prompt"]).await;
    let job = bench.run(quick()).await.job;
    assert_eq!(
        (job.status, job.error.unwrap().code),
        (JobStatus::Failed, Code::HttpError)
    );
    assert_eq!(bench.executions().await, 0);
}

#[tokio::test]
async fn a_server_that_stays_busy_fails_the_job_in_the_end() {
    let bench = Bench::with_faults(&["status=503:POST:/prompt"]).await;
    let job = bench.run(quick()).await.job;
    assert_eq!(
        (job.status, job.error.unwrap().code),
        (JobStatus::Failed, Code::HttpError)
    );
}

#[tokio::test]
async fn a_job_that_a_restarted_server_forgot_runs_again_as_its_second_attempt() {
    let bench = Bench::with_faults(&["kill-at=KSampler*1"]).await;
    let restart = async {
        bench.simulator.killed().await;
        bench.simulator.restart().await.unwrap();
    };
    let (ran, ()) = tokio::join!(bench.run(sampling(2)), restart);
    assert_completed(&ran);
    assert_eq!(ran.job.attempts, 2);
}

#[tokio::test]
async fn a_job_that_kills_its_server_each_time_is_given_up() {
    let bench = Bench::with_faults(&["kill-at=KSampler*2"]).await;
    let restart = async {
        for _ in 0..2 {
            bench.simulator.killed().await;
            bench.simulator.restart().await.unwrap();
        }
    };
    let (ran, ()) = tokio::join!(bench.run(sampling(2)), restart);
    let error = ran.job.error.unwrap();
    assert_eq!(
        (ran.job.status, error.code),
        (JobStatus::Failed, Code::ServerLostJob)
    );
    assert!(error.hint.is_some());
}

#[tokio::test]
async fn a_server_that_stays_away_leaves_the_job_open() {
    let bench = Bench::with_faults(&["kill-at=KSampler"]).await;
    let ran = bench.run(sampling(2)).await;
    let RunEnd::Unreachable(error) = ran.end else {
        panic!("{:?}", ran.end)
    };
    assert_eq!(error.code, Code::Unreachable);
    assert!(!ran.job.status.is_final());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_at_once() {
    let bench = Bench::new().await;
    bench.simulator.kill().await;
    let error = bench
        .run_with(quick(), &Limits::default(), &|_| ())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unreachable);
    assert!(error.hint().is_some());
    // Without the checks, the job is there first.
    let job = bench.run_unchecked(quick(), &|_| ()).await.job;
    assert_eq!(
        (job.status, job.error.unwrap().code),
        (JobStatus::Failed, Code::Unreachable)
    );
}

#[rstest]
#[case("oom=KSampler", Code::OutOfMemory, "3")]
#[case("full-disk", Code::NodeError, "9")]
#[tokio::test]
async fn a_node_that_fails_is_named_with_its_reason(
    #[case] fault: &str,
    #[case] code: Code,
    #[case] node: &str,
) {
    let bench = Bench::with_faults(&[fault]).await;
    let job = bench.run(sampling(2)).await.job;
    let error = job.error.unwrap();
    assert_eq!((job.status, error.code), (JobStatus::Failed, code));
    assert_eq!(error.node.as_deref(), Some(node));
    assert!(!error.message.is_empty());
}

/// Starts a job, and cancels it when its sampler has begun.
async fn cancelled_while_sampling(bench: &Bench) -> Run {
    let limits = Limits::default();
    let watcher = |notice| {
        if matches!(&notice, Notice::Progress(progress) if progress.steps.is_some()) {
            limits.cancel.cancel();
        }
    };
    bench
        .run_with(sampling(1000), &limits, &watcher)
        .await
        .unwrap()
}

#[rstest]
#[case::in_order(&[])]
#[case::although_the_socket_is_deaf(&["deafen-socket=25"])]
#[case::although_the_first_request_fails(&["status=503:POST:/jobs/cancel*1"])]
#[tokio::test]
async fn a_running_job_is_cancelled_on_the_server(#[case] faults: &[&str]) {
    let bench = Bench::with_faults(&[&[SLOW], faults].concat()).await;
    let ran = cancelled_while_sampling(&bench).await;
    assert_eq!(
        (ran.end, ran.job.status),
        (RunEnd::Ended, JobStatus::Cancelled)
    );
    assert!(
        bench
            .server
            .client()
            .queue()
            .await
            .unwrap()
            .running
            .is_empty()
    );
}

#[tokio::test]
async fn cancelling_does_not_wait_for_a_server_that_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let manager = manager(folder.path());
    let limits = Limits::default();
    let running = manager.run(request(quick(), &address), &limits, &|_| ());
    let cancel = async {
        let connection = silent.accept().await.unwrap();
        limits.cancel.cancel();
        connection
    };
    let (ran, _connection) = tokio::join!(running, cancel);
    assert_eq!(ran.unwrap_err().code(), Code::Cancelled);
    let all = JobFilter {
        limit: 1,
        ..JobFilter::default()
    };
    assert_eq!(manager.jobs(&all).await.unwrap().jobs, []);
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_and_one_that_others_removed_is_not_run_again() {
    let bench = Bench::with_faults(&[SLOW]).await;
    let first = Limits::default();
    let running = tokio::sync::Notify::new();
    let tell = |notice| {
        if matches!(notice, Notice::Progress(_)) {
            running.notify_one();
        }
    };
    let blocker = bench.run_with(sampling(1000), &first, &tell);
    let others = async {
        running.notified().await;
        let cancelled = Limits::default();
        let cancel = |notice| {
            if matches!(notice, Notice::Queued { .. }) {
                cancelled.cancel.cancel();
            }
        };
        let one = bench.run_with(quick(), &cancelled, &cancel).await.unwrap();
        let queued = tokio::sync::Notify::new();
        let tell = |notice| {
            if matches!(notice, Notice::Queued { .. }) {
                queued.notify_one();
            }
        };
        let limits = Limits::default();
        let clear = async {
            queued.notified().await;
            bench.server.client().clear_queue().await.unwrap();
        };
        let (two, ()) = tokio::join!(bench.run_with(quick(), &limits, &tell), clear);
        first.cancel.cancel();
        (one, two.unwrap())
    };
    let (blocker, (one, two)) = tokio::join!(blocker, others);
    let statuses = [blocker.unwrap(), one, two].map(|ran| (ran.job.status, ran.job.attempts));
    assert_eq!(statuses, [(JobStatus::Cancelled, 1); 3]);
}

#[tokio::test]
async fn a_short_wait_leaves_the_job_running_and_the_way_back_finds_its_end() {
    let bench = Bench::with_faults(&[SLOW]).await;
    let limits = Limits {
        wait: Some(Duration::ZERO),
        ..Limits::default()
    };
    let ran = bench.run_with(sampling(3), &limits, &|_| ()).await.unwrap();
    assert_eq!(ran.end, RunEnd::WaitedLong);
    assert!(!ran.job.status.is_final());
    let job = loop {
        let job = bench
            .manager
            .refresh(&bench.server, &ran.job)
            .await
            .unwrap()
            .unwrap();
        if job.status.is_final() {
            break job;
        }
    };
    assert_eq!((job.status, job.outputs.len()), (JobStatus::Completed, 1));
    assert_eq!(bench.stored(&job).await, job);
}

#[tokio::test]
async fn without_waiting_a_job_is_left_as_soon_as_the_server_has_it() {
    let bench = Bench::with_faults(&[SLOW]).await;
    let limits = Limits {
        until_queued: true,
        ..Limits::default()
    };
    let ran = bench
        .run_with(sampling(1000), &limits, &|_| ())
        .await
        .unwrap();
    assert_eq!(ran.end, RunEnd::Queued);
    assert!(matches!(
        ran.job.status,
        JobStatus::Queued | JobStatus::Running
    ));
}

#[tokio::test]
async fn a_history_that_fails_under_a_job_is_an_error_that_names_the_job() {
    let bench = Bench::with_faults(&[SLOW]).await;
    let running = tokio::sync::Notify::new();
    let tell = |notice| {
        if matches!(notice, Notice::Progress(_)) {
            running.notify_one();
        }
    };
    let limits = Limits::default();
    let fail = async {
        running.notified().await;
        bench.manager.close().await;
    };
    let (ran, ()) = tokio::join!(bench.run_with(sampling(20), &limits, &tell), fail);
    let error = ran.unwrap_err();
    assert_eq!(error.code(), Code::StoreError);
    // It runs or has ended by now.
    let client = bench.server.client();
    let running = client.queue().await.unwrap().running;
    let ended = client.history(HistoryRange::All).await.unwrap();
    let mut ids = running
        .iter()
        .map(|item| &item.prompt_id)
        .chain(ended.keys());
    let message = error.to_string();
    assert!(ids.any(|id| message.contains(id.as_str())), "{message}");
}

#[tokio::test]
async fn leaving_ends_the_watch_and_not_the_job() {
    let bench = Bench::with_faults(&[SLOW]).await;
    let limits = Limits::default();
    let leave = |notice| {
        if matches!(notice, Notice::Progress(_)) {
            limits.leave.cancel();
        }
    };
    let ran = bench
        .run_with(sampling(1000), &limits, &leave)
        .await
        .unwrap();
    assert_eq!(
        (ran.end, ran.job.status),
        (RunEnd::Left, JobStatus::Running)
    );
    assert_eq!(
        bench.server.client().queue().await.unwrap().running.len(),
        1
    );
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_and_neither_waited_for_nor_in_the_way_of_others() {
    let bench = Bench::with_faults(&["status=404:GET:/view*1"]).await;
    let mut graph = quick();
    graph["1"]["inputs"]["batch_size"] = 3.into();
    let folder = bench.folder.path().join("files");
    let mut wanted = request(graph, &bench.simulator.url());
    wanted.terms.output_folder = Some(folder.clone());
    let (manager, limits) = (&bench.manager, Limits::default());
    let ran = manager.run(wanted, &limits, &|_| ()).await.unwrap();
    assert!(matches!(ran.end, RunEnd::Unsaved(_)), "{:?}", ran.end);
    let mut watch = manager.watch(ran.job.job_id, Seq(0)).await.unwrap();
    while watch.next().await.unwrap().is_some() {}
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    let job = manager.job(&ran.job.job_id.to_string()).await.unwrap();
    let fetched = job.outputs.iter().filter(|output| output.path.is_some());
    assert_eq!((job.outputs.len(), fetched.count()), (3, 2));
}
