//! Segments of many logs: how many logs still have something in each, and what is noted of logs that do not.
//!
//! A file goes when no log has anything to read in it. Until then it also has sections that are trimmed, or of deleted logs. A
//! start takes such a section for a part of its log, unless it is noted where the log begins. So that is noted, durably, before
//! anything goes without which there would be a hole behind such a section, before blocks of it are punched out, and before
//! what says that a log is deleted goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::LogId;
use crate::disk::{Disk, put_file, read_vec_at, write_all_at};
use crate::error::{Broken, ReadError};
use crate::layout::{JOURNAL, TRIMMED};
use crate::wire::{self, put_checksum, put_u32, put_u64};

const MAGIC: u32 = u32::from_le_bytes(*b"FLR1");
const HALF_HEADER: usize = 16;
const ROW: usize = 16;
/// There is room for so many logs from the start.
const ROWS_MIN: usize = 1000;
/// Where a deleted log begins.
const DELETED: u64 = u64::MAX;

pub(crate) struct Commons {
    state: Mutex<CommonsState>,
    /// The others of a file mostly go soon after the first: those of one age that are trimmed in the same round.
    punch_after: Duration,
}

#[derive(Default)]
struct CommonsState {
    /// By generation.
    files: BTreeMap<u64, File>,
    /// Logs that had something in one of them since the start.
    logs: BTreeSet<LogId>,
    noted: Starts,
}

/// Where logs begin: what ends at or before that in a segment of many logs is trimmed. Kept twice, each in one half of a file, so that
/// it is written over in place: on a full disk there is no room for another file, and yet room has to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Starts {
    rows: BTreeMap<LogId, u64>,
    /// Rises with each writing.
    number: u64,
    /// Of the file; none while there is none.
    half_bytes: u64,
}

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
    /// Its blocks are in clear and in another file by now, sealed. Until they are overwritten the file does not go.
    is_clear: bool,
    /// None of its blocks is in clear any more.
    is_overwritten: bool,
}

impl Dead {
    fn new(id: LogId, end: u64) -> Dead {
        Dead { id, end, since: Instant::now(), is_punched: false, is_clear: false, is_overwritten: false }
    }

