use super::*;
use comfyctl_manager::{
    Change, Code, JobEvent, JobTimes, NodeTime, Output, Percentiles, PlaceInLine, Policy, Seq,
};
use serde_json::json;
use std::path::PathBuf;

const START: &str = "2026-11-22T18:37:16.287Z";

fn at(seconds: f64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    start + jiff::SignedDuration::from_secs_f64(seconds)
}

/// A job as it is when it is stored.
fn job() -> Job {
    Job {
        job_id: "019a3c52-7c1e-7a00-8d2e-5d3f0c9b6a11".parse().unwrap(),
        prompt_id: "019a3c52-7c1e-7a00-8d2e-5d3f0c9b6a11".to_owned(),
        connection: Some("gpu".to_owned()),
        server_url: Some("https://gpu.example.com/comfy".to_owned()),
        client_id: None,
        workflow_name: Some("portrait".to_owned()),
        status: JobStatus::Pending,
        source: "cli".to_owned(),
        submitted_by: "anna@studio".to_owned(),
        placement: Placement::Connection("gpu".to_owned()),
        policy: Policy::default(),
        priority: 0,
        held: false,
        ready_at: None,
        waiting_for: None,
        idempotency_key: None,
        group: None,
        rerun_of: None,
        attempts: 0,
        posts: 0,
        retries: 0,
        cancel_requested: false,
        event_seq: Seq(1),
        progress: None,
        created_at: at(0.0),
        queued_at: None,
        started_at: None,
        finished_at: None,
        duration_seconds: None,
        outputs: Vec::new(),
        output_folder: None,
        unsaved: false,
        error: None,
    }
}

fn report() -> JobReport {
    let usual = Statistics {
        name: "portrait".to_owned(),
        completed: 212,
        failed: 3,
        cancelled: 0,
        cached: 0,
        success_rate: Some(0.98),
        waiting: Some(Percentiles {
            median: 0.31,
            p95: 4.0,
        }),
        running: Some(Percentiles {
            median: 8.4,
            p95: 12.0,
        }),
        average: None,
    };
    JobReport {
        tags: vec!["keep".to_owned(), "red".to_owned()],
        batch: None,
        overrides: Some(json!({
            "6.text": "a red fox in the snow, film grain, soft light of the morning, shallow depth of field, 85 mm",
            "KSampler.steps": "30",
            "seed": 156_680_208_700_286_u64,
        })),
        nodes: Vec::new(),
        times: JobTimes::default(),
        usual: Some(usual),
        line: None,
        after: Vec::new(),
        events: Vec::new(),
    }
}

fn node(id: &str, class: &str, seconds: Option<f64>) -> NodeTime {
    NodeTime {
        node: id.into(),
        class: class.to_owned(),
        seconds,
        cached: false,
    }
}

fn cached(id: &str, class: &str) -> NodeTime {
    NodeTime {
        cached: true,
        ..node(id, class, None)
    }
}

fn story(changes: Vec<(f64, Change)>) -> Vec<JobEvent> {
    let told = changes.into_iter().zip(1..);
    told.map(|((after, change), seq)| JobEvent {
        seq: Seq(seq),
        at: at(after),
        change,
    })
    .collect()
}

fn slow() -> (Job, JobReport) {
    let output = |name: &str, size, path: Option<&str>| {
        let output = json!({ "node": "9", "kind": "images", "filename": name, "type": "output",
                             "subfolder": "portraits", "size": size, "path": path });
        serde_json::from_value::<Output>(output).unwrap()
    };
    let text = json!({ "node": "12", "kind": "text", "text": "a fox\nin the snow" });
    let job = Job {
        status: JobStatus::Completed,
        attempts: 1,
        rerun_of: Some("019a3c51-0b44-7c3a-9d57-0242ac120002".parse().unwrap()),
        queued_at: Some(at(0.1)),
        started_at: Some(at(31.4)),
        finished_at: Some(at(104.2)),
        duration_seconds: Some(72.5),
        outputs: vec![
            output(
                "fox_00001_.png",
                Some(1_666_702),
                Some("/home/anna/out/fox_00001_.png"),
            ),
            output("fox_00002_.png", None, None),
            serde_json::from_value(text).unwrap(),
        ],
        ..job()
    };
    let mut nodes = vec![
        cached("5", "EmptyLatentImage"),
        cached("7", "CLIPTextEncode"),
        node("4", "CheckpointLoaderSimple", Some(41.2)),
        node("3", "KSampler", Some(27.0)),
        node("8", "VAEDecode", Some(2.9)),
        node(
            "57:12",
            "ImageUpscaleWithModelOfAVeryLongNameThatSomebodyGaveIt",
            Some(0.8),
        ),
        node("9", "SaveImage", Some(0.6)),
    ];
    nodes.extend((20..26).map(|id| node(&id.to_string(), "PreviewAny", Some(0.01))));
    let report = JobReport {
        nodes,
        times: JobTimes {
            waiting: Some(31.4),
            sending: Some(0.1),
            running: Some(72.5),
            loading: Some(41.2),
        },
        ..report()
    };
    (job, report)
}

