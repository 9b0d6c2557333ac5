//! The futures of the manager may cross threads: servers spawn them, and Python awaits them.

use comfyctl_manager::{
    BatchRequest, Job, JobFilter, JobId, JobWatch, Library, Limits, Manager, Move, Request, Rerun,
    Retention, Seq, Server, StatisticsBy, StatisticsRange, Watcher, WorkflowName,
};
use comfyctl_workflow::Prompt;
use indexmap::IndexSet;
use std::path::Path;

fn may_cross<F: Future + Send>(future: F) {
    drop(future);
}

#[expect(dead_code, reason = "that it compiles is the promise")]
fn futures_of_jobs(manager: &Manager, request: Request, limits: &Limits, watcher: Watcher<'_>) {
    let id = JobId::generate();
    may_cross(manager.submit(request, watcher));
    may_cross(manager.follow(id, limits, watcher));
    may_cross(manager.look_after(id));
    may_cross(manager.watch(id, Seq::default()));
    may_cross(manager.events(id, Seq::default()));
    may_cross(manager.cancel(id));
    may_cross(manager.work());
    may_cross(manager.workers());
    may_cross(manager.job("019a"));
    may_cross(manager.known_jobs(&["019a"]));
    may_cross(manager.hold(id));
    may_cross(manager.release(id));
    may_cross(manager.move_job(id, Move::default(), watcher));
    may_cross(manager.rerun(id, Rerun::default(), watcher));
    may_cross(manager.compare(id, id));
    may_cross(manager.wait(&[id], limits, &|_| ()));
    may_cross(manager.close());
}

#[expect(dead_code, reason = "that it compiles is the promise")]
fn futures_of_the_history(manager: &Manager, filter: &JobFilter, range: StatisticsRange) {
    let path = Path::new("jobs.backup");
    may_cross(manager.jobs(filter));
    may_cross(manager.statistics(StatisticsBy::Workflow, range));
    may_cross(manager.overview());
    may_cross(manager.tags(JobId::generate()));
    may_cross(manager.change_tags(JobId::generate(), Vec::new(), Vec::new()));
    may_cross(manager.clean_up(Retention::default()));
    may_cross(manager.count_to_clean_up(Retention::default()));
    may_cross(manager.backup(path));
    may_cross(Manager::verify_backup(path));
    may_cross(manager.check_history());
    may_cross(manager.export(&mut tokio::io::sink()));
    may_cross(manager.import(&mut tokio::io::BufReader::new(tokio::io::empty())));
    may_cross(manager.import_version_2(""));
    may_cross(manager.batch("portraits"));
    may_cross(manager.batches(10));
}

#[expect(dead_code, reason = "that it compiles is the promise")]
fn futures_of_runs(manager: &Manager, request: Request, limits: &Limits, watcher: Watcher<'_>) {
    may_cross(manager.run(request, limits, watcher));
    may_cross(manager.follow_batch("portraits", limits, &|_| {}));
}

#[expect(dead_code, reason = "that it compiles is the promise")]
fn futures_of_servers(
    manager: &Manager,
    (request, watcher): (BatchRequest, Watcher<'_>),
    (server, job, prompt): (&Server, &mut Job, &Prompt),
    (watch, library, name): (&mut JobWatch, &Library, &WorkflowName),
) {
    may_cross(manager.submit_batch(request, watcher));
    may_cross(manager.save_outputs(server, job, Path::new("outputs")));
    may_cross(manager.prompt_of(job));
    may_cross(manager.refresh(server, job));
    may_cross(manager.check(server, prompt));
    may_cross(manager.known_nodes(server, IndexSet::from(["KSampler"])));
    may_cross(watch.next());
    may_cross(library.list());
    may_cross(library.read("portrait"));
    may_cross(library.save(name, b"{}", false));
    may_cross(library.delete(name));
    may_cross(server.definitions_for(prompt));
}
