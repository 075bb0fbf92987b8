//! Events through restarts, and finding them.

use std::sync::Arc;
use std::time::Duration;

use flumen_audit::{
    Attribute, Attributes, Audit, AuditSettings, Carried, Completeness, Event, Identity, Lookup, PageToken,
    Resource, new_event_id,
};
use flumen_seal::Seal;
use flumen_storage::{MemoryDisk, Storage};
use flumen_types::{Clock, ManualClock};
use proptest::prelude::*;

const NOW_MS: u64 = 1_700_000_000_000;

/// An audit that is opened again and again.
struct Kept {
    disk: Arc<MemoryDisk>,
    seal: Seal,
    clock: Clock,
    hand: ManualClock,
}

impl Kept {
    fn new() -> Kept {
        let (clock, hand) = Clock::manual(NOW_MS);
        Kept { disk: Arc::default(), seal: Seal::in_memory().unwrap(), clock, hand }
    }

    async fn open(&self) -> (Storage, Audit) {
        let storage =
            Storage::open_on(self.disk.clone(), flumen_storage::StorageSettings::default()).unwrap();
        let settings = AuditSettings::default();
        let (clock, seal) = (self.clock.clone(), self.seal.clone());
        let audit = Audit::open(storage.clone(), clock, seal, Carried::default(), settings).await.unwrap();
        (storage, audit)
    }
}

/// A call by a user on a stream.
fn line(id: &str, at_ms: u64, user: &str, name: &str, denied: bool) -> Box<str> {
    let identity = Identity { kind: "IAMUser", user_name: Some(user.to_owned()), ..Identity::default() };
    let resources = [Resource::of_arn("arn:aws:kinesis:us-east-1:000000000000:stream/s")];
    Event {
        id,
        at_ms,
        identity: &identity,
        source: "kinesis.amazonaws.com",
        name,
        region: "us-east-1",
        from: "10.0.0.7",
        user_agent: Some("a test"),
        error: denied.then_some(("AccessDeniedException", None)),
        parameters: None,
        response: None,
        additional: None,
        request_id: None,
        read_only: false,
        resources: &resources,
        is_call: true,
        is_management: true,
        account: "000000000000",
        endpoint: None,
        tls: None,
        decided: None,
    }
    .line()
}

fn tell(audit: &Audit, at_ms: u64, name: &str) -> String {
    let id = new_event_id(at_ms);
    audit.tell(&id, at_ms, &line(&id, at_ms, "ana", name, false), Completeness::AtItsEnd);
    id
}

fn everything() -> Lookup {
    Lookup { to_ms: u64::MAX, ..Lookup::default() }
}

/// The names of the events of a lookup, over all its pages.
async fn names(audit: &Audit, lookup: &Lookup) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let found = audit.lookup(lookup, after, 3).await.unwrap();
        for event in &found.events {
            names.push(Attributes::of(&event.text).unwrap().event_name.into_owned());
        }
        after = found.next;
        if after.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn what_was_made_durable_is_there_after_a_crash_and_what_was_not_is_not() {
    let kept = Kept::new();
    let (storage, audit) = kept.open().await;
    tell(&audit, NOW_MS, "First");
    assert_eq!(names(&audit, &everything()).await, ["First"], "it is found at once");
    audit.flush().await.unwrap();
    tell(&audit, NOW_MS + 1, "Second");
    storage.close().await;
    drop((audit, storage));
    let (_storage, audit) = kept.open().await;
    assert_eq!(names(&audit, &everything()).await, ["First"]);
}

#[tokio::test]
async fn what_is_in_the_history_is_there_once() {
    let kept = Kept::new();
    for round in 0..3 {
        let (storage, audit) = kept.open().await;
        tell(&audit, NOW_MS + round * 10, "Old");
        audit.rotate().await.unwrap();
        tell(&audit, NOW_MS + round * 10 + 1, "New");
        audit.flush().await.unwrap();
        storage.close().await;
    }
    let (_storage, audit) = kept.open().await;
    assert_eq!(names(&audit, &everything()).await, ["New", "Old", "New", "Old", "New", "Old"]);
    let first = audit.chunk(0).await.unwrap().unwrap();
    assert_eq!(first.events.len(), 1);
    let second = audit.chunk(first.position + 1).await.unwrap().unwrap();
    assert_eq!(second.events.len(), 2, "what was recent when it was closed, too");
}

