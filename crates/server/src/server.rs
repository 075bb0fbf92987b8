//! What every request needs, whichever connection it comes on.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flumen_api::Api;
use tokio::sync::{Semaphore, watch};

use crate::config::Endpoints;
use crate::pages::Token;

pub struct Server {
    pub api: Arc<Api>,
    /// True once the server is stopping.
    pub stopping: watch::Receiver<bool>,
    /// Those that a proxy may name.
    pub endpoints: Endpoints,
    /// Connections of proxies that did not say whose they are.
    pub headers_refused: AtomicU64,
    /// Who shows it may read metrics and usage.
    pub metrics_token: Option<Token>,
    /// One permit a connection, and how many there are.
    pub places: Arc<Semaphore>,
    pub connections_max: usize,
    /// Beside those that mean this machine: what pages that are told here alone may be asked by.
    pub host_names: Vec<String>,
}
