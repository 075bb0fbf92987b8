//! Random histories against a plain model: appends, trims, seals, deletions, blocks sealed again, restarts in order and by power
//! loss, on tiny files. Whatever the history, the log and the model say the same.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use common::*;
use flumen_storage::{AppendError, ReadLimit, Storage, StorageSettings, WrappedKey, check_on};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Append {
        logs: Vec<u32>,
        records: usize,
        bytes: usize,
        time_ms: u64,
    },
    Trim {
        log: u32,
        part: u8,
    },
    Seal {
        log: u32,
    },
    Delete {
        log: u32,
    },
    Read {
        log: u32,
        part: u8,
        records: usize,
        bytes: usize,
    },
    FindTime {
        log: u32,
        ms: u64,
    },
    /// All of a log, or what its first file has that is in clear or under another key.
    Reseal {
        log: u32,
        all: bool,
    },
    Close,
    Crash {
        seed: u64,
    },
    /// From the next start on.
    LargeBlocks {
        bytes: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let log = 0u32..4;
    let step = prop_oneof![
        20 => (prop::collection::vec(log.clone(), 1..4), 1usize..4, 0usize..900, 0u64..2000)
            .prop_map(|(logs, records, bytes, time_ms)| Step::Append { logs, records, bytes, time_ms }),
        2 => (log.clone(), any::<u8>()).prop_map(|(log, part)| Step::Trim { log, part }),
        1 => log.clone().prop_map(|log| Step::Seal { log }),
        1 => log.clone().prop_map(|log| Step::Delete { log }),
        4 => (log.clone(), any::<u8>(), 0usize..9, 0usize..4000)
            .prop_map(|(log, part, records, bytes)| Step::Read { log, part, records, bytes }),
        1 => (log.clone(), any::<bool>()).prop_map(|(log, all)| Step::Reseal { log, all }),
        2 => (log, 0u64..2100).prop_map(|(log, ms)| Step::FindTime { log, ms }),
        1 => Just(Step::Close),
        1 => any::<u64>().prop_map(|seed| Step::Crash { seed }),
        1 => prop_oneof![Just(0), Just(450), Just(u64::MAX)].prop_map(|bytes| Step::LargeBlocks { bytes }),
    ];
    prop::collection::vec(step, 1..120)
}

#[derive(Default)]
struct Model {
    logs: BTreeMap<u32, Records>,
    deleted: BTreeSet<u32>,
    sealed: BTreeSet<u32>,
}

#[derive(Default)]
struct Records {
    all: Vec<Seen>,
    start: u64,
}

struct Run {
    disk: FaultyDisk,
    storage: Storage,
    model: Model,
    count: u64,
    large_block_bytes: u64,
}

/// From `large_block_bytes` on blocks stay where the journal has them. Not the same at each start.
fn settings(large_block_bytes: u64) -> StorageSettings {
    StorageSettings { tail_bytes: 12 * 1024, segment_bytes: 3 * 1024, large_block_bytes, ..tiny_and_sealed() }
}

impl Run {
    fn new() -> Run {
        let disk = FaultyDisk::default();
        let storage = Storage::open_on(Arc::new(disk.clone()), settings(0)).unwrap();
        let mut run = Run { disk, storage, model: Model::default(), count: 0, large_block_bytes: 0 };
        run.create();
        run
    }

    fn create(&mut self) {
        for index in (0..4).filter(|index| !self.model.deleted.contains(index)) {
            self.storage.create(&[id(index)]).unwrap();
            self.model.logs.entry(index).or_default();
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Append { logs, records, bytes, time_ms } => {
                self.append(logs, records, bytes, time_ms).await
            }
            Step::Trim { log, part } => {
                let Some(records) = self.model.logs.get_mut(&log) else { return };
                let position = records.all.len() as u64 * u64::from(part) / 255;
                self.storage.log(id(log)).unwrap().trim(position);
                records.start = records.start.max(position);
            }
            Step::Seal { log } => {
                self.storage.seal(&[id(log)]).await.unwrap();
                if self.model.logs.contains_key(&log) {
                    self.model.sealed.insert(log);
                }
            }
            Step::Delete { log } => {
                self.storage.delete(&[id(log)]).unwrap();
                self.model.logs.remove(&log);
                self.model.sealed.remove(&log);
                self.model.deleted.insert(log);
            }
            Step::Read { log, part, records, bytes } => {
                let Some(known) = self.model.logs.get(&log) else { return };
                let from = known.all.len() as u64 * u64::from(part) / 255;
                let log = self.storage.log(id(log)).unwrap();
                let seen = read_from(&log, from, ReadLimit { records, bytes }).await.unwrap();
                assert_eq!(seen, known.all[from.max(known.start) as usize..]);
            }
            Step::FindTime { log, ms } => {
                let Some(known) = self.model.logs.get(&log) else { return };
                let later = known.all.iter().position(|(_, time_ms, _)| *time_ms >= ms);
                let wanted = later.map_or(known.all.len() as u64, |at| at as u64).max(known.start);
                assert_eq!(self.storage.log(id(log)).unwrap().find_time(ms).await.unwrap(), wanted);
            }
            Step::Reseal { log, all } => self.reseal(log, all).await,
            Step::Close => {
                self.storage.close().await;
                let report = check_on(&self.disk).unwrap();
                assert!(report.damage.is_empty() && report.ends_cleanly, "{report:?}");
                self.reopen(self.disk.clone()).await;
            }
            Step::LargeBlocks { bytes } => self.large_block_bytes = bytes,
            Step::Crash { seed } => {
                let disk = self.disk.after_crash(Unsynced::Mixed(seed));
                let report = check_on(&disk).unwrap();
                assert!(report.damage.is_empty(), "{report:?}");
                self.reopen(disk).await;
            }
        }
    }

