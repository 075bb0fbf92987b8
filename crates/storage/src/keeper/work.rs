//! What there is to do in the background, and the journal files on their round: empty, current, full.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Keeper;
use crate::journal::{FileKeys, JournalFile};
use crate::writer::Current;
use crate::{Log, LogId};

/// Journal files at most: one that is being emptied, one that is being filled, one that comes next. All that
/// they hold is in memory, so a quarter of the tail's budget is left for what is in segments.
pub(crate) const JOURNAL_FILES_MAX: usize = 3;
/// After something failed; twice as long each time, up to the longest.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// Files that are full in less time are not filled beforehand: their batches are large, and what filling costs is as much as they do.
const FILLED_IN: Duration = Duration::from_secs(4);
const _: () = assert!(PAUSE_MIN.as_millis() <= PAUSE_MAX.as_millis());

#[derive(Default)]
pub(crate) struct Work {
    state: Mutex<WorkState>,
    keeper: Condvar,
    writer: Condvar,
}

#[derive(Default)]
struct WorkState {
    spares: VecDeque<JournalFile>,
    /// Oldest first.
    full: VecDeque<Arc<Full>>,
    files: usize,
    next_generation: u64,
    /// A full file is on its way to that generation. No other may take it before: which of its names is on disk, and which
    /// one a crash would bring back, is not known.
    recycling: bool,
    wants_spare: bool,
    /// The writer has little room left until it has a spare.
    hurry: bool,
    /// When the writer went on in its file, and how long the one before it lasted.
    taken_at: Option<Instant>,
    lasted: Option<Duration>,
    /// The generation of a spare that the keeper is filling or overwriting. Until it is back, no later one is given to the writer.
    away: Option<u64>,
    /// The latest round of overwriting: files of an earlier one are overwritten as soon as they are empty.
    round: u64,
    /// The round of the file that the writer has, if it has one.
    in_use: Option<u64>,
    /// Why a spare was not overwritten in this round.
    overwrite_failure: Option<Arc<str>>,
    /// The writer gave up its only file, since there is no room for another, until this one is emptied.
    alone: Option<Alone>,
    /// The writer found no file to go on with.
    starved: bool,
    removals: Vec<Log>,
    trims: VecDeque<Log>,
    errands: VecDeque<Errand>,
    /// Large files that no longer count, only their room is not free yet.
    remains: VecDeque<PathBuf>,
    /// A journal file was emptied since one of them went.
    remains_are_due: bool,
    /// Deleted logs by the journal file that says so. Until that is gone they cannot be made again.
    deleted: HashMap<LogId, u64>,
    failed: Failed,
    /// The writer takes no more, and waits until all is in segments.
    closing: bool,
    stopping: bool,
    /// Nobody does anything any more.
    ended: bool,
}

/// What others want done where nothing else is done to files meanwhile. It is short.
pub(crate) type Errand = Box<dyn FnOnce(&Keeper) + Send>;

/// What waits for the pause to end.
#[derive(Default)]
struct Failed {
    again_at: Option<Instant>,
    /// How long the last one was.
    pause: Duration,
    removals: Vec<Log>,
    trims: Vec<Log>,
    remains: Vec<PathBuf>,
    prepare: Option<Stuck>,
    flush: Option<Stuck>,
    /// Each is due again since the last pause has ended. One that fails at once must not keep the other from being tried.
    prepare_is_due: bool,
    flush_is_due: bool,
}

impl Failed {
    fn may_prepare(&self) -> bool {
        self.prepare.is_none() || self.prepare_is_due
    }

    fn may_flush(&self) -> bool {
        self.flush.is_none() || self.flush_is_due
    }
}

/// A journal file that takes no more, and up to where each log has blocks in it.
pub(crate) struct Full {
    pub file: JournalFile,
    /// Its batches end here.
    pub used: u64,
    pub touched: Vec<(Log, u64)>,
    pub keys: FileKeys,
}

/// How it is with the only file while it is being emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alone {
    /// It is the keeper's.
    Tried,
    /// It waits for another attempt, and may go back to the writer until then.
    Failed,
}

