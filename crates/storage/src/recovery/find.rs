//! What is on disk, and what has to be mended before it can go on. Changes nothing.
//!
//! A journal file is given up only when all that it held is durable in segments. So what the journal still
//! holds is believed, and segments are believed only up to where the journal begins: later sections may be
//! there in part, and are cut off and written again.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use super::read_format;
use crate::commons::{DeadSection, Starts};
use crate::disk::Disk;
use crate::error::{Broken, OpenError, ReadError};
use crate::journal::{self, Closed, FileKeys, JournalFile, Scanned};
use crate::layout::{self, CLOSED, JOURNAL, LOGS, TRIMMED, UNFINISHED, journal_path, segment_path};
use crate::segment::{self, Edge, InCommon, SegmentFile, common};
use crate::{Block, LogId};

#[derive(Default)]
pub(crate) struct Found {
    /// `None`: nothing was ever written here.
    pub format: Option<u32>,
    /// What was noted when the storage was closed; to be heeded.
    closed: Option<Closed>,
    /// The journal ends as was noted, which says that all of it is durable.
    pub ends_as_noted: bool,
    /// Oldest first.
    pub files: Vec<FoundFile>,
    pub logs: BTreeMap<LogId, FoundLog>,
    /// Runs of blocks as the journal has them: which log, up to which position.
    pub order: Vec<(LogId, u64)>,
    /// Logs that the journal says are deleted, and the generation that says so.
    pub deleted: BTreeMap<LogId, u64>,
    /// Segments of many logs, oldest first.
    pub commons: Vec<FoundCommon>,
    /// Where logs begin that have more in those.
    pub starts: Starts,
    /// That is not what is noted.
    pub starts_rise: bool,
    /// Directories of segments.
    pub groups: Vec<PathBuf>,
    pub mends: Vec<Mend>,
    pub damage: Vec<Broken>,
    /// Journal files and offsets of writes that a crash cut short.
    pub torn: Vec<(PathBuf, u64)>,
    /// Names that mean nothing here.
    pub strangers: Vec<PathBuf>,
    pub ends_cleanly: bool,
    /// Of the batch that will be written next.
    pub sequence: u64,
}

pub(crate) struct FoundFile {
    pub file: JournalFile,
    pub end: u64,
    pub is_empty: bool,
    pub last_batch: (u64, Vec<u8>),
    pub touched: BTreeMap<LogId, u64>,
    pub keys: FileKeys,
}

pub(crate) struct FoundCommon {
    pub generation: u64,
    pub bytes: u64,
    /// Sections that can be read.
    pub live: usize,
    pub dead: Vec<DeadSection>,
}

#[derive(Default)]
pub(crate) struct FoundLog {
    pub segments: Vec<SegmentFile>,
    pub blocks: VecDeque<Block>,
    /// Where segments end, once `segments` are mended.
    pub edge: Option<Edge>,
}

/// What has to be done to the directory before it is used.
pub(crate) enum Mend {
    Remove(PathBuf),
    Cut {
        file: PathBuf,
        bytes: u64,
    },
    /// Write a segment again, without records.
    Renew {
        id: LogId,
        first: u64,
        time_ms: Option<u64>,
        /// It has records now. If not, it is written again in case its name was never durable.
        cuts: bool,
    },
}

impl Mend {
    /// The file that goes.
    pub(crate) fn removes(&self) -> Option<&Path> {
        match self {
            Mend::Remove(path) => Some(path),
            Mend::Cut { .. } | Mend::Renew { .. } => None,
        }
    }

    /// What a start does, for people; `None` if the file is as it will be.
    pub(crate) fn in_words(&self) -> Option<String> {
        Some(match self {
            Mend::Remove(path) if layout::is_clear_path(path) => {
                format!("{}: the next start overwrites and removes it", path.display())
            }
            Mend::Remove(path) => format!("{}: the next start removes it", path.display()),
            Mend::Cut { file, bytes } => format!(
                "{}: the next start cuts it to {bytes} bytes; what follows is elsewhere",
                file.display()
            ),
            Mend::Renew { id, first, cuts, .. } => cuts.then(|| {
                let file = segment_path(*id, *first);
                format!("{}: the next start empties it; what it holds is in the journal", file.display())
            })?,
        })
    }
}

