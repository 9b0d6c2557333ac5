//! The keeper against a server in memory, with the clock stopped: time passes only when all wait.

use super::*;
use crate::error::ErrorKind;
use crate::socket::mailbox::Mailbox;
use crate::socket::signal::Signal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::Role;

type ServerSocket = WebSocketStream<DuplexStream>;

/// Hands the server's end of each socket to the test.
struct MemoryServer {
    sockets: mpsc::UnboundedSender<ServerSocket>,
    running: Arc<Mutex<Option<PromptId>>>,
    refusals: Arc<Mutex<u32>>,
    busy: Arc<AtomicBool>,
}

impl Server for MemoryServer {
    type Stream = DuplexStream;

    async fn connect(&self) -> Result<WebSocketStream<DuplexStream>, Error> {
        let refuse = {
            let mut refusals = self.refusals.lock().unwrap();
            let refuse = *refusals > 0;
            *refusals = refusals.saturating_sub(1);
            refuse
        };
        if refuse {
            return Err(ErrorKind::ConnectionLost {
                detail: "refused".to_owned(),
            }
            .into());
        }
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let theirs = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        self.sockets.send(theirs).unwrap();
        Ok(WebSocketStream::from_raw_socket(ours, Role::Client, None).await)
    }

    async fn running(&self) -> Result<Option<PromptId>, Error> {
        if self.busy.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        Ok(self.running.lock().unwrap().clone())
    }
}

/// A keeper at work, and one subscriber to the prompt `a`.
struct Scene {
    sockets: mpsc::UnboundedReceiver<ServerSocket>,
    running: Arc<Mutex<Option<PromptId>>>,
    mailbox: Arc<Mailbox>,
    busy: Arc<AtomicBool>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Scene {
    fn new() -> Self {
        Self::refusing(0)
    }

    fn refusing(refusals: u32) -> Self {
        let (sender, sockets) = mpsc::unbounded_channel();
        let running = Arc::default();
        let refusals = Arc::new(Mutex::new(refusals));
        let busy = Arc::default();
        let server = MemoryServer {
            sockets: sender,
            running: Arc::clone(&running),
            refusals,
            busy: Arc::clone(&busy),
        };
        let (router, mailbox) = (Arc::new(Router::default()), Arc::new(Mailbox::new(64)));
        router.add(Some(&PromptId::new("a")), &mailbox);
        let options = ListenerOptions {
            seed: Some(1),
            ..ListenerOptions::default()
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(Keeper::new(server, router, options).run(stop.clone()));
        Self {
            sockets,
            running,
            mailbox,
            busy,
            stop,
            task,
        }
    }

    async fn socket(&mut self) -> ServerSocket {
        self.sockets.recv().await.unwrap()
    }

    async fn signal(&self) -> Signal {
        self.mailbox.next().await.unwrap()
    }

    async fn disconnection(&self) -> Arc<Disconnection> {
        let signal = self.signal().await;
        let Signal::Disconnected { reason } = signal else {
            panic!("{signal:?}")
        };
        reason
    }
}

/// Answers pings and closing handshakes and says nothing, until the socket ends.
fn keep_answering(mut socket: ServerSocket) -> JoinHandle<()> {
    tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} })
}

async fn say(socket: &mut ServerSocket, text: &str) {
    socket.send(Message::text(text)).await.unwrap();
}

const START: &str = r#"{"type":"execution_start","data":{"prompt_id":"a"}}"#;
const GREETING: &str = r#"{"type":"executing","data":{"node":"5"}}"#;

