//! What the user of a storage may choose, and the sizes that follow from it.

use std::time::Duration;

use crate::keeper::JOURNAL_FILES_MAX;

/// Each field has a default for a server that has its machine to itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Memory for the newest records of all logs together. What is not yet in segments lives there too.
    pub tail_bytes: u64,
    /// A segment file that has grown to this size is followed by another.
    pub segment_bytes: u64,
    /// Appends that wait for the journal; beyond it they are refused.
    pub queue_bytes: u64,
    /// Size of a journal file. `None`: a quarter of `tail_bytes`, from 1 to 64 MiB.
    pub journal_bytes: Option<u64>,
    /// Open segment files at most for reading; half of them are kept open for the next reader.
    pub read_files: usize,
    /// How long appends wait when the journal cannot go on for want of descriptors, say. Then they are refused, until
    /// it can. For want of room on disk they are refused at once.
    pub patience: Duration,
}

/// Descriptors that a storage has open at most, beside those for reading: its directory and lock, the journal's files, and
/// what the background thread has at hand, a file and directories to be synced.
pub const FILES: usize = 2 + JOURNAL_FILES_MAX + 4;

const MIB: u64 = 1024 * 1024;

impl Default for Settings {
    fn default() -> Self {
        Settings {
            tail_bytes: 256 * MIB,
            segment_bytes: 64 * MIB,
            queue_bytes: 64 * MIB,
            journal_bytes: None,
            read_files: 512,
            patience: Duration::from_secs(10),
        }
    }
}

impl Settings {
    /// Whole sectors, and room for at least a header, one small batch and the reserve.
    pub(crate) fn journal_file_bytes(&self) -> u64 {
        let bytes = self.journal_bytes.unwrap_or((self.tail_bytes / 4).clamp(MIB, 64 * MIB));
        bytes.clamp(8 * 1024, 1024 * MIB) / 512 * 512
    }
}