/// Why there is no empty journal file.
#[derive(Clone, Debug)]
pub(crate) struct Stuck {
    pub reason: Arc<str>,
    pub cause: Cause,
    since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The disk has no room, which mostly lasts.
    Room,
    /// Anything else that is tried again.
    Passing,
    /// Nobody tries again.
    Ended,
}

pub(super) enum Job {
    Remove(Vec<Log>),
    Trim(Log),
    Shrink(PathBuf),
    Punch,
    Prepare {
        generation: u64,
    },
    Flush(Arc<Full>),
    Fill(JournalFile),
    /// An empty file, and the round that it has been through afterwards.
    Overwrite(JournalFile, u64),
    Errand(Errand),
}

/// How far a round of overwriting is.
pub(crate) enum Overwriting {
    Done,
    /// All but the file that the writer has.
    InUse,
    /// Others come first.
    Waits,
    Failed(Arc<str>),
}

impl Full {
    fn new(current: Current) -> Full {
        let mut touched: Vec<(Log, u64)> =
            current.touched.iter().map(|log| (log.clone(), log.end())).collect();
        touched.sort_unstable_by_key(|(log, _)| log.id());
        current.file.file.go_direct(false);
        Full { file: current.file, used: current.offset, touched, keys: current.keys }
    }

    /// The file goes on where it ended.
    fn again(&self) -> Current {
        let touched = self.touched.iter().map(|(log, _)| log.clone()).collect();
        Current::at(self.file.clone(), self.used, touched, self.keys.clone())
    }
}

impl Work {
    /// What a restart found.
    pub(crate) fn start(
        &self,
        full: Vec<Full>,
        spares: Vec<JournalFile>,
        next_generation: u64,
        deleted: HashMap<LogId, u64>,
    ) {
        let mut state = self.state.lock();
        state.files = full.len() + spares.len() + 1;
        state.in_use = Some(0);
        state.full = full.into_iter().map(Arc::new).collect();
        state.spares = spares.into();
        state.next_generation = next_generation;
        state.deleted = deleted;
    }

    /// The writer's: an empty file in place of the full one. Waits while one is on its way, and where that is
    /// tried in vain until it has been so for as long as `patience`.
    pub(crate) fn next_file(
        &self,
        current: &mut Option<Current>,
        patience: Duration,
    ) -> Result<JournalFile, Stuck> {
        let mut state = self.state.lock();
        loop {
            // Without room for another file this one must be emptied before anything else is written.
            let alone = state.failed.prepare.is_some() && state.full.is_empty() && state.failed.may_flush();
            if (alone || state.has_spare())
                && let Some(current) = current.take()
            {
                state.alone = state.spares.is_empty().then_some(Alone::Tried);
                state.in_use = None;
                state.full.push_back(Arc::new(Full::new(current)));
                self.keeper.notify_one();
            }
            if state.has_spare()
                && let Some(spare) = state.spares.pop_front()
            {
                state.starved = false;
                state.in_use = Some(spare.round);
                let now = Instant::now();
                state.lasted = state.taken_at.replace(now).map(|before| now - before);
                return Ok(spare);
            }
            state.starved = true;
            state.wants_spare = true;
            state.hurry = true;
            self.keeper.notify_one();
            match state.stuck() {
                Some(_) if state.alone == Some(Alone::Tried) => self.writer.wait(&mut state),
                None => self.writer.wait(&mut state),
                Some(stuck) => {
                    let stuck = stuck.clone();
                    // It has what is kept for deletions. Which of its names is on disk is known as long as it is not made empty.
                    if stuck.cause == Cause::Room && state.alone == Some(Alone::Failed) && !state.recycling {
                        state.alone = None;
                        *current = state.full.pop_front().map(|full| full.again());
                        state.in_use = current.as_ref().map(|current| current.file.round);
                    }
                    let until = stuck.since + patience;
                    if stuck.cause != Cause::Passing || until <= Instant::now() {
                        return Err(stuck);
                    }
                    self.writer.wait_until(&mut state, until);
                }
            }
        }
    }

    /// The writer's last: waits until the journal holds nothing that is not in segments, or until that took too long or
    /// fails. Says whether it is so.
    pub(crate) fn empty(&self, current: Option<Current>, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.state.lock();
        state.full.extend(current.map(|current| Arc::new(Full::new(current))));
        state.closing = true;
        self.keeper.notify_one();
        while !state.full.is_empty() {
            if state.failed.flush.is_some() || self.writer.wait_until(&mut state, until).timed_out() {
                return false;
            }
        }
        true
    }