/// Refuses damage.
pub(crate) fn find(disk: &dyn Disk) -> Result<Found, OpenError> {
    let io = |error| OpenError::Io { path: CLOSED.into(), error };
    let mut found = survey(disk, Closed::read(disk).map_err(io)?)?;
    for stranger in &found.strangers {
        tracing::warn!(file = %stranger.display(), "not a file of this storage; left alone");
    }
    for (file, offset) in &found.torn {
        tracing::info!(file = %file.display(), offset, "a write that was never acknowledged is dropped");
    }
    if found.damage.is_empty() { Ok(found) } else { Err(found.damage.swap_remove(0).into()) }
}

/// Gathers damage. Reads all of the journal, unless it ends as `closed` says.
pub(crate) fn survey(disk: &dyn Disk, closed: Option<Closed>) -> Result<Found, OpenError> {
    let mut found = Found { format: read_format(disk)?, closed, ..Found::default() };
    found.list_segments(disk)?;
    found.read_journal(disk)?;
    if found.format.is_none() && (!found.files.is_empty() || !found.logs.is_empty()) {
        let what = "the file is missing, yet there are data".to_owned();
        found.damage.push(Broken { file: layout::FORMAT.into(), offset: 0, what, log: None });
    }
    // Journal damage would show again as holes in every log.
    if found.damage.is_empty() {
        found.join_logs(disk)?;
    }
    Ok(found)
}

/// Segments by log, as they are called and as long as they are, and where it is noted that logs begin.
pub(crate) fn segments(disk: &dyn Disk) -> Result<(BTreeMap<LogId, FoundLog>, Starts), OpenError> {
    let mut found = Found::default();
    let names = list(disk, Path::new(JOURNAL))?;
    // Before those of single logs: what counts no more in one of these is in one of those by then.
    found.list_commons(
        disk,
        names.iter().filter_map(|entry| layout::parse_common_name(&entry.name)).collect(),
    )?;
    found.list_segments(disk)?;
    found.sort_segments();
    match found.damage.pop() {
        Some(broken) => Err(broken.into()),
        None => Ok((found.logs, found.starts)),
    }
}

/// Of the journal's files, the oldest first.
pub(crate) fn generations(disk: &dyn Disk) -> Result<Vec<u64>, OpenError> {
    let names = list(disk, Path::new(JOURNAL))?;
    let mut generations: Vec<u64> =
        names.iter().filter_map(|entry| layout::parse_journal_name(&entry.name)).collect();
    generations.sort_unstable();
    Ok(generations)
}

fn list(disk: &dyn Disk, dir: &Path) -> Result<Vec<crate::Entry>, OpenError> {
    disk.list(dir).map_err(|error| OpenError::Io { path: dir.to_owned(), error })
}

impl Found {
    fn list_segments(&mut self, disk: &dyn Disk) -> Result<(), OpenError> {
        let root = Path::new(LOGS);
        for dir in list(disk, root)? {
            let Some(group) = layout::parse_group(&dir.name).filter(|_| dir.is_dir) else {
                self.strangers.push(root.join(&dir.name));
                continue;
            };
            let path = layout::group_dir(group);
            for entry in list(disk, &path)? {
                match layout::parse_segment_name(&entry.name) {
                    Some((index, first)) => {
                        let segment = SegmentFile {
                            first,
                            bytes: entry.bytes,
                            last_time_ms: None,
                            is_named: true,
                            common: None,
                            replaced: 0,
                        };
                        self.logs.entry(LogId { group, index }).or_default().segments.push(segment);
                    }
                    None => self.stranger(path.join(&entry.name)),
                }
            }
            self.groups.push(path);
        }
        Ok(())
    }

    fn list_commons(&mut self, disk: &dyn Disk, mut generations: Vec<u64>) -> Result<(), OpenError> {
        match Starts::read(disk) {
            Ok(starts) => self.starts = starts,
            Err(error) => self.damaged(error)?,
        }
        generations.sort_unstable();
        for generation in generations {
            let table = match common::read_table(disk, generation) {
                Ok(table) => table,
                Err(error) => {
                    self.damaged(error)?;
                    continue;
                }
            };
            let mut found = FoundCommon { generation, bytes: table.bytes, live: 0, dead: Vec::new() };
            for section in &table.sections {
                if section.end <= self.starts.of(section.id) {
                    found.dead.push(DeadSection { id: section.id, end: section.end });
                    continue;
                }
                found.live += 1;
                let generation = NonZeroU64::new(generation).unwrap_or(NonZeroU64::MIN);
                self.logs.entry(section.id).or_default().segments.push(SegmentFile {
                    first: section.first,
                    bytes: section.bytes,
                    last_time_ms: Some(section.last_time_ms),
                    is_named: true,
                    common: Some(InCommon { generation, end: section.end }),
                    replaced: 0,
                });
            }
            self.commons.push(found);
        }
        Ok(())
    }

