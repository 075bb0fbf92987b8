//! The commands on the control log and what each does to the state.
//!
//! Checks happen before a command is written, against the state that it will meet, so applying one
//! cannot fail; a command for something that is not there changes nothing.
//!
//! A command has the version of the rules under which it was written, and is always carried out by those: what came of
//! it is in sequence numbers and ARNs that callers have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flumen_machine::{CommandMetadata, Origin};
use flumen_types::{Creation, HashKeyRange, Realm};
use serde::{Deserialize, Serialize};

use super::marks::CREATED_BEFORE_S;
use super::{
    COMMITMENT_MIN_MS, Commitment, Consumer, DAY_MS, Decimal128, Distribution, Encryption, MARKS_SINCE,
    Marks, Mode, Pending, Plan, Reshard, Shard, State, StoredKey, Stream, VERSION,
};

/// One change, when it was made, and who asked for it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Command {
    #[serde(flatten)]
    pub metadata: CommandMetadata,
    /// Without one it is carried out whatever came before it.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    pub change: Change,
}

/// What a change was decided on must be as it was then, or the change is void: another process may have appended a
/// command in between.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Condition {
    /// The first command that the decision did not see.
    pub before: u64,
    pub unchanged: Vec<Key>,
}

/// What a decision looks at.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum Key {
    /// By its log group.
    Stream(u32),
    /// The streams and settings of an account in a region.
    Realm { account: String, region: String },
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The stream with this log group has changed, was made or was forgotten.
    Stream(u32),
    /// The settings of an account in a region have changed.
    Settings(Realm),
    /// The keys of tokens have.
    TokenKeys,
    /// Nothing: what it was decided on is not as it was.
    Void,
}

/// How identities are given.
#[derive(Clone, Copy)]
enum Rules {
    /// By the second alone.
    Seconds,
    /// Above the marks of the account and region.
    Marks,
}

impl Command {
    /// Under the rules of today.
    pub fn new(at_ms: u64, origin: Origin, change: Change) -> Self {
        Command { metadata: CommandMetadata { version: VERSION, at_ms, origin }, condition: None, change }
    }

    /// On condition that what the change was decided on is in `state` as the commands before `before` made it.
    pub fn decided_on(self, state: &State, before: u64) -> Self {
        let condition = Some(Condition { before, unchanged: self.change.looked_at(state) });
        Command { condition, ..self }
    }

    fn rules(&self) -> Rules {
        if self.metadata.version < MARKS_SINCE { Rules::Seconds } else { Rules::Marks }
    }
}

