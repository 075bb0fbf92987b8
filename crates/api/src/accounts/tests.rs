use std::collections::BTreeMap;

use flumen_access::limits::{LimitOverrides, Machine};

use super::*;

const OPERATOR: &str = "000000000000";
const TENANT: &str = "111111111111";

fn accounts(given: impl IntoIterator<Item = (Limit, u64)>) -> Accounts {
    let given: LimitOverrides = given.into_iter().map(|(limit, value)| (limit, Some(value))).collect();
    let given = BTreeMap::from([(TENANT.to_owned(), given)]);
    let machine = Machine { processors: 1, connections: 80, table_bytes: 1 << 20 };
    Accounts::new(AccountLimits::new(OPERATOR, &given, machine))
}

fn user(name: &str) -> Arc<Principal> {
    Arc::new(Principal::user(TENANT, "/", name, "AIDA", BTreeMap::new()))
}

fn call(accounts: &Accounts, owner: &ConnectionOwner, principal: &Arc<Principal>) -> Result<(), String> {
    let called = owner.call(accounts, principal, 10);
    called.map(drop).map_err(|over| over.fault().message.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn who_calls_too_often_takes_nothing_from_others() {
    let accounts = accounts([(Limit::PrincipalCalls, 5), (Limit::Calls, 8)]);
    let (ana, bo, owner) =
        (user("ana"), user("bo"), [ConnectionOwner::default(), ConnectionOwner::default()]);
    let calls = |who, owner| (0..20).filter(|_| call(&accounts, owner, who).is_ok()).count();
    assert_eq!(calls(&ana, &owner[0]), 5);
    let why = call(&accounts, &owner[0], &ana).unwrap_err();
    assert_eq!(why, "Rate exceeded: arn:aws:iam::111111111111:user/ana may make 5 calls a second.");
    assert_eq!(calls(&bo, &owner[1]), 3, "what ana was refused is not counted for the account");
    let why = call(&accounts, &owner[1], &bo).unwrap_err();
    assert_eq!(why, "Rate exceeded: account 111111111111 may make 8 calls a second.");
    let operator = Arc::new(Principal::root(OPERATOR));
    assert!((0..1000).all(|_| call(&accounts, &owner[1], &operator).is_ok()));
    tokio::time::advance(Duration::from_secs(1)).await;
    // On a new connection it is the same user.
    assert_eq!(calls(&ana, &ConnectionOwner::default()), 5);
    let refused = accounts.refused();
    assert!(refused.iter().all(|(account, ..)| &**account == TENANT), "{refused:?}");
    let counts: Vec<_> = refused.iter().map(|&(_, limit, count)| (limit, count)).collect();
    assert_eq!(counts, [(Limit::Calls, 17 + 1), (Limit::PrincipalCalls, 15 + 1 + 15)]);
}

#[tokio::test(start_paused = true)]
async fn a_user_is_the_same_after_a_change_of_identities() {
    let accounts = accounts([(Limit::PrincipalCalls, 2)]);
    let owner = ConnectionOwner::default();
    // As after a change of identities: the same user, made anew.
    assert!(call(&accounts, &owner, &user("ana")).is_ok() && call(&accounts, &owner, &user("ana")).is_ok());
    assert!(call(&accounts, &owner, &user("ana")).is_err());
    assert!(call(&accounts, &owner, &user("bo")).is_ok());
}

#[tokio::test(start_paused = true)]
async fn connections_are_whose_requests_come_on_them() {
    let accounts = accounts([(Limit::PrincipalConnections, 2), (Limit::Connections, 3)]);
    let (ana, bo) = (user("ana"), user("bo"));
    let owner: [ConnectionOwner; 4] = Default::default();
    assert!(call(&accounts, &owner[0], &ana).is_ok() && call(&accounts, &owner[1], &ana).is_ok());
    let why = call(&accounts, &owner[2], &ana).unwrap_err();
    assert_eq!(
        why,
        "Rate exceeded: arn:aws:iam::111111111111:user/ana has 2 connections, which is its limit."
    );
    assert!(call(&accounts, &owner[2], &bo).is_ok());
    let why = call(&accounts, &owner[3], &bo).unwrap_err();
    assert_eq!(why, "Rate exceeded: account 111111111111 has 3 connections, which is its limit.");
    assert!(owner[3].call(&accounts, &bo, 0).is_err_and(|over| over.is_of_connections()));
    // A connection on which somebody else's requests come is theirs.
    assert!(call(&accounts, &owner[0], &bo).is_ok());
    assert!(call(&accounts, &owner[3], &ana).is_err(), "the account has three still");
    let [first, ..] = owner;
    drop(first);
    assert!(call(&accounts, &ConnectionOwner::default(), &ana).is_ok());
    assert!(call(&accounts, &ConnectionOwner::default(), &bo).is_ok(), "the one before is gone again");
}

#[tokio::test(start_paused = true)]
async fn bytes_both_ways_are_of_the_account() {
    let accounts = accounts([(Limit::Bytes, 1000)]);
    let (ana, owner) = (user("ana"), ConnectionOwner::default());
    let party = owner.call(&accounts, &ana, 900).ok().unwrap().unwrap();
    assert_eq!(party.pause(), None);
    party.sent(2100);
    let why = call(&accounts, &owner, &ana).unwrap_err();
    assert_eq!(why, "Rate exceeded: account 111111111111 may send and receive 1000 bytes a second.");
    // It owes 2,000, and is let in again with the first byte that is its own.
    assert_eq!(party.pause(), Some(Duration::from_millis(2001)));
    tokio::time::advance(Duration::from_millis(1999)).await;
    assert!(call(&accounts, &owner, &ana).is_err());
    tokio::time::advance(Duration::from_millis(2)).await;
    assert!(call(&accounts, &owner, &ana).is_ok());
}

#[tokio::test(start_paused = true)]
async fn subscriptions_are_of_the_account() {
    let accounts = accounts([(Limit::Subscriptions, 2)]);
    let (ana, bo) = (ConnectionOwner::default(), ConnectionOwner::default());
    let ana = ana.call(&accounts, &user("ana"), 0).ok().unwrap().unwrap();
    let bo = bo.call(&accounts, &user("bo"), 0).ok().unwrap().unwrap();
    let first = ana.subscribe().ok().unwrap();
    let _second = bo.subscribe().ok().unwrap();
    let fault = ana.subscribe().err().unwrap();
    assert_eq!(fault.code, ErrorCode::LimitExceededException);
    assert_eq!(
        fault.message.as_deref(),
        Some("Account 111111111111 has 2 subscriptions, which is its limit.")
    );
    drop(first);
    assert!(bo.subscribe().is_ok());
}

#[tokio::test(start_paused = true)]
async fn users_of_long_ago_are_forgotten() {
    let accounts = accounts([(Limit::Calls, 1 << 20)]);
    for n in 0..2 * REMEMBERED_MAX {
        call(&accounts, &ConnectionOwner::default(), &user(&n.to_string())).unwrap();
        tokio::time::advance(Duration::from_millis(10)).await;
        assert!(accounts.known.lock().parties.len() <= REMEMBERED_MAX);
    }
}
