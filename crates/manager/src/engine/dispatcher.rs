//! The task that decides which jobs this process looks after. It alone starts followers.

mod placing;
mod taking;

use crate::code::Code;
use crate::engine::Shared;
use crate::engine::caretaker::caretaker;
use crate::engine::follower::{FollowEnd, Reins};
use crate::engine::glimpse::Glimpse;
use crate::engine::heartbeat::heartbeat;
use crate::engine::servers::Outlook;
use crate::error::Error;
use crate::job::{Job, JobId};
use crate::locations::Locations;
use crate::server::Server;
use crate::settings::{Settings, SettingsWatch};
use crate::store::{Lease, Scope, Waiting};
use indexmap::IndexMap;
use placing::Placed;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use taking::Active;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

/// Time between two looks for what is due, when nothing gives cause for one.
const LOOK: Duration = Duration::from_secs(2);
/// Jobs that are adopted in one go.
const ADOPTED_AT_ONCE: u32 = 64;
/// Commands that are read in one go.
const COMMANDS_AT_ONCE: usize = 256;

/// What the dispatcher is told.
pub(crate) enum Command {
    /// Look after this job.
    Want(JobId),
    /// Look after any job, on connections as these settings have them, and clean up.
    Work(SettingsWatch, Locations),
    /// Something may be due.
    Look,
    /// Let go of this job, then answer.
    Leave(JobId, oneshot::Sender<()>),
    /// Let go of all jobs and end.
    Stop,
}

pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    /// Jobs that this process was asked to look after, in that order, each with the connection
    /// that it waits for.
    wanted: IndexMap<JobId, Option<String>>,
    reins: HashMap<JobId, Reins>,
    active: HashMap<Id, Active>,
    followers: JoinSet<Result<FollowEnd, Error>>,
    /// Servers that are asked whether they answer again.
    probes: JoinSet<(Arc<Server>, bool)>,
    /// Jobs for which a server is looked for.
    placings: JoinSet<(JobId, Placed)>,
    placing: HashSet<JobId>,
    /// Jobs that no server takes, each with the time from which on it is worth asking again.
    unplaced: HashMap<JobId, Instant>,
    leaving: HashMap<JobId, Vec<oneshot::Sender<()>>>,
    /// Leases that could not be given back when it was time.
    stale: Vec<Lease>,
    /// Leases of jobs whose server cannot be told from the settings.
    parked: Vec<Lease>,
    /// Of a worker: ends with this.
    caretaker: Option<AbortOnDropHandle<()>>,
    /// Of a worker, which runs for long.
    settings: Option<(watch::Receiver<Arc<Settings>>, SettingsWatch)>,
}