fn failed() -> (Job, JobReport) {
    let error = JobError {
        node: Some("3".to_owned()),
        class: Some("KSampler".to_owned()),
        hint: Some("free memory with `comfyctl free`, or ask for a smaller size or batch".to_owned()),
        traceback: Some(
            "  File \"/comfy/execution.py\", line 521, in execute\n    output_data = await get_output_data(prompt_id)\n                        ^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/comfy/nodes.py\", line 1572, in sample\n    return common_ksampler(model, seed, steps)".to_owned(),
        ),
        ..JobError::new(
            Code::OutOfMemory,
            "torch.OutOfMemoryError: Allocation on device 0 would exceed allowed memory.\nThis error means you ran out of memory on your GPU.",
        )
    };
    let sending = |attempt, reason: Option<&str>| Change::Sending {
        attempt,
        connection: "gpu".to_owned(),
        worker: "4711@studio-5d3f0c9b".to_owned(),
        reason: reason.map(str::to_owned),
    };
    let events = story(vec![
        (0.0, Change::Submitted),
        (0.1, sending(1, None)),
        (0.2, Change::Queued),
        (1.0, Change::Running),
        (
            3.0,
            Change::Trouble {
                reason: "the connection was closed".to_owned(),
            },
        ),
        (9.0, Change::Recovered),
        (
            9.1,
            sending(2, Some("the server forgot it, most likely by a restart")),
        ),
        (9.2, Change::Queued),
        (9.3, Change::Running),
        (
            20.0,
            Change::Failed {
                error: error.clone(),
            },
        ),
    ]);
    let job = Job {
        status: JobStatus::Failed,
        attempts: 2,
        queued_at: Some(at(0.2)),
        started_at: Some(at(1.0)),
        finished_at: Some(at(20.0)),
        duration_seconds: Some(10.5),
        error: Some(error),
        ..job()
    };
    let report = JobReport {
        nodes: vec![
            node("4", "CheckpointLoaderSimple", Some(2.2)),
            node("3", "KSampler", None),
        ],
        times: JobTimes {
            waiting: Some(1.0),
            sending: Some(0.2),
            running: Some(10.5),
            loading: Some(2.2),
        },
        events,
        ..report()
    };
    (job, report)
}

fn shown(of: &(Job, JobReport), events: bool, width: usize, colors: bool) -> String {
    let (job, report) = of;
    let shown = Shown {
        job,
        report,
        unknown: None,
        events,
    };
    let zone = TimeZone::UTC;
    let text = render(
        &shown,
        &Frame {
            width,
            colors,
            zone,
        },
    );
    // Made visible for whoever reads the snapshot.
    text.replace('\u{1b}', "␛")
}

#[test]
fn a_slow_job_tells_where_its_time_went() {
    insta::assert_snapshot!("slow_80", shown(&slow(), false, 80, false));
    insta::assert_snapshot!("slow_120", shown(&slow(), false, 120, false));
    for line in shown(&slow(), false, 80, false).lines() {
        let is_to_be_copied = line.contains("fox_0000");
        assert!(
            is_to_be_copied || console::measure_text_width(line) <= 80,
            "{line}"
        );
    }
}

#[test]
fn a_failed_job_tells_why_and_what_was_tried() {
    insta::assert_snapshot!("failed_80", shown(&failed(), false, 80, false));
    insta::assert_snapshot!("failed_120_colors", shown(&failed(), false, 120, true));
    insta::assert_snapshot!("failed_80_events", shown(&failed(), true, 80, false));
}

#[test]
fn a_job_that_waits_tells_what_for_and_when_it_may_start() {
    let line = |ahead, starts_in| Some(PlaceInLine { ahead, starts_in });
    let waits = |job: Job, report: JobReport| {
        let text = shown(&(job, report), false, 100, false);
        let line = text.lines().find(|line| line.starts_with("waits")).unwrap();
        line.trim_start_matches("waits").trim().to_owned()
    };
    let all = [
        waits(
            job(),
            JobReport {
                line: line(0, Some(0.0)),
                ..report()
            },
        ),
        waits(
            job(),
            JobReport {
                line: line(12, Some(100.8)),
                ..report()
            },
        ),
        waits(
            job(),
            JobReport {
                line: line(1, None),
                ..report()
            },
        ),
        waits(
            Job {
                held: true,
                ..job()
            },
            JobReport {
                line: line(3, None),
                ..report()
            },
        ),
        waits(
            Job {
                waiting_for: Some("for a connection that can run it: `gpu`: no model".to_owned()),
                ..job()
            },
            JobReport {
                line: line(0, Some(0.0)),
                ..report()
            },
        ),
        waits(
            Job {
                ready_at: Some(at(64.0)),
                ..job()
            },
            JobReport {
                after: vec![job().job_id],
                line: line(2, Some(9.0)),
                ..report()
            },
        ),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_running_job_tells_how_far_it_is_and_why_that_may_be_old() {
    let progress = json!({ "nodes_done": 2, "nodes_total": 7, "node": "3", "class": "KSampler",
        "steps": { "done": 8.0, "total": 20.0, "per_second": null, "seconds_left": null },
        "fraction": 0.43 });
    let job = Job {
        status: JobStatus::Running,
        attempts: 1,
        progress: serde_json::from_value(progress).unwrap(),
        output_folder: Some(PathBuf::from("/home/anna/out")),
        ..job()
    };
    let report = report();
    let unknown = JobError::new(Code::Unreachable, "gpu.example.com cannot be reached");
    let shown = Shown {
        job: &job,
        report: &report,
        unknown: Some(&unknown),
        events: false,
    };
    let frame = Frame {
        width: 80,
        colors: false,
        zone: TimeZone::UTC,
    };
    insta::assert_snapshot!(render(&shown, &frame));
}
