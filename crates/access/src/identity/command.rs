//! The commands on the log of identities. A command holds what things are after it, so that carrying it out decides
//! nothing.

use std::collections::BTreeMap;

use flumen_machine::{At, Body, CommandMetadata, Fold, HasMetadata, Origin, Unreadable, place};
use flumen_storage::Record;
use serde::{Deserialize, Serialize};

use super::state::{AccessKey, Entity, Kind, PrivateEndpoint, State};
use super::{Used, lines};
use crate::limits::LimitOverrides;

pub(crate) const VERSION: u32 = 1;

/// Changes that are made together, when, and who asked for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Command {
    #[serde(flatten)]
    pub metadata: CommandMetadata,
    pub account: String,
    /// The position of the account's newest change that the decision saw. If there is a newer one now, the command is
    /// void: another process has come between.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Requests are signed from now on, and the account is there, if only by this; the first one is the operator's.
    Initialise,
    RootKeys(Vec<AccessKey>),
    /// Of the account, in place of those that it had.
    Limits(LimitOverrides),
    /// A private endpoint is as it is here.
    Endpoint {
        id: String,
        #[serde(flatten)]
        endpoint: PrivateEndpoint,
    },
    RemoveEndpoint(String),
    /// A thing is as it is here, whatever was there under its name.
    Set(Entity),
    /// By the name that it is kept under.
    Remove {
        kind: Kind,
        name: String,
    },
    /// Sessions of the ARN, or of the account where it is one, that began before are refused.
    RevokeSessions {
        of: String,
        before_ms: u64,
    },
    /// Access keys and roles were used, by id; what is gone is forgotten.
    Used(BTreeMap<String, Used>),
}

impl Step {
    /// As what it is told where nobody has called for it.
    pub fn own_act(&self) -> Option<&'static str> {
        match self {
            Step::Initialise => Some("AccountCreated"),
            Step::RootKeys(_) => Some("RootKeysReplaced"),
            Step::Limits(_) => Some("AccountLimitsSet"),
            Step::Endpoint { .. } => Some("EndpointSet"),
            Step::RemoveEndpoint(_) => Some("EndpointRemoved"),
            Step::Set(_) => Some("UserImported"),
            Step::Remove { .. } => Some("Removed"),
            Step::RevokeSessions { .. } => Some("SessionsRevoked"),
            Step::Used(_) => None,
        }
    }

    /// The name of what it is about.
    pub fn of(&self) -> Option<&str> {
        match self {
            Step::Endpoint { id, .. } | Step::RemoveEndpoint(id) => Some(id),
            Step::Set(Entity::User(user)) => Some(&user.named.name),
            Step::Remove { name, .. } => Some(name),
            Step::RevokeSessions { of, .. } => Some(of),
            _ => None,
        }
    }
}

impl Command {
    pub fn new(at_ms: u64, origin: Origin, account: &str, changed: u64, steps: Vec<Step>) -> Self {
        let metadata = CommandMetadata { version: VERSION, at_ms, origin };
        Command { metadata, account: account.to_owned(), changed: Some(changed), steps }
    }

    /// Whether somebody may be another one, or may something else, after it.
    pub fn changes_rights(&self) -> bool {
        !self.steps.iter().all(|step| matches!(step, Step::Used(_)))
    }

    /// Whether there will be no more than there is: things and keys go, or become smaller or inactive.
    pub fn leaves_no_more(&self, state: &State) -> bool {
        let account = state.account(&self.account);
        self.steps.iter().all(|step| match step {
            Step::Remove { .. } | Step::RemoveEndpoint(_) | Step::RevokeSessions { .. } => true,
            Step::Set(entity) => {
                let before = account.and_then(|of| of.entity(entity.kind(), &entity.named().name));
                before.is_some_and(|before| bytes(entity) <= bytes(&before) + INACTIVE_BYTES)
            }
            Step::RootKeys(keys) => account.is_some_and(|of| keys.len() <= of.keys.len()),
            Step::Initialise | Step::Limits(_) | Step::Endpoint { .. } | Step::Used(_) => false,
        })
    }
}

/// `false` in place of `true`, for two keys.
const INACTIVE_BYTES: usize = 2;

fn bytes(entity: &Entity) -> usize {
    serde_json::to_vec(entity).map_or(usize::MAX, |text| text.len())
}

impl State {
    pub(super) fn carry_out(&mut self, command: &Command, at: At) {
        let account = command.account.as_str();
        self.signatures.note(&command.metadata.origin, at.ms);
        // Positions begin at 0, which stands for no change.
        self.accounts.entry(account.to_owned()).or_default().changed = at.position + 1;
        for step in &command.steps {
            match step {
                Step::Initialise => _ = self.operator.get_or_insert_with(|| account.to_owned()),
                Step::Limits(limits) => self.set_limits(account, limits.clone()),
                Step::Endpoint { id, endpoint } => {
                    self.endpoints.insert(id.clone(), endpoint.clone());
                }
                Step::RemoveEndpoint(id) => _ = self.endpoints.remove(id),
                Step::RootKeys(keys) => self.set_root_keys(account, keys.clone()),
                Step::Set(entity) => self.set(account, entity.clone()),
                Step::Remove { kind, name } => self.remove(account, *kind, name),
                Step::RevokeSessions { of, before_ms } => {
                    let until = self.revoked_before_ms.entry(of.clone()).or_default();
                    *until = (*until).max(*before_ms);
                }
                Step::Used(used) => self.note_uses(used),
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
        let now = self.account(&command.account).map_or(0, |account| account.changed);
        if command.changed.is_some_and(|changed| changed != now) {
            return None;
        }
        self.carry_out(&command, at);
        Some((command, at))
    }

    fn is_void(carried_out: &Self::Output) -> bool {
        carried_out.is_none()
    }

    fn restore(&mut self, _: u32, _: &[u8], body: &mut Body) -> Result<(), Unreadable> {
        *self = lines::read(body)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(keys: &str) -> Entity {
        let user =
            format!(r#"{{"User":{{"name":"ana","path":"/","id":"AIDA1","created_ms":1,"keys":[{keys}]}}}}"#);
        serde_json::from_str(&user).unwrap()
    }

    #[test]
    fn whoever_takes_away_leaves_no_more() {
        let key = r#"{"id":"AKIA1","sealed":"","is_active":true,"created_ms":1}"#;
        let mut state = State::default();
        state.set("1", user(key));
        let command = |step: Step| Command::new(1, Origin::default(), "1", 0, vec![step]);
        let less = |step: Step| command(step).leaves_no_more(&state);
        assert!(less(Step::Set(user(""))));
        assert!(less(Step::Set(user(&key.replace("true", "false")))));
        assert!(less(Step::Remove { kind: Kind::User, name: "ana".to_owned() }));
        assert!(less(Step::RevokeSessions { of: "1".to_owned(), before_ms: 1 }));
        assert!(less(Step::RootKeys(Vec::new())));
        assert!(!less(Step::Set(user(&format!("{key},{key}")))));
        assert!(!less(Step::Initialise));
        let Entity::User(other) = user("") else { panic!("a user") };
        let mut other = other.as_ref().clone();
        other.named.name = "anna".to_owned();
        assert!(!less(Step::Set(Entity::User(other.into()))));
    }
}
