//! Open segment files with their indexes, the most recently used ones.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{OpenSegment, SegmentFile};
use crate::LogId;
use crate::disk::Disk;
use crate::error::ReadError;

/// File handles kept open.
const FILES_MAX: usize = 256;
/// Memory for indexes; one of a full segment takes some 24 KiB.
const INDEX_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    files: HashMap<(LogId, u64), Used>,
    clock: u64,
    index_bytes: usize,
}

struct Used {
    segment: Arc<OpenSegment>,
    at: u64,
    index_bytes: usize,
}

impl Segments {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Segments {
        Segments { disk, open: Mutex::default() }
    }

    /// The file, with an index that reaches as far as `segment` says.
    pub(crate) fn get(&self, id: LogId, segment: &SegmentFile) -> Result<Arc<OpenSegment>, ReadError> {
        let key = (id, segment.first);
        let found = self.open.lock().touch(key);
        let opened = match found {
            Some(opened) => opened,
            None => Arc::new(OpenSegment::open(&*self.disk, id, segment)?),
        };
        opened.extend(segment.bytes)?;
        self.open.lock().keep(key, opened.clone());
        Ok(opened)
    }

    /// The file is gone.
    pub(crate) fn forget(&self, id: LogId, first: u64) {
        self.open.lock().remove((id, first));
    }
}

impl Open {
    fn touch(&mut self, key: (LogId, u64)) -> Option<Arc<OpenSegment>> {
        self.clock += 1;
        let used = self.files.get_mut(&key)?;
        used.at = self.clock;
        Some(used.segment.clone())
    }

    fn keep(&mut self, key: (LogId, u64), segment: Arc<OpenSegment>) {
        let index_bytes = segment.index().memory();
        self.index_bytes += index_bytes;
        let used = Used { segment, at: self.clock, index_bytes };
        if let Some(before) = self.files.insert(key, used) {
            self.index_bytes -= before.index_bytes;
        }
        while self.files.len() > FILES_MAX || (self.index_bytes > INDEX_BYTES_MAX && self.files.len() > 1) {
            let oldest = self.files.iter().min_by_key(|(_, used)| used.at).map(|(key, _)| *key);
            oldest.into_iter().for_each(|key| self.remove(key));
        }
    }

    fn remove(&mut self, key: (LogId, u64)) {
        if let Some(used) = self.files.remove(&key) {
            self.index_bytes -= used.index_bytes;
        }
    }
}
