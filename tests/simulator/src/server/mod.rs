//! The HTTP server: the APIs of AWS, and the control interface.

mod calls;
mod control;
mod encoding;
mod form;
mod request;
mod response;
mod rest;

use std::collections::BTreeMap;
use std::io::{self, BufReader, BufWriter};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::http::Message;
use crate::simulation::Simulation;

/// A server with one thread that accepts connections and one thread for each connection. On drop, the threads
/// are joined and the socket is closed.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accept_thread: Option<JoinHandle<()>>,
}

/// The state that all threads share.
struct Shared {
    simulation: Arc<Mutex<Simulation>>,
    /// The region of calls without a signature.
    default_region: String,
    is_stopping: AtomicBool,
    next_connection: AtomicU64,
    /// The open connections. To shut them down ends the threads that read from them.
    connections: Mutex<BTreeMap<u64, TcpStream>>,
}

impl Server {
    pub(crate) fn start(simulation: Arc<Mutex<Simulation>>, default_region: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            simulation,
            default_region: default_region.to_owned(),
            is_stopping: AtomicBool::new(false),
            next_connection: AtomicU64::new(0),
            connections: Mutex::new(BTreeMap::new()),
        });
        let accepting = Arc::clone(&shared);
        let thread = thread::Builder::new().name("ecs-simulator".to_owned());
        let accept_thread = Some(thread.spawn(move || accepting.accept(&listener))?);
        Ok(Self { address, shared, accept_thread })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        // The thread that accepts waits for a connection.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
        if let Some(thread) = self.accept_thread.take() {
            drop(thread.join());
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
            let shared = Arc::clone(&self);
            threads.retain(|thread| !thread.is_finished());
            threads.extend(thread::Builder::new().spawn(move || shared.handle_connection(&stream)));
        }
        if let Ok(connections) = self.connections.lock() {
            for stream in connections.values() {
                drop(stream.shutdown(Shutdown::Both));
            }
        }
        for thread in threads {
            drop(thread.join());
        }
    }

    fn handle_connection(&self, stream: &TcpStream) {
        let id = self.next_connection.fetch_add(1, Ordering::SeqCst);
        if let (Ok(mut connections), Ok(stream)) = (self.connections.lock(), stream.try_clone()) {
            connections.insert(id, stream);
        }
        if !self.is_stopping.load(Ordering::SeqCst) {
            // If the connection fails, the client notices.
            drop(self.serve_requests(stream));
        }
        drop(stream.shutdown(Shutdown::Both));
        if let Ok(mut connections) = self.connections.lock() {
            connections.remove(&id);
        }
    }

    fn serve_requests(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut from = BufReader::new(stream.try_clone()?);
        let mut to = BufWriter::new(stream);
        while let Some(request) = Message::read_request(&mut from)? {
            let response = if request.target().starts_with("/simulator/") {
                control::handle_control_request(&self.simulation, &request)
            } else {
                let Some(response) = self.handle_call(&request) else { return Ok(()) };
                response
            };
            response.write(&mut to)?;
            if request.ends_connection() {
                break;
            }
        }
        Ok(())
    }
}
