//! How far a state has come in its log. Commands are applied in the log's order: those of this process from memory,
//! those of others as they are read.

use flumen_storage::{Log, Record};

use crate::error::{Cause, Unreadable, newer, place};
use crate::records::read_records;
use crate::{At, CallEvent, Carried, CommandMetadata, Fold};

/// The place of one state in the log of commands.
pub struct Follower {
    log: Log,
    next: u64,
    at_ms: u64,
    carried: Carried,
    /// Of the commands that were read, with their framing.
    pub(crate) read_bytes: u64,
    /// One of them is of an earlier version.
    pub(crate) read_earlier: bool,
}

fn decode<F: Fold>(record: &Record<'_>) -> Result<(CommandMetadata, F::Command), Unreadable> {
    let json = if record.key.is_empty() { record.value } else { record.key };
    if let Some(found) = newer(json, F::VERSION) {
        return Err(Unreadable::Newer(found));
    }
    let metadata: CommandMetadata =
        serde_json::from_slice(json).map_err(|error| Unreadable::Broken(place(&error)))?;
    let command = F::decode(&metadata, record)?;
    Ok((metadata, command))
}

impl Follower {
    pub(crate) fn new(log: Log, next: u64, at_ms: u64, carried: Carried) -> Follower {
        Follower { log, next, at_ms, carried, read_bytes: 0, read_earlier: false }
    }

    /// The first command that is not applied.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The time of the newest command that is applied.
    pub fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Reads and applies every command before `to` that is not applied yet. `told` gets what each answers; what it
    /// finds wrong with that ends the reading, and the state is of no use any more. Neither is it where commands were
    /// trimmed that it has not read ([`Cause::Gap`]): the way on is another [`open`](crate::open).
    pub async fn follow<F: Fold>(
        &mut self,
        fold: &mut F,
        to: u64,
        mut told: impl FnMut(&F, F::Output) -> Result<(), String>,
    ) -> Result<(), Cause> {
        if self.next >= to {
            return Ok(());
        }
        let log = self.log.clone();
        let is_whole = |next| match log.start() {
            // Whoever takes snapshots does not wait for others.
            found if found > next => Err(Cause::Gap { wanted: next, found }),
            _ => Ok(()),
        };
        read_records(&log, self.next, to, |record| {
            is_whole(self.next)?;
            let opened = decode::<F>(record);
            let (metadata, command) = opened.map_err(|error| error.command(record.position, F::VERSION))?;
            let event = metadata.origin.event.map(|event| *event);
            let at = At { position: record.position, ms: metadata.at_ms };
            let output = self.apply(fold, command, at, event);
            self.read_earlier |= metadata.version < F::VERSION;
            self.read_bytes += (record.key.len() + record.value.len() + 8) as u64;
            told(fold, output).map_err(|error| Cause::Command { position: record.position, error })
        })
        .await?;
        is_whole(self.next)
    }

    /// Applies a command of this process, which is durable at that place. All before it are applied. The event that rides in
    /// it is told unless the command is void.
    pub fn apply<F: Fold>(
        &mut self,
        fold: &mut F,
        command: F::Command,
        at: At,
        event: Option<CallEvent>,
    ) -> F::Output {
        assert!(self.next <= at.position, "commands are applied once, in their order");
        self.next = at.position + 1;
        self.at_ms = self.at_ms.max(at.ms);
        let output = fold.apply(command, at);
        if let Some(event) = event.filter(|_| !F::is_void(&output)) {
            self.carried.tell(self.log.id(), at.position, at.ms, event);
        }
        output
    }
}