    /// After all are listed.
    fn sort_segments(&mut self) {
        for log in self.logs.values_mut() {
            // Of two that begin at one place the file of the log's own comes first: the other one is believed.
            log.segments.sort_unstable_by_key(|segment| (segment.first, segment.common.is_some()));
        }
        // What an attempt to write a segment of it had left.
        for (id, log) in self.logs.extract_if(.., |id, _| self.starts.is_deleted(*id)) {
            self.mends.extend(log.segments.iter().map(|segment| Mend::Remove(segment.path(id))));
        }
    }

    /// Gathers damage; what cannot be read is an error.
    fn damaged(&mut self, error: ReadError) -> Result<(), OpenError> {
        match error {
            ReadError::Damaged { file, offset, what } => {
                self.damage.push(Broken { file, offset, what, log: None });
                Ok(())
            }
            error => Err(error.into()),
        }
    }

    fn stranger(&mut self, path: PathBuf) {
        match path.to_string_lossy().ends_with(UNFINISHED) {
            true => self.mends.push(Mend::Remove(path)),
            false => self.strangers.push(path),
        }
    }

    fn read_journal(&mut self, disk: &dyn Disk) -> Result<(), OpenError> {
        let dir = Path::new(JOURNAL);
        let (mut generations, mut commons) = (Vec::new(), Vec::new());
        for entry in list(disk, dir)? {
            match (layout::parse_journal_name(&entry.name), layout::parse_common_name(&entry.name)) {
                (Some(generation), _) => generations.push(generation),
                (_, Some(generation)) => commons.push(generation),
                _ if entry.name == TRIMMED => {}
                _ => self.stranger(dir.join(&entry.name)),
            }
        }
        generations.sort_unstable();
        self.list_commons(disk, commons)?;
        self.sort_segments();
        let mut expected = None;
        let mut before: Option<u64> = None;
        let mut scans: Vec<_> =
            generations.iter().map(|generation| journal::scan(disk, *generation)).collect();
        self.ends_as_noted = self.was_closed(&scans);
        if !self.ends_as_noted {
            for scan in &mut scans {
                if let Ok(scanned) = scan
                    && let Err(error) = scanned.look_behind()
                {
                    *scan = Err(error);
                }
            }
        }
        for (generation, scanned) in generations.into_iter().zip(scans) {
            if before.is_some_and(|before| generation != before + 1) {
                self.broken(generation, 0, "the file before this one is missing");
            }
            before = Some(generation);
            match scanned {
                Ok(scanned) => self.take_file(scanned, &mut expected),
                Err(error) => {
                    self.damaged(error)?;
                    expected = None;
                }
            }
        }
        self.sequence = expected.unwrap_or(1);
        Ok(())
    }

    /// Whether the batches end as they did when the storage was closed.
    fn was_closed(&self, scans: &[Result<Scanned, ReadError>]) -> bool {
        let written = scans.iter().flatten().filter_map(|scanned| Some((scanned, scanned.sequences?.1)));
        let last = written.max_by_key(|(scanned, _)| scanned.file.generation);
        last.is_some_and(|(last, sequence)| {
            let closed = Closed { generation: last.file.generation, end: last.end, sequence };
            last.ends_cleanly && self.closed == Some(closed)
        })
    }

    fn broken(&mut self, generation: u64, offset: u64, what: impl Into<String>) {
        self.damage.push(Broken { file: journal_path(generation), offset, what: what.into(), log: None });
    }

