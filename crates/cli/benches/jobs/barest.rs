//! The barest loop that runs jobs: one TCP connection for POSTs written by hand, one raw WebSocket,
//! no types, no checks, no look at the history. What any client must spend at the least.

use futures_util::StreamExt;
use std::collections::HashSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

const CLIENT_ID: &str = "barest";

pub(crate) struct Loop {
    host: String,
    http: TcpStream,
    socket: WebSocketStream<TcpStream>,
}

impl Loop {
    pub(crate) async fn connect(url: &str) -> Self {
        let host = url.strip_prefix("http://").unwrap().to_owned();
        let http = TcpStream::connect(&host).await.unwrap();
        http.set_nodelay(true).unwrap();
        let stream = TcpStream::connect(&host).await.unwrap();
        let address = format!("ws://{host}/ws?clientId={CLIENT_ID}");
        let (socket, _) = client_async(address, stream).await.unwrap();
        Self { host, http, socket }
    }

    /// Runs so many jobs, so many of them in the server's queue at a time.
    pub(crate) async fn run(&mut self, jobs: u32, at_once: u32) {
        let mut waiting = HashSet::new();
        let mut posted = 0;
        while posted < jobs || !waiting.is_empty() {
            while posted < jobs && waiting.len() < at_once as usize {
                waiting.insert(self.post().await);
                posted += 1;
            }
            let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else {
                continue;
            };
            if text.contains(r#""executing""#) && text.replace(' ', "").contains(r#""node":null"#) {
                waiting.retain(|id: &String| !text.contains(id.as_str()));
            }
        }
    }

    async fn post(&mut self) -> String {
        let id = Uuid::now_v7().to_string();
        let graph = crate::graph();
        let body = format!(r#"{{"prompt":{graph},"prompt_id":"{id}","client_id":"{CLIENT_ID}"}}"#);
        let request = format!(
            "POST /api/prompt HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.http.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            assert_ne!(self.http.read_buf(&mut answer).await.unwrap(), 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        id
    }
}
