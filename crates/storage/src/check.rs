//! Verifies every byte of a data directory without changing anything.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, OsDisk};
use crate::error::Broken;
use crate::recovery::{self, Found, Mend};
use crate::segment::{SegmentFile, SegmentReader};
use crate::{Block, BlockKeys, LogId, OpenError, ReadError};

/// What a directory holds, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub format: u32,
    pub logs: usize,
    pub journal_files: usize,
    pub segment_files: usize,
    /// In segments and in the journal. What a crash left in both is counted once.
    pub records: u64,
    pub bytes: u64,
    /// Of records that lie sealed and whose keys were not to be had.
    pub unopened_bytes: u64,
    /// The storage was closed in order.
    pub ends_cleanly: bool,
    /// What the next start will remove or cut, because a crash left it unfinished.
    pub unfinished: Vec<String>,
    /// Files whose names mean nothing to a storage. They are left alone.
    pub strangers: Vec<PathBuf>,
    pub damage: Vec<Damage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub file: PathBuf,
    pub offset: u64,
    pub what: String,
    pub log: Option<LogId>,
    /// Positions that the file was to hold, where that is known.
    pub positions: Option<Range<u64>>,
}

impl Damage {
    fn new(broken: Broken, positions: Option<Range<u64>>) -> Damage {
        let Broken { file, offset, what, log } = broken;
        Damage { file, offset, what, log, positions }
    }
}

/// With the keys what is sealed is opened; without them its checksums are verified.
pub fn check(dir: &Path, keys: Option<&dyn BlockKeys>) -> Result<Report, OpenError> {
    let disk = OsDisk::read_only(dir).map_err(|error| OpenError::Io { path: dir.to_owned(), error })?;
    let mut report = check_with(&disk, keys).map_err(|error| recovery::below(dir, error))?;
    report.damage.iter_mut().for_each(|damage| damage.file = dir.join(&damage.file));
    Ok(report)
}

/// The same of another disk, without keys.
pub fn check_on(disk: &dyn Disk) -> Result<Report, OpenError> {
    check_with(disk, None)
}

/// The same of another disk.
pub fn check_with(disk: &dyn Disk, keys: Option<&dyn BlockKeys>) -> Result<Report, OpenError> {
    let mut opener = Opener { keys, unopened_bytes: 0 };
    let _lock = recovery::lock(disk)?;
    let mut found = recovery::survey(disk, None)?;
    let mut report = Report {
        format: found.format.unwrap_or(0),
        logs: found.logs.len(),
        journal_files: found.files.len(),
        segment_files: found.commons.len(),
        ends_cleanly: found.ends_cleanly,
        unfinished: found.mends.iter().filter_map(Mend::in_words).collect(),
        strangers: std::mem::take(&mut found.strangers),
        damage: found.damage.drain(..).map(|broken| Damage::new(broken, None)).collect(),
        ..Report::default()
    };
    report.unfinished.extend(found.torn.iter().map(|(file, offset)| {
        let file = file.display();
        format!("{file}: a write cut short at byte {offset}, which was never acknowledged; the next start drops it")
    }));
    report.count_journal(&found, &mut opener);
    for (id, log) in &found.logs {
        for (at, segment) in log.segments.iter().enumerate() {
            let next = log.segments.get(at + 1).map(|next| next.first);
            let end = next.or(log.edge.map(|edge| edge.position));
            report.segment_files += usize::from(segment.common.is_none());
            match verify(disk, *id, segment, end, &mut opener) {
                Ok((records, bytes)) => {
                    report.records += records;
                    report.bytes += bytes;
                }
                Err(ReadError::Damaged { file, offset, what }) => {
                    let positions = end.map(|end| segment.first..end);
                    let damage = Damage { file, offset, what, log: Some(*id), positions };
                    let known = |other: &Damage| other.file == damage.file && other.offset == damage.offset;
                    if !report.damage.iter().any(known) {
                        report.damage.push(damage);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    report.unopened_bytes = opener.unopened_bytes;
    Ok(report)
}

/// Looks at the records of blocks.
pub(crate) struct Opener<'a> {
    keys: Option<&'a dyn BlockKeys>,
    unopened_bytes: u64,
}

impl Opener<'_> {
    /// What is wrong with a block whose checksums are right, which they are unless a writer was wrong or somebody else wrote it.
    pub(crate) fn fault(&mut self, log: LogId, block: &Block) -> Option<String> {
        let at = block.first();
        let misfit = |block: &Block| {
            let fits = block.is_well_formed();
            (!fits).then(|| format!("the records of the block at position {at} do not fill it"))
        };
        if !block.is_sealed() {
            return misfit(block);
        }
        let Some(wrapped) = block.key() else {
            return Some(format!("the key of the block at position {at} is not before it"));
        };
        match self.keys.map(|keys| keys.opening(log, wrapped)) {
            Some(Ok(key)) => match block.opened(log, &key, 0, usize::MAX, usize::MAX) {
                Some(opened) => misfit(&opened),
                None => Some(format!("the block at position {at} is not as it was sealed")),
            },
            Some(Err(_)) | None => {
                self.unopened_bytes += block.bytes() as u64;
                None
            }
        }
    }
}

fn verify(
    disk: &dyn Disk,
    id: LogId,
    segment: &SegmentFile,
    next: Option<u64>,
    opener: &mut Opener<'_>,
) -> Result<(u64, u64), ReadError> {
    let opened = SegmentReader::open(disk, id, segment)?;
    opened.extend(segment.bytes)?;
    if let Some(next) = next
        && let Some(last) = next.checked_sub(1)
        && last >= segment.first
    {
        opened.covers(last, next)?;
    }
    opened.verify(opener)
}

impl Report {
    fn count_journal(&mut self, found: &Found, opener: &mut Opener<'_>) {
        for block in found.logs.values().flat_map(|log| &log.blocks) {
            self.records += block.end() - block.first();
            self.bytes += block.bytes() as u64;
        }
        for (id, log) in &found.logs {
            let fault = log.blocks.iter().find_map(|block| Some((block, opener.fault(*id, block)?)));
            if let Some((block, what)) = fault {
                self.damage.push(Damage {
                    file: crate::layout::JOURNAL.into(),
                    offset: 0,
                    what,
                    log: Some(*id),
                    positions: Some(block.first()..block.end()),
                });
            }
        }
    }
}
