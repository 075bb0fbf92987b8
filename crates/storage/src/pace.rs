//! How background work shares the disk with the journal: in pieces, each made durable before the next is
//! written, with a rest in between. Written all at once, what a journal file holds would stand before every
//! sync of the journal for as long as the disk takes for it, and so would every append.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::disk::{Disk, DiskFile};
use crate::keeper::Work;

/// A disk of 300 MB/s takes two milliseconds for it. Smaller pieces cost more syncs than they save waiting.
const PIECE: u64 = 512 * 1024;
/// The least pause between two cuts of a file. A segment of 64 MiB that goes at once makes syncs of the journal
/// wait 40 ms where the file system tells the disk which blocks are free (`discard`). It does so when the cut is
/// durable, so each is synced, or all of them would come at once.
pub(crate) const SHRINK_REST: Duration = Duration::from_millis(10);
/// A new journal file is filled while others are about to need it: in half a second, in pieces for which nobody
/// waits a whole millisecond.
const FILL_PIECE: u64 = 128 * 1024;
/// Of many files, one call syncs all, so it is made less often. In a hurry the disk is better used by more
/// at a time.
const LARGE_PIECE: u64 = 8 * 1024 * 1024;
/// Of zeros in one call.
const OVERWRITTEN_PIECE: u64 = 64 * 1024;
const _: () = assert!(OVERWRITTEN_PIECE <= FILL_PIECE && FILL_PIECE <= PIECE && PIECE <= LARGE_PIECE);

/// Removes a file that nobody reads, at most `piece` bytes at a time, or its name alone where it has another. One
/// that is not there is removed.
pub(crate) fn remove(disk: &dyn Disk, work: &Work, path: &Path, piece: u64) -> io::Result<()> {
    let file = match disk.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    // What others hold under another name is theirs, and is not freed here anyway.
    let mut bytes = if file.is_shared()? { 0 } else { file.bytes()? };
    while bytes > piece {
        bytes -= piece;
        file.cut(bytes)?;
        let begun = Instant::now();
        file.sync()?;
        work.rest(begun.elapsed().max(SHRINK_REST));
    }
    disk.remove(path)
}

pub(crate) struct Pace<'a> {
    disk: &'a dyn Disk,
    work: &'a Work,
    many: bool,
    /// Of another thread than the keeper's: nobody waits for what it does, and it must not take the keeper's wake-ups.
    is_apart: bool,
    unsynced: u64,
}