    /// An empty file that makes syncs cheap.
    pub(crate) fn has_filled_spare(&self) -> bool {
        let state = self.state.lock();
        state.has_spare() && state.spares.front().is_some_and(|spare| spare.is_filled)
    }

    /// Whether files last longer than it takes to fill one.
    pub(super) fn has_time_to_fill(&self) -> bool {
        self.state.lock().lasted.is_none_or(|lasted| lasted >= FILLED_IN)
    }

    /// Begins a round, in which what the files hold now is overwritten: each of them once it is empty.
    pub(crate) fn overwrite_files(&self) -> u64 {
        let mut state = self.state.lock();
        state.round += 1;
        state.overwrite_failure = None;
        self.keeper.notify_one();
        state.round
    }

    pub(super) fn round(&self) -> u64 {
        self.state.lock().round
    }

    /// The round for which a file of an earlier one is to be overwritten, unless it is time to stop.
    pub(super) fn round_due(&self, round: u64) -> Option<u64> {
        let state = self.state.lock();
        (round < state.round && !state.closing).then_some(state.round)
    }

    pub(super) fn overwrite_failed(&self, reason: Arc<str>) {
        self.state.lock().overwrite_failure = Some(reason);
    }

    pub(crate) fn overwriting(&self) -> Overwriting {
        let state = self.state.lock();
        let failure = state.overwrite_failure.as_ref().or(state.failed.flush.as_ref().map(|f| &f.reason));
        let is_due = |file: &JournalFile| file.round < state.round;
        let waits = state.away.is_some()
            || state.spares.iter().any(is_due)
            || state.full.iter().any(|full| is_due(&full.file));
        match failure {
            Some(reason) => Overwriting::Failed(reason.clone()),
            None if waits => Overwriting::Waits,
            None if state.in_use.is_some_and(|round| round < state.round) => Overwriting::InUse,
            None => Overwriting::Done,
        }
    }

    /// The spare that was being filled or overwritten, as it is now.
    pub(super) fn filled(&self, spare: JournalFile) {
        let mut state = self.state.lock();
        state.away = None;
        let at = state.spares.partition_point(|other| other.generation < spare.generation);
        state.spares.insert(at, spare);
        self.writer.notify_one();
    }

    /// An empty file will be needed, in a `hurry` soon.
    pub(crate) fn want_spare(&self, hurry: bool) {
        let mut state = self.state.lock();
        if state.spares.is_empty() && (!state.wants_spare || hurry && !state.hurry) {
            state.wants_spare = true;
            state.hurry = hurry;
            self.keeper.notify_one();
        }
    }

    pub(crate) fn trim(&self, log: Log) {
        if !log.shared.trim_waits.swap(true, Ordering::Relaxed) {
            self.state.lock().trims.push_back(log);
            self.keeper.notify_one();
        }
    }

    /// The journal file of this generation says that the logs are deleted.
    pub(crate) fn remove(&self, logs: Vec<Log>, generation: u64) {
        let mut state = self.state.lock();
        for log in &logs {
            state.deleted.insert(log.id(), generation);
        }
        state.removals.extend(logs);
        self.keeper.notify_one();
    }

    /// No journal file says so yet.
    pub(crate) fn mark_deleted(&self, logs: &[Log]) {
        self.state.lock().deleted.extend(logs.iter().map(|log| (log.id(), u64::MAX)));
    }

    pub(crate) fn unmark_deleted(&self, logs: &[Log]) {
        let mut state = self.state.lock();
        state.deleted.retain(|id, _| !logs.iter().any(|log| log.id() == *id));
    }

    pub(crate) fn is_deleted(&self, id: LogId) -> bool {
        self.state.lock().deleted.contains_key(&id)
    }

    pub(crate) fn stop(&self) {
        self.state.lock().stopping = true;
        self.keeper.notify_all();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.state.lock().stopping
    }

    /// Whether it is stopping, or will be soon.
    pub(crate) fn is_ending(&self) -> bool {
        let state = self.state.lock();
        state.closing || state.stopping || state.ended
    }

