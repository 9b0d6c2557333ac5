//! The task that owns the socket: connects it, keeps it alive, and replaces it.
//!
//! There is never a second socket under the same client id: the old one is closed, or dropped
//! when it no longer answers, before the next is opened. When the end of an old socket reaches
//! the server late, it deafens the new one; the watchdog notices and replaces that as well.

use super::backoff::Backoff;
use super::intake::{Intake, Proof};
use super::options::ListenerOptions;
use super::pulse::{Beat, Pulse, Watchdog};
use super::router::Router;
use super::server::Server;
use super::signal::Disconnection;
use crate::error::Error;
use crate::ids::PromptId;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Keeps one socket alive until it is told to stop.
pub(super) struct Keeper<S> {
    server: Arc<S>,
    router: Arc<Router>,
    intake: Intake,
    backoff: Backoff,
    watchdog: Watchdog,
    options: ListenerOptions,
}

/// Ends all subscriptions when the task ends, however it ends: even when it never began.
impl<S> Drop for Keeper<S> {
    fn drop(&mut self) {
        self.router.close();
    }
}

impl<S: Server> Keeper<S> {
    pub(super) fn new(server: S, router: Arc<Router>, options: ListenerOptions) -> Self {
        Self {
            server: Arc::new(server),
            intake: Intake::new(Arc::clone(&router)),
            router,
            backoff: Backoff::new(&options),
            watchdog: Watchdog::new(&options, Instant::now()),
            options,
        }
    }

    /// Runs until it is stopped.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        while let Some(reason) = self.one_socket(&stop).await {
            debug!(%reason, "socket disconnected");
            self.router.disconnected(&Arc::new(reason));
            let delay = self.backoff.next_delay();
            if stop.run_until_cancelled(sleep(delay)).await.is_none() {
                return;
            }
        }
    }

    /// The life of one socket. `None` when it ended because the listener is to stop.
    async fn one_socket(&mut self, stop: &CancellationToken) -> Option<Disconnection> {
        let mut socket = match stop.run_until_cancelled(self.server.connect()).await? {
            Ok(socket) => socket,
            Err(error) => {
                if !error.is_transient() {
                    self.backoff.refused();
                }
                return Some(Disconnection::Refused(error));
            }
        };
        let born = Instant::now();
        self.intake.begin();
        self.router.connected();
        let end = stop.run_until_cancelled(self.listen(&mut socket)).await;
        self.backoff.lived(born.elapsed());
        if end.as_ref().is_none_or(Disconnection::leaves_server_there) {
            close(&mut socket, self.options.close_timeout).await;
        }
        end
    }

    /// Takes in what comes until the socket has to be given up. Can be dropped at any point.
    ///
    /// Messages go before the alarm: after a pause of ours, what has come in the meantime counts
    /// before any silence does.
    async fn listen(&mut self, socket: &mut WebSocketStream<S::Stream>) -> Disconnection {
        let mut pulse = Pulse::new(&self.options, Instant::now());
        self.watchdog.restart(Instant::now());
        let mut alarm = pin!(sleep_until(pulse.due().min(self.watchdog.due())));
        let mut question = self.router.is_awaited().then(|| self.ask_queue());
        loop {
            let lost = tokio::select! {
                biased;
                running = answer(&mut question) => {
                    let lost = self.queue_said(running, &mut pulse);
                    alarm.as_mut().reset(pulse.due().min(self.watchdog.due()));
                    lost
                }
                message = socket.next() => self.take(message, &mut pulse),
                () = alarm.as_mut() => {
                    let beat = pulse.check(Instant::now());
                    let in_doubt = self.is_too_quiet() || beat == Beat::Doubt;
                    if in_doubt && question.is_none() {
                        question = Some(self.ask_queue());
                    }
                    alarm.as_mut().reset(pulse.due().min(self.watchdog.due()));
                    self.beat(beat, &pulse, socket).await
                }
            };
            if let Some(reason) = lost {
                return reason;
            }
        }
    }

    /// Takes in what the socket gave.
    fn take(
        &mut self,
        message: Option<tungstenite::Result<Message>>,
        pulse: &mut Pulse,
    ) -> Option<Disconnection> {
        let now = Instant::now();
        pulse.heard(now);
        match message {
            Some(Ok(Message::Close(farewell))) => Some(Disconnection::closed(farewell)),
            Some(Ok(message)) => {
                if self.intake.message(message) == Proof::Known {
                    self.watchdog.heard(now);
                }
                None
            }
            Some(Err(error)) => Some(Disconnection::broken(&error)),
            None => Some(Disconnection::broken(&tungstenite::Error::AlreadyClosed)),
        }
    }

    /// Pings, or gives the socket up.
    async fn beat(
        &self,
        beat: Beat,
        pulse: &Pulse,
        socket: &mut WebSocketStream<S::Stream>,
    ) -> Option<Disconnection> {
        let silence = self.options.silence_timeout;
        match beat {
            Beat::Wait => None,
            Beat::Dead => {
                let silence = pulse.silence(Instant::now());
                Some(Disconnection::Silent { silence })
            }
            Beat::Ping | Beat::Doubt => {
                let ping = socket.send(Message::Ping(Bytes::new()));
                let Ok(sent) = timeout(silence, ping).await else {
                    return Some(Disconnection::Silent { silence });
                };
                sent.err().as_ref().map(Disconnection::broken)
            }
        }
    }

    /// Whether it is time to ask the queue. Nobody asks when nobody waits for a prompt.
    fn is_too_quiet(&mut self) -> bool {
        let is_due = self.watchdog.check(Instant::now());
        if is_due && !self.router.is_awaited() {
            self.watchdog.restart(Instant::now());
            return false;
        }
        is_due
    }

    /// Asks which of our prompts is running: after a connect, because the server then greets with
    /// a node and leaves out the prompt; and when it has been too quiet.
    fn ask_queue(&self) -> Question {
        let server = Arc::clone(&self.server);
        Box::pin(async move { server.running().await })
    }

    fn queue_said(
        &mut self,
        running: Result<Option<PromptId>, Error>,
        pulse: &mut Pulse,
    ) -> Option<Disconnection> {
        let running = match running {
            Ok(running) => {
                pulse.answered(Instant::now());
                running
            }
            Err(error) => {
                debug!(%error, "the queue did not tell what is running");
                None
            }
        };
        let Some(prompt_id) = running else {
            self.watchdog.calm();
            return None;
        };
        self.intake.is_running(&prompt_id);
        self.watchdog
            .bark()
            .map(|quiet| Disconnection::Quiet { quiet })
    }
}

/// A question to the queue, on its way beside the socket.
type Question = Pin<Box<dyn Future<Output = Result<Option<PromptId>, Error>> + Send>>;

/// The answer to the question, once; waits for ever when none is asked.
async fn answer(asked: &mut Option<Question>) -> Result<Option<PromptId>, Error> {
    let Some(question) = asked else {
        return std::future::pending().await;
    };
    let answer = question.await;
    *asked = None;
    answer
}

/// Closes in order, so that the server has dropped the registration before the next socket comes.
async fn close<T: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<T>,
    limit: Duration,
) {
    let farewell = async {
        socket.close(None).await?;
        while socket.next().await.transpose()?.is_some() {}
        Ok::<(), tungstenite::Error>(())
    };
    match timeout(limit, farewell).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "socket broke while it was closed"),
        Err(_) => debug!("server did not close the socket in time"),
    }
}

#[cfg(test)]
mod tests;
