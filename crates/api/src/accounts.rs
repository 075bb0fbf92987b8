//! What each account, and each user and role of it, takes of the service at the moment, and no more than it may: calls and
//! bytes a second, connections, subscriptions. The numbers are `access`'s ([`AccountLimits`]).
//!
//! A connection is whose requests come on it; where several send theirs on one, it is the latest one's. Who is over a rate
//! is told so, and slowed ([`pace`](crate::pace)).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flumen_access::limits::Limits;
use flumen_access::{AccountLimits, Limit, Principal};
use flumen_protocol::{ErrorCode, Fault, sign};
use flumen_types::Bucket;
use http::HeaderMap;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::pace::Pace;
use crate::peer::Peer;
use crate::{Api, peer};

/// Users and roles that are remembered though they have no connection. Beyond it, those that are within their rate are
/// forgotten, as that says nothing.
const REMEMBERED_MAX: usize = 4096;

/// What an account whose calls are not limited is taken to make a second, where it sends and receives too much.
const CALLS_WITHOUT_LIMIT: u64 = 10_000;

/// All accounts with limits.
pub(crate) struct Accounts {
    /// Nobody has any.
    is_unlimited: bool,
    limits: AccountLimits,
    known: Mutex<AccountMap>,
}

#[derive(Default)]
struct AccountMap {
    accounts: HashMap<Box<str>, Arc<Account>>,
    /// Users, roles and roots by their ARNs.
    parties: HashMap<Box<str>, Arc<Party>>,
}

/// An account that is limited.
pub(crate) struct Account {
    id: Box<str>,
    limits: Limits,
    /// What time is counted from: a clock that is set back must not keep buckets from filling.
    since: Instant,
    rates: Mutex<AccountBuckets>,
    connections: AtomicU64,
    subscriptions: AtomicU64,
    /// Refused, by limit.
    refused: [AtomicU64; Limit::ALL.len()],
}

struct AccountBuckets {
    calls: Option<Bucket>,
    bytes: Option<Bucket>,
}

/// A user, a role with all its sessions, or a root, of a limited account.
pub(crate) struct Party {
    arn: Box<str>,
    account: Arc<Account>,
    calls: Option<Mutex<Bucket>>,
    connections: AtomicU64,
}

/// Whose a connection is. Clones are of the same connection.
#[derive(Clone, Debug, Default)]
pub struct ConnectionOwner(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    holder: Mutex<Option<Holder>>,
    pace: Pace,
}

#[derive(Debug)]
struct Holder {
    principal: Arc<Principal>,
    /// Where it is limited.
    guard: Option<ConnectionGuard>,
}

/// One connection of those that a party may have; given back when dropped.
struct ConnectionGuard(Arc<Party>);

/// One subscription of those that an account may have; given back when dropped.
pub(crate) struct Subscription(Arc<Account>);

/// Too much of something.
struct Over {
    limit: Limit,
    value: u64,
    party: Arc<Party>,
}

impl Accounts {
    pub fn new(limits: AccountLimits) -> Self {
        Accounts { is_unlimited: limits.is_none(), limits, known: Mutex::default() }
    }

    /// Nothing where its account has no limits.
    fn party(&self, principal: &Principal) -> Option<Arc<Party>> {
        let limits = self.limits.of(principal.account());
        if limits.is_empty() {
            return None;
        }
        let mut known = self.known.lock();
        if let Some(party) = known.parties.get(principal.policy_arn()) {
            return Some(party.clone());
        }
        if known.parties.len() >= REMEMBERED_MAX {
            known.parties.retain(|_, party| Arc::strong_count(party) > 1 || !party.is_within());
        }
        let account = match known.accounts.get(principal.account()) {
            Some(account) => account.clone(),
            None => {
                let account = Arc::new(Account::new(principal.account(), limits.clone()));
                known.accounts.insert(principal.account().into(), account.clone());
                account
            }
        };
        let party = Arc::new(Party::new(principal.policy_arn(), account));
        known.parties.insert(principal.policy_arn().into(), party.clone());
        Some(party)
    }

    /// How often accounts were refused something, by account and limit.
    pub fn refused(&self) -> Vec<(Box<str>, Limit, u64)> {
        let accounts: Vec<Arc<Account>> = self.known.lock().accounts.values().cloned().collect();
        let of_account = |account: &Arc<Account>| {
            let counts = Limit::ALL.into_iter().zip(&account.refused);
            let counts = counts.map(|(limit, count)| (limit, count.load(Ordering::Relaxed)));
            let refused = counts.filter(|(_, count)| *count > 0);
            refused.map(|(limit, count)| (account.id.clone(), limit, count)).collect::<Vec<_>>()
        };
        accounts.iter().flat_map(of_account).collect()
    }
}

