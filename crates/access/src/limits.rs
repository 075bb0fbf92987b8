//! How much of the service an account, and a user or role of it, may take, so that nobody starves the others. The numbers
//! are here; counting what they are about is each service's.
//!
//! The operator's account has no limits but those that it is given. Any other account has defaults that follow from the
//! machine, so that accounts that nobody thought of cannot take all of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// A second, of every service.
    Calls,
    /// A second: of requests' bodies, of answers and of what is pushed.
    Bytes,
    /// On which the account's requests come.
    Connections,
    /// Of consumers to shards.
    Subscriptions,
    /// Bytes of records on disk, of all streams and regions.
    StoredBytes,
    /// Of all regions.
    Streams,
    /// Open ones of all streams and regions.
    Shards,
    /// Bytes of lease tables in memory.
    TableBytes,
    /// A second, of one user or role, or of the root.
    PrincipalCalls,
    PrincipalConnections,
}

impl Limit {
    pub const ALL: [Limit; 10] = [
        Limit::Calls,
        Limit::Bytes,
        Limit::Connections,
        Limit::Subscriptions,
        Limit::StoredBytes,
        Limit::Streams,
        Limit::Shards,
        Limit::TableBytes,
        Limit::PrincipalCalls,
        Limit::PrincipalConnections,
    ];
    /// What one of them may be: within it a bucket's thousandths fit its integers.
    pub const MOST: u64 = 1 << 50;

    /// As it is set.
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::Calls => "calls",
            Limit::Bytes => "bytes",
            Limit::Connections => "connections",
            Limit::Subscriptions => "subscriptions",
            Limit::StoredBytes => "stored-bytes",
            Limit::Streams => "streams",
            Limit::Shards => "shards",
            Limit::TableBytes => "table-bytes",
            Limit::PrincipalCalls => "principal-calls",
            Limit::PrincipalConnections => "principal-connections",
        }
    }

    pub fn parse(text: &str) -> Option<Limit> {
        Limit::ALL.into_iter().find(|limit| limit.as_str() == text)
    }

    /// Whether it counts bytes.
    pub fn is_of_bytes(self) -> bool {
        matches!(self, Limit::Bytes | Limit::StoredBytes | Limit::TableBytes)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Those that an account was given; `None` lifts one.
pub type LimitOverrides = BTreeMap<Limit, Option<u64>>;

/// Those that hold for one account; what is not in it is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(BTreeMap<Limit, u64>);

impl Limits {
    pub fn get(&self, limit: Limit) -> Option<u64> {
        self.0.get(&limit).copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What accounts have that were given nothing.
    pub fn of_machine(machine: Machine) -> Self {
        let Machine { processors, connections, table_bytes } = machine;
        let each = |limit| match limit {
            Limit::Calls | Limit::PrincipalCalls => 500 * processors,
            Limit::Bytes => processors << 24,
            Limit::Connections => connections / 8,
            Limit::Subscriptions => 500,
            Limit::StoredBytes => 1 << 40,
            Limit::Streams => 1_000,
            Limit::Shards => 5_000,
            Limit::TableBytes => table_bytes / 4,
            Limit::PrincipalConnections => connections / 16,
        };
        Limits(Limit::ALL.into_iter().map(|limit| (limit, each(limit).max(1))).collect())
    }

    fn with(mut self, given: &LimitOverrides) -> Self {
        for (&limit, &value) in given {
            match value {
                Some(value) => _ = self.0.insert(limit, value),
                None => _ = self.0.remove(&limit),
            }
        }
        self
    }
}

/// What there is to be shared.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    pub processors: u64,
    pub connections: u64,
    /// For lease tables.
    pub table_bytes: u64,
}

/// The limits of every account.
#[derive(Clone, Debug, Default)]
pub struct AccountLimits {
    /// Of accounts that are not in `own`.
    others: Limits,
    own: BTreeMap<String, Limits>,
}

impl AccountLimits {
    /// Nobody is limited, as where anybody may be any account.
    pub fn none() -> Self {
        AccountLimits::default()
    }

    pub fn new(operator: &str, given: &BTreeMap<String, LimitOverrides>, machine: Machine) -> Self {
        let others = Limits::of_machine(machine);
        let base = |account: &str| if account == operator { Limits::default() } else { others.clone() };
        let accounts = given.keys().map(String::as_str).chain([operator]);
        let none = LimitOverrides::new();
        let own = accounts.map(|id| (id.to_owned(), base(id).with(given.get(id).unwrap_or(&none)))).collect();
        AccountLimits { others, own }
    }

    /// Whether nobody is limited.
    pub fn is_none(&self) -> bool {
        self.others.is_empty() && self.own.values().all(Limits::is_empty)
    }

    pub fn of(&self, account: &str) -> &Limits {
        self.own.get(account).unwrap_or(&self.others)
    }

    pub fn get(&self, account: &str, limit: Limit) -> Option<u64> {
        self.of(account).get(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Machine = Machine { processors: 2, connections: 1000, table_bytes: 4096 };

    #[test]
    fn accounts_have_what_they_were_given_and_else_the_defaults() {
        let given = BTreeMap::from([
            (
                "111111111111".to_owned(),
                LimitOverrides::from([(Limit::Calls, Some(7)), (Limit::Bytes, None)]),
            ),
            ("000000000000".to_owned(), LimitOverrides::from([(Limit::Streams, Some(3))])),
        ]);
        let limits = AccountLimits::new("000000000000", &given, MACHINE);
        let of = |account: &str| Limit::ALL.map(|limit| limits.get(account, limit));
        let defaults = [1000, 32 << 20, 125, 500, 1 << 40, 1_000, 5_000, 1024, 1000, 62].map(Some);
        assert_eq!(of("222222222222"), defaults);
        let mut own = defaults;
        (own[0], own[1]) = (Some(7), None);
        assert_eq!(of("111111111111"), own);
        let mut operators = [None; 10];
        operators[5] = Some(3);
        assert_eq!(of("000000000000"), operators, "the operator's account is limited by what it is given");
        assert!(AccountLimits::none().is_none() && !limits.is_none());
        // One account that is limited is enough, where the others are not.
        let one = BTreeMap::from([(
            "111111111111".to_owned(),
            Limits::default().with(&LimitOverrides::from([(Limit::Calls, Some(7))])),
        )]);
        assert!(!AccountLimits { others: Limits::default(), own: one }.is_none());
    }

    #[test]
    fn limits_are_stored_under_the_names_that_they_are_set_by() {
        for limit in Limit::ALL {
            assert_eq!(serde_json::to_string(&limit).unwrap(), format!("\"{limit}\""));
            assert_eq!(Limit::parse(limit.as_str()), Some(limit));
            assert_eq!(limit.is_of_bytes(), limit.as_str().contains("bytes"), "{limit}");
        }
    }
}