    /// `expected` is the sequence number that the file's first batch should have.
    fn take_file(&mut self, scanned: Scanned, expected: &mut Option<u64>) {
        let generation = scanned.file.generation;
        if let (Some((first, _)), Some(expected)) = (scanned.sequences, *expected)
            && first != expected
        {
            // Where a file was cut short, the batch that is missing lies after its last whole one.
            let (file, end) = match self.files.iter().rev().find(|file| !file.is_empty) {
                Some(before) => (before.file.generation, before.end),
                None => (generation, 0),
            };
            self.broken(file, end, format!("batch {expected} is not as it was written, yet {first} follows"));
        }
        if scanned.torn && scanned.broken.is_none() {
            self.torn.push((journal_path(generation), scanned.end));
        }
        self.damage.extend(scanned.broken);
        if let Some((_, last)) = scanned.sequences {
            *expected = Some(last + 1);
            self.ends_cleanly = scanned.ends_cleanly;
        }
        let mut touched = BTreeMap::new();
        for (header, block) in scanned.blocks {
            if header.is_deletion() {
                self.deleted.insert(header.id, generation);
                touched.remove(&header.id);
                continue;
            }
            touched.insert(header.id, block.end());
            match self.order.last_mut() {
                Some((id, end)) if *id == header.id => *end = block.end(),
                _ => self.order.push((header.id, block.end())),
            }
            let log = self.logs.entry(header.id).or_default();
            if log.blocks.back().is_some_and(|before| before.end() != block.first()) {
                let what = format!("log {} has a hole before position {}", header.id, block.first());
                self.broken(generation, 0, what);
            }
            self.logs.entry(header.id).or_default().blocks.push_back(block);
        }
        self.files.push(FoundFile {
            file: scanned.file,
            end: scanned.end,
            is_empty: scanned.sequences.is_none(),
            last_batch: scanned.last_batch,
            touched,
            keys: scanned.keys,
        });
    }