/// Writing a chunk and forgetting what is in it are two steps.
#[tokio::test]
async fn a_crash_behind_a_chunk_makes_no_event_come_twice() {
    let kept = Kept::new();
    let (storage, audit) = kept.open().await;
    tell(&audit, NOW_MS, "First");
    audit.flush().await.unwrap();
    // The chunk is written, and then the log takes nothing more.
    let recent = storage.log(flumen_machine::names::AUDIT_RECENT).unwrap();
    storage.seal(&[recent.id()]).await.unwrap();
    audit.rotate().await.unwrap_err();
    storage.close().await;
    drop((audit, storage, recent));
    let (_storage, audit) = kept.open().await;
    assert_eq!(names(&audit, &everything()).await, ["First"]);
    assert!(audit.chunk(0).await.unwrap().is_some(), "it is in the history");
}

#[tokio::test]
async fn what_belongs_to_a_call_that_goes_on_is_not_in_the_history_yet() {
    let kept = Kept::new();
    let (storage, audit) = kept.open().await;
    tell(&audit, NOW_MS, "First");
    let id = new_event_id(NOW_MS);
    let text = line(&id, NOW_MS, "ana", "CreateStream", false);
    audit.tell(&id, NOW_MS, &text, Completeness::ByCommand);
    tell(&audit, NOW_MS + 1, "Second");
    audit.rotate_settled().await.unwrap();
    let first = audit.chunk(0).await.unwrap().unwrap();
    assert_eq!(first.events.len(), 1);
    storage.close().await;
    drop((audit, storage));
    let (_storage, audit) = kept.open().await;
    assert_eq!(names(&audit, &everything()).await, ["Second", "CreateStream", "First"], "none is lost");
    audit.tell(&id, NOW_MS + 2, &text, Completeness::AtItsEnd);
    audit.rotate_settled().await.unwrap();
    assert_eq!(names(&audit, &everything()).await, ["CreateStream", "Second", "First"], "each is there once");
    let second = audit.chunk(first.position + 1).await.unwrap().unwrap();
    assert_eq!(second.events.len(), 2);
}

#[tokio::test]
async fn whoever_never_ends_holds_up_no_others() {
    let kept = Kept::new();
    let (_storage, audit) = kept.open().await;
    let id = new_event_id(NOW_MS);
    audit.tell(&id, NOW_MS, &line(&id, NOW_MS, "ana", "CreateStream", false), Completeness::ByCommand);
    tell(&audit, NOW_MS + 1, "Second");
    audit.rotate_settled().await.unwrap();
    assert!(audit.chunk(0).await.unwrap().is_none());
    kept.hand.advance_ms(20_000);
    audit.rotate_settled().await.unwrap();
    assert_eq!(audit.chunk(0).await.unwrap().unwrap().events.len(), 2);
}

#[tokio::test]
async fn an_event_is_found_by_what_it_has() {
    let kept = Kept::new();
    let (_storage, audit) = kept.open().await;
    let id = tell(&audit, NOW_MS, "CreateStream");
    let denied = new_event_id(NOW_MS + 1);
    audit.tell(
        &denied,
        NOW_MS + 1,
        &line(&denied, NOW_MS + 1, "bob", "DeleteStream", true),
        Completeness::AtItsEnd,
    );
    for _ in 0..2 {
        let by = async |attribute, value: &str| {
            let attributes = vec![(attribute, value.to_owned())];
            names(&audit, &Lookup { attributes, ..everything() }).await
        };
        assert_eq!(by(Attribute::EventId, &id).await, ["CreateStream"]);
        assert_eq!(by(Attribute::UserName, "bob").await, ["DeleteStream"]);
        assert_eq!(by(Attribute::Denied, "").await, ["DeleteStream"]);
        assert_eq!(by(Attribute::ResourceName, "s").await, ["DeleteStream", "CreateStream"]);
        assert_eq!(by(Attribute::ResourceType, "AWS::Kinesis::Stream").await.len(), 2);
        assert_eq!(by(Attribute::EventName, "ListStreams").await, [""; 0]);
        assert_eq!(by(Attribute::EventId, "no id of ours").await, [""; 0]);
        let elsewhere = Some(("000000000000".to_owned(), "eu-west-1".to_owned()));
        assert_eq!(names(&audit, &Lookup { place: elsewhere, ..everything() }).await, [""; 0]);
        // And once more where it is in the history.
        audit.rotate().await.unwrap();
    }
}

