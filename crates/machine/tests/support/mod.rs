//! A machine whose state is the list of its commands, on a disk that fails on purpose.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::Read;
use std::sync::Arc;

use flumen_machine::{
    At, Body, Carried, Cause, CommandMetadata, Fold, Follower, Former, Machine, Names, OpenError, Origin,
    Unreadable,
};
use flumen_storage::{AppendError, BatchBuilder, LogId, Record, Storage, StorageSettings};
use flumen_testkit::faulty::FaultyDisk;

pub const COMMANDS: LogId = LogId { group: 7, index: 0 };
pub const SNAPSHOTS: LogId = LogId { group: 7, index: 1 };
pub const SETTINGS: flumen_machine::MachineSettings = flumen_machine::MachineSettings {
    name: "list",
    logs: Names { commands: COMMANDS, snapshots: SNAPSHOTS },
    former: Former::Marked,
    commands_bytes_min: 2_000,
};

/// What was applied: position, time and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List(pub Vec<(u64, u64, String)>);

impl Fold for List {
    const VERSION: u32 = 2;
    type Command = String;
    /// How many there are.
    type Output = usize;

    fn decode(_: &CommandMetadata, record: &Record<'_>) -> Result<String, Unreadable> {
        Ok(String::from_utf8(record.value.to_vec())?)
    }

    fn apply(&mut self, command: String, at: At) -> usize {
        self.0.push((at.position, at.ms, command));
        self.0.len()
    }

    fn is_void(_: &usize) -> bool {
        false
    }

    fn restore(&mut self, version: u32, _: &[u8], body: &mut Body) -> Result<(), Unreadable> {
        assert!(version <= 2);
        let mut text = String::new();
        body.read_to_string(&mut text)?;
        let line = |line: &str| {
            let mut parts = line.splitn(3, ' ');
            let (position, ms, text) = (parts.next()?, parts.next()?, parts.next()?);
            Some((position.parse().ok()?, ms.parse().ok()?, text.to_owned()))
        };
        let lines: Option<Vec<_>> = text.lines().map(line).collect();
        self.0 = lines.ok_or(Unreadable::Broken("it is no list".to_owned()))?;
        Ok(())
    }
}

impl List {
    /// Each a part of a snapshot.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(position, ms, text)| format!("{position} {ms} {text}\n")).collect()
    }
}

/// An opened machine.
pub struct Opened {
    pub storage: Storage,
    pub machine: Machine,
    pub follower: Follower,
    pub list: List,
}

impl Opened {
    pub async fn on(storage: &Storage) -> Result<Opened, OpenError> {
        Opened::of(storage, Former::Marked).await
    }

    pub async fn of(storage: &Storage, former: Former) -> Result<Opened, OpenError> {
        let settings = flumen_machine::MachineSettings { former, ..SETTINGS };
        let opened =
            flumen_machine::open(storage, settings, &Carried::default(), List::default(), |_, _| Ok(()))
                .await;
        let (machine, follower, list) = opened?;
        Ok(Opened { storage: storage.clone(), machine, follower, list })
    }

    /// Appends the commands together; each is durable, and applied behind all that others have appended before.
    pub async fn commit(&mut self, ms: u64, commands: &[String]) -> Result<u64, AppendError> {
        let key = CommandMetadata { version: 2, at_ms: ms, origin: Origin::default() }
            .encode_with(&serde_json::json!({}));
        let mut batch = BatchBuilder::default();
        commands.iter().for_each(|command| batch.push(0, &key, command.as_bytes()));
        let first = self.machine.append(ms, batch).await?;
        match self.follower.follow(&mut self.list, first, |_, _| Ok(())).await {
            Ok(()) => {}
            // Others have let go of what it lacks, so it begins with their snapshot, which may hold these too.
            Err(Cause::Gap { .. }) => {
                *self = Opened::on(&self.storage.clone()).await.unwrap();
                return Ok(first);
            }
            Err(error) => panic!("{error}"),
        }
        for (position, command) in (first..).zip(commands) {
            let before = self.list.0.len();
            let output = self.follower.apply(&mut self.list, command.clone(), At { position, ms }, None);
            assert_eq!(output, before + 1);
        }
        Ok(first)
    }

    pub async fn snapshot(&mut self) -> Result<(), AppendError> {
        let lines = self.list.lines();
        self.machine.snapshot_taken(lines.iter().map(|line| line.len() as u64).sum());
        let writer = self.machine.snapshot(&self.follower);
        writer.write(&(), lines.iter().map(String::as_bytes)).await
    }
}

pub fn storage(disk: &FaultyDisk) -> Result<Storage, flumen_storage::OpenError> {
    let settings = StorageSettings {
        tail_bytes: 48 * 1024,
        segment_bytes: 16 * 1024,
        queue_bytes: 64 * 1024,
        journal_bytes: Some(16 * 1024),
        read_files: 4,
        large_block_bytes: 0,
        free_after: std::time::Duration::from_millis(20),
        patience: std::time::Duration::from_millis(20),
        once_clear: Vec::new(),
        keys: None,
    };
    Storage::open_on(Arc::new(disk.clone()), settings)
}