    async fn reseal(&mut self, log: u32, all: bool) {
        let Some(known) = self.model.logs.get(&log) else { return };
        let (key, end) = (new_key(), known.all.len() as u64);
        let mut position = 0;
        loop {
            let id_of_key = key.id();
            let is_right = move |wrapped: Option<&WrappedKey>| wrapped.is_some_and(|key| key.id == id_of_key);
            let done = self.storage.reseal(id(log), position, key.clone(), is_right).await.unwrap();
            assert!(
                done.position > position || done.bytes > 0 || position == end,
                "{done:?} from {position}"
            );
            position = done.position;
            if !all || position == end {
                break;
            }
        }
        let seen = read_all(&self.storage.log(id(log)).unwrap()).await;
        assert_eq!(seen, known.all[known.start as usize..]);
        // Files that are trimmed may not be gone yet.
        if all && known.start == 0 {
            let name = format!("logs/7/{log}-");
            let is_own = |file: &Path| {
                file.to_string_lossy().starts_with(&name) && file.extension() == Some("segment".as_ref())
            };
            let own = blocks_on(&self.disk).into_iter().filter(|block| is_own(&block.file));
            own.for_each(|block| assert_eq!(block.payload[..8], key.id().0, "{}", block.file.display()));
        }
    }

    async fn append(&mut self, logs: Vec<u32>, records: usize, bytes: usize, time_ms: u64) {
        self.count += 1;
        let mut value = self.count.to_le_bytes().to_vec();
        value.resize(8 + bytes, 5);
        let values = vec![value; records];
        let handles: Vec<_> = logs.iter().filter_map(|log| self.storage.log(id(*log))).collect();
        let answers = loop {
            let appends: Vec<_> = handles.iter().map(|log| batch(log, time_ms, &values)).collect();
            let answers = self.storage.append(appends).await;
            match answers.first() {
                Some(Err(AppendError::TooLarge { .. })) => return,
                Some(Err(AppendError::Overloaded { .. })) => tokio::task::yield_now().await,
                _ => break answers,
            }
        };
        for (handle, answer) in handles.iter().zip(answers) {
            let index = handle.id().index;
            let known = self.model.logs.get_mut(&index).unwrap();
            if self.model.sealed.contains(&index) {
                assert_eq!(answer, Err(AppendError::Sealed));
                continue;
            }
            let appended = answer.unwrap();
            let last = known.all.last().map_or(0, |(_, time_ms, _)| *time_ms);
            assert_eq!((appended.first, appended.time_ms), (known.all.len() as u64, time_ms.max(last)));
            let first = appended.first;
            let seen = values.iter().zip(first..).map(|(value, at)| (at, appended.time_ms, value.clone()));
            known.all.extend(seen);
        }
        for handle in handles {
            assert_eq!(handle.end(), self.model.logs[&handle.id().index].all.len() as u64);
        }
    }

    async fn reopen(&mut self, disk: FaultyDisk) {
        self.storage.close().await;
        self.storage = Storage::open_on(Arc::new(disk.clone()), settings(self.large_block_bytes)).unwrap();
        self.disk = disk;
        self.model.sealed.clear();
        for id in self.storage.logs().iter().filter(|id| self.model.deleted.contains(&id.index)) {
            // Allowed after a crash; the user deletes again.
            self.storage.delete(&[*id]).unwrap();
        }
        self.create();
        for (index, known) in &mut self.model.logs {
            let log = self.storage.log(id(*index)).unwrap();
            assert_eq!(log.end(), known.all.len() as u64, "the end of log {index}");
            assert_eq!(log.last_time_ms(), known.all.last().map(|(_, time_ms, _)| *time_ms));
            assert!(log.start() <= known.start, "records of log {index} are gone that nobody trimmed");
            // What a trim hid may be back.
            known.start = log.start();
            assert_eq!(read_all(&log).await, known.all[known.start as usize..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_reads_as_the_model_says(steps in steps()) {
        runtime().block_on(async {
            let mut run = Run::new();
            for step in steps {
                run.step(step).await;
            }
            run.step(Step::Crash { seed: 1 }).await;
            run.step(Step::Close).await;
        });
    }
}

/// The mark of the first stop is in a file that is left for the reseal, and goes with it.
#[test]
fn a_stop_is_clean_where_nothing_was_written_since_the_last_one_but_by_a_reseal() {
    runtime().block_on(async {
        let mut run = Run::new();
        run.step(Step::Append { logs: vec![2], records: 1, bytes: 0, time_ms: 0 }).await;
        run.step(Step::Close).await;
        run.step(Step::Reseal { log: 2, all: false }).await;
        run.step(Step::Close).await;
    });
}
