//! The commands on the log of trails. A command holds what things are after it, so that carrying it out decides nothing.

use std::io::BufReader;
use std::sync::Arc;

use flumen_machine::{At, Body, CommandMetadata, Fold, HasMetadata, Origin, Unreadable, place};
use flumen_storage::Record;
use serde::{Deserialize, Serialize};

use super::names::TrailArn;
use super::state::{KeyPair, Progress, State, Trail};

pub(super) const VERSION: u32 = 1;

/// Changes that are made together, when, and who asked for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Command {
    #[serde(flatten)]
    pub metadata: CommandMetadata,
    /// What `State::changed` was when this was decided. If it is another now the command is void: another process has come
    /// between.
    #[serde(rename = "if")]
    pub changed: u64,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// A trail is as it is here, whatever was there under its ARN.
    Set(Arc<Trail>),
    /// It is gone.
    Remove(TrailArn),
    /// It has come so far.
    Progress { of: TrailArn, progress: Arc<Progress> },
    /// A bucket is an account's.
    Bucket { name: String, account: String },
    /// It is nobody's again.
    Release(String),
    /// These sign, and have signed.
    Keys(Vec<Arc<KeyPair>>),
}

impl Command {
    pub fn new(at_ms: u64, origin: Origin, changed: u64, steps: Vec<Step>) -> Self {
        Command { metadata: CommandMetadata { version: VERSION, at_ms, origin }, changed, steps }
    }

    /// Whether trails end or end up with less, so that a full disk must not hold it up.
    pub fn leaves_no_more(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Remove(_) | Step::Release(_) => true,
            Step::Set(trail) => !trail.is_logging,
            _ => false,
        })
    }
}

impl State {
    pub(super) fn carry_out(&mut self, command: &Command, at: At) {
        self.signatures.note(&command.metadata.origin, at.ms);
        // Positions begin at 0, which stands for no change.
        self.changed = at.position + 1;
        for step in &command.steps {
            match step {
                Step::Set(trail) => {
                    self.trails.insert(trail.arn.to_string(), trail.clone());
                }
                Step::Remove(arn) => {
                    self.trails.remove(&arn.to_string());
                    self.progress.remove(&arn.to_string());
                }
                Step::Progress { of, progress } => {
                    self.progress.insert(of.to_string(), progress.clone());
                }
                Step::Bucket { name, account } => {
                    self.buckets.insert(name.clone(), account.clone());
                }
                Step::Release(name) => _ = self.buckets.remove(name),
                Step::Keys(keys) => self.keys.clone_from(keys),
            }
        }
    }
}

impl HasMetadata for Command {
    fn metadata(&self) -> &CommandMetadata {
        &self.metadata
    }
}

impl Fold for State {
    const VERSION: u32 = VERSION;
    type Command = Command;
    /// The command, if it was carried out, for those who follow this state.
    type Output = Option<(Command, At)>;

    fn decode(_: &CommandMetadata, record: &Record<'_>) -> Result<Command, Unreadable> {
        serde_json::from_slice(record.value).map_err(|error| Unreadable::Broken(place(&error)))
    }

    fn apply(&mut self, command: Command, at: At) -> Option<(Command, At)> {
        if command.changed != self.changed {
            return None;
        }
        self.carry_out(&command, at);
        Some((command, at))
    }

    fn is_void(carried_out: &Self::Output) -> bool {
        carried_out.is_none()
    }

    fn restore(&mut self, _: u32, _: &[u8], body: &mut Body) -> Result<(), Unreadable> {
        let state = serde_json::from_reader(BufReader::new(body));
        *self = state.map_err(|error| Unreadable::Broken(place(&error)))?;
        Ok(())
    }
}