#[tokio::test(start_paused = true)]
async fn a_socket_that_breaks_is_replaced_and_the_gap_is_told() {
    let mut scene = Scene::new();
    assert!(matches!(
        scene.signal().await,
        Signal::Connected { first: true }
    ));
    drop(scene.socket().await);
    assert!(matches!(
        *scene.disconnection().await,
        Disconnection::Broken { .. }
    ));
    assert!(matches!(
        scene.signal().await,
        Signal::Connected { first: false }
    ));
    let mut again = scene.socket().await;
    say(&mut again, START).await;
    assert!(matches!(scene.signal().await, Signal::Event(_)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_in_order_is_answered_in_order() {
    let mut scene = Scene::new();
    scene.signal().await;
    let mut socket = scene.socket().await;
    let start = Instant::now();
    socket.send(Message::Close(None)).await.unwrap();
    keep_answering(socket).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(matches!(
        *scene.disconnection().await,
        Disconnection::Closed { code: 1005, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn what_a_server_tells_after_its_socket_froze_is_heard_within_five_seconds() {
    let mut scene = Scene::new();
    scene.signal().await;
    let mut frozen = scene.socket().await;
    let start = Instant::now();
    let reason = scene.disconnection().await;
    assert!(
        matches!(*reason, Disconnection::Silent { .. }),
        "{reason:?}"
    );
    scene.signal().await;
    let mut again = scene.socket().await;
    say(&mut again, START).await;
    assert!(matches!(scene.signal().await, Signal::Event(_)));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let mut pings = Vec::new();
    frozen.get_mut().read_to_end(&mut pings).await.unwrap();
    assert_eq!(pings.len(), 2 * 6, "two pings, then the end of the stream");
}

#[tokio::test(start_paused = true)]
async fn a_server_too_busy_to_answer_anything_keeps_its_socket_for_a_while() {
    let mut scene = Scene::new();
    scene.signal().await;
    scene.busy.store(true, Ordering::Relaxed);
    let _silent = scene.socket().await;
    let start = Instant::now();
    scene.disconnection().await;
    assert_eq!(start.elapsed().as_secs(), 21);
}

#[tokio::test(start_paused = true)]
async fn a_deafened_socket_is_replaced_ever_more_patiently_while_our_prompt_runs() {
    let mut scene = Scene::new();
    *scene.running.lock().unwrap() = Some(PromptId::new("a"));
    for seconds in [20, 40, 80] {
        assert!(matches!(scene.signal().await, Signal::Connected { .. }));
        let start = Instant::now();
        let answering = keep_answering(scene.socket().await);
        let reason = scene.disconnection().await;
        assert!(matches!(*reason, Disconnection::Quiet { .. }), "{reason:?}");
        assert_eq!(start.elapsed().as_secs(), seconds);
        answering.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn quiet_is_as_it_should_be_while_nothing_of_ours_runs() {
    let mut scene = Scene::new();
    scene.signal().await;
    let _answering = keep_answering(scene.socket().await);
    let waited = timeout(Duration::from_hours(1), scene.signal()).await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_greeting_of_a_server_gets_its_prompt_from_the_queue() {
    let mut scene = Scene::new();
    *scene.running.lock().unwrap() = Some(PromptId::new("a"));
    scene.signal().await;
    drop(scene.socket().await);
    scene.disconnection().await;
    scene.signal().await;
    let mut socket = scene.socket().await;
    say(&mut socket, GREETING).await;
    let signal = scene.signal().await;
    let Signal::Event(event) = signal else {
        panic!("{signal:?}")
    };
    assert_eq!(event.prompt_id().unwrap().as_str(), "a");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_passed_over_and_the_socket_lives_on() {
    let mut scene = Scene::new();
    scene.signal().await;
    let mut socket = scene.socket().await;
    say(&mut socket, "{").await;
    for bytes in [
        &b"\0\0"[..],
        b"\0\0\0\x04\xff\xff\xff\xff{}",
        b"\0\0\0\x03\0\0\0\x01\xff",
    ] {
        socket
            .send(Message::binary(Bytes::from_static(bytes)))
            .await
            .unwrap();
    }
    say(&mut socket, START).await;
    assert!(matches!(scene.signal().await, Signal::Event(_)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_tried_again_until_it_is_back() {
    let scene = Scene::refusing(6);
    for _ in 0..6 {
        assert!(matches!(
            *scene.disconnection().await,
            Disconnection::Refused(_)
        ));
    }
    assert!(matches!(
        scene.signal().await,
        Signal::Connected { first: true }
    ));
}

#[tokio::test(start_paused = true)]
async fn stopping_says_farewell_and_ends_the_subscriptions() {
    let mut scene = Scene::new();
    scene.signal().await;
    let mut socket = scene.socket().await;
    scene.stop.cancel();
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
    assert!(socket.next().await.is_none());
    drop(socket);
    scene.task.await.unwrap();
    assert!(scene.mailbox.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_a_frozen_server() {
    let mut scene = Scene::new();
    scene.signal().await;
    let _frozen = scene.socket().await;
    let start = Instant::now();
    scene.stop.cancel();
    scene.task.await.unwrap();
    assert_eq!(start.elapsed(), ListenerOptions::default().close_timeout);
}
