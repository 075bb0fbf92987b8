//! Keys on a disk that fails on purpose, with a clock that tests move.

use std::path::Path;
use std::sync::Arc;

use flumen_access::Caller;
use flumen_keys::{Keys, Materials};
use flumen_machine::{Carried, OpenError};
use flumen_storage::Storage;
use flumen_testkit::faulty::FaultyDisk;
use flumen_testkit::service::{NOW_MS, caller, seal};
use flumen_types::{Clock, ManualClock};

pub const DAY_MS: u64 = 24 * 3_600_000;
const FOLDER: &str = "keys";

pub struct Opened {
    pub keys: Keys,
    pub hand: ManualClock,
    pub caller: Caller,
}

impl Opened {
    /// So much later than when every service is started first.
    pub async fn on(disk: &FaultyDisk, storage: &Storage, later_ms: u64) -> Result<Self, OpenError> {
        let (clock, hand) = Clock::manual(NOW_MS + later_ms);
        let materials = Materials::on(Arc::new(disk.clone()), FOLDER.into(), seal());
        let keys = Keys::open(storage.clone(), clock, materials, &Carried::default()).await?;
        Ok(Opened { keys, hand, caller: caller("111111111111") })
    }
}

/// How many there are, also of those that are not whole.
pub fn material_files(disk: &FaultyDisk) -> usize {
    disk.files().iter().filter(|(path, _)| path.starts_with(Path::new(FOLDER))).count()
}
