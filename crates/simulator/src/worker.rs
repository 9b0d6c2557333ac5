//! The thread that runs jobs, one at a time, as the real server's does.

use crate::execution::{Executor, Outcome};
use crate::frames;
use crate::job::Audience;
use crate::queue::Work;
use crate::server::Server;
use serde_json::json;
use std::time::Instant;

/// Runs until the server is killed, or until something happens that ends a real server's thread:
/// then the job stays "running" for ever and nothing runs again.
pub(crate) fn run(server: &Server) {
    let mut executor = Executor::default();
    loop {
        match server.queue.next() {
            Work::Stop | Work::Die => return,
            Work::FreeMemory => executor.forget(),
            Work::Run(job) => {
                let audience = job.audience();
                let start = Instant::now();
                if audience == Audience::Unhashable {
                    return server.die(None);
                }
                let finished = match executor.execute(server, &job) {
                    Outcome::Finished(finished) => finished,
                    Outcome::ThreadDied | Outcome::Killed => return,
                };
                server.show(|showing| showing.node = None);
                server.queue.finish(finished);
                if let Audience::Client(client) = &audience {
                    let end = json!({"node": null, "prompt_id": job.id});
                    server
                        .sockets
                        .send(client, &frames::event("executing", &end));
                }
                let seconds = start.elapsed().as_secs_f64();
                server.log.write(&format!(
                    "\u{1b}[32mPrompt executed in {seconds:.2} seconds\u{1b}[0m"
                ));
            }
        }
    }
}
