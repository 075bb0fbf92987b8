//! Who called the control plane lately, and how often. How often they may is in the table of operations.

use std::collections::HashMap;

use flumen_protocol::Operation;
use flumen_types::{Bucket, Realm};
use parking_lot::Mutex;

/// Callers whose buckets are kept. Beyond it, those that are full again are forgotten, as they say nothing.
const KEPT_MAX: usize = 4096;

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum RateKey {
    Account(Realm),
    Stream(u32),
}

/// The buckets of those who called lately.
#[derive(Default)]
pub(crate) struct ControlPlaneRates(Mutex<HashMap<(RateKey, Operation), Bucket>>);

impl ControlPlaneRates {
    /// Whether another call of the operation is within `rate` calls a second.
    pub(crate) fn admit(&self, counted: RateKey, operation: Operation, rate: u64, now_ms: u64) -> bool {
        let mut buckets = self.0.lock();
        if buckets.len() >= KEPT_MAX {
            buckets.retain(|_, bucket| !bucket.is_full(now_ms));
        }
        let bucket = buckets.entry((counted, operation)).or_insert_with(|| Bucket::new(rate, rate));
        bucket.try_take(1, now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm(account: u32) -> RateKey {
        RateKey::Account(Realm { account: format!("{account:012}"), region: "us-east-1".into() })
    }

    #[test]
    fn a_rate_is_per_account_and_operation() {
        let rates = ControlPlaneRates::default();
        let admitted = |counted: RateKey, operation| {
            (0..20).filter(|_| rates.admit(counted.clone(), operation, 5, 1_000)).count()
        };
        assert_eq!(admitted(realm(1), Operation::CreateStream), 5);
        assert_eq!(admitted(realm(1), Operation::CreateStream), 0);
        assert_eq!(admitted(realm(1), Operation::DeleteStream), 5);
        assert_eq!(admitted(realm(2), Operation::CreateStream), 5);
        assert!(rates.admit(realm(1), Operation::CreateStream, 5, 1_200));
    }

    #[test]
    fn callers_of_long_ago_are_forgotten() {
        let rates = ControlPlaneRates::default();
        for account in 0..3 * KEPT_MAX as u32 {
            rates.admit(realm(account), Operation::CreateStream, 5, u64::from(account) * 1_000);
            assert!(rates.0.lock().len() <= KEPT_MAX);
        }
    }
}
