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

pub mod metering;
pub mod state;

mod control;
mod faults;
mod housekeeping;
mod limits;
mod live;
mod ops;
mod rates;
mod scaling;
mod shard_limits;
pub mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_protocol::Fault;
use flumen_storage::Storage;
use flumen_types::{Clock, HashKey, Histogram, Realm, ResourceArn, StreamArn};
use parking_lot::RwLock;
use tokio::sync::Notify;

pub use control::OpenError;
pub use ops::get_records::{Child, Fetch, Fetched, Run};
pub use ops::put_records::{Put, Stored};
pub use ops::subscribe_to_shard::{Event, Subscription};
pub use scaling::{HourPeaks, Rate};
pub use shard_limits::{ShardLimits, StreamLimits};

use control::Control;
use live::{Directory, Live};
use metering::Ledger;
use ops::subscribe_to_shard::Seats;
use rates::{Counted, Rate as CallRate, Rates, rate_of};
use state::{Change, State, Status, Stream};
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
    pub limits: StreamLimits,
}

/// The account quotas of `kinesis-semantics.md` section 15, and the rates of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotas {
    /// AWS's defaults.
    Aws,
    Off,
}

impl Settings {
    /// As on AWS.
    pub fn aws() -> Self {
        let limits = StreamLimits::same_for_all(Some(ShardLimits::AWS));
        Settings { transition_ms: 0, quotas: Quotas::Aws, limits }
    }

    /// Nobody is throttled, and there may be any number of anything.
    pub fn unlimited() -> Self {
        Settings { transition_ms: 0, quotas: Quotas::Off, limits: StreamLimits::same_for_all(None) }
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
    /// From the log's queue to its answer.
    append_time: Histogram,
    /// What was used, hour by hour.
    ledger: tokio::sync::Mutex<Ledger>,
    /// Who called the control plane lately.
    rates: Rates,
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
        self.inner.latest_ms.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// The account, region and name that a request means by a name, an ARN or both.
    /// Source: `kinesis-api.md` section 4.1.
    fn named(&self, caller: &Caller, name: Option<&str>, arn: Option<&str>) -> Result<StreamArn, Fault> {
        let named = arn.map(|arn| self.realm_of(caller, arn)).transpose()?;
        match (name, named) {
            (None, None) => Err(faults::stream_not_named()),
            (Some(name), Some(arn)) if name != arn.name => {
                Err(faults::stream_names_differ(name, &arn.to_string()))
            }
            (_, Some(arn)) => Ok(arn),
            (Some(name), None) => Ok(caller.realm.stream_arn(name)),
        }
    }

    /// Refuses a call beyond the rate of its operation. Rates for each stream are counted when it is found.
    pub fn admit(&self, caller: &Caller) -> Result<(), Fault> {
        let Some(CallRate::Account(rate)) = rate_of(caller.operation).filter(|_| self.quotas_apply()) else {
            return Ok(());
        };
        let counted = Counted::Account(caller.realm.clone());
        match self.inner.rates.admit(counted, caller.operation, rate, self.now_ms()) {
            true => Ok(()),
            false => Err(faults::account_rate(&caller.realm, caller.operation)),
        }
    }

    /// The same for one stream, however it was named. Whatever finds a stream for a caller asks here.
    fn admit_to(&self, stream: &Stream, operation: &'static str) -> Result<(), Fault> {
        let Some(CallRate::Stream(rate)) = rate_of(operation).filter(|_| self.quotas_apply()) else {
            return Ok(());
        };
        match self.inner.rates.admit(Counted::Stream(stream.group), operation, rate, self.now_ms()) {
            true => Ok(()),
            false => Err(faults::stream_rate(stream)),
        }
    }

    /// The stream that a request names, in whatever status short of gone.
    fn find(&self, caller: &Caller, name: Option<&str>, arn: Option<&str>) -> Result<Arc<Live>, Fault> {
        // Most requests give a name alone; they are served without an ARN being made.
        let found = match (name, arn) {
            (Some(name), None) => self.inner.directory.read().by_name(&caller.realm, name),
            _ => {
                let named = self.named(caller, name, arn)?;
                self.inner.directory.read().by_name(&named.realm, &named.name)
            }
        };
        match found.filter(|live| live.stream.is_there(|| self.now_ms())) {
            Some(live) => {
                self.admit_to(&live.stream, caller.operation)?;
                Ok(live)
            }
            None => {
                let named = self.named(caller, name, arn)?;
                Err(faults::stream_not_found(&named.realm, &named.name))
            }
        }
    }

    /// Checks that the ARN is a stream's and the caller's own. Resource policies are stored but open
    /// nothing to other accounts yet.
    fn realm_of(&self, caller: &Caller, arn: &str) -> Result<StreamArn, Fault> {
        let parsed = StreamArn::parse(arn).ok_or_else(|| faults::arn_invalid(arn))?;
        if parsed.realm.account != caller.realm.account {
            return Err(faults::access_denied(&caller.realm, caller.operation, &parsed));
        }
        if parsed.realm.region != caller.realm.region {
            return Err(faults::stream_not_found(&parsed.realm, &parsed.name));
        }
        Ok(parsed)
    }

    /// Checks that the ARN is of a stream or a consumer and the caller's own.
    fn resource(&self, caller: &Caller, arn: &str) -> Result<ResourceArn, Fault> {
        let named = ResourceArn::parse(arn).ok_or_else(|| faults::resource_arn_invalid(arn))?;
        if named.realm().account != caller.realm.account {
            return Err(faults::access_denied(&caller.realm, caller.operation, arn));
        }
        if named.realm().region != caller.realm.region {
            return Err(faults::resource_gone(&named));
        }
        Ok(named)
    }

    /// The stream of a resource. Whether its consumer is there is not looked at.
    fn find_resource(&self, caller: &Caller, named: &ResourceArn) -> Result<Arc<Live>, Fault> {
        let stream = match named {
            ResourceArn::Stream(stream) => stream,
            ResourceArn::Consumer(consumer) => &consumer.stream,
        };
        let live = self.inner.directory.read().by_name(&stream.realm, &stream.name);
        let live = live.filter(|live| live.stream.is_there(|| self.now_ms()));
        let live = live.ok_or_else(|| faults::resource_gone(named))?;
        self.admit_to(&live.stream, caller.operation)?;
        Ok(live)
    }

    /// Changes one stream. `decide` sees it as the change will meet it.
    async fn change<T>(
        &self,
        caller: &Caller,
        name: Option<&str>,
        arn: Option<&str>,
        decide: impl FnOnce(&State, &Stream, u64) -> Result<(Option<Change>, T), Fault>,
    ) -> Result<T, Fault> {
        let live = self.find(caller, name, arn)?;
        let group = live.stream.group;
        self.commit(|state, now_ms| {
            let gone = || faults::stream_not_found(&live.stream.realm(), &live.stream.name);
            let stream = state.streams.get(&group).filter(|s| s.status(now_ms).is_some()).ok_or_else(gone)?;
            decide(state, stream, now_ms)
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

/// Refuses streams that are not ACTIVE.
fn require_active(stream: &Stream, now_ms: u64) -> Result<(), Fault> {
    match stream.status(now_ms) {
        Some(Status::Active) => Ok(()),
        Some(status) => Err(faults::not_active(stream, status)),
        None => Err(faults::stream_not_found(&stream.realm(), &stream.name)),
    }
}
