//! Connections that wait for their next request. As many are open at once as the pool has places.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::ClientConfig;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::connection::{Connection, connect};
use crate::{ClientSettings, Endpoint, Error};

pub struct Pool {
    pub endpoint: Endpoint,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
    connect_max: Duration,
}

/// A connection in use. It goes back by [`Pool::keep`]; otherwise it is closed.
pub struct Taken<'p> {
    pub connection: Connection,
    /// Whether it has served requests before, so that the peer may have closed it meanwhile.
    pub used: bool,
    _place: SemaphorePermit<'p>,
}

impl Pool {
    pub fn new(endpoint: Endpoint, tls: Option<Arc<ClientConfig>>, settings: &ClientSettings) -> Self {
        let places = Semaphore::new(settings.connections.clamp(1, Semaphore::MAX_PERMITS));
        Pool { endpoint, tls, idle: Mutex::default(), places, connect_max: settings.connect_max }
    }

    /// Waits for a place when all connections are in use.
    pub async fn take(&self) -> Result<Taken<'_>, Error> {
        let place = self.places.acquire().await.expect("the pool's semaphore is never closed");
        while let Some(mut connection) = self.pop() {
            if !connection.is_closed() && connection.ready().await.is_ok() {
                return Ok(Taken { connection, used: true, _place: place });
            }
        }
        let connection = connect(&self.endpoint, self.tls.as_ref(), self.connect_max).await?;
        Ok(Taken { connection, used: false, _place: place })
    }

    /// Keeps a connection whose answer has been read to its end.
    pub fn keep(&self, taken: Taken<'_>) {
        self.idle.lock().push(taken.connection);
    }

    fn pop(&self) -> Option<Connection> {
        self.idle.lock().pop()
    }
}
