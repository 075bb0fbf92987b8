//! The stream service: streams, shards, records, iterators, consumers, resharding.
//!
//! Takes checked inputs and gives outputs or [`errors`], one function and one enum an operation, under the names of
//! the API. It knows nothing of HTTP, encodings or signatures (`flumen-protocol` and the server do), and
//! nothing of files (`flumen-storage` does).
//!
//! Two kinds of operation:
//! * those that change what the service knows are commands on the control log ([`control`], [`state`]);
//! * those on records go through [`live`], a read-only picture of the state with the logs at hand, and
//!   never wait for the control plane.

pub mod errors;
pub mod metering;
pub mod state;

mod control;
mod door;
mod encryption;
mod housekeeping;
mod limits;
mod live;
pub mod operations;
mod ops;
mod rekey;
mod scaling;
pub mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_access::{AccountLimits, Caller};
use flumen_keys::Keys;
use flumen_machine::Carried;
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_types::{Clock, HashKey, Histogram};
use parking_lot::RwLock;
use tokio::sync::Notify;

pub use control::{ONCE_CLEAR, OpenError, redact_token_keys, take_over};
pub use limits::settings::{ShardLimits, StreamLimits};
pub use ops::get_records::{Child, Fetch, Fetched, Run};
pub use ops::put_records::{NotStored, Put, Stored};
pub use ops::subscribe_to_shard::{Event, Subscription};
pub use rekey::{Rekey, RekeyError};
pub use scaling::{HourPeaks, Rate};

use control::Control;
use door::{Directory, Target};
use errors::{CommitError, NotFound, StatusError};
use limits::account::StorageLimits;
use limits::control_plane::ControlPlaneRates;
use live::Live;
use metering::Ledger;
use ops::subscribe_to_shard::Seats;
use rekey::Rekeys;
use state::{Change, State, Stream};
use token::Vault;

/// What an operator sets.
#[derive(Clone, Debug)]
pub struct StreamsSettings {
    /// How long a stream or consumer stays CREATING, UPDATING or DELETING.
    pub transition_ms: u64,
    pub quotas: Quotas,
    pub limits: StreamLimits,
    pub accounts: AccountLimits,
    /// Whoever keeps the events of changes.
    pub carried: Carried,
}

/// The account quotas of `docs/kinesis/streams.md#quotas`, and the rates of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotas {
    /// AWS's defaults.
    Aws,
    Off,
}

impl StreamsSettings {
    /// As on AWS.
    pub fn aws() -> Self {
        let limits = StreamLimits::same_for_all(Some(ShardLimits::AWS));
        StreamsSettings {
            transition_ms: 0,
            quotas: Quotas::Aws,
            limits,
            accounts: AccountLimits::none(),
            carried: Carried::default(),
        }
    }

    /// Nobody is throttled, and there may be any number of anything.
    pub fn unlimited() -> Self {
        let limits = StreamLimits::same_for_all(None);
        StreamsSettings {
            transition_ms: 0,
            quotas: Quotas::Off,
            limits,
            accounts: AccountLimits::none(),
            carried: Carried::default(),
        }
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
    settings: StreamsSettings,
    /// The state as readers see it.
    directory: RwLock<Directory>,
    /// The state as the one writer of commands holds it.
    control: Arc<tokio::sync::Mutex<Control>>,
    vault: Vault,
    /// Of the data directory.
    seal: Seal,
    /// By which records are encrypted.
    keys: Keys,
    /// Streams whose records are sealed again.
    rekeys: Rekeys,
    /// From the log's queue to its answer.
    append_time: Histogram,
    /// What was used, hour by hour.
    ledger: tokio::sync::Mutex<Ledger>,
    /// Who called the control plane lately.
    rates: ControlPlaneRates,
    /// Of accounts whose records are limited.
    storage_limits: StorageLimits,
    /// Subscriptions of consumers.
    seats: Seats,
    /// A stream's picture in the directory changed, or a sealed shard took up its work again.
    published: Notify,
    /// Something became due that the housekeeper did not know of.
    housekeeper: Notify,
    /// Spreads the records of streams whose distribution is AUTO.
    spread: AtomicU64,
}

impl Streams {
    /// Milliseconds since the epoch, never less than at an earlier call.
    fn now_ms(&self) -> u64 {
        let now = self.inner.clock.now_ms();
        let latest = self.latest_ms();
        // Written once a millisecond: what all processors write all the time is never in their caches.
        match now > latest {
            true => self.inner.latest_ms.fetch_max(now, Ordering::Relaxed).max(now),
            false => latest,
        }
    }

    /// What that was at the latest call, without a look at the clock.
    fn latest_ms(&self) -> u64 {
        self.inner.latest_ms.load(Ordering::Relaxed)
    }

    /// Changes one stream, as the caller asks. `decide` sees it as the change will meet it.
    async fn change<T, E: From<CommitError> + From<StatusError>>(
        &self,
        caller: &Caller,
        target: Target,
        mut decide: impl FnMut(&State, &Stream, u64) -> Result<(Option<Change>, T), E>,
    ) -> Result<T, E> {
        let group = target.stream.group;
        self.commit(Some(caller), |state, now_ms| {
            let stream = state.streams.get(&group).filter(|s| s.status(now_ms).is_some());
            let gone = || StatusError::from(NotFound::of(&target.stream));
            decide(state, stream.ok_or_else(gone)?, now_ms)
        })
        .await
    }

    fn by_group(&self, group: u32) -> Option<Arc<Live>> {
        let live = self.inner.directory.read().by_group(group)?;
        live.stream.is_there(|| self.now_ms()).then_some(live)
    }

    /// When something asked for now takes effect.
    fn after_transition_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add(self.inner.settings.transition_ms)
    }

    /// A point of the ring for a record whose key does not say one. Points of successive records lie far
    /// apart (the golden ratio's multiples), so shards of any sizes get their share.
    fn spread(&self) -> HashKey {
        const STEP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let n = self.inner.spread.fetch_add(1, Ordering::Relaxed);
        HashKey(u128::from(n).wrapping_mul(STEP))
    }

    fn quotas_apply(&self) -> bool {
        self.inner.settings.quotas == Quotas::Aws
    }
}
