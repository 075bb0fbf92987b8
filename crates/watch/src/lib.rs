//! Metrics that clients report, kept for a while and read back: the part of CloudWatch that KCL, KPL and the
//! people who run them use. Knows no encodings, no sockets and no streams; who puts the service's own metrics
//! in hands them to [`Watch::record`].
//!
//! Everything is in memory and bounded: a point is a minute, a series keeps [`WatchSettings::age_ms`] of them, and
//! when there are too many series those go that were not written for the longest. They go, and no call is
//! refused, since clients do not notice a refusal, and since the names of KCL's series hold the names of its
//! workers, so that after some restarts a full store would hold none but dead ones.

pub mod errors;

mod ask;
mod door;
mod get_metric_data;
mod get_metric_statistics;
mod list_metrics;
pub mod operations;
mod put_metric_data;
mod sample;
mod store;

use flumen_protocol::cloudwatch::StandardUnit;
use flumen_types::{Clock, Realm};
use parking_lot::Mutex;

pub use sample::Sample;
pub use store::SeriesName;
use store::Store;

pub const MINUTE_MS: u64 = 60_000;

#[derive(Clone, Copy, Debug)]
pub struct WatchSettings {
    /// Series in all. One whose names take more than a kilobyte counts as several.
    pub series_max: usize,
    /// Points older than this are forgotten.
    pub age_ms: u64,
}

/// The metrics of all accounts and regions.
pub struct Watch {
    store: Mutex<Store>,
    clock: Clock,
}

impl Watch {
    pub fn new(settings: WatchSettings, clock: Clock) -> Self {
        Watch { store: Mutex::new(Store::new(settings)), clock }
    }

    /// Adds to the current minute of a series. For metrics of the service itself.
    pub fn record(&self, realm: &Realm, name: SeriesName, sample: Sample) {
        let now_ms = self.clock.now_ms();
        self.store.lock().add(realm, name, now_ms, sample, now_ms);
    }

    /// Forgets what is too old. Nothing that is asked depends on when this is called.
    pub fn sweep(&self) {
        self.store.lock().sweep(self.clock.now_ms());
    }

    /// Calls `visit` for every series, with all that was ever added to it.
    pub fn totals(&self, mut visit: impl FnMut(&Realm, &SeriesName, &Sample)) {
        self.store.lock().series().for_each(|(realm, name, series)| visit(realm, name, series.total()));
    }
}

/// What data without a unit has.
const NO_UNIT: StandardUnit = StandardUnit::None;