    /// Nothing that is asked for will be done.
    pub(super) fn end(&self) {
        let mut state = self.state.lock();
        state.ended = true;
        state.errands.clear();
    }

    /// To be done by the keeper soon; dropped where it does nothing any more.
    pub(crate) fn ask(&self, errand: Errand) {
        let mut state = self.state.lock();
        if !state.stopping && !state.ended {
            state.errands.push_back(errand);
            self.keeper.notify_one();
        }
    }

    /// Why the oldest full journal file could not be emptied, the last time that it was tried.
    pub(crate) fn flush_failure(&self) -> Option<Arc<str>> {
        self.state.lock().failed.flush.as_ref().map(|stuck| stuck.reason.clone())
    }

    /// Why the writer has no file, for longer than it takes to empty one.
    pub(crate) fn stuck(&self) -> Option<Stuck> {
        let state = self.state.lock();
        state.stuck().filter(|_| state.starved && state.spares.is_empty()).cloned()
    }

    pub(crate) fn files(&self) -> u64 {
        self.state.lock().files as u64
    }

    /// Whether the keeper has no time to spare.
    pub(crate) fn hurries(&self) -> bool {
        self.state.lock().hurries()
    }

    /// Waits for so long, or until there is a hurry.
    pub(crate) fn rest(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.state.lock();
        while !state.hurries() && !self.keeper.wait_until(&mut state, until).timed_out() {}
    }

    /// Waits for something to do; `None` when it is time to stop. `punch_at` says when something is to be punched out.
    pub(super) fn next(&self, punch_at: impl Fn() -> Option<Instant>) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if state.stopping {
                // Logs hold the store and the store holds these.
                *state = WorkState { stopping: true, ..WorkState::default() };
                return None;
            }
            if let Some(job) = state.next_job() {
                return Some(job);
            }
            let punch_at = punch_at();
            if punch_at.is_some_and(|at| at <= Instant::now()) {
                return Some(Job::Punch);
            }
            let fill_at = state.fill_at();
            match state.failed.again_at.into_iter().chain(punch_at).chain(fill_at).min() {
                Some(at) => drop(self.keeper.wait_until(&mut state, at)),
                None => self.keeper.wait(&mut state),
            }
        }
    }

    pub(super) fn prepared(&self, spare: JournalFile) {
        self.state.lock().add_spare(spare);
        self.writer.notify_one();
    }

    /// Whether the attempt before this one had not failed.
    pub(super) fn prepare_failed(&self, reason: Arc<str>, cause: Cause) -> bool {
        let mut state = self.state.lock();
        let before = state.failed.prepare.take();
        state.failed.prepare = Some(Stuck::new(reason, cause, before.as_ref()));
        state.pause();
        self.writer.notify_one();
        before.is_none()
    }

    pub(super) fn flushed(&self, spare: Option<JournalFile>) {
        let mut state = self.state.lock();
        state.recycling = false;
        state.alone = None;
        if let Some(full) = state.full.pop_front() {
            state.files -= 1;
            let done = full.file.generation;
            state.deleted.retain(|_, generation| *generation > done);
        }
        spare.into_iter().for_each(|spare| state.add_spare(spare));
        state.remains_are_due = true;
        if state.failed.flush.take().is_some() {
            state.failed.pause = Duration::ZERO;
        }
        self.writer.notify_one();
    }

    /// Whether the attempt before this one had not failed.
    pub(super) fn flush_failed(&self, reason: Arc<str>, cause: Cause) -> bool {
        let mut state = self.state.lock();
        let before = state.failed.flush.take();
        state.alone = state.alone.map(|_| Alone::Failed);
        state.failed.flush = Some(Stuck::new(reason, cause, before.as_ref()));
        state.pause();
        self.writer.notify_one();
        before.is_none()
    }

    /// The generation for a file that becomes empty; `None` if there are enough.
    pub(super) fn generation_for(&self, fits: bool) -> Option<u64> {
        let mut state = self.state.lock();
        state.recycling |= fits && state.files <= JOURNAL_FILES_MAX;
        state.recycling.then_some(state.next_generation)
    }

    /// Whether no other journal file could be made, the last time that it was tried.
    pub(super) fn lacks_another(&self) -> bool {
        self.state.lock().failed.prepare.is_some()
    }

    /// Whether a removal has failed. One that merely waits came after the file that is being emptied.
    pub(super) fn owes_removals(&self) -> bool {
        !self.state.lock().failed.removals.is_empty()
    }

    pub(super) fn try_removing_again(&self, logs: Vec<Log>) {
        let mut state = self.state.lock();
        state.failed.removals.extend(logs);
        state.pause();
    }

    /// Nobody looks for the file. If a crash brings its old name back, the journal says that its log is deleted.
    pub(crate) fn shrink(&self, remains: PathBuf) {
        self.state.lock().remains.push_back(remains);
        self.keeper.notify_one();
    }

    pub(super) fn try_shrinking_again(&self, remains: PathBuf) {
        let mut state = self.state.lock();
        state.failed.remains.push(remains);
        state.pause();
    }

    pub(super) fn try_trimming_again(&self, log: Log) {
        let mut state = self.state.lock();
        // It may be on the list anew.
        if !log.shared.trim_waits.swap(true, Ordering::Relaxed) {
            state.failed.trims.push(log);
        }
        state.pause();
    }
}

