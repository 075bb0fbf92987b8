//! What one account has used up in one region: the identities that are made of a time. Whatever is made
//! later lies above the marks, so nothing that is gone shares an identity with what comes after, and no
//! graves are kept. A mark that time has passed says nothing any more and is dropped.
//!
//! A creation in sequence numbers has room for 256 a second. A date is a whole second on AWS, and in the ARN
//! of a consumer; where seconds are used up faster than they pass, it runs ahead by some of them, then goes
//! on in milliseconds.

use std::collections::BTreeMap;

use flumen_types::{Creation, Realm};
use serde::{Deserialize, Serialize};

use super::Stream;

/// The stream is dated this long before it was asked for, as on AWS, so that an initial shard's creation
/// second lies below the time of its first record.
pub(crate) const CREATED_BEFORE_S: u64 = 2;
/// How far a date may be ahead of the clock in whole seconds; no more than clocks differ by.
const AHEAD_MAX_MS: u64 = 5_000;

/// Of one account and region. Without any, all is zero.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct Marks {
    /// The newest creation in the sequence numbers of a shard.
    pub created_s: u64,
    pub created_nth: u8,
    /// The newest date of a stream or consumer that is gone or going, epoch milliseconds.
    pub gone_ms: u64,
}

impl Marks {
    /// A creation that nothing had, of `second` if that has room.
    pub fn creation(&self, second: u64) -> Creation {
        Creation::first_of(second).max(self.newest().next())
    }

    pub fn newest(&self) -> Creation {
        Creation { second: self.created_s, nth: self.created_nth }
    }

    pub fn note(&mut self, creation: Creation) {
        let newest = self.newest().max(creation);
        (self.created_s, self.created_nth) = (newest.second, newest.nth);
    }

    /// A date that nothing gone had: the second of `at_ms`, or one soon after.
    pub fn date_ms(&self, at_ms: u64) -> u64 {
        let second_ms = at_ms - at_ms % 1000;
        let next_ms = (self.gone_ms / 1000 + 1) * 1000;
        if second_ms > self.gone_ms {
            second_ms
        } else if next_ms <= second_ms + AHEAD_MAX_MS {
            next_ms
        } else {
            self.gone_ms + 1
        }
    }

    /// The same where it is not the second of `at_ms`.
    pub fn dated_ms(&self, at_ms: u64) -> Option<u64> {
        Some(self.date_ms(at_ms)).filter(|&date_ms| date_ms != at_ms - at_ms % 1000)
    }

    /// Notes what goes with a stream.
    pub fn note_gone(&mut self, stream: &Stream) {
        let dates_ms = stream.consumers.values().map(|consumer| consumer.date_ms());
        self.gone_ms = dates_ms.fold(self.gone_ms.max(stream.date_ms()), u64::max);
    }

    /// Nothing that is made from `at_ms` on can meet them.
    fn are_passed(&self, at_ms: u64) -> bool {
        self.created_s < (at_ms / 1000).saturating_sub(CREATED_BEFORE_S)
            && self.gone_ms < at_ms - at_ms % 1000
    }
}

/// By account, then by region.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(transparent)]
pub struct AllMarks(BTreeMap<String, BTreeMap<String, Marks>>);

impl AllMarks {
    pub fn of(&self, realm: &Realm) -> Marks {
        self.0.get(&realm.account).and_then(|regions| regions.get(&realm.region)).copied().unwrap_or_default()
    }

    /// Keeps the marks of the realm, and none that time has passed.
    pub fn set(&mut self, realm: Realm, marks: Marks, at_ms: u64) {
        self.0.entry(realm.account).or_default().insert(realm.region, marks);
        self.0.retain(|_, regions| {
            regions.retain(|_, marks| !marks.are_passed(at_ms));
            !regions.is_empty()
        });
    }

    /// The marks of a state that was kept without any: those of what is there, and for what is gone the
    /// time up to which the state goes.
    pub fn derived<'a>(streams: impl Iterator<Item = &'a Stream>, at_ms: u64) -> AllMarks {
        let mut all = AllMarks::default();
        for stream in streams {
            let mut marks = all.of(&stream.realm());
            stream.shards.iter().for_each(|shard| marks.note(shard.creation()));
            // A child is dated a second after its parents were closed.
            marks.note(Creation { second: at_ms / 1000 + 1, nth: u8::MAX });
            marks.gone_ms = at_ms;
            all.set(stream.realm(), marks, at_ms);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 1_700_000_000_500;

    #[test]
    fn dates_are_whole_seconds_while_these_are_not_far_ahead() {
        let mut marks = Marks::default();
        let dates: Vec<u64> = (0..8)
            .map(|_| {
                marks.gone_ms = marks.date_ms(NOW_MS);
                marks.gone_ms - 1_700_000_000_000
            })
            .collect();
        assert_eq!(dates, [0, 1000, 2000, 3000, 4000, 5000, 5001, 5002]);
        assert_eq!(marks.date_ms(NOW_MS + 6000), 1_700_000_006_000);
    }

    #[test]
    fn marks_are_kept_until_time_has_passed_them() {
        let realm = |account: u64| Realm { account: format!("{account:012}"), region: "us-east-1".into() };
        let mut all = AllMarks::default();
        for account in 0..1000 {
            let at_ms = NOW_MS + account * 1000;
            let marks = Marks { created_s: at_ms / 1000 - 2, created_nth: 3, gone_ms: at_ms - at_ms % 1000 };
            all.set(realm(account), marks, at_ms);
            assert_eq!(all.of(&realm(account)), marks);
            assert!(all.0.len() <= 2, "{} accounts are kept", all.0.len());
        }
    }
}
