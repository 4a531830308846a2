//! The server: one thread that accepts, and one for each connection.

use std::collections::BTreeMap;
use std::io::{self, BufReader, BufWriter};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::control::handle_control_request;
use super::http::Response;
use super::request::{Protocol, parse_call};
use super::response::encode;
use crate::core::Simulation;
use crate::error::ApiError;
use crate::http::Message;
use crate::scenario::FaultKind;

/// A server on a port of its own. Dropped, it ends its threads and closes its socket.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accept_thread: Option<JoinHandle<()>>,
}

struct Shared {
    simulation: Arc<Mutex<Simulation>>,
    default_region: String,
    is_stopping: AtomicBool,
    next_connection: AtomicU64,
    /// Connections that are open, so that their threads can be woken to end.
    connections: Mutex<BTreeMap<u64, TcpStream>>,
}

impl Server {
    pub(crate) fn start(core: Arc<Mutex<Simulation>>, home: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            simulation: core,
            default_region: home.to_owned(),
            is_stopping: AtomicBool::new(false),
            next_connection: AtomicU64::new(0),
            connections: Mutex::new(BTreeMap::new()),
        });
        let own = Arc::clone(&shared);
        let accepting =
            thread::Builder::new().name("ecs-simulator".to_owned()).spawn(move || own.accept(&listener))?;
        Ok(Self { address, shared, accept_thread: Some(accepting) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        // Accepting waits for a connection: this is one.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
        if let Some(accepting) = self.accept_thread.take() {
            drop(accepting.join());
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        for stream in listener.incoming() {
            if self.is_stopping.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else { continue };
            let own = Arc::clone(&self);
            threads.retain(|thread| !thread.is_finished());
            threads.extend(thread::Builder::new().spawn(move || own.handle_connection(&stream)));
        }
        if let Ok(open) = self.connections.lock() {
            for stream in open.values() {
                drop(stream.shutdown(Shutdown::Both));
            }
        }
        for thread in threads {
            drop(thread.join());
        }
    }

    fn handle_connection(&self, stream: &TcpStream) {
        let id = self.next_connection.fetch_add(1, Ordering::SeqCst);
        if let (Ok(mut open), Ok(copy)) = (self.connections.lock(), stream.try_clone()) {
            open.insert(id, copy);
        }
        if !self.is_stopping.load(Ordering::SeqCst) {
            // A connection that breaks is its client's business.
            drop(self.serve_requests(stream));
        }
        drop(stream.shutdown(Shutdown::Both));
        if let Ok(mut open) = self.connections.lock() {
            open.remove(&id);
        }
    }

    fn serve_requests(&self, stream: &TcpStream) -> io::Result<()> {
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
            return Some(handle_control_request(&self.simulation, request));
        }
        let (incoming, protocol) = parse_call(request, &self.default_region);
        let operation =
            incoming.action.split_once(':').map(|(_, operation)| operation.to_owned()).unwrap_or_default();
        let arrived = self.simulation.lock().ok()?.receive(incoming);
        let fault = arrived.fault.clone();
        if let Some(FaultKind::Slow(seconds)) = fault {
            self.sleep(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)));
        }
        let error = match &fault {
            Some(FaultKind::DropRequest) => return None,
            Some(FaultKind::Html) => {
                let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
                self.record_response(arrived.index, 502, None);
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
        let mut core = self.simulation.lock().ok()?;
        let answer = error.map_or_else(|| core.execute(&arrived), Err);
        let mut response = encode(protocol, &operation, &answer);
        if fault == Some(FaultKind::DropResponse) {
            return None;
        }
        core.record_response(
            arrived.index,
            response.status,
            answer.as_ref().err().map(|error| error.code.as_str()),
        );
        if fault == Some(FaultKind::TruncateResponse) {
            response.body.truncate(response.body.len() / 2);
        }
        if protocol == Protocol::Json {
            response.request_id = format!("00000000-0000-4000-8000-{:012}", arrived.index);
        }
        Some(response)
    }

    /// Waits, but not longer than there is a server.
    fn sleep(&self, long: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < long && !self.is_stopping.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20).min(long.saturating_sub(begun.elapsed())));
        }
    }

    fn record_response(&self, place: usize, status: u16, error: Option<&str>) {
        if let Ok(mut core) = self.simulation.lock() {
            core.record_response(place, status, error);
        }
    }
}