impl WorkState {
    fn hurries(&self) -> bool {
        self.hurry || self.closing || self.stopping
    }

    fn next_job(&mut self) -> Option<Job> {
        if self.failed.again_at.is_some_and(|at| at <= Instant::now()) {
            self.end_pause();
        }
        if !self.removals.is_empty() {
            return Some(Job::Remove(std::mem::take(&mut self.removals)));
        }
        if let Some(log) = self.trims.pop_front() {
            log.shared.trim_waits.store(false, Ordering::Relaxed);
            return Some(Job::Trim(log));
        }
        if let Some(errand) = self.errands.pop_front() {
            return Some(Job::Errand(errand));
        }
        // Before a long flush, so that the writer has where to go while it lasts.
        let wanted = self.wants_spare || self.full.iter().any(|full| full.used > full.file.bytes / 4);
        let may_prepare = self.spares.is_empty()
            && self.away.is_none()
            && self.files < JOURNAL_FILES_MAX
            && !self.recycling
            && self.failed.may_prepare();
        if wanted && may_prepare {
            self.failed.prepare_is_due = false;
            return Some(Job::Prepare { generation: self.next_generation });
        }
        // One after each flush, which writes no more than it frees; the others when nothing else is to do.
        if std::mem::take(&mut self.remains_are_due)
            && let Some(remains) = self.remains.pop_front()
        {
            return Some(Job::Shrink(remains));
        }
        if self.failed.may_flush()
            && let Some(full) = self.full.front()
        {
            self.failed.flush_is_due = false;
            // Being emptied it must not go back to the writer, who would write to it.
            self.alone = self.alone.map(|_| Alone::Tried);
            return Some(Job::Flush(full.clone()));
        }
        if let Some(remains) = self.remains.pop_front() {
            return Some(Job::Shrink(remains));
        }
        // The last one first, since the writer wants it last.
        if let Some(at) = self.spares.iter().rposition(|spare| spare.round < self.round)
            && self.overwrite_failure.is_none()
            && let Some(spare) = self.spares.remove(at)
        {
            self.away = Some(spare.generation);
            return Some(Job::Overwrite(spare, self.round));
        }
        let is_due = self.fill_at().is_some_and(|at| at <= Instant::now());
        let spare = if is_due { self.spares.pop_front() } else { None };
        self.away = spare.as_ref().map(|spare| spare.generation);
        spare.map(Job::Fill)
    }

    /// One that the writer may go on with: files are used in the order of their generations.
    fn has_spare(&self) -> bool {
        let away = self.away.unwrap_or(u64::MAX);
        self.spares.front().is_some_and(|spare| spare.generation < away)
    }

    /// When the spare is to be filled, if it is not: once the writer has long enough to go on in its file.
    fn fill_at(&self) -> Option<Instant> {
        let waits = self.spares.len() == 1 && self.spares.front().is_some_and(|spare| !spare.is_filled);
        self.taken_at.filter(|_| waits && !self.hurries()).map(|taken_at| taken_at + FILLED_IN)
    }

