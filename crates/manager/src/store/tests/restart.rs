//! A PostgreSQL server that dies in the middle of writes.

use super::fixture::job;
use super::postgres::Server;
use crate::job::JobId;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Callers that submit one job after the other.
const CALLERS: usize = 8;
/// Crashes of the server meanwhile.
const CRASHES: usize = 3;

#[test]
fn writes_go_on_when_the_server_comes_back_and_none_is_lost_or_done_twice() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let place = runtime.block_on(server.place());
    let store = runtime.block_on(place.open());
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            runtime.spawn(async move {
                let mut stored = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    stored.push(store.submit_one(job()).await);
                }
                stored
            })
        })
        .collect();
    for _ in 0..CRASHES {
        // In the middle of writes: after some have come through again.
        let seen = runtime.block_on(store.submit_one(job()));
        runtime.block_on(store.submit_one(job()));
        server.crash_and_restart();
        assert!(runtime.block_on(store.job(seen)).is_ok());
    }
    runtime.block_on(store.submit_one(job()));
    stop.store(true, Ordering::Relaxed);
    let mut stored = Vec::new();
    for caller in callers {
        stored.extend(runtime.block_on(caller).unwrap());
    }
    runtime.block_on(async {
        let mut connection = place.connect().await;
        let ids: Vec<String> = sqlx::query_scalar("SELECT job_id FROM jobs")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let there: HashSet<JobId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        assert!(stored.iter().all(|id| there.contains(id)));
        // Each caller made exactly the jobs that it was told of, and we made two a crash and one.
        assert_eq!(ids.len(), stored.len() + 2 * CRASHES + 1);
    });
}
