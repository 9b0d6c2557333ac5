//! A server that answers each connection with given bytes and then hangs up, for answers that no
//! proper server gives.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Ends when dropped.
pub(crate) struct Scripted {
    pub(crate) address: String,
    task: JoinHandle<Vec<String>>,
}

impl Scripted {
    /// One connection for each answer.
    pub(crate) async fn start(answers: Vec<Vec<u8>>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = port.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            let mut heads = Vec::new();
            for answer in answers {
                let (mut stream, _) = port.accept().await.unwrap();
                heads.push(read_request(&mut stream).await);
                stream.write_all(&answer).await.unwrap();
                stream.shutdown().await.unwrap();
            }
            heads
        });
        Self { address, task }
    }

    /// One connection, which stays open after its answer.
    pub(crate) async fn falling_silent(answer: Vec<u8>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = port.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            let (mut stream, _) = port.accept().await.unwrap();
            let head = read_request(&mut stream).await;
            stream.write_all(&answer).await.unwrap();
            let _ = stream.read(&mut [0]).await;
            vec![head]
        });
        Self { address, task }
    }

    /// The heads of the requests, when all answers are given.
    pub(crate) async fn heads(self) -> Vec<String> {
        self.task.await.unwrap()
    }
}

/// Reads head and body, and gives the head in lower case.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return head.to_owned();
            }
        }
        assert!(
            stream.read_buf(&mut bytes).await.unwrap() > 0,
            "the request ended early"
        );
    }
}

/// A port where nobody listens.
pub(crate) async fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

/// A server that takes connections and says nothing.
pub(crate) async fn silent() -> (String, TcpListener) {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (port.local_addr().unwrap().to_string(), port)
}
