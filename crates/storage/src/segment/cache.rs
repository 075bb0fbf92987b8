//! Open segment files with their indexes, the most recently used ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{SegmentFile, SegmentReader};
use crate::LogId;
use crate::disk::{Disk, is_want};
use crate::error::ReadError;

/// Memory for indexes; one of a full segment takes some 24 KiB.
const INDEX_BYTES_MAX: usize = 16 * 1024 * 1024;

/// After an attempt to open a file failed for want of a descriptor; four times as long each time.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(640);

const _: () = assert!(PAUSE_MIN.as_millis() <= PAUSE_MAX.as_millis());

pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    open: Mutex<Open>,
    /// One permit for each thread that reads, since it may have a file open that is not kept.
    readers: Arc<Semaphore>,
}

#[derive(Default)]
struct Open {
    files: HashMap<Key, Used>,
    files_max: usize,
    clock: u64,
    index_bytes: usize,
}

/// A log's file that begins at this position, and how often another one took its place.
type Key = (LogId, u64, u32);

struct Used {
    segment: Arc<SegmentReader>,
    at: u64,
    index_bytes: usize,
}

impl Segments {
    /// With so many files open at most.
    pub(crate) fn new(disk: Arc<dyn Disk>, files: usize) -> Segments {
        let kept = files / 2;
        let open = Open { files_max: kept, ..Open::default() };
        Segments { disk, open: Mutex::new(open), readers: Arc::new(Semaphore::new((files - kept).max(1))) }
    }

    /// Waits until another thread may read.
    pub(crate) async fn reader(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.readers.clone().acquire_owned().await.ok()
    }

    /// The file, with an index that reaches as far as `segment` says.
    pub(crate) fn get(&self, id: LogId, segment: &SegmentFile) -> Result<Arc<SegmentReader>, ReadError> {
        let key = key(id, segment);
        let found = self.open.lock().touch(key);
        let opened = match found {
            Some(opened) => opened,
            None => Arc::new(self.open(id, segment)?),
        };
        opened.extend(segment.bytes)?;
        self.open.lock().keep(key, opened.clone());
        Ok(opened)
    }

    /// For want of a descriptor lets go of those that are kept, and tries for a second in all.
    fn open(&self, id: LogId, segment: &SegmentFile) -> Result<SegmentReader, ReadError> {
        let mut pause = PAUSE_MIN;
        loop {
            match SegmentReader::open(&*self.disk, id, segment) {
                Err(ReadError::Io { error, .. }) if is_want(&error) && pause <= PAUSE_MAX => {
                    self.open.lock().clear();
                    std::thread::sleep(pause);
                    pause *= 4;
                }
                opened => return opened,
            }
        }
    }

    /// The file is gone.
    pub(crate) fn forget(&self, id: LogId, segment: &SegmentFile) {
        self.open.lock().remove(key(id, segment));
    }
}

fn key(id: LogId, segment: &SegmentFile) -> Key {
    (id, segment.first, segment.replaced)
}

impl Open {
    fn touch(&mut self, key: Key) -> Option<Arc<SegmentReader>> {
        self.clock += 1;
        let used = self.files.get_mut(&key)?;
        used.at = self.clock;
        Some(used.segment.clone())
    }

    fn keep(&mut self, key: Key, segment: Arc<SegmentReader>) {
        let index_bytes = segment.memory();
        self.index_bytes += index_bytes;
        let used = Used { segment, at: self.clock, index_bytes };
        if let Some(before) = self.files.insert(key, used) {
            self.index_bytes -= before.index_bytes;
        }
        while self.files.len() > self.files_max
            || (self.index_bytes > INDEX_BYTES_MAX && self.files.len() > 1)
        {
            let oldest = self.files.iter().min_by_key(|(_, used)| used.at).map(|(key, _)| *key);
            oldest.into_iter().for_each(|key| self.remove(key));
        }
    }

    fn clear(&mut self) {
        self.files.clear();
        self.index_bytes = 0;
    }

    fn remove(&mut self, key: Key) {
        if let Some(used) = self.files.remove(&key) {
            self.index_bytes -= used.index_bytes;
        }
    }
}