    fn join_logs(&mut self, disk: &dyn Disk) -> Result<(), OpenError> {
        for id in self.deleted.keys() {
            let Some(log) = self.logs.remove(id) else { continue };
            for segment in &log.segments {
                let Some(common) = segment.common else {
                    self.mends.push(Mend::Remove(segment_path(*id, segment.first)));
                    continue;
                };
                self.starts_rise |= self.starts.delete(*id);
                if let Some(found) =
                    self.commons.iter_mut().find(|found| found.generation == common.generation.get())
                {
                    found.live -= 1;
                    found.dead.push(DeadSection { id: *id, end: common.end });
                }
            }
        }
        for (id, log) in &mut self.logs {
            match log.join(disk, *id) {
                Ok(mends) => self.mends.extend(mends),
                Err(ReadError::Damaged { file, offset, what }) => {
                    self.damage.push(Broken { file, offset, what, log: Some(*id) });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl FoundLog {
    /// Puts segments and journal together without a hole.
    pub(crate) fn join(&mut self, disk: &dyn Disk, id: LogId) -> Result<Vec<Mend>, ReadError> {
        let hole = |end: u64, first: u64| ReadError::Damaged {
            file: segment_path(id, end),
            offset: 0,
            what: format!("log {id} ends at {end} in segments, and the journal begins at {first}"),
        };
        let Some(oldest) = self.segments.first().map(|segment| segment.first) else {
            let first = self.blocks.front().map_or(0, Block::first);
            return if first == 0 { Ok(Vec::new()) } else { Err(hole(0, first)) };
        };
        if let Some((common, next)) = self.segments.array_windows().find_map(|[one, next]| {
            let common = one.common.filter(|common| common.end != next.first)?;
            Some((common, next.first))
        }) {
            let what = format!("log {id} ends at {} here, and its next segment begins at {next}", common.end);
            let file = layout::common_path(common.generation.get());
            return Err(ReadError::Damaged { file, offset: 0, what });
        }
        let mut mends = self.cut_before_commons(disk, id)?;
        // Trimmed.
        self.blocks.retain(|block| block.first() >= oldest);
        let newest = self.newest_edge(disk, id)?;
        let Some(first) = self.blocks.front().map(Block::first) else {
            self.edge = newest;
            return if newest.is_some() { self.learn(mends) } else { Err(self.torn(id)) };
        };
        let end = self.blocks.back().map_or(first, Block::end);
        if let Some(newest) = newest
            && (newest.position > end || newest.position < first)
        {
            let what =
                format!("the file ends at {}, but the journal goes from {first} to {end}", newest.position);
            return Err(ReadError::Damaged { file: self.newest_path(id), offset: newest.bytes, what });
        }
        mends.extend(self.cut_back(disk, id, first, newest)?);
        self.learn(mends)
    }

    /// What a file of the log's own has of a journal file that then became a segment of many logs was written in part, by an attempt
    /// that failed.
    fn cut_before_commons(&mut self, disk: &dyn Disk, id: LogId) -> Result<Vec<Mend>, ReadError> {
        let mut mends = Vec::new();
        // Begun for what became a section, or to say where the log ended before it.
        let commons: Vec<u64> = self
            .segments
            .iter()
            .filter(|segment| segment.common.is_some())
            .map(|common| common.first)
            .collect();
        self.segments.retain(|segment| {
            let stays = segment.common.is_some() || commons.binary_search(&segment.first).is_err();
            if !stays {
                mends.push(Mend::Remove(segment.path(id)));
            }
            stays
        });
        for at in 1..self.segments.len() {
            let Some([segment, next]) = self.segments.get_mut(at - 1..=at) else { break };
            if segment.common.is_some() || next.common.is_none() {
                continue;
            }
            let (path, first) = (segment.path(id), next.first);
            let mut edge = segment::newest_edge(disk, id, segment)?;
            if edge.is_none_or(|edge| edge.position != first) {
                edge = segment::edge_at(disk, id, segment, first)?;
            }
            let Some(edge) = edge else {
                let what = format!("the file does not end at {first}, where the next segment begins");
                return Err(ReadError::Damaged { file: path, offset: segment.bytes, what });
            };
            if edge.bytes < segment.bytes {
                mends.push(Mend::Cut { file: path, bytes: edge.bytes });
                segment.bytes = edge.bytes;
            }
        }
        Ok(mends)
    }

    fn newest_edge(&self, disk: &dyn Disk, id: LogId) -> Result<Option<Edge>, ReadError> {
        self.segments.last().map_or(Ok(None), |newest| segment::newest_edge(disk, id, newest))
    }

    fn newest_path(&self, id: LogId) -> PathBuf {
        self.segments.last().map_or_else(|| segment_path(id, 0), |segment| segment.path(id))
    }

    fn torn(&self, id: LogId) -> ReadError {
        let offset = self.segments.last().map_or(0, |segment| segment.bytes.saturating_sub(segment::EDGE));
        let what = "the file does not end as it was written, and the journal does not hold what follows";
        ReadError::Damaged { file: self.newest_path(id), offset, what: what.to_owned() }
    }

    /// Segments end where the journal begins.
    fn cut_back(
        &mut self,
        disk: &dyn Disk,
        id: LogId,
        first: u64,
        newest: Option<Edge>,
    ) -> Result<Vec<Mend>, ReadError> {
        let mut mends = Vec::new();
        let mut edge = newest;
        // Begun for what the journal still holds: perhaps neither the file nor its name is durable.
        while let Some(later) =
            self.segments.pop_if(|segment| segment.common.is_none() && segment.first >= first)
        {
            if self.segments.is_empty() && first > 0 {
                mends.push(self.renew(disk, id, later)?);
                return Ok(mends);
            }
            mends.push(Mend::Remove(segment_path(id, later.first)));
            edge = None;
        }
        let Some(segment) = self.segments.last_mut() else {
            self.edge = None;
            return Ok(mends);
        };
        if edge.is_none_or(|edge| edge.position != first) {
            edge = segment::edge_at(disk, id, segment, first)?;
        }
        self.edge = edge;
        let Some(edge) = edge else { return Err(self.torn(id)) };
        if edge.bytes < segment.bytes {
            mends.push(Mend::Cut { file: segment_path(id, segment.first), bytes: edge.bytes });
            segment.bytes = edge.bytes;
        }
        Ok(mends)
    }

    /// What came before is trimmed, so this file alone says that the log does not begin with the journal.
    fn renew(&mut self, disk: &dyn Disk, id: LogId, oldest: SegmentFile) -> Result<Mend, ReadError> {
        let first = oldest.first;
        let edge = segment::edge_at(disk, id, &oldest, first)?;
        let cuts = edge.is_some_and(|edge| edge.bytes < oldest.bytes);
        self.segments.push(oldest);
        self.edge = edge;
        let Some(edge) = edge else { return Err(self.torn(id)) };
        if let Some(oldest) = self.segments.last_mut() {
            oldest.bytes = edge.bytes;
        }
        Ok(Mend::Renew { id, first, time_ms: edge.time_ms, cuts })
    }

    fn learn(&mut self, mends: Vec<Mend>) -> Result<Vec<Mend>, ReadError> {
        if let (Some(newest), Some(edge)) = (self.segments.last_mut(), self.edge) {
            newest.last_time_ms = edge.time_ms;
        }
        Ok(mends)
    }
}