impl Account {
    fn new(id: &str, limits: Limits) -> Self {
        let bucket = |limit| limits.get(limit).map(|rate| Bucket::new(rate, rate));
        let rates = Mutex::new(AccountBuckets { calls: bucket(Limit::Calls), bytes: bucket(Limit::Bytes) });
        Account {
            id: id.into(),
            since: Instant::now(),
            rates,
            connections: AtomicU64::new(0),
            subscriptions: AtomicU64::new(0),
            refused: Default::default(),
            limits,
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Of this limit nothing is left.
    fn over(&self, limit: Limit) -> u64 {
        self.refused[limit as usize].fetch_add(1, Ordering::Relaxed);
        self.limits.get(limit).unwrap_or(u64::MAX)
    }

    /// One more of those that there are, if there may be.
    fn add(&self, limit: Limit, count: &AtomicU64) -> Result<(), u64> {
        let most = self.limits.get(limit).unwrap_or(u64::MAX);
        let more = |count| (count < most).then_some(count + 1);
        match count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.over(limit)),
        }
    }
}

impl Party {
    fn new(arn: &str, account: Arc<Account>) -> Self {
        let calls = account.limits.get(Limit::PrincipalCalls).map(|rate| Mutex::new(Bucket::new(rate, rate)));
        Party { arn: arn.into(), account, calls, connections: AtomicU64::new(0) }
    }

    fn is_within(&self) -> bool {
        self.calls.as_ref().is_none_or(|calls| calls.lock().is_full(self.account.now_ms()))
    }

    fn over(self: &Arc<Self>, limit: Limit, value: u64) -> Over {
        Over { limit, value, party: self.clone() }
    }

    /// One connection more.
    fn connect(self: &Arc<Self>) -> Result<ConnectionGuard, Over> {
        let account = &self.account;
        account
            .add(Limit::PrincipalConnections, &self.connections)
            .map_err(|value| self.over(Limit::PrincipalConnections, value))?;
        if let Err(value) = account.add(Limit::Connections, &account.connections) {
            self.connections.fetch_sub(1, Ordering::Relaxed);
            return Err(self.over(Limit::Connections, value));
        }
        Ok(ConnectionGuard(self.clone()))
    }

    /// One call more, whose body has so many bytes. What is refused takes nothing of any rate.
    fn call(self: &Arc<Self>, bytes: usize) -> Result<(), Over> {
        let now_ms = self.account.now_ms();
        let over = |limit| Err(self.over(limit, self.account.over(limit)));
        let mut own = self.calls.as_ref().map(Mutex::lock);
        if let Some(own) = &mut own {
            own.refill(now_ms);
            if !own.has(1) {
                return over(Limit::PrincipalCalls);
            }
        }
        let AccountBuckets { calls, bytes: all_bytes } = &mut *self.account.rates.lock();
        if let Some(all_bytes) = all_bytes {
            all_bytes.refill(now_ms);
            if all_bytes.is_empty() {
                return over(Limit::Bytes);
            }
        }
        if calls.as_mut().is_some_and(|calls| !calls.try_take(1, now_ms)) {
            return over(Limit::Calls);
        }
        if let Some(own) = &mut own {
            own.take(1);
        }
        if let Some(all_bytes) = all_bytes {
            all_bytes.take(bytes as u64);
        }
        Ok(())
    }

    /// Bytes of an answer, which is sent in any case.
    pub fn sent(&self, bytes: usize) {
        if let Some(all_bytes) = &mut self.account.rates.lock().bytes {
            all_bytes.take(bytes as u64);
        }
    }

    /// How long what is pushed to this account has to wait.
    pub fn pause(&self) -> Option<Duration> {
        let mut rates = self.account.rates.lock();
        let bytes = rates.bytes.as_mut()?;
        bytes.refill(self.account.now_ms());
        bytes.empty_for()
    }