impl Change {
    /// As what it is told where the service makes it by itself: a name, the group of the stream, and more as JSON.
    pub fn own_act(&self) -> Option<(&'static str, Option<u32>, String)> {
        let nothing = || "{}".to_owned();
        match self {
            Change::RotateTokenKey { .. } => Some(("TokenKeyRotated", None, nothing())),
            Change::ForgetStream { group } => Some(("StreamForgotten", Some(*group), nothing())),
            Change::DropEncryption { group } => Some(("EncryptionDropped", Some(*group), nothing())),
            Change::EndRekey { group } => Some(("StreamRekeyed", Some(*group), nothing())),
            Change::PlanReshard { group, reshard, .. } => {
                let about = serde_json::json!({ "reshard": reshard.to_string() });
                Some(("StreamResharded", Some(*group), about.to_string()))
            }
            Change::DropReshard { group } => Some(("ReshardDropped", Some(*group), nothing())),
            Change::ForgetShards { group, shards } => {
                let about = serde_json::json!({ "shards": shards });
                Some(("ShardsForgotten", Some(*group), about.to_string()))
            }
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub enum Change {
    /// The first command of a data directory.
    Found {
        #[serde(flatten)]
        key: StoredKey,
    },
    /// Another key seals tokens from now on; the one before it still opens what it has sealed.
    RotateTokenKey {
        #[serde(flatten)]
        key: StoredKey,
        /// Since when the key was the newest that this one follows.
        follows_ms: u64,
    },
    CreateStream(Box<NewStream>),
    DeleteStream {
        group: u32,
        gone_at_ms: u64,
    },
    /// A deleted stream is forgotten, and its logs with it.
    ForgetStream {
        group: u32,
    },
    /// A reshard was accepted; it is carried out when it is due.
    ScheduleReshard {
        group: u32,
        reshard: Reshard,
        due_ms: u64,
        rescale: bool,
    },
    /// A reshard begins. The logs of the shards that it closes are sealed next, by whoever comes to it.
    PlanReshard {
        group: u32,
        reshard: Reshard,
        rescale: bool,
    },
    /// They are sealed, and no record of theirs is later than this: the reshard takes effect.
    CloseShards {
        group: u32,
        /// Position of the command that planned it.
        plan: u64,
        closed_at_ms: u64,
    },
    /// Both in one, after the sealing: up to version 2.
    Reshard {
        group: u32,
        reshard: Reshard,
        closed_at_ms: u64,
        rescale: bool,
    },
    /// A due reshard no longer fits; the stream goes on without it.
    DropReshard {
        group: u32,
    },
    /// Closed shards past retention are forgotten, and their logs with them.
    ForgetShards {
        group: u32,
        shards: BTreeSet<u32>,
    },
    SetRetention {
        group: u32,
        hours: u32,
    },
    SetMaxRecordSize {
        group: u32,
        kib: u32,
        updated_at_ms: u64,
    },
    SetMode {
        group: u32,
        mode: Mode,
        warm_mibps: Option<u32>,
        updated_at_ms: u64,
    },
    SetWarmThroughput {
        group: u32,
        mibps: u32,
        updated_at_ms: u64,
    },
    /// Records are encrypted by that key from now on.
    StartEncryption {
        group: u32,
        encryption: Encryption,
        updated_at_ms: u64,
    },
    /// They are not any more.
    StopEncryption {
        group: u32,
        updated_at_ms: u64,
    },
    /// Up to version 4: which key a stream is said to be encrypted by.
    SetEncryption {
        group: u32,
        key_id: Option<String>,
        updated_at_ms: u64,
    },
    /// What that said is forgotten.
    DropEncryption {
        group: u32,
    },
    /// What lies there is to be sealed again, under the key that records are encrypted by now.
    StartRekey {
        group: u32,
    },
    /// It is.
    EndRekey {
        group: u32,
    },
    SetMonitoring {
        group: u32,
        metrics: BTreeSet<String>,
    },
    SetTags {
        resource: Resource,
        tags: BTreeMap<String, String>,
    },
    SetPolicy {
        resource: Resource,
        policy: Option<String>,
    },
    RegisterConsumer {
        group: u32,
        name: String,
        active_at_ms: u64,
        tags: BTreeMap<String, String>,
    },
    DeregisterConsumer {
        group: u32,
        name: String,
        gone_at_ms: u64,
    },
    SetCommitment {
        account: String,
        region: String,
        enabled: bool,
    },
}

impl Change {
    /// Whether records and logs go, or what somebody may.
    pub fn makes_room(&self, state: &State) -> bool {
        match self {
            Change::DeleteStream { .. } | Change::ForgetStream { .. } | Change::ForgetShards { .. } => true,
            Change::DropReshard { .. } | Change::DeregisterConsumer { .. } => true,
            Change::SetPolicy { policy, .. } => policy.is_none(),
            Change::SetRetention { group, hours } => {
                state.streams.get(group).is_some_and(|stream| *hours < stream.retention_hours)
            }
            _ => false,
        }
    }
}

/// What tags and policies are attached to.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum Resource {
    Stream { group: u32 },
    Consumer { group: u32, name: String },
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct NewStream {
    pub account: String,
    pub region: String,
    pub name: String,
    pub shard_count: u32,
    pub mode: Mode,
    pub active_at_ms: u64,
    pub max_record_kib: u32,
    pub warm_mibps: Option<u32>,
    pub distribution: Distribution,
    pub tags: BTreeMap<String, String>,
}

pub const RETENTION_HOURS_DEFAULT: u32 = 24;

impl State {
    /// Carries out the command at `position` of the log. Pure: the same state and command always give the same state.
    pub fn apply(&mut self, command: &Command, position: u64) -> Outcome {
        let at_ms = command.metadata.at_ms;
        self.at_ms = self.at_ms.max(at_ms);
        self.signatures.note(&command.metadata.origin, self.at_ms);
        if command.condition.as_ref().is_some_and(|condition| !self.holds(condition)) {
            return Outcome::Void;
        }
        let group = match &command.change {
            Change::Found { key } => {
                if !self.token_keys.is_empty() {
                    return Outcome::Void;
                }
                self.put_token_key(key, at_ms);
                return Outcome::TokenKeys;
            }
            Change::RotateTokenKey { key, follows_ms } => {
                if self.token_keys.first().is_none_or(|newest| newest.since_ms != *follows_ms) {
                    return Outcome::Void;
                }
                self.put_token_key(key, at_ms);
                return Outcome::TokenKeys;
            }
            Change::SetCommitment { account, region, enabled } => {
                let settings =
                    self.accounts.entry(account.clone()).or_default().entry(region.clone()).or_default();
                settings.commitment = commitment(settings.commitment.take(), *enabled, at_ms);
                settings.changed = position;
                return Outcome::Settings(Realm { account: account.clone(), region: region.clone() });
            }
            Change::CreateStream(new) => self.create_stream(new, at_ms, command.rules()),
            Change::ForgetStream { group } => {
                return self.streams.remove(group).map_or(Outcome::Void, |_| Outcome::Stream(*group));
            }
            change => {
                let Some(group) = change.group() else { return Outcome::Void };
                let Some(stream) = self.streams.get_mut(&group).map(Arc::make_mut) else {
                    return Outcome::Void;
                };
                if !stream.expects(change) {
                    return Outcome::Void;
                }
                let realm = stream.realm();
                let before = self.marks.of(&realm);
                let marks = stream.apply(change, at_ms, position, command.rules(), before);
                if marks != before {
                    self.marks.set(realm, marks, at_ms);
                }
                group
            }
        };
        if let Some(stream) = self.streams.get_mut(&group) {
            Arc::make_mut(stream).changed = position;
        }
        Outcome::Stream(group)
    }

    /// What is gone has changed. That something else is gone in an account and region takes nothing from a decision
    /// about what may be there, so it is not remembered.
    fn holds(&self, condition: &Condition) -> bool {
        let is_unchanged = |key: &Key| match key {
            Key::Stream(group) => self.streams.get(group).is_some_and(|s| s.changed < condition.before),
            Key::Realm { account, region } => {
                let settings = self.accounts.get(account).and_then(|regions| regions.get(region));
                let own = |stream: &Stream| stream.account == *account && stream.region == *region;
                let is_unchanged = |stream: &Arc<Stream>| stream.changed < condition.before || !own(stream);
                settings.is_none_or(|settings| settings.changed < condition.before)
                    && self.streams.values().all(is_unchanged)
            }
        };
        condition.unchanged.iter().all(is_unchanged)
    }

    fn create_stream(&mut self, new: &NewStream, at_ms: u64, rules: Rules) -> u32 {
        let group = self.next_group;
        self.next_group += 1;
        let realm = Realm { account: new.account.clone(), region: new.region.clone() };
        let mut marks = self.marks.of(&realm);
        let second = (at_ms / 1000).saturating_sub(CREATED_BEFORE_S);
        let (creation, dated_ms) = match rules {
            Rules::Seconds => (Creation::first_of(second), None),
            Rules::Marks => (marks.creation(second), marks.dated_ms(at_ms)),
        };
        marks.note(creation);
        self.marks.set(realm, marks, at_ms);
        let shards = HashKeyRange::uniform(new.shard_count).zip(0..).map(|(range, index)| Shard {
            index,
            start_key: Decimal128(range.start.0),
            end_key: Decimal128(range.end.0),
            parent: None,
            adjacent_parent: None,
            created_s: creation.second,
            created_nth: creation.nth,
            opened_at_ms: at_ms,
            closed_at_ms: None,
        });
        let stream = Stream {
            account: new.account.clone(),
            region: new.region.clone(),
            name: new.name.clone(),
            group,
            created_at_ms: at_ms,
            dated_ms,
            active_at_ms: new.active_at_ms,
            updated_at_ms: at_ms,
            gone_at_ms: None,
            mode: new.mode,
            retention_hours: RETENTION_HOURS_DEFAULT,
            floor_ms: 0,
            max_record_kib: new.max_record_kib,
            warm_mibps: new.warm_mibps,
            distribution: new.distribution,
            tags: new.tags.clone(),
            monitoring: BTreeSet::new(),
            encryption: None,
            key_id: None,
            policy: None,
            consumers: BTreeMap::new(),
            shards: shards.collect(),
            changed: 0,
            next_shard: new.shard_count,
            pending: None,
            plan: None,
            rescaled_at_ms: Vec::new(),
            switched_at_ms: Vec::new(),
            rekey_since_ms: None,
            encrypted_at_ms: Vec::new(),
            cleared_at_ms: Vec::new(),
        };
        self.streams.insert(group, Arc::new(stream));
        group
    }

    /// The account's settings in the region.
    pub fn settings(&self, realm: &Realm) -> AccountSettings {
        let regions = self.accounts.get(&realm.account);
        regions.and_then(|r| r.get(&realm.region)).cloned().unwrap_or_default()
    }
}

use super::AccountSettings;

impl Change {
    /// The stream that an existing-stream change is about.
    fn group(&self) -> Option<u32> {
        use Change::*;
        match self {
            Found { .. } | RotateTokenKey { .. } | CreateStream(_) | SetCommitment { .. } => None,
            DeleteStream { group, .. }
            | ForgetStream { group }
            | ScheduleReshard { group, .. }
            | PlanReshard { group, .. }
            | CloseShards { group, .. }
            | Reshard { group, .. }
            | DropReshard { group }
            | ForgetShards { group, .. }
            | SetRetention { group, .. }
            | SetMaxRecordSize { group, .. }
            | SetMode { group, .. }
            | SetWarmThroughput { group, .. }
            | StartEncryption { group, .. }
            | StopEncryption { group, .. }
            | SetEncryption { group, .. }
            | DropEncryption { group }
            | StartRekey { group }
            | EndRekey { group }
            | SetMonitoring { group, .. }
            | RegisterConsumer { group, .. }
            | DeregisterConsumer { group, .. } => Some(*group),
            SetTags { resource, .. } | SetPolicy { resource, .. } => match resource {
                Resource::Stream { group } | Resource::Consumer { group, .. } => Some(*group),
            },
        }
    }
}

impl Change {
    /// What whoever decides on the change looks at: the stream, and where there are quotas or settings of the account
    /// in the region, those too.
    fn looked_at(&self, state: &State) -> Vec<Key> {
        use Change::*;
        let realm = |account: &String, region: &String| Key::Realm {
            account: account.clone(),
            region: region.clone(),
        };
        let stream = self.group().map(Key::Stream);
        let around = match self {
            CreateStream(new) => Some(realm(&new.account, &new.region)),
            SetCommitment { account, region, .. } => Some(realm(account, region)),
            ScheduleReshard { .. }
            | PlanReshard { .. }
            | SetMode { .. }
            | SetWarmThroughput { .. }
            | RegisterConsumer { .. } => {
                let stream = self.group().and_then(|group| state.streams.get(&group));
                stream.map(|stream| realm(&stream.account, &stream.region))
            }
            _ => None,
        };
        stream.into_iter().chain(around).collect()
    }
}

impl Stream {
    /// Answers with the marks of its account and region afterwards.
    fn apply(&mut self, change: &Change, at_ms: u64, position: u64, rules: Rules, mut marks: Marks) -> Marks {
        match change {
            Change::Found { .. }
            | Change::RotateTokenKey { .. }
            | Change::CreateStream(_)
            | Change::ForgetStream { .. }
            | Change::SetCommitment { .. } => {}
            Change::DeleteStream { gone_at_ms, .. } => {
                self.gone_at_ms = Some(*gone_at_ms);
                if at_ms < self.active_at_ms {
                    // It never will be.
                    self.active_at_ms = self.active_at_ms.max(*gone_at_ms);
                }
                self.pending = None;
                marks.note_gone(self);
            }
            Change::ScheduleReshard { reshard, due_ms, rescale, .. } => {
                self.pending = Some(Pending { reshard: reshard.clone(), due_ms: *due_ms });
                self.note_rescale(*rescale, at_ms);
            }
            Change::PlanReshard { reshard, rescale, .. } => {
                self.pending = None;
                self.note_rescale(*rescale, at_ms);
                self.plan = Some(Plan { position, reshard: reshard.clone() });
            }
            Change::CloseShards { closed_at_ms, .. } => {
                if let Some(plan) = self.plan.take() {
                    self.close_by(&plan.reshard, *closed_at_ms, rules, &mut marks);
                }
            }
            Change::Reshard { reshard, closed_at_ms, rescale, .. } => {
                self.pending = None;
                self.note_rescale(*rescale, at_ms);
                self.close_by(reshard, *closed_at_ms, rules, &mut marks);
            }
            Change::DropReshard { .. } => self.pending = None,
            Change::ForgetShards { shards, .. } => {
                self.shards.retain(|s| s.is_open() || !shards.contains(&s.index));
            }
            Change::SetRetention { hours, .. } => {
                // What is past the old retention or past the new one does not come back.
                let shorter = u64::from(*hours.min(&self.retention_hours)) * super::HOUR_MS;
                self.floor_ms = self.floor_ms.max(at_ms.saturating_sub(shorter));
                self.retention_hours = *hours;
            }
            Change::SetMaxRecordSize { kib, updated_at_ms, .. } => {
                self.max_record_kib = *kib;
                self.updated_at_ms = *updated_at_ms;
            }
            Change::SetMode { mode, warm_mibps, updated_at_ms, .. } => {
                if self.mode != *mode {
                    note_within_a_day(&mut self.switched_at_ms, at_ms);
                }
                self.mode = *mode;
                self.warm_mibps = *warm_mibps;
                self.updated_at_ms = *updated_at_ms;
            }
            Change::SetWarmThroughput { mibps, updated_at_ms, .. } => {
                self.warm_mibps = (*mibps > 0).then_some(*mibps);
                self.updated_at_ms = *updated_at_ms;
            }
            Change::StartEncryption { encryption, updated_at_ms, .. } => {
                self.encryption = Some(encryption.clone());
                self.updated_at_ms = *updated_at_ms;
                note_within_a_day(&mut self.encrypted_at_ms, at_ms);
            }
            Change::StopEncryption { updated_at_ms, .. } => {
                self.encryption = None;
                self.updated_at_ms = *updated_at_ms;
                note_within_a_day(&mut self.cleared_at_ms, at_ms);
            }
            Change::SetEncryption { key_id, updated_at_ms, .. } => {
                self.key_id = key_id.clone();
                self.updated_at_ms = *updated_at_ms;
            }
            Change::DropEncryption { .. } => self.key_id = None,
            Change::StartRekey { .. } => self.rekey_since_ms = Some(at_ms),
            Change::EndRekey { .. } => self.rekey_since_ms = None,
            Change::SetMonitoring { metrics, .. } => self.monitoring = metrics.clone(),
            Change::SetTags { resource, tags } => match resource {
                Resource::Stream { .. } => self.tags = tags.clone(),
                Resource::Consumer { name, .. } => {
                    self.consumers.entry(name.clone()).and_modify(|c| c.tags = tags.clone());
                }
            },
            Change::SetPolicy { resource, policy } => match resource {
                Resource::Stream { .. } => self.policy = policy.clone(),
                Resource::Consumer { name, .. } => {
                    self.consumers.entry(name.clone()).and_modify(|c| c.policy = policy.clone());
                }
            },
            Change::RegisterConsumer { name, active_at_ms, tags, .. } => {
                self.consumers.retain(|_, c| c.status(at_ms).is_some());
                let consumer = Consumer {
                    created_at_ms: at_ms,
                    dated_ms: match rules {
                        Rules::Seconds => None,
                        Rules::Marks => marks.dated_ms(at_ms),
                    },
                    active_at_ms: *active_at_ms,
                    gone_at_ms: None,
                    tags: tags.clone(),
                    policy: None,
                };
                self.consumers.insert(name.clone(), consumer);
            }
            Change::DeregisterConsumer { name, gone_at_ms, .. } => {
                self.consumers.retain(|_, c| c.status(at_ms).is_some());
                if let Some(consumer) = self.consumers.get_mut(name) {
                    consumer.gone_at_ms = Some(*gone_at_ms);
                    marks.gone_ms = marks.gone_ms.max(consumer.date_ms());
                }
                self.consumers.retain(|_, c| c.status(at_ms).is_some());
            }
        }
        marks
    }

    /// Whether the change is not one that was made already, or overtaken.
    fn expects(&self, change: &Change) -> bool {
        match change {
            Change::PlanReshard { .. } => self.plan.is_none(),
            Change::CloseShards { plan, .. } => self.plan.as_ref().is_some_and(|p| p.position == *plan),
            _ => true,
        }
    }

    fn close_by(&mut self, reshard: &Reshard, closed_at_ms: u64, rules: Rules, marks: &mut Marks) {
        let above = match rules {
            Rules::Seconds => Creation::default(),
            Rules::Marks => marks.newest(),
        };
        // Checked before it was planned against the shards that there are still, so it fits.
        if let Ok(newest) = self.reshard(reshard, closed_at_ms, above) {
            marks.note(newest);
        }
    }

    fn note_rescale(&mut self, rescale: bool, at_ms: u64) {
        if rescale {
            note_within_a_day(&mut self.rescaled_at_ms, at_ms);
        }
    }
}

fn note_within_a_day(times_ms: &mut Vec<u64>, at_ms: u64) {
    times_ms.retain(|&t| t + DAY_MS > at_ms);
    times_ms.push(at_ms);
}

fn commitment(current: Option<Commitment>, enabled: bool, at_ms: u64) -> Option<Commitment> {
    match (current, enabled) {
        (Some(c), true) if c.enabled(at_ms) => Some(Commitment { ends_at_ms: None, ..c }),
        (_, true) => Some(Commitment { started_at_ms: at_ms, ends_at_ms: None }),
        (Some(c), false) if c.enabled(at_ms) => {
            let earliest = c.started_at_ms + COMMITMENT_MIN_MS;
            Some(Commitment { ends_at_ms: Some(c.ends_at_ms.unwrap_or(earliest.max(at_ms))), ..c })
        }
        (ended, false) => ended,
    }
}
