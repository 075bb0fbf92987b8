//! Segments of many logs: how many logs still have something in each, and what is noted of logs that do not.
//!
//! A file goes when no log has anything to read in it. Until then it also has sections that are trimmed, or of deleted logs. A
//! start takes such a section for a part of its log, unless it is noted where the log begins. So that is noted, durably, before
//! anything goes without which there would be a hole behind such a section, before blocks of it are punched out, and before
//! what says that a log is deleted goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::LogId;
use crate::disk::{Disk, put_file, read_exact_at};
use crate::error::{Broken, ReadError};
use crate::layout::{JOURNAL, TRIMMED};
use crate::wire::{self, put_checksum, put_u32, put_u64};

const MAGIC: u32 = u32::from_le_bytes(*b"FLR1");
const ROW: usize = 16;
/// Where a deleted log begins.
const DELETED: u64 = u64::MAX;

pub(crate) struct Commons {
    state: Mutex<State>,
    /// The others of a file mostly go soon after the first: those of one age that are trimmed in the same round.
    punch_after: Duration,
}

#[derive(Default)]
struct State {
    /// By generation.
    files: BTreeMap<u64, File>,
    noted: Starts,
}

/// Where logs begin: what ends at or before that in a segment of many logs is trimmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Starts(BTreeMap<LogId, u64>);

struct File {
    bytes: u64,
    /// Sections that can be read.
    live: usize,
    dead: Vec<Dead>,
}

struct Dead {
    id: LogId,
    end: u64,
    since: Instant,
    is_punched: bool,
}

/// A section that is trimmed, or whose log is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeadSection {
    pub id: LogId,
    pub end: u64,
}

/// Sections whose blocks are to be punched out of a file.
pub(crate) struct ToPunch {
    pub generation: u64,
    pub logs: Vec<LogId>,
}

impl Starts {
    /// As they are noted; none where nothing ever was.
    pub(crate) fn read(disk: &dyn Disk) -> Result<Starts, ReadError> {
        let path = Path::new(JOURNAL).join(TRIMMED);
        let io = |error| ReadError::Io { file: path.clone(), error };
        let file = match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Starts::default()),
            file => file.map_err(io)?,
        };
        let mut bytes = vec![0; file.bytes().map_err(io)? as usize];
        read_exact_at(&*file, &mut bytes, 0).map_err(io)?;
        Starts::parse(&bytes).ok_or_else(|| {
            let what = "the file does not match its checksum".to_owned();
            Broken { file: path.clone(), offset: 0, what, log: None }.into()
        })
    }

    fn parse(bytes: &[u8]) -> Option<Starts> {
        let mut fields = wire::checked(bytes)?;
        let (magic, count) = (fields.u32()?, fields.u32()?);
        let rows = (0..count).map(|_| {
            let id = LogId { group: fields.u32()?, index: fields.u32()? };
            Some((id, fields.u64()?))
        });
        let starts: Option<BTreeMap<LogId, u64>> = rows.collect();
        starts.filter(|_| magic == MAGIC && fields.0.is_empty()).map(Starts)
    }

    /// Durable on return.
    pub(crate) fn put(&self, disk: &dyn Disk, dir: &Path) -> io::Result<()> {
        let mut out = Vec::with_capacity(8 + self.0.len() * ROW + 4);
        put_u32(&mut out, MAGIC);
        put_u32(&mut out, self.0.len() as u32);
        for (id, start) in &self.0 {
            put_u32(&mut out, id.group);
            put_u32(&mut out, id.index);
            put_u64(&mut out, *start);
        }
        put_checksum(&mut out, 0);
        put_file(disk, &dir.join(JOURNAL), TRIMMED, &out)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of(&self, id: LogId) -> u64 {
        self.0.get(&id).copied().unwrap_or(0)
    }

    pub(crate) fn raise(&mut self, id: LogId, start: u64) -> bool {
        let known = self.0.entry(id).or_insert(0);
        let rises = *known < start;
        *known = start.max(*known);
        rises
    }

    pub(crate) fn is_deleted(&self, id: LogId) -> bool {
        self.of(id) == DELETED
    }

    pub(crate) fn delete(&mut self, id: LogId) -> bool {
        self.raise(id, DELETED)
    }
}

impl Commons {
    pub(crate) fn new(punch_after: Duration) -> Commons {
        Commons { state: Mutex::default(), punch_after }
    }

    /// What a start found.
    pub(crate) fn start(&self, noted: Starts) {
        self.state.lock().noted = noted;
    }

    pub(crate) fn add(&self, generation: u64, bytes: u64, live: usize, dead: &[DeadSection]) {
        let since = Instant::now();
        let dead = dead.iter().map(|dead| Dead { id: dead.id, end: dead.end, since, is_punched: false });
        self.state.lock().files.insert(generation, File { bytes, live, dead: dead.collect() });
    }

    /// A log lets go of its section in a file.
    pub(crate) fn let_go(&self, generation: u64, id: LogId, end: u64) {
        let mut state = self.state.lock();
        let Some(file) = state.files.get_mut(&generation) else { return };
        debug_assert!(file.live > 0, "no section dies twice");
        file.live = file.live.saturating_sub(1);
        file.dead.push(Dead { id, end, since: Instant::now(), is_punched: false });
    }

