//! The task that decides which jobs this process looks after. It alone starts followers.

mod placing;
mod taking;
mod wanted;

use crate::engine::Shared;
use crate::engine::caretaker::caretaker;
use crate::engine::follower::{FollowEnd, Reins};
use crate::engine::heartbeat::heartbeat;
use crate::engine::servers::Outlook;
use crate::error::Error;
use crate::job::{Job, JobId};
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
use wanted::Turn;

/// Time between two looks for what is due, when nothing gives cause for one.
const LOOK: Duration = Duration::from_secs(2);
/// Commands that are read in one go.
const COMMANDS_AT_ONCE: usize = 256;

/// What the dispatcher is told.
pub(crate) enum Command {
    /// Look after this job.
    Want(JobId),
    /// Look after any job, on connections as these settings have them, and clean up.
    Work(SettingsWatch),
    /// Something may be due.
    Look,
    /// Let go of this job, then answer.
    Leave(JobId, oneshot::Sender<()>),
    /// Let go of all jobs and end.
    Stop,
}

/// What gives cause to look, and for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Occasion {
    /// Nothing.
    #[default]
    None,
    /// A job or a slot came free here.
    Slot,
    /// Anything may have changed, and somebody may want a job to stop.
    News,
}

pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    /// Jobs that this process was asked to look after, in that order, each with its turn at a server
    /// if that is known.
    wanted: IndexMap<JobId, Option<Turn>>,
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
            let occasion = tokio::select! {
                received = inbox.recv_many(&mut commands, COMMANDS_AT_ONCE) => {
                    let stop = |command: &Command| matches!(command, Command::Stop);
                    if received == 0 || commands.iter().any(stop) {
                        break;
                    }
                    let occasions = commands.drain(..).map(|command| self.obey(command));
                    occasions.max().unwrap_or_default()
                }
                Some(ended) = self.followers.join_next_with_id() => self.take_back(ended),
                Some(Ok((server, answers))) = self.probes.join_next() => {
                    self.take_probe(&server, answers)
                }
                Some(Ok((id, placed))) = self.placings.join_next() => {
                    if let Err(error) = self.take_placed(id, placed).await {
                        debug!(job.id = %id, %error, "failed to give a job to a server; it is tried again");
                    }
                    Occasion::None
                }
                () = others.changed() => Occasion::News,
                Some(settings) = new_settings(&mut self.settings) => {
                    self.shared.servers.replace_settings(settings);
                    self.unplaced.clear();
                    self.look_anew()
                }
                // A job may have been given another connection meanwhile.
                _ = tick.tick() => self.look_anew(),
            };
            if occasion > Occasion::None
                && let Err(error) = self.look(occasion).await
            {
                debug!(%error, "failed to look for jobs; it is tried again");
            }
        }
        self.stop().await;
        heart.abort();
    }

    /// What is known of the wanted jobs may be so no more.
    fn look_anew(&mut self) -> Occasion {
        self.wanted.values_mut().for_each(|turn| *turn = None);
        Occasion::News
    }

    fn obey(&mut self, command: Command) -> Occasion {
        match command {
            Command::Want(id) => {
                self.wanted.entry(id).or_default();
                Occasion::Slot
            }
            Command::Work(settings) => {
                let care = caretaker(Arc::clone(&self.shared), settings.receiver());
                self.caretaker = Some(AbortOnDropHandle::new(tokio::spawn(care)));
                self.settings = Some((settings.receiver(), settings));
                self.shared.working.store(true, Ordering::Relaxed);
                Occasion::News
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
                Occasion::None
            }
            Command::Look | Command::Stop => Occasion::News,
        }
    }

    /// Takes what is to be taken, and passes on what others ask for.
    async fn look(&mut self, occasion: Occasion) -> Result<(), Error> {
        self.release_stale().await;
        if occasion == Occasion::News && !self.reins.is_empty() {
            let store = &self.shared.store;
            for id in store.cancel_requests(&self.shared.worker).await? {
                if let Some(reins) = self.reins.get(&id) {
                    reins.cancel.cancel();
                }
            }
        }
        self.look_after_wanted().await?;
        if self.shared.is_working() {
            self.work().await?;
        }
        Ok(())
    }

    /// Takes any jobs that may be sent, and those that nobody looks after.
    async fn work(&mut self) -> Result<(), Error> {
        self.adopt_orphans().await?;
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
                        self.try_to_find_server(id).await?;
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

    /// A server that was away was asked whether it answers.
    fn take_probe(&mut self, server: &Server, answers: bool) -> Occasion {
        if answers {
            self.shared.servers.is_back(server);
            Occasion::Slot
        } else {
            self.shared.servers.is_out(server);
            Occasion::None
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
