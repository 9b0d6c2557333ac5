//! What version 2.0.0 did for each new job: write the whole history anew, in Python.

use std::process::Command;

const PROGRAM: &str = r#"
import json, os, statistics, sys, tempfile, time
def job(n):
    return {"job_id": str(n), "prompt_id": str(n), "workflow_name": "portrait",
            "status": "completed", "connection_name": "default",
            "inputs": {"text": "portrait of an old fisherman at dawn"},
            "outputs": [{"node_id": "9", "output_type": "images", "data": {"filename": "a.png"},
                         "filename": "a.png", "preview_url": None}],
            "error": None, "created_at": "2025-11-02T10:00:00",
            "started_at": "2025-11-02T10:00:02", "completed_at": "2025-11-02T10:00:12",
            "duration": 10.0, "progress": 1.0, "current_node": None, "metadata": {}}
path = os.path.join(tempfile.mkdtemp(), "job_history.json")
for count in (1000, 10000):
    jobs = [job(n) for n in range(count)]
    times = []
    for n in range(20):
        start = time.perf_counter()
        jobs.insert(0, job(n)); jobs.pop()
        with open(path, "w") as file:
            json.dump({"version": "2.0", "saved_at": "2025-11-02T10:00:00", "jobs": jobs}, file, indent=2)
        times.append(time.perf_counter() - start)
    print(f"| rewritten file, {count} jobs | {statistics.median(times) * 1000:.1f} ms |")
os.remove(path)
"#;

pub(super) fn print() {
    println!("\n| insert as version 2.0.0 did it, not synced | median |\n|---|---|");
    match Command::new("python3").args(["-c", PROGRAM]).output() {
        Ok(output) => println!("{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => println!("skipped: python3: {error}"),
    }
}