    /// Files that nobody reads.
    pub(crate) fn unread(&self) -> Vec<u64> {
        let state = self.state.lock();
        state.files.iter().filter(|(_, file)| file.live == 0).map(|(generation, _)| *generation).collect()
    }

    /// The file is gone. Answers with its bytes that were not punched out.
    pub(crate) fn forget(&self, generation: u64) -> u64 {
        self.state.lock().files.remove(&generation).map_or(0, |file| file.bytes)
    }

    /// The log is deleted, and cannot be made again: an earlier one of its name has something in a file.
    pub(crate) fn is_deleted(&self, id: LogId) -> bool {
        self.state.lock().noted.is_deleted(id)
    }

    /// Before a file of the log's own goes, which ends at `start`.
    pub(crate) fn note_start(&self, disk: &dyn Disk, id: LogId, start: u64) -> io::Result<()> {
        self.note(disk, |state| state.has_dead(id, |_| true).then_some((id, start)).into_iter().collect())
    }

    /// Before what else says that these logs are deleted goes.
    pub(crate) fn note_deleted(&self, disk: &dyn Disk, ids: impl Iterator<Item = LogId>) -> io::Result<()> {
        self.note(disk, |state| {
            ids.filter(|id| state.has_dead(*id, |_| true)).map(|id| (id, DELETED)).collect()
        })
    }

    /// Before a file that nobody reads goes.
    pub(crate) fn note_removal(&self, disk: &dyn Disk, generation: u64) -> io::Result<()> {
        self.note(disk, |state| {
            let dead = state.files.get(&generation).map_or(&[][..], |file| &file.dead);
            let elsewhere = |dead: &&Dead| state.has_dead(dead.id, |other| other != generation);
            dead.iter().filter(elsewhere).map(|dead| (dead.id, dead.end)).collect()
        })
    }

    /// Writes what rises, and leaves out logs that have nothing in a file any more.
    fn note(&self, disk: &dyn Disk, starts: impl FnOnce(&State) -> Vec<(LogId, u64)>) -> io::Result<()> {
        let (noted, changes) = {
            let state = self.state.lock();
            let mut noted = state.noted.clone();
            let rises =
                starts(&state).into_iter().fold(false, |any, (id, start)| noted.raise(id, start) | any);
            let known = noted.0.len();
            let dead: BTreeSet<LogId> =
                state.files.values().flat_map(|file| &file.dead).map(|dead| dead.id).collect();
            noted.0.retain(|id, _| dead.contains(id));
            let changes = rises || noted.0.len() < known;
            (noted, changes)
        };
        if changes {
            noted.put(disk, Path::new(""))?;
            self.state.lock().noted = noted;
        }
        Ok(())
    }

    /// What has been dead for some time, in files that stay; noted on return.
    pub(crate) fn to_punch(&self, disk: &dyn Disk) -> io::Result<Vec<ToPunch>> {
        let is_due = |dead: &&Dead| !dead.is_punched && dead.since.elapsed() >= self.punch_after;
        self.note(disk, |state| {
            let dead = state.files.values().flat_map(|file| file.dead.iter().filter(is_due));
            dead.map(|dead| (dead.id, dead.end)).collect()
        })?;
        let state = self.state.lock();
        let due = state.files.iter().map(|(generation, file)| ToPunch {
            generation: *generation,
            logs: file.dead.iter().filter(is_due).map(|dead| dead.id).collect(),
        });
        Ok(due.filter(|due| !due.logs.is_empty()).collect())
    }

    /// These sections' blocks are punched out, `bytes` of them.
    pub(crate) fn punched(&self, done: &ToPunch, bytes: u64) {
        let mut state = self.state.lock();
        let Some(file) = state.files.get_mut(&done.generation) else { return };
        file.bytes = file.bytes.saturating_sub(bytes);
        let punched = file.dead.iter_mut().filter(|dead| done.logs.contains(&dead.id));
        punched.for_each(|dead| dead.is_punched = true);
    }

    /// Nothing can be for now.
    pub(crate) fn punch_all_later(&self) {
        let mut state = self.state.lock();
        let dead = state.files.values_mut().flat_map(|file| &mut file.dead);
        dead.for_each(|dead| dead.since = Instant::now());
    }

    /// They cannot be for now.
    pub(crate) fn punch_later(&self, due: &ToPunch) {
        let mut state = self.state.lock();
        let Some(file) = state.files.get_mut(&due.generation) else { return };
        let waits = file.dead.iter_mut().filter(|dead| due.logs.contains(&dead.id));
        waits.for_each(|dead| dead.since = Instant::now());
    }

    /// When something will be due to be punched out.
    pub(crate) fn punch_at(&self) -> Option<Instant> {
        let state = self.state.lock();
        let dead = state.files.values().flat_map(|file| &file.dead).filter(|dead| !dead.is_punched);
        dead.map(|dead| dead.since + self.punch_after).min()
    }
}

impl State {
    /// Whether a file of such a generation has a section of the log that nobody reads.
    fn has_dead(&self, id: LogId, which: impl Fn(u64) -> bool) -> bool {
        let files = self.files.iter().filter(|(generation, _)| which(**generation));
        files.flat_map(|(_, file)| &file.dead).any(|dead| dead.id == id)
    }
}