    /// Bytes that are punched out are free, and not overwritten.
    fn waits_for_punch(&self) -> bool {
        !self.is_punched && !self.is_clear
    }
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
        let path = noted_path(Path::new(""));
        let io = |error| ReadError::Io { file: path.clone(), error };
        let file = match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Starts::default()),
            file => file.map_err(io)?,
        };
        let bytes = read_vec_at(&*file, file.bytes().map_err(io)? as usize, 0).map_err(io)?;
        let (one, other) = bytes.split_at(bytes.len() / 2);
        // Where a crash came between the halves the first has more.
        let newest = [one, other].into_iter().filter_map(Starts::parse).max_by_key(|starts| starts.number);
        newest.ok_or_else(|| {
            let what = "neither half matches its checksum".to_owned();
            Broken { file: path.clone(), offset: 0, what, log: None }.into()
        })
    }

    fn parse(half: &[u8]) -> Option<Starts> {
        let mut fields = wire::Fields(half);
        let (magic, count) = (fields.u32()?, fields.u32()? as usize);
        let len = count.checked_mul(ROW)?.checked_add(HALF_HEADER + 4)?;
        if magic != MAGIC || len > half.len() {
            return None;
        }
        let mut fields = wire::checked(half.get(..len)?)?;
        let (_, _, number) = (fields.u32()?, fields.u32()?, fields.u64()?);
        let mut rows = BTreeMap::new();
        for _ in 0..count {
            let id = LogId { group: fields.u32()?, index: fields.u32()? };
            rows.insert(id, fields.u64()?);
        }
        Some(Starts { rows, number, half_bytes: half.len() as u64 })
    }

    fn to_half(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.half_bytes as usize);
        put_u32(&mut out, MAGIC);
        put_u32(&mut out, self.rows.len() as u32);
        put_u64(&mut out, self.number);
        for (id, start) in &self.rows {
            put_u32(&mut out, id.group);
            put_u32(&mut out, id.index);
            put_u64(&mut out, *start);
        }
        put_checksum(&mut out, 0);
        out
    }

    /// Durable on return. In place where it fits.
    pub(crate) fn write(&mut self, disk: &dyn Disk) -> io::Result<()> {
        self.number += 1;
        if self.half_bytes < half_bytes_for(self.rows.len()) {
            return self.make(disk, Path::new(""), self.rows.len());
        }
        let (file, half) = (disk.open(&noted_path(Path::new("")))?, self.to_half());
        for at in [0, self.half_bytes] {
            write_all_at(&*file, &mut [IoSlice::new(&half)], at)?;
            file.sync()?;
        }
        Ok(())
    }

    /// A file with room for so many rows, in the place of one that is there.
    pub(crate) fn make(&mut self, disk: &dyn Disk, dir: &Path, rows: usize) -> io::Result<()> {
        let before = self.half_bytes;
        self.half_bytes = before.max(half_bytes_for(rows).next_power_of_two());
        let mut half = self.to_half();
        half.resize(self.half_bytes as usize, 0);
        let made = put_file(disk, &dir.join(JOURNAL), TRIMMED, &half.repeat(2));
        made.inspect_err(|_| self.half_bytes = before)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn of(&self, id: LogId) -> u64 {
        self.rows.get(&id).copied().unwrap_or(0)
    }

    pub(crate) fn raise(&mut self, id: LogId, start: u64) -> bool {
        let known = self.rows.entry(id).or_insert(0);
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

fn noted_path(dir: &Path) -> PathBuf {
    dir.join(JOURNAL).join(TRIMMED)
}

fn half_bytes_for(rows: usize) -> u64 {
    (HALF_HEADER + rows.max(ROWS_MIN) * ROW + 4) as u64
}

impl Commons {
    pub(crate) fn new(punch_after: Duration) -> Commons {
        Commons { state: Mutex::default(), punch_after }
    }

    /// What a start found, and the logs that have something in a file.
    pub(crate) fn start(&self, noted: Starts, logs: impl Iterator<Item = LogId>) {
        let mut state = self.state.lock();
        state.logs.extend(logs);
        state.noted = noted;
    }

    /// A file of which so many sections can be read.
    pub(crate) fn add(&self, generation: u64, bytes: u64, live: usize, dead: &[DeadSection]) {
        let dead = dead.iter().map(|dead| Dead::new(dead.id, dead.end));
        let file = File { bytes, live, dead: dead.collect() };
        let mut state = self.state.lock();
        state.logs.extend(file.dead.iter().map(|dead| dead.id));
        state.files.insert(generation, file);
    }

    /// Before these logs have something in a file: there is room for a note of each, also when the disk has none any more.
    pub(crate) fn make_room(&self, disk: &dyn Disk, logs: impl Iterator<Item = LogId>) -> io::Result<()> {
        let (mut noted, rows) = {
            let mut state = self.state.lock();
            state.logs.extend(logs);
            (state.noted.clone(), state.logs.len())
        };
        if noted.half_bytes < half_bytes_for(rows) {
            noted.make(disk, Path::new(""), rows)?;
            self.state.lock().noted = noted;
        }
        Ok(())
    }

    /// A log lets go of its section in a file.
    pub(crate) fn let_go(&self, generation: u64, id: LogId, end: u64) {
        self.bury(generation, Dead::new(id, end));
    }

    /// The same of one whose records are in another file from now on, and which is to be overwritten if it is `in_clear`.
    pub(crate) fn move_out(&self, generation: u64, id: LogId, end: u64, in_clear: bool) {
        self.bury(generation, Dead { is_clear: in_clear, ..Dead::new(id, end) });
    }

    fn bury(&self, generation: u64, dead: Dead) {
        let mut state = self.state.lock();
        let Some(file) = state.files.get_mut(&generation) else { return };
        debug_assert!(file.live > 0, "no section dies twice");
        file.live = file.live.saturating_sub(1);
        file.dead.push(dead);
    }

    /// What a log has in files where nobody reads it any more, and what may lie there in clear; noted on return. Generations and
    /// ends of the sections.
    pub(crate) fn to_overwrite(&self, disk: &dyn Disk, id: LogId) -> io::Result<Vec<(u64, u64)>> {
        let is_due = |dead: &&Dead| dead.id == id && !dead.is_overwritten;
        self.note(disk, |state| {
            let dead = state.files.values().flat_map(|file| file.dead.iter().filter(is_due));
            dead.map(|dead| (dead.id, dead.end)).collect()
        })?;
        let state = self.state.lock();
        let due = state.files.iter().flat_map(|(generation, file)| {
            file.dead.iter().filter(is_due).map(|dead| (*generation, dead.end))
        });
        Ok(due.collect())
    }

    /// There is nothing in clear there any more, or it is not to be overwritten.
    pub(crate) fn overwritten(&self, generation: u64, id: LogId, end: u64) {
        let mut state = self.state.lock();
        let Some(file) = state.files.get_mut(&generation) else { return };
        let done = file.dead.iter_mut().filter(|dead| (dead.id, dead.end) == (id, end));
        done.for_each(|dead| (dead.is_clear, dead.is_overwritten) = (false, true));
    }

    /// Files that nobody reads, and in which nothing is to be overwritten.
    pub(crate) fn unread(&self) -> Vec<u64> {
        let state = self.state.lock();
        let may_go = |file: &File| file.live == 0 && !file.dead.iter().any(|dead| dead.is_clear);
        state.files.iter().filter(|(_, file)| may_go(file)).map(|(generation, _)| *generation).collect()
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
    pub(crate) fn note_deleted(&self, disk: &dyn Disk, ids: &[LogId]) -> io::Result<()> {
        self.note(disk, |state| {
            let dead = ids.iter().filter(|id| state.has_dead(**id, |_| true));
            dead.map(|id| (*id, DELETED)).collect()
        })?;
        // Nobody asks for it any more.
        let mut state = self.state.lock();
        let dead = state.files.values_mut().flat_map(|file| &mut file.dead);
        dead.filter(|dead| ids.contains(&dead.id)).for_each(|dead| dead.is_clear = false);
        Ok(())
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
    fn note(
        &self,
        disk: &dyn Disk,
        starts: impl FnOnce(&CommonsState) -> Vec<(LogId, u64)>,
    ) -> io::Result<()> {
        let (mut noted, changes) = {
            let state = self.state.lock();
            let starts = starts(&state);
            if starts.is_empty() && state.noted.is_empty() {
                return Ok(());
            }
            let mut noted = state.noted.clone();
            let rises = starts.into_iter().fold(false, |any, (id, start)| noted.raise(id, start) | any);
            let known = noted.rows.len();
            let dead: BTreeSet<LogId> =
                state.files.values().flat_map(|file| &file.dead).map(|dead| dead.id).collect();
            noted.rows.retain(|id, _| dead.contains(id));
            let changes = rises || noted.rows.len() < known;
            (noted, changes)
        };
        if changes {
            let written = noted.write(disk);
            let mut state = self.state.lock();
            // What an attempt that failed has left must not pass for newer than the next one.
            state.noted.number = noted.number;
            written?;
            state.noted = noted;
        }
        Ok(())
    }

    /// What has been dead for some time, in files that stay; noted on return.
    pub(crate) fn to_punch(&self, disk: &dyn Disk) -> io::Result<Vec<ToPunch>> {
        let is_due = |dead: &&Dead| dead.waits_for_punch() && dead.since.elapsed() >= self.punch_after;
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
        let dead = state.files.values().flat_map(|file| &file.dead).filter(|dead| dead.waits_for_punch());
        dead.map(|dead| dead.since + self.punch_after).min()
    }
}

impl CommonsState {
    /// Whether a file of such a generation has a section of the log that nobody reads.
    fn has_dead(&self, id: LogId, which: impl Fn(u64) -> bool) -> bool {
        let files = self.files.iter().filter(|(generation, _)| which(**generation));
        files.flat_map(|(_, file)| &file.dead).any(|dead| dead.id == id)
    }
}
