//! The task that owns the socket: connects it, keeps it alive, and replaces it.
//!
//! There is never a second socket under the same client id: the old one is closed, or dropped
//! when it no longer answers, before the next is opened. When the end of an old socket reaches
//! the server late, it deafens the new one; the watchdog notices and replaces that as well.

use super::attribution::Attribution;
use super::backoff::Backoff;
use super::event::Event;
use super::frame::Frame;
use super::options::ListenerOptions;
use super::peek::Head;
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
use tracing::{debug, warn};

/// Keeps one socket alive until it is told to stop.
pub(super) struct Keeper<S> {
    server: Arc<S>,
    router: Arc<Router>,
    options: ListenerOptions,
    stop: CancellationToken,
    backoff: Backoff,
    watchdog: Watchdog,
    attribution: Attribution,
}

/// Ends all subscriptions when the task ends, however it ends.
struct ClosesRouter(Arc<Router>);

impl Drop for ClosesRouter {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<S: Server> Keeper<S> {
    pub(super) fn new(
        server: S,
        router: Arc<Router>,
        options: ListenerOptions,
        stop: CancellationToken,
    ) -> Self {
        Self {
            backoff: Backoff::new(&options),
            watchdog: Watchdog::new(&options, Instant::now()),
            attribution: Attribution::default(),
            server: Arc::new(server),
            router,
            options,
            stop,
        }
    }

    /// Runs until it is stopped.
    pub(super) async fn run(mut self) {
        let _closes = ClosesRouter(Arc::clone(&self.router));
        let stop = self.stop.clone();
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
        self.attribution.reset();
        self.router.connected();
        let end = stop.run_until_cancelled(self.listen(&mut socket)).await;
        self.backoff.lived(born.elapsed());
        if matches!(
            end,
            None | Some(Disconnection::Deafened { .. } | Disconnection::Closed { .. })
        ) {
            close(&mut socket, self.options.close_timeout).await;
        }
        end
    }

    /// Takes in what comes until the socket has to be given up. Nothing is lost when the future is
    /// dropped.
    ///
    /// Frames go before the alarm: after a pause of ours, what has come in the meantime counts
    /// before any silence does.
    async fn listen(&mut self, socket: &mut WebSocketStream<S::Stream>) -> Disconnection {
        let mut pulse = Pulse::new(&self.options, Instant::now());
        self.watchdog.restart(Instant::now());
        let mut alarm = pin!(sleep_until(pulse.due().min(self.watchdog.due())));
        let mut look = self.router.is_awaited().then(|| self.look_into_queue());
        loop {
            let lost = tokio::select! {
                biased;
                running = answer(&mut look) => self.know_running(running),
                message = socket.next() => {
                    pulse.heard(Instant::now());
                    self.take(message)
                }
                () = alarm.as_mut() => {
                    let lost = self.beat(&mut pulse, socket).await;
                    if self.is_too_quiet() && look.is_none() {
                        look = Some(self.look_into_queue());
                    }
                    alarm.as_mut().reset(pulse.due().min(self.watchdog.due()));
                    lost
                }
            };
            if let Some(reason) = lost {
                return reason;
            }
        }
    }

    /// Takes in what the socket gave.
    fn take(&mut self, message: Option<tungstenite::Result<Message>>) -> Option<Disconnection> {
        match message {
            Some(Ok(Message::Text(text))) => self.text(&text),
            Some(Ok(Message::Binary(bytes))) => self.binary(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(farewell))) => return Some(Disconnection::closed(farewell)),
            Some(Err(error)) => return Some(Disconnection::Broken(error)),
            None => return Some(Disconnection::Broken(tungstenite::Error::ConnectionClosed)),
        }
        None
    }

    /// A message that cannot be read is reported and passed over.
    fn text(&mut self, text: &str) {
        if let Some(prompt_id) = Head::of(text).and_then(Head::prompt_at_work)
            && !self.router.wants(prompt_id)
        {
            self.watchdog.heard(Instant::now());
            self.attribution.learn(prompt_id);
            return;
        }
        match Event::from_text(text) {
            Ok(event) => self.event(event),
            Err(error) => warn!(%error, "passed over a message of the server"),
        }
    }

    /// A frame that cannot be read is reported and passed over.
    fn binary(&mut self, bytes: Bytes) {
        match Frame::decode(bytes) {
            Ok(Frame::Preview(mut preview)) => {
                self.watchdog.heard(Instant::now());
                self.attribution.preview(&mut preview);
                self.router.preview(&preview);
            }
            Ok(Frame::Text(text)) => self.event(Event::Text(text)),
            Ok(Frame::Unknown(frame)) => self.event(Event::Binary(frame)),
            Err(error) => warn!(%error, "passed over a binary frame of the server"),
        }
    }

    fn event(&mut self, event: Event) {
        if !is_greeting(&event) {
            self.watchdog.heard(Instant::now());
        }
        let (greeting, event) = self.attribution.event(event);
        greeting
            .into_iter()
            .chain(event)
            .for_each(|event| self.router.event(event));
    }

    /// Pings, or gives the socket up, when it is time to.
    async fn beat(
        &self,
        pulse: &mut Pulse,
        socket: &mut WebSocketStream<S::Stream>,
    ) -> Option<Disconnection> {
        match pulse.check(Instant::now()) {
            Beat::Wait => None,
            Beat::Dead => Some(Disconnection::Silent {
                silence: self.options.silence_timeout,
            }),
            Beat::Ping => {
                let ping = socket.send(Message::Ping(Bytes::new()));
                match timeout(self.options.silence_timeout, ping).await {
                    Ok(sent) => sent.err().map(Disconnection::Broken),
                    Err(_) => Some(Disconnection::Silent {
                        silence: self.options.silence_timeout,
                    }),
                }
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

    fn look_into_queue(&self) -> Look {
        let server = Arc::clone(&self.server);
        Box::pin(async move { server.running().await })
    }

    /// The queue has been asked, after a connect or because of the quiet.
    fn know_running(&mut self, running: Result<Option<PromptId>, Error>) -> Option<Disconnection> {
        let running = running.unwrap_or_else(|error| {
            debug!(%error, "the queue did not tell what is running");
            None
        });
        let Some(prompt_id) = running else {
            self.watchdog.calm();
            return None;
        };
        if let Some(greeting) = self.attribution.learn_from_queue(&prompt_id) {
            self.router.event(greeting);
        }
        self.watchdog
            .bark()
            .map(|quiet| Disconnection::Deafened { quiet })
    }
}

/// Whether the server says this to every new socket, so that it proves nothing about its
/// registration.
fn is_greeting(event: &Event) -> bool {
    match event {
        Event::Status(status) => status.sid.is_some(),
        Event::Executing(executing) => executing.prompt_id.is_none(),
        Event::FeatureFlags(_) => true,
        _ => false,
    }
}

/// A question to the queue, on its way beside the socket.
type Look = Pin<Box<dyn Future<Output = Result<Option<PromptId>, Error>> + Send>>;

/// The answer to the question, once; waits for ever when none is asked.
async fn answer(look: &mut Option<Look>) -> Result<Option<PromptId>, Error> {
    let Some(question) = look else {
        return std::future::pending().await;
    };
    let answer = question.await;
    *look = None;
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
