//! The server: one thread that accepts, and one for each connection.

use std::collections::BTreeMap;
use std::io::{self, BufReader, BufWriter};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::control::control;
use super::http::Response;
use super::request::{Protocol, incoming};
use super::response::response;
use crate::core::Core;
use crate::error::ApiError;
use crate::http::Message;
use crate::scenario::FaultKind;

/// A server on a port of its own. Dropped, it ends its threads and closes its socket.
pub(crate) struct Listener {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    core: Arc<Mutex<Core>>,
    home: String,
    ends: AtomicBool,
    next: AtomicU64,
    /// Connections that are open, so that their threads can be woken to end.
    open: Mutex<BTreeMap<u64, TcpStream>>,
}

impl Listener {
    pub(crate) fn start(core: Arc<Mutex<Core>>, home: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            core,
            home: home.to_owned(),
            ends: AtomicBool::new(false),
            next: AtomicU64::new(0),
            open: Mutex::new(BTreeMap::new()),
        });
        let own = Arc::clone(&shared);
        let accepting =
            thread::Builder::new().name("ecs-simulator".to_owned()).spawn(move || own.accept(&listener))?;
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Accepting waits for a connection: this is one.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        for stream in listener.incoming() {
            if self.ends.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else { continue };
            let own = Arc::clone(&self);
            threads.retain(|thread| !thread.is_finished());
            threads.extend(thread::Builder::new().spawn(move || own.keep(&stream)));
        }
        if let Ok(open) = self.open.lock() {
            for stream in open.values() {
                drop(stream.shutdown(Shutdown::Both));
            }
        }
        for thread in threads {
            drop(thread.join());
        }
    }

    fn keep(&self, stream: &TcpStream) {
        let id = self.next.fetch_add(1, Ordering::SeqCst);
        if let (Ok(mut open), Ok(copy)) = (self.open.lock(), stream.try_clone()) {
            open.insert(id, copy);
        }
        if !self.ends.load(Ordering::SeqCst) {
            // A connection that breaks is its client's business.
            drop(self.serve(stream));
        }
        drop(stream.shutdown(Shutdown::Both));
        if let Ok(mut open) = self.open.lock() {
            open.remove(&id);
        }
    }

    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut from = BufReader::new(stream.try_clone()?);
        let mut to = BufWriter::new(stream);
        while let Some(request) = Message::read_request(&mut from)? {
            let Some(response) = self.respond(&request) else { return Ok(()) };
            response.write(&mut to)?;
            if request.has_connection_close() {
                break;
            }
        }
        Ok(())
    }

    /// The response; none where the connection is to be closed without one.
    fn respond(&self, request: &Message) -> Option<Response> {
        if request.target().starts_with("/simulator/") {
            return Some(control(&self.core, request));
        }
        let (incoming, protocol) = incoming(request, &self.home);
        let operation =
            incoming.action.split_once(':').map(|(_, operation)| operation.to_owned()).unwrap_or_default();
        let arrived = self.core.lock().ok()?.arrive(incoming);
        let fault = arrived.fault.clone();
        if let Some(FaultKind::Slow(seconds)) = fault {
            self.wait(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)));
        }
        let error = match &fault {
            Some(FaultKind::DropRequest) => return None,
            Some(FaultKind::Html) => {
                let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
                self.note(arrived.place, 502, None);
                return Some(Response::new(502, "text/html", page));
            }
            Some(FaultKind::Internal) => Some(ApiError::with_status(
                "ServerException",
                "Service Unavailable. Please try again later.",
                500,
            )),
            Some(FaultKind::Unavailable) => Some(ApiError::with_status(
                "ServiceUnavailableException",
                "Service is unable to handle request.",
                503,
            )),
            Some(FaultKind::Throttle) => Some(ApiError::throttling()),
            Some(FaultKind::Error { code, message }) => Some(ApiError::new(code, message.clone())),
            _ => None,
        };
        let mut core = self.core.lock().ok()?;
        let answer = error.map_or_else(|| core.perform(&arrived), Err);
        let mut response = response(protocol, &operation, &answer);
        if fault == Some(FaultKind::DropResponse) {
            return None;
        }
        core.answered(arrived.place, response.status, answer.as_ref().err().map(|error| error.code.as_str()));
        if fault == Some(FaultKind::TruncateResponse) {
            response.body.truncate(response.body.len() / 2);
        }
        if protocol == Protocol::Json {
            response.id = format!("00000000-0000-4000-8000-{:012}", arrived.place);
        }
        Some(response)
    }

    /// Waits, but not longer than there is a server.
    fn wait(&self, long: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < long && !self.ends.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20).min(long.saturating_sub(begun.elapsed())));
        }
    }

    fn note(&self, place: usize, status: u16, error: Option<&str>) {
        if let Ok(mut core) = self.core.lock() {
            core.answered(place, status, error);
        }
    }
}
