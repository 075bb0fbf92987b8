//! The note that a storage was closed, and where its journal ends. While it is there nothing has been written since, so
//! nobody needs to look behind the end for what a crash or damage may have left there.

use std::io;
use std::path::Path;

use crate::disk::{Disk, put_file, read_exact_at};
use crate::layout::CLOSED;
use crate::wire::{self, put_checksum, put_u32, put_u64};

const MAGIC: u32 = u32::from_le_bytes(*b"FLC1");
const BYTES: usize = 36;

/// The mark of a clean end, by which the note is known to be of this journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub generation: u64,
    /// Where the next batch would begin.
    pub end: u64,
    /// Of the mark.
    pub sequence: u64,
}

impl Closed {
    /// Durable on return.
    pub(crate) fn put(self, disk: &dyn Disk) -> io::Result<()> {
        let mut note = Vec::with_capacity(BYTES);
        put_u32(&mut note, MAGIC);
        put_u32(&mut note, 0);
        put_u64(&mut note, self.generation);
        put_u64(&mut note, self.end);
        put_u64(&mut note, self.sequence);
        put_checksum(&mut note, 0);
        put_file(disk, Path::new(""), CLOSED, &note)
    }

    /// A note that is not as it was written is none: then more is read.
    pub(crate) fn read(disk: &dyn Disk) -> io::Result<Option<Closed>> {
        let mut note = [0; BYTES];
        let read = disk.open(Path::new(CLOSED)).and_then(|file| read_exact_at(&*file, &mut note, 0));
        match read {
            Ok(()) => Ok(Closed::parse(&note)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn parse(note: &[u8]) -> Option<Closed> {
        let mut fields = wire::checked(note)?;
        let (magic, _) = (fields.u32()?, fields.u32()?);
        let (generation, end, sequence) = (fields.u64()?, fields.u64()?, fields.u64()?);
        (magic == MAGIC).then_some(Closed { generation, end, sequence })
    }

    /// Must be durable before anything is written.
    pub(crate) fn remove(disk: &dyn Disk) -> io::Result<()> {
        match disk.remove(Path::new(CLOSED)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
