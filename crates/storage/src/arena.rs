//! Memory from which whole sectors are written past the page cache.

use std::io;

use crate::disk::DiskFile;
use crate::journal::SECTOR;

/// No disk asks for more.
const ALIGN: usize = 4096;
/// Larger batches are written in several pieces.
const BYTES: usize = 2 * 1024 * 1024;
const _: () = assert!((BYTES as u64).is_multiple_of(SECTOR));

pub(crate) struct Arena {
    /// With room to begin at a multiple of [`ALIGN`].
    memory: Vec<u8>,
    start: usize,
}

impl Arena {
    /// Its pages come when they are first written to, and stay.
    pub(crate) fn new() -> Arena {
        let memory = vec![0; BYTES + ALIGN];
        let start = memory.as_ptr().align_offset(ALIGN).min(ALIGN);
        Arena { memory, start }
    }

    /// Writes the slices, which are whole sectors together, in a row from `offset` on. Says whether they are durable; if not, a sync
    /// makes them so.
    pub(crate) fn write<'a>(
        &mut self,
        file: &dyn DiskFile,
        slices: impl Iterator<Item = &'a [u8]>,
        mut offset: u64,
    ) -> io::Result<bool> {
        let room = self.memory.get_mut(self.start..self.start + BYTES).unwrap_or_default();
        let (mut filled, mut pieces) = (0, 0);
        for mut slice in slices {
            while !slice.is_empty() {
                if filled == room.len() {
                    write_all(file, room, offset, false)?;
                    (offset, filled, pieces) = (offset + filled as u64, 0, pieces + 1);
                }
                let now = slice.len().min(room.len() - filled);
                let (head, rest) = slice.split_at(now);
                room.get_mut(filled..filled + now).unwrap_or_default().copy_from_slice(head);
                (slice, filled) = (rest, filled + now);
            }
        }
        write_all(file, room.get(..filled).unwrap_or_default(), offset, pieces == 0)?;
        // A durable write says nothing of those before it.
        Ok(pieces == 0)
    }
}

fn write_all(file: &dyn DiskFile, mut bytes: &[u8], mut offset: u64, durably: bool) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_direct(bytes, offset, durably) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            // The sector that was written in part is written again.
            Ok(n) if n < bytes.len() => {
                let whole = n / SECTOR as usize * SECTOR as usize;
                if whole == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                bytes = bytes.get(whole..).unwrap_or_default();
                offset += whole as u64;
            }
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
