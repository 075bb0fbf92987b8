//! The commands on the log of keys. A command holds what things are after it, so that carrying it out decides nothing.

use std::io::BufReader;
use std::sync::Arc;

use flumen_machine::{At, Body, CommandMetadata, Fold, HasMetadata, Origin, Unreadable, place};
use flumen_storage::Record;
use serde::{Deserialize, Serialize};

use crate::KeyError;
use crate::grants::Grant;
use crate::ids::GrantId;
use crate::names::{AliasArn, KeyArn};
use crate::state::{Alias, Key, KeyState, State};

pub(crate) const VERSION: u32 = 1;

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
    /// A key is as it is here, whatever was there under its ARN.
    Key(Arc<Key>),
    /// It is gone, with its aliases and grants; its material was destroyed before.
    RemoveKey(KeyArn),
    Alias(Arc<Alias>),
    RemoveAlias(AliasArn),
    Grant(Arc<Grant>),
    RemoveGrant {
        of: KeyArn,
        id: GrantId,
    },
}

impl Command {
    pub fn new(at_ms: u64, origin: Origin, changed: u64, steps: Vec<Step>) -> Self {
        Command { metadata: CommandMetadata { version: VERSION, at_ms, origin }, changed, steps }
    }

    /// Whether what there is ends, or may be used by fewer, so that a full disk must not hold it up.
    pub fn takes_away(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::RemoveKey(_) | Step::RemoveAlias(_) | Step::RemoveGrant { .. } => true,
            Step::Key(key) => key.state != KeyState::Enabled,
            Step::Alias(_) | Step::Grant(_) => false,
        })
    }
}

/// What keys and grants of all accounts may take of memory, and those of one account.
pub(crate) const WEIGHT_MAX: usize = 256 << 20;
const WEIGHT_OF_ACCOUNT_MAX: usize = WEIGHT_MAX / 4;

impl State {
    /// Whether there is room for what the steps make more.
    pub(crate) fn check_room(&self, steps: &[Step]) -> Result<(), KeyError> {
        for step in steps {
            let (arn, before, after) = match step {
                Step::Key(key) => (&key.arn, self.weight_of(&key.arn), key.weight()),
                Step::Grant(grant) => (&grant.key, 0, grant.weight()),
                Step::RemoveKey(_) | Step::Alias(_) | Step::RemoveAlias(_) | Step::RemoveGrant { .. } => {
                    continue;
                }
            };
            let more = after.saturating_sub(before);
            let is_over = |used: usize, limit: usize| more > 0 && used + more > limit;
            if is_over(self.weights().of(&arn.account), WEIGHT_OF_ACCOUNT_MAX) {
                let what = format!("The account {}", arn.account);
                return Err(KeyError::TooMany {
                    what,
                    limit: WEIGHT_OF_ACCOUNT_MAX,
                    of: "bytes of keys and grants",
                });
            }
            if is_over(self.weights().all, WEIGHT_MAX) {
                let what = "The server".to_owned();
                return Err(KeyError::TooMany { what, limit: WEIGHT_MAX, of: "bytes of keys and grants" });
            }
        }
        Ok(())
    }

    pub(crate) fn carry_out(&mut self, command: &Command, at: At) {
        self.signatures.note(&command.metadata.origin, at.ms);
        // Positions begin at 0, which stands for no change.
        self.changed = at.position + 1;
        for step in &command.steps {
            match step {
                Step::Key(key) => self.set_key(key),
                Step::RemoveKey(arn) => self.remove_key(arn),
                Step::Alias(alias) => self.set_alias(alias),
                Step::RemoveAlias(arn) => self.remove_alias(arn),
                Step::Grant(grant) => self.set_grant(grant),
                Step::RemoveGrant { of, id } => self.remove_grant(of, *id),
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