    /// One subscription more.
    pub fn subscribe(&self) -> Result<Subscription, Fault> {
        let account = &self.account;
        match account.add(Limit::Subscriptions, &account.subscriptions) {
            Ok(()) => Ok(Subscription(account.clone())),
            Err(most) => {
                let text = format!("Account {} has {most} subscriptions, which is its limit.", account.id);
                Err(Fault::new(ErrorCode::LimitExceededException, text))
            }
        }
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
        self.0.account.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for ConnectionGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.arn.fmt(f)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.subscriptions.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Over {
    /// As AWS words it where calls come too fast.
    fn fault(&self) -> Fault {
        let Over { limit, value, party } = self;
        let account = &party.account.id;
        let text = match limit {
            Limit::PrincipalCalls => format!("Rate exceeded: {} may make {value} calls a second.", party.arn),
            Limit::Calls => format!("Rate exceeded: account {account} may make {value} calls a second."),
            Limit::Bytes => {
                format!("Rate exceeded: account {account} may send and receive {value} bytes a second.")
            }
            Limit::PrincipalConnections => {
                format!("Rate exceeded: {} has {value} connections, which is its limit.", party.arn)
            }
            _ => format!("Rate exceeded: account {account} has {value} connections, which is its limit."),
        };
        Fault::new(ErrorCode::ThrottlingException, text)
    }

    /// The rate of calls that is shared, and by how many connections.
    fn shared(&self) -> (u64, u64) {
        let Party { account, connections, .. } = &*self.party;
        let of_account = (account.limits.get(Limit::Calls), &account.connections);
        let (rate, connections) = match self.limit {
            Limit::PrincipalCalls => (Some(self.value), connections),
            _ => of_account,
        };
        (rate.unwrap_or(CALLS_WITHOUT_LIMIT), connections.load(Ordering::Relaxed))
    }

    fn is_of_connections(&self) -> bool {
        matches!(self.limit, Limit::Connections | Limit::PrincipalConnections)
    }
}

/// A call is refused, for what its caller takes already.
pub(crate) struct Refused {
    pub fault: Fault,
    /// The connection is one too many.
    pub close: bool,
}

impl ConnectionOwner {
    pub(crate) fn pace(&self) -> &Pace {
        &self.0.pace
    }

    /// Lets a call in that came on this connection.
    fn call(
        &self,
        accounts: &Accounts,
        principal: &Arc<Principal>,
        bytes: usize,
    ) -> Result<Option<Arc<Party>>, Over> {
        let mut holder = self.0.holder.lock();
        let is_same = |holder: &Holder| {
            Arc::ptr_eq(&holder.principal, principal)
                || holder.principal.policy_arn() == principal.policy_arn()
        };
        let owner = match &*holder {
            Some(owner) if is_same(owner) => owner,
            _ => {
                // First given back: the new one may be of the same account, at its limit.
                *holder = None;
                let guard = accounts.party(principal).map(|party| party.connect()).transpose()?;
                holder.insert(Holder { principal: principal.clone(), guard })
            }
        };
        let Some(ConnectionGuard(party)) = &owner.guard else { return Ok(None) };
        party.call(bytes)?;
        Ok(Some(party.clone()))
    }
}

impl Api {
    /// Waits where what comes on this connection is slowed. For before anything of the request is read.
    pub async fn pace(&self, from: &Peer, headers: &HeaderMap) {
        if let Peer::Connection(peer::Connection { owner, .. }) = from
            && let Some(wait) = owner.pace().wait(headers)
        {
            tokio::time::sleep(wait).await;
        }
    }

    /// Lets a call in whose caller is known, if it is within what the caller may take. Callers from inside take what they
    /// need.
    pub(crate) fn admit(
        &self,
        from: &Peer,
        principal: &Arc<Principal>,
        headers: &HeaderMap,
        bytes: usize,
    ) -> Result<Option<Arc<Party>>, Refused> {
        let Peer::Connection(peer::Connection { owner, .. }) = from else { return Ok(None) };
        owner.pace().is_known();
        if self.accounts.is_unlimited {
            return Ok(None);
        }
        owner.call(&self.accounts, principal, bytes).map_err(|over| {
            if let Some(key) = sign::access_key(headers) {
                let (rate, connections) = over.shared();
                owner.pace().slow_key(key, rate, connections);
            }
            Refused { fault: over.fault(), close: over.is_of_connections() }
        })
    }

    /// How often accounts were refused something for what they take, by account and limit.
    pub fn over_limits(&self) -> Vec<(Box<str>, Limit, u64)> {
        self.accounts.refused()
    }
}

#[cfg(test)]
mod tests;
