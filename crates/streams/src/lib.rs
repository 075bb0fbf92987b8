//! The stream service: streams, shards, records, iterators, consumers, resharding.
//!
//! Takes checked inputs and gives outputs or [`Fault`]s, one function an operation, under the names of
//! the API. It knows nothing of HTTP, encodings or signatures (`flumen-protocol` and the server do), and
//! nothing of files (`flumen-storage` does).
//!
//! Two kinds of operation:
//! * those that change what the service knows are commands on the control log ([`control`], [`state`]);
//! * those on records go through [`live`], a read-only picture of the state with the logs at hand, and
//!   never wait for the control plane.

pub mod state;

mod control;
mod faults;
mod housekeeping;
mod live;
mod ops;
mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_protocol::Fault;
use flumen_storage::Storage;
use flumen_types::{Clock, Realm};
use parking_lot::RwLock;
use tokio::sync::Notify;

pub use control::OpenError;
pub use ops::get_records::Fetched;
pub use token::TOKEN_LIFE_MS;

use control::Control;
use live::{Directory, Live};
use state::{Status, Stream};
use token::Vault;

/// Who calls, and what.
#[derive(Clone, Debug)]
pub struct Caller {
    pub realm: Realm,
    /// The API's name of the operation, for texts that name it.
    pub operation: &'static str,
}

/// What an operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a stream or consumer stays CREATING, UPDATING or DELETING.
    pub transition_ms: u64,
    pub quotas: Quotas,
}

/// The account quotas of `kinesis-semantics.md` section 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotas {
    /// AWS's defaults.
    Aws,
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { transition_ms: 0, quotas: Quotas::Aws }
    }
}

/// The service. Clones share it.
#[derive(Clone)]
pub struct Streams {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Storage,
    clock: Clock,
    /// The latest time handed out: a clock that steps back must not make tokens come from the future.
    latest_ms: AtomicU64,
    settings: Settings,
    /// The state as readers see it.
    directory: RwLock<Directory>,
    /// The state as the one writer of commands holds it.
    control: Arc<tokio::sync::Mutex<Control>>,
    vault: Vault,
    /// Something became due that the housekeeper did not know of.
    housekeeper: Notify,
    /// Spreads the records of streams whose distribution is AUTO.
    spread: AtomicU64,
}

impl Streams {
    /// Milliseconds since the epoch, never less than at an earlier call.
    fn now_ms(&self) -> u64 {
        let now = self.inner.clock.now_ms();
        self.inner.latest_ms.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// The stream that a request names by its name, its ARN or both, in whatever status short of gone.
    /// Source: `kinesis-api.md` section 4.1.
    fn find(&self, caller: &Caller, name: Option<&str>, arn: Option<&str>) -> Result<Arc<Live>, Fault> {
        let named = arn.map(|arn| self.realm_of(caller, arn)).transpose()?;
        let (realm, name) = match (name, &named) {
            (None, None) => return Err(faults::stream_not_named()),
            (Some(name), Some(arn)) if name != arn.name => {
                return Err(faults::stream_names_differ(name, &arn.to_string()));
            }
            (_, Some(arn)) => (&arn.realm, arn.name.as_str()),
            (Some(name), None) => (&caller.realm, name),
        };
        let live = self.inner.directory.read().by_name(realm, name);
        let live = live.filter(|live| live.stream.status(self.now_ms()).is_some());
        live.ok_or_else(|| faults::stream_not_found(realm, name))
    }

    /// Checks that the ARN is a stream's and the caller's own. Resource policies are stored but open
    /// nothing to other accounts yet.
    fn realm_of(&self, caller: &Caller, arn: &str) -> Result<flumen_types::StreamArn, Fault> {
        let parsed = flumen_types::StreamArn::parse(arn).ok_or_else(|| faults::arn_invalid(arn))?;
        if parsed.realm.account != caller.realm.account {
            return Err(faults::access_denied(&caller.realm, caller.operation, &parsed));
        }
        if parsed.realm.region != caller.realm.region {
            return Err(faults::stream_not_found(&parsed.realm, &parsed.name));
        }
        Ok(parsed)
    }

    fn by_group(&self, group: u32) -> Option<Arc<Live>> {
        let live = self.inner.directory.read().by_group(group)?;
        live.stream.status(self.now_ms()).map(|_| live)
    }

    /// When something asked for now takes effect.
    fn after_transition_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add(self.inner.settings.transition_ms)
    }

    fn quotas_apply(&self) -> bool {
        self.inner.settings.quotas == Quotas::Aws
    }
}

/// Refuses streams that are not ACTIVE.
fn require_active(stream: &Stream, now_ms: u64) -> Result<(), Fault> {
    match stream.status(now_ms) {
        Some(Status::Active) => Ok(()),
        Some(status) => Err(faults::not_active(stream, status)),
        None => Err(faults::stream_not_found(&stream.realm(), &stream.name)),
    }
}
