//! What the user of a storage may choose, and the sizes that follow from it.

use crate::journal::SECTOR;
use crate::keeper::JOURNAL_FILES_MAX;
use crate::writer;
use crate::{BlockKeys, LogId};
use std::sync::Arc;
use std::time::Duration;

/// Each field has a default for a server that has its machine to itself.
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// Memory for the newest records of all logs together. What is not yet in segments lives there too.
    pub tail_bytes: u64,
    /// A segment file that has grown to this size is followed by another.
    pub segment_bytes: u64,
    /// Appends that wait for the journal; beyond it they are refused.
    pub queue_bytes: u64,
    /// Size of a journal file. `None`: a quarter of `tail_bytes`, from 1 to 64 MiB.
    pub journal_bytes: Option<u64>,
    /// A journal file that is full stays as a segment of many logs, instead of being written to segments of each, where nearly
    /// all of it is blocks of so many bytes or more on average. `u64::MAX`: none stays.
    pub large_block_bytes: u64,
    /// What is trimmed, or of deleted logs, in a segment that other logs still read is freed after so long, unless all of the file
    /// can go before.
    pub free_after: Duration,
    /// Open segment files at most for reading; half of them are kept open for the next reader.
    pub read_files: usize,
    /// How long appends wait when the journal cannot go on for want of descriptors, say. Then they are refused, until
    /// it can. For want of room on disk they are refused at once.
    pub patience: Duration,
    /// Logs that held secrets in clear up to format 3. While that is not overwritten, which
    /// [`Storage::close_and_overwrite`](crate::Storage::close_and_overwrite) does, their files are when they go.
    pub once_clear: Vec<LogId>,
    /// Under which blocks lie sealed on disk. `None`: all lie in clear, and what was sealed before is not read.
    pub keys: Option<Arc<dyn BlockKeys>>,
}

/// Descriptors that a storage has open at most, beside those for reading: its directory and lock, the journal's files, and
/// what the background thread has at hand, a file and directories to be synced, and what is sealed again, as it was and as it will be.
pub const FILES: usize = 2 + JOURNAL_FILES_MAX + 4 + 3;

const MIB: u64 = 1024 * 1024;
/// A disk reads such pieces that do not lie together nearly as fast as it reads them in a row, if it is told of several at a time.
const LARGE_BLOCK_BYTES: u64 = 8 * 1024;
/// Bounds of a journal file's size, whatever is asked for.
const JOURNAL_BYTES_MIN: u64 = 8 * 1024;
pub(crate) const JOURNAL_BYTES_MAX: u64 = 1024 * MIB;
const QUEUE_BYTES: u64 = 64 * MIB;
/// What one file holds of the tail, since all that is in the journal is in memory too.
const TAIL_PARTS: u64 = 4;
/// Bounds of the size that follows from the tail's. With the smaller one 512 KiB still go into one call.
const OWN_JOURNAL_BYTES_MIN: u64 = MIB;
const OWN_JOURNAL_BYTES_MAX: u64 = 64 * MIB;

const fn journal_bytes(tail_bytes: u64) -> u64 {
    let part = tail_bytes / TAIL_PARTS;
    if part < OWN_JOURNAL_BYTES_MIN {
        OWN_JOURNAL_BYTES_MIN
    } else if part > OWN_JOURNAL_BYTES_MAX {
        OWN_JOURNAL_BYTES_MAX
    } else {
        part
    }
}

/// What one call may append with so much memory for the newest records: payloads of its batches, and 48 bytes each.
pub const fn call_bytes_max(tail_bytes: u64) -> u64 {
    writer::call_bytes_max(journal_bytes(tail_bytes) / SECTOR * SECTOR)
}

const _: () = {
    assert!(JOURNAL_BYTES_MIN.is_multiple_of(SECTOR) && OWN_JOURNAL_BYTES_MIN.is_multiple_of(SECTOR));
    assert!(JOURNAL_BYTES_MIN <= OWN_JOURNAL_BYTES_MIN && OWN_JOURNAL_BYTES_MAX <= JOURNAL_BYTES_MAX);
    // A small batch fits into the smallest file, its reserve left alone.
    assert!(writer::call_bytes_max(JOURNAL_BYTES_MIN) >= JOURNAL_BYTES_MIN / 2);
    // Something is left of the tail for what is in segments.
    assert!((JOURNAL_FILES_MAX as u64) < TAIL_PARTS);
    // The largest call waits in a queue of its own at most.
    assert!(writer::call_bytes_max(OWN_JOURNAL_BYTES_MAX) <= QUEUE_BYTES);
};

impl Default for StorageSettings {
    fn default() -> Self {
        StorageSettings {
            tail_bytes: 256 * MIB,
            segment_bytes: 64 * MIB,
            queue_bytes: QUEUE_BYTES,
            journal_bytes: None,
            large_block_bytes: LARGE_BLOCK_BYTES,
            free_after: Duration::from_secs(30),
            read_files: 512,
            patience: Duration::from_secs(10),
            once_clear: Vec::new(),
            keys: None,
        }
    }
}

impl StorageSettings {
    /// Whole sectors, and room for at least a header, one small batch and the reserve.
    pub(crate) fn journal_file_bytes(&self) -> u64 {
        let bytes = self.journal_bytes.unwrap_or(journal_bytes(self.tail_bytes));
        bytes.clamp(JOURNAL_BYTES_MIN, JOURNAL_BYTES_MAX) / SECTOR * SECTOR
    }
}