impl Dispatcher {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            wanted: IndexMap::new(),
            reins: HashMap::new(),
            active: HashMap::new(),
            followers: JoinSet::new(),
            probes: JoinSet::new(),
            placings: JoinSet::new(),
            placing: HashSet::new(),
            unplaced: HashMap::new(),
            leaving: HashMap::new(),
            stale: Vec::new(),
            parked: Vec::new(),
            caretaker: None,
            settings: None,
        }
    }

    /// Runs until it is told to stop or nobody can tell it anything any more.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let beating = heartbeat(Arc::clone(&self.shared));
        let heart = tokio::spawn(beating);
        let mut others = self.shared.store.feed().others();
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut commands = Vec::new();
        loop {
            let look = tokio::select! {
                received = inbox.recv_many(&mut commands, COMMANDS_AT_ONCE) => {
                    let stop = |command: &Command| matches!(command, Command::Stop);
                    if received == 0 || commands.iter().any(stop) {
                        break;
                    }
                    commands.drain(..).for_each(|command| self.obey(command));
                    true
                }
                Some(ended) = self.followers.join_next_with_id() => self.take_back(ended),
                Some(Ok((server, answers))) = self.probes.join_next() => {
                    if answers {
                        self.shared.servers.is_back(&server);
                    } else {
                        self.shared.servers.is_out(&server);
                    }
                    answers
                }
                Some(Ok((id, placed))) = self.placings.join_next() => {
                    if let Err(error) = self.take_placed(id, placed).await {
                        debug!(job.id = %id, %error, "failed to give a job to a server; it is tried again");
                    }
                    false
                }
                () = others.changed() => true,
                Some(settings) = new_settings(&mut self.settings) => {
                    self.shared.servers.replace_settings(settings);
                    self.unplaced.clear();
                    self.unpark();
                    true
                }
                _ = tick.tick() => {
                    // A job may have been given another connection meanwhile.
                    self.wanted.values_mut().for_each(|connection| *connection = None);
                    true
                }
            };
            if look && let Err(error) = self.look().await {
                debug!(%error, "failed to look for jobs; it is tried again");
            }
        }
        self.stop().await;
        heart.abort();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Want(id) => {
                self.wanted.entry(id).or_default();
            }
            Command::Work(settings, locations) => {
                let shared = Arc::clone(&self.shared);
                let care = caretaker(shared, settings.receiver(), locations);
                self.caretaker = Some(AbortOnDropHandle::new(tokio::spawn(care)));
                self.settings = Some((settings.receiver(), settings));
                self.shared.working.store(true, Ordering::Relaxed);
            }
            Command::Leave(id, done) => {
                self.wanted.shift_remove(&id);
                if let Some(reins) = self.reins.get(&id) {
                    reins.leave.cancel();
                    self.leaving.entry(id).or_default().push(done);
                } else {
                    // Whoever asked may have left.
                    let _ = done.send(());
                }
            }
            Command::Look | Command::Stop => {}
        }
    }

    /// Takes what is to be taken, and passes on what other processes ask for.
    async fn look(&mut self) -> Result<(), Error> {
        self.release_stale().await;
        if !self.reins.is_empty() {
            for id in self
                .shared
                .store
                .cancel_requests(&self.shared.worker)
                .await?
            {
                if let Some(reins) = self.reins.get(&id) {
                    reins.cancel.cancel();
                }
            }
        }
        let mut full = HashSet::new();
        let wanted: Vec<JobId> = self.wanted.keys().copied().collect();
        for id in wanted {
            if !self.reins.contains_key(&id) {
                self.try_to_look_after(id, &mut full).await?;
            }
        }
        if self.shared.is_working() {
            self.work().await?;
        }
        Ok(())
    }

    /// A job that cannot be taken, because its connection is wrong, keeps no other from it.
    async fn try_to_look_after(
        &mut self,
        id: JobId,
        full: &mut HashSet<String>,
    ) -> Result<(), Error> {
        match self.look_after(id, full).await {
            Err(error) if error.code() != Code::StoreError => {
                self.waits(id, format!("for its connection: {error}"));
                Ok(())
            }
            looked => looked,
        }
    }

    /// Takes a job that this process was asked to look after, if it may. `full` has the connections
    /// that have no free slot.
    async fn look_after(&mut self, id: JobId, full: &mut HashSet<String>) -> Result<(), Error> {
        let waits_for = self.wanted.get(&id).and_then(Option::as_ref);
        if waits_for.is_some_and(|connection| full.contains(connection)) {
            return Ok(());
        }
        let Some(job) = self.shared.store.job(id).await? else {
            self.wanted.shift_remove(&id);
            return Ok(());
        };
        if job.status.is_final() && !job.unsaved {
            self.wanted.shift_remove(&id);
            return Ok(());
        }
        if job.posts > 0 || job.unsaved {
            return self.adopt(Scope::Job(id)).await;
        }
        if job.connection.is_none() {
            self.place(&job);
            return Ok(());
        }
        let server = self.server_of(&job)?;
        let name = server.name().to_owned();
        if server.is_paused() {
            self.waits(id, format!("until `{name}` is resumed"));
            return Ok(());
        }
        if job.policy.patient && !self.is_promising(&server) {
            self.waits(id, format!("until `{name}` can be reached"));
            return Ok(());
        }
        let claims = self.claim(&server, Scope::Job(id)).await?;
        if !self.reins.contains_key(&id) {
            self.waits(id, reason_to_wait(&job, &name, claims.free));
        }
        if claims.free == 0 {
            full.insert(name.clone());
        }
        self.wanted.insert(id, Some(name));
        Ok(())
    }

    /// Shows why a job is not sent yet.
    fn waits(&self, id: JobId, reason: String) {
        self.shared.glimpses.show(id, Glimpse::Waiting(reason));
    }

    /// Takes any jobs that may be sent, and those that nobody looks after.
    async fn work(&mut self) -> Result<(), Error> {
        self.adopt(Scope::Any(ADOPTED_AT_ONCE)).await?;
        for waiting in self.shared.store.waiting().await? {
            match waiting {
                Waiting::Connection { name, server_url } => {
                    let url = Some(server_url.as_str()).filter(|url| !url.is_empty());
                    match self.shared.servers.find(&name, url) {
                        Ok(server) if !server.is_paused() && self.is_promising(&server) => {
                            self.claim(&server, Scope::Any(u32::MAX)).await?;
                        }
                        Ok(_) => {}
                        Err(error) => {
                            debug!(connection = name, %error, "no server to send jobs to");
                        }
                    }
                }
                Waiting::Any(ids) => {
                    for id in ids {
                        self.try_to_look_after(id, &mut HashSet::new()).await?;
                    }
                }
            }
        }
        Ok(())
    }

    fn server_of(&self, job: &Job) -> Result<Arc<Server>, Error> {
        let name = job.connection.as_deref().unwrap_or_default();
        self.shared.servers.find(name, job.server_url.as_deref())
    }

    /// Whether a server is worth sending to; one that was away is asked, and jobs wait meanwhile.
    fn is_promising(&mut self, server: &Arc<Server>) -> bool {
        match self.shared.servers.outlook(server) {
            Outlook::Good => true,
            Outlook::Bad => false,
            Outlook::Unknown => {
                let server = Arc::clone(server);
                self.probes.spawn(async move {
                    let answers = server.client().queue().await.is_ok();
                    (server, answers)
                });
                false
            }
        }
    }

    async fn stop(mut self) {
        self.caretaker = None;
        for reins in self.reins.values() {
            reins.leave.cancel();
        }
        while let Some(ended) = self.followers.join_next_with_id().await {
            self.take_back(ended);
        }
        self.unpark();
        self.release_stale().await;
        if self.shared.is_working()
            && let Err(error) = self.shared.store.retire(&self.shared.worker).await
        {
            debug!(%error, "failed to take this worker off the list");
        }
    }
}

/// The settings when they have changed.
async fn new_settings(
    watched: &mut Option<(watch::Receiver<Arc<Settings>>, SettingsWatch)>,
) -> Option<Arc<Settings>> {
    let (receiver, _) = watched.as_mut()?;
    receiver.changed().await.ok()?;
    Some(Arc::clone(&receiver.borrow_and_update()))
}

fn reason_to_wait(job: &Job, connection: &str, free: u32) -> String {
    if job.held {
        "until it is released".to_owned()
    } else if free == 0 {
        format!("for a free slot of `{connection}`")
    } else if let Some(ready_at) = job.ready_at {
        format!("until {ready_at}")
    } else {
        "for other jobs to complete".to_owned()
    }
}