#[tokio::test]
async fn the_history_is_kept_for_as_long_as_is_set() {
    let kept = Kept::new();
    let (_storage, audit) = kept.open().await;
    tell(&audit, NOW_MS, "Old");
    audit.rotate().await.unwrap();
    let later_ms = kept.hand.advance_ms(AuditSettings::default().age_max_ms + 1000);
    tell(&audit, later_ms, "New");
    audit.rotate().await.unwrap();
    assert_eq!(names(&audit, &everything()).await, ["New"]);
}

/// While it is polled, what is told becomes durable, without anybody asking for it.
#[tokio::test]
async fn what_is_told_is_written() {
    let kept = Kept::new();
    let (storage, audit) = kept.open().await;
    let running = tokio::spawn(audit.clone().run());
    tell(&audit, NOW_MS, "First");
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while audit.status().waiting_bytes > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap();
    running.abort();
    storage.close().await;
    drop((audit, storage, running.await));
    let (_storage, audit) = kept.open().await;
    assert_eq!(names(&audit, &everything()).await, ["First"]);
}

/// A step of a history.
#[derive(Clone, Debug)]
enum Step {
    Tell { late_ms: u64, user: u8, name: u8, denied: bool },
    Flush,
    Rotate,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let tell = (0..3u64, 0..3u8, 0..4u8, any::<bool>());
    let tell = tell.prop_map(|(late_ms, user, name, denied)| Step::Tell { late_ms, user, name, denied });
    let step =
        prop_oneof![8 => tell, 1 => Just(Step::Flush), 2 => Just(Step::Rotate), 1 => Just(Step::Reopen)];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is asked for, in pages of whatever size, is what a look at all events gives, the newest first.
    #[test]
    fn pages_are_what_a_look_at_everything_gives(
        steps in steps(),
        user in prop::option::of(0..3u8),
        name in prop::option::of(0..4u8),
        denied in any::<bool>(),
        limit in 1..5usize,
        span in (0..40u64, 0..60u64),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kept = Kept::new();
            let (mut storage, mut audit) = kept.open().await;
            let mut all = Vec::new();
            for (n, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Tell { late_ms, user, name, denied } => {
                        let at_ms = NOW_MS + (n as u64).saturating_sub(late_ms);
                        let id = new_event_id(at_ms);
                        let text = line(&id, at_ms, &user.to_string(), &name.to_string(), denied);
                        audit.tell(&id, at_ms, &text, Completeness::AtItsEnd);
                        all.push((PageToken { at_ms, id }, user, name, denied));
                    }
                    Step::Flush => audit.flush().await.unwrap(),
                    Step::Rotate => audit.rotate().await.unwrap(),
                    Step::Reopen => {
                        audit.flush().await.unwrap();
                        storage.close().await;
                        drop((audit, storage));
                        (storage, audit) = kept.open().await;
                    }
                }
            }
            let (from_ms, to_ms) = (NOW_MS + span.0, NOW_MS + span.0 + span.1);
            let mut wanted: Vec<PageToken> = all.into_iter()
                .filter(|(at, ..)| (from_ms..=to_ms).contains(&at.at_ms))
                .filter(|(_, u, n, d)| {
                    user.is_none_or(|user| user == *u) && name.is_none_or(|name| name == *n) && (!denied || *d)
                })
                .map(|(at, ..)| at)
                .collect();
            wanted.sort_by(|a, b| b.cmp(a));
            let mut attributes = Vec::new();
            attributes.extend(user.map(|user| (Attribute::UserName, user.to_string())));
            attributes.extend(name.map(|name| (Attribute::EventName, name.to_string())));
            attributes.extend(denied.then(|| (Attribute::Denied, String::new())));
            let lookup = Lookup { attributes, from_ms, to_ms, ..Lookup::default() };
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = audit.lookup(&lookup, after, limit).await.unwrap();
                assert!(page.events.len() <= limit);
                let at = |text: &str| Attributes::of(text).unwrap().id.into_owned();
                found.extend(page.events.iter().map(|e| PageToken { at_ms: e.at_ms, id: at(&e.text) }));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, wanted);
        });
    }
}
