//! What is summed: who, with what, which operation, with what outcome; and how much of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// In place of names, where there are more than are kept apart.
pub const OTHERS: &str = "(others)";
/// Names are cut here. ARNs of streams, tables and principals are shorter.
pub(super) const NAME_BYTES_MAX: usize = 1024;
/// Of what is summed without who and with what, so many services, operations and outcomes are kept apart.
pub(super) const REST_MAX: usize = 2_000;

/// A call as it counts. Texts that are in the program are compared by where they are.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    /// As policies name it: of a session its role.
    pub principal: &'a str,
    /// The ARN of what it was done with, or nothing.
    pub thing: &'a str,
    /// As events have it: `kinesis.amazonaws.com`.
    pub service: &'static str,
    pub operation: &'static str,
    /// The code of the error, or nothing.
    pub outcome: &'a str,
}

impl<'a> Called<'a> {
    pub(super) fn key(&self) -> SumKey<'a> {
        let Called { principal, thing, service, operation, outcome } = *self;
        SumKey { principal, thing, service, operation, outcome }
    }

    /// With names that are not too long.
    pub(super) fn cut(&self) -> Self {
        let cut = |name: &'a str| &name[..name.floor_char_boundary(NAME_BYTES_MAX)];
        let Called { principal, thing, outcome, .. } = *self;
        Called { principal: cut(principal), thing: cut(thing), outcome: cut(outcome), ..*self }
    }

    /// Without who and with what.
    pub(super) fn of_others(&self) -> Self {
        Called { principal: OTHERS, thing: "", ..*self }
    }
}

/// What sums are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SumKey<'a> {
    pub principal: &'a str,
    pub thing: &'a str,
    pub service: &'a str,
    pub operation: &'a str,
    pub outcome: &'a str,
}

/// The same, of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    principal: Box<str>,
    thing: Box<str>,
    service: Box<str>,
    operation: Box<str>,
    outcome: Box<str>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub calls: u64,
    pub records: u64,
    pub bytes: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Sum {
    pub key: Arc<Key>,
    pub counts: Counts,
}

impl Counts {
    pub fn add(&mut self, other: Counts) {
        self.calls = self.calls.saturating_add(other.calls);
        self.records = self.records.saturating_add(other.records);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl<'a> SumKey<'a> {
    pub(super) fn owned(&self) -> Key {
        let SumKey { principal, thing, service, operation, outcome } = *self;
        Key {
            principal: principal.into(),
            thing: thing.into(),
            service: service.into(),
            operation: operation.into(),
            outcome: outcome.into(),
        }
    }

    pub(super) fn fields(&self) -> [&'a str; 5] {
        [self.principal, self.thing, self.service, self.operation, self.outcome]
    }

    pub(super) fn of_fields([principal, thing, service, operation, outcome]: [&'a str; 5]) -> Self {
        SumKey { principal, thing, service, operation, outcome }
    }

    /// Without who and with what.
    pub(super) fn of_others(&self) -> Self {
        SumKey { principal: OTHERS, thing: "", ..*self }
    }
}

/// Where even services, operations and outcomes are too many.
pub(super) const REST: Called<'static> =
    Called { principal: OTHERS, thing: "", service: OTHERS, operation: OTHERS, outcome: "" };

impl Key {
    pub fn borrowed(&self) -> SumKey<'_> {
        SumKey {
            principal: &self.principal,
            thing: &self.thing,
            service: &self.service,
            operation: &self.operation,
            outcome: &self.outcome,
        }
    }
}

/// Sums by their keys, in order, of which at most `keys_max` are kept apart.
#[derive(Default)]
pub(super) struct Gathered {
    sums: BTreeMap<Arc<Key>, Counts>,
    /// Of those that are not kept apart.
    rest: BTreeMap<Key, Counts>,
}

impl Gathered {
    pub fn add(&mut self, sum: Sum, keys_max: usize) {
        let is_full = self.sums.len() >= keys_max;
        match self.sums.entry(sum.key) {
            Entry::Occupied(mut known) => known.get_mut().add(sum.counts),
            Entry::Vacant(new) if !is_full => drop(new.insert(sum.counts)),
            Entry::Vacant(new) => {
                let key = new.key().borrowed().of_others().owned();
                let is_full = self.rest.len() >= REST_MAX && !self.rest.contains_key(&key);
                let key = if is_full { REST.key().owned() } else { key };
                self.rest.entry(key).or_default().add(sum.counts);
            }
        }
    }

    /// The same of a key that is not its own yet.
    pub fn add_borrowed(&mut self, key: &SumKey<'_>, counts: Counts, keys_max: usize) {
        self.add(Sum { key: Arc::new(key.owned()), counts }, keys_max);
    }

    pub fn finish(mut self) -> Vec<Sum> {
        for (key, counts) in self.rest {
            self.sums.entry(Arc::new(key)).or_default().add(counts);
        }
        self.sums.into_iter().map(|(key, counts)| Sum { key, counts }).collect()
    }
}

pub(super) fn together(sums: impl Iterator<Item = Sum>, keys_max: usize) -> Vec<Sum> {
    let mut gathered = Gathered::default();
    sums.for_each(|sum| gathered.add(sum, keys_max));
    gathered.finish()
}
