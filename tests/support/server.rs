//! A server whose responses a test defines, such as a registry.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use ecs_simulator::http::Message;

/// A server on a port of its own.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    answer: Box<Answer>,
    requests: Mutex<Vec<Message>>,
    ended: AtomicBool,
}

type Answer = dyn Fn(&Message) -> Reply + Send + Sync;

/// A response of the server.
pub enum Reply {
    Message(Message),
    /// A message with an endless body: it repeats these bytes.
    Endless(Message),
    /// A message that announces more bytes than it has.
    Broken(Message),
}

impl Reply {
    /// A status with headers and a body.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        Self::Message(Message::new(&format!("HTTP/1.1 {status} So"), headers, body))
    }
}

impl Server {
    pub fn new(answer: impl Fn(&Message) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let (requests, ended) = (Mutex::default(), AtomicBool::new(false));
        let state = Arc::new(State { answer: Box::new(answer), requests, ended });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The method and the target of each request, such as `GET /v2/policy/manifests/1`.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.state.requests.lock().unwrap();
        requests.iter().map(|request| format!("{} {}", request.method(), request.target())).collect()
    }

    /// The header `Authorization` of each request.
    pub fn logins(&self) -> Vec<Option<String>> {
        let requests = self.state.requests.lock().unwrap();
        requests.iter().map(|request| request.header("authorization").map(str::to_owned)).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn serve(&self, mut stream: &TcpStream) {
        let mut requests = BufReader::new(stream);
        // An error ends the connection.
        while let Ok(Some(request)) = Message::read_request(&mut requests) {
            self.requests.lock().unwrap().push(request.clone());
            let sent = match (self.answer)(&request) {
                Reply::Message(message) => message.write(&mut stream),
                Reply::Endless(message) => {
                    let head = format!("{}\r\nconnection: close\r\n\r\n", message.start_line);
                    let mut sent = stream.write_all(head.as_bytes());
                    while sent.is_ok() {
                        sent = stream.write_all(&message.body);
                    }
                    sent
                }
                Reply::Broken(message) => {
                    let length = message.body.len() + 1000;
                    let head = format!("{}\r\ncontent-length: {length}\r\n\r\n", message.start_line);
                    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&message.body));
                    return;
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }
}