    fn add_spare(&mut self, spare: JournalFile) {
        assert_eq!(spare.generation, self.next_generation, "generations have no gap");
        self.next_generation = spare.generation + 1;
        self.spares.push_back(spare);
        self.files += 1;
        (self.wants_spare, self.hurry) = (false, false);
        if self.failed.prepare.take().is_some() {
            self.failed.pause = Duration::ZERO;
        }
    }

    /// Why no empty file will come before something fails no longer.
    fn stuck(&self) -> Option<&Stuck> {
        let no_other = self.full.is_empty();
        self.failed.flush.as_ref().or(self.failed.prepare.as_ref().filter(|_| no_other))
    }

    /// What fails meanwhile waits no longer than what failed first.
    fn pause(&mut self) {
        if self.failed.again_at.is_none() {
            self.failed.pause = (2 * self.failed.pause).clamp(PAUSE_MIN, PAUSE_MAX);
            self.failed.again_at = Some(Instant::now() + self.failed.pause);
        }
    }

    /// What failed is due again. Whether it still fails is known when it has been tried.
    fn end_pause(&mut self) {
        self.failed.again_at = None;
        (self.failed.prepare_is_due, self.failed.flush_is_due) = (true, true);
        self.removals.append(&mut self.failed.removals);
        self.trims.extend(std::mem::take(&mut self.failed.trims));
        self.remains.extend(std::mem::take(&mut self.failed.remains));
    }
}

impl Stuck {
    fn new(reason: Arc<str>, cause: Cause, before: Option<&Stuck>) -> Stuck {
        Stuck { reason, cause, since: before.map_or_else(Instant::now, |before| before.since) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::disk::{Disk as _, MemoryDisk};
    use crate::layout::JOURNAL;

    #[test]
    fn the_only_file_goes_back_to_the_writer_but_not_while_it_is_being_emptied() {
        let disk = MemoryDisk::default();
        disk.make_dir(Path::new(JOURNAL)).unwrap();
        let work = Work::default();
        work.start(Vec::new(), Vec::new(), 2, HashMap::new());
        assert!(work.prepare_failed("no room".into(), Cause::Room));
        let mut current = Some(Current::new(JournalFile::first(&disk, 8192).unwrap()));
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let stuck = work.next_file(&mut current, Duration::ZERO).err().unwrap();
                (stuck.cause, current.is_some())
            });
            let emptied = || {
                let mut state = work.state.lock();
                let job = state.next_job();
                matches!(job, Some(Job::Flush(_)))
            };
            while !emptied() {
                std::thread::yield_now();
            }
            work.flush_failed("no room".into(), Cause::Room);
            assert_eq!(writer.join().unwrap(), (Cause::Room, true));
        });
        // A second attempt is under way when the writer looks.
        let mut state = work.state.lock();
        state.full.push_back(Arc::new(Full::new(current.take().unwrap())));
        state.alone = Some(Alone::Failed);
        state.end_pause();
        assert!(matches!(state.next_job(), Some(Job::Prepare { .. })));
        assert!(matches!(state.next_job(), Some(Job::Flush(_))));
        assert_eq!(state.alone, Some(Alone::Tried));
    }

    #[test]
    fn no_other_file_takes_the_generation_of_one_that_could_not_be_made_empty() {
        let disk = MemoryDisk::default();
        disk.make_dir(Path::new(JOURNAL)).unwrap();
        let file = JournalFile::first(&disk, 8192).unwrap();
        let work = Work::default();
        work.start(
            vec![Full { file, used: 8192, touched: Vec::new(), keys: FileKeys::new() }],
            Vec::new(),
            2,
            HashMap::new(),
        );
        let next = || work.state.lock().next_job();
        assert!(matches!(next(), Some(Job::Prepare { generation: 2 })), "there is a use for another file");
        assert_eq!(work.generation_for(true), Some(2));
        work.flush_failed("in the middle of it".into(), Cause::Passing);
        work.want_spare(true);
        assert!(next().is_none(), "it waits");
        work.state.lock().end_pause();
        assert!(matches!(next(), Some(Job::Flush(_))));
        work.flushed(None);
        assert!(matches!(next(), Some(Job::Prepare { generation: 2 })));
    }
}