impl<'a> Pace<'a> {
    /// With `many` files all of the file system is synced at a time instead of each file. That may wait for
    /// what others write, but a thousand calls wait longer.
    pub(crate) fn new(disk: &'a dyn Disk, work: &'a Work, many: bool) -> Pace<'a> {
        Pace { disk, work, many, is_apart: false, unsynced: 0 }
    }

    /// For a thread of its own, which is never in a hurry.
    pub(crate) fn apart(disk: &'a dyn Disk, work: &'a Work) -> Pace<'a> {
        Pace { is_apart: true, ..Pace::new(disk, work, false) }
    }

    /// A journal file's bytes from `from` on, all of them unless there is a hurry. Says whether it is so. Interrupted when it is
    /// time to stop.
    pub(crate) fn fill(&mut self, file: &dyn DiskFile, from: u64, bytes: u64) -> io::Result<bool> {
        let mut filled = from;
        while filled < bytes {
            if self.work.is_stopping() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            // The writer needs it, or will before it is done: then what is written for nothing costs more than it saves.
            if self.work.hurries() {
                return Ok(false);
            }
            let now = FILL_PIECE.min(bytes - filled);
            file.fill(filled, now)?;
            filled += now;
            let took = self.sync(file)?;
            self.work.rest(took);
        }
        Ok(true)
    }

    /// Zeros from `from` to `to`, hurry or not; durable on return. Interrupted when it is time to stop.
    pub(crate) fn overwrite(&mut self, file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
        let mut at = from;
        while at < to {
            let is_over = if self.is_apart { self.work.is_ending() } else { self.work.is_stopping() };
            if is_over {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let now = OVERWRITTEN_PIECE.min(to - at);
            file.fill(at, now)?;
            self.wrote(file, now)?;
            at += now;
        }
        self.end_of(file)
    }

    pub(crate) fn wrote(&mut self, file: &dyn DiskFile, bytes: u64) -> io::Result<()> {
        self.unsynced += bytes;
        if self.unsynced < PIECE {
            return Ok(());
        }
        let large = self.many || (self.work.hurries() && !self.is_apart);
        if !large || self.unsynced >= LARGE_PIECE {
            let took = self.sync(file)?;
            // The journal has the disk at least half of the time.
            match self.is_apart {
                true => std::thread::sleep(took),
                false => self.work.rest(took),
            }
        }
        Ok(())
    }

    /// Nothing more goes to this file. It is durable then, unless it is one of many.
    pub(crate) fn end_of(&mut self, file: &dyn DiskFile) -> io::Result<()> {
        if self.many { Ok(()) } else { self.sync(file).map(drop) }
    }

    /// Nothing more is written; all of it is durable then.
    pub(crate) fn end(self) -> io::Result<()> {
        if self.many { self.disk.sync_files() } else { Ok(()) }
    }

    fn sync(&mut self, file: &dyn DiskFile) -> io::Result<Duration> {
        let begun = Instant::now();
        if self.many {
            self.disk.sync_files()?
        } else {
            file.sync()?
        }
        self.unsynced = 0;
        Ok(begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::MemoryDisk;

    /// Counts syncs.
    #[derive(Default)]
    struct Counted(AtomicU64);

    impl DiskFile for Counted {
        fn bytes(&self) -> io::Result<u64> {
            Ok(0)
        }
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Ok(0)
        }
        fn write_at(&self, _: &[IoSlice<'_>], _: u64) -> io::Result<usize> {
            Ok(0)
        }
        fn allocate(&self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn fill(&self, _: u64, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn cut(&self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn sync(&self) -> io::Result<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    fn syncs_of(bytes: u64, hurry: bool, many: bool) -> u64 {
        let (disk, work, file) = (MemoryDisk::default(), Work::default(), Counted::default());
        work.want_spare(hurry);
        let mut pace = Pace::new(&disk, &work, many);
        for _ in 0..bytes / (64 * 1024) {
            pace.wrote(&file, 64 * 1024).unwrap();
        }
        pace.end_of(&file).unwrap();
        file.0.into_inner()
    }

    #[test]
    fn a_file_is_synced_in_small_pieces_and_in_a_hurry_in_large_ones() {
        assert_eq!(syncs_of(2 * LARGE_PIECE, false, false), 2 * LARGE_PIECE / PIECE + 1);
        assert_eq!(syncs_of(2 * LARGE_PIECE, true, false), 3);
        assert_eq!(syncs_of(PIECE - 64 * 1024, false, false), 1, "durable at its end");
    }

    #[test]
    fn a_file_is_filled_gently_but_not_in_a_hurry_or_when_it_is_time_to_stop() {
        let fill = |work: &Work| {
            let (disk, file) = (MemoryDisk::default(), Counted::default());
            let done = Pace::new(&disk, work, false).fill(&file, 0, LARGE_PIECE + FILL_PIECE);
            (done.map_err(|error| error.kind()), file.0.into_inner())
        };
        let work = Work::default();
        assert_eq!(fill(&work), (Ok(true), LARGE_PIECE / FILL_PIECE + 1));
        work.want_spare(true);
        assert_eq!(fill(&work), (Ok(false), 0));
        work.stop();
        assert_eq!(fill(&work), (Err(io::ErrorKind::Interrupted), 0));
    }

    #[test]
    fn a_file_is_removed_from_its_end_unless_it_is_gone() {
        let (disk, work, path) = (MemoryDisk::default(), Work::default(), Path::new("large.new"));
        let open = disk.create(path).unwrap();
        open.allocate(100).unwrap();
        remove(&disk, &work, path, 30).unwrap();
        assert_eq!(open.bytes().unwrap(), 10, "what was left when it went");
        assert!(disk.open(path).is_err());
        remove(&disk, &work, path, 30).unwrap();
    }

    #[test]
    fn many_files_are_synced_together() {
        assert_eq!(syncs_of(2 * LARGE_PIECE, false, true), 0);
    }
}
