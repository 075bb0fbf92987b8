use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use flumen_machine::Carried;
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_types::{Clock, ManualClock, Realm};
use serde_json::Value;

use super::*;
use crate::sums::{Called, Retention};
use crate::trails::{Changes, NewTrail, Trails};
use crate::{AuditSettings, Completeness, Object, new_event_id};

const NOW_MS: u64 = 1_700_000_000_000;
const OPERATOR: &str = "000000000000";
const ACCOUNT: &str = "111111111111";
const HOUR_MS: u64 = 3_600_000;
const EVERY: Every = Every {
    file: Duration::from_secs(300),
    digest: Duration::from_secs(3600),
    age_max_ms: 90 * 24 * HOUR_MS,
    bytes_max: 1 << 30,
};

struct Delivered {
    storage: Storage,
    clock: Clock,
    hand: ManualClock,
    seal: Seal,
    objects: Arc<Objects>,
    deliverer: Deliverer,
}

impl Delivered {
    async fn start(objects: Objects) -> Self {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let (clock, hand) = Clock::manual(NOW_MS);
        let (seal, objects) = (Seal::in_memory().unwrap(), Arc::new(objects));
        let deliverer = opened(&storage, &clock, &seal, &objects, OPERATOR).await;
        Delivered { storage, clock, hand, seal, objects, deliverer }
    }

    async fn in_memory() -> Self {
        Delivered::start(Objects::in_memory(1 << 30)).await
    }

    /// As after a crash: only what is on the logs and among the objects is known.
    async fn again(&mut self) {
        self.deliverer = opened(&self.storage, &self.clock, &self.seal, &self.objects, OPERATOR).await;
    }

    fn trails(&self) -> &Trails {
        self.deliverer.trails()
    }

    async fn create(&self, region: &str, name: &str, is_multi_region: bool) -> TrailArn {
        let (bucket, has_global, is_validated) = ("logs".to_owned(), true, true);
        let name = name.to_owned();
        let new = NewTrail { name, bucket, is_multi_region, has_global, is_validated, ..Default::default() };
        let realm = Realm { account: ACCOUNT.to_owned(), region: region.to_owned() };
        let arn = self.trails().create(Origin::default(), &realm, &new).await.unwrap().arn.clone();
        self.deliverer.start(Origin::default(), &arn).await.unwrap();
        arn
    }

    /// An event of a call that ends now, a millisecond after the one before.
    fn call(&self, account: &str, region: &str, name: &str) {
        let at_ms = self.hand.advance_ms(1);
        let id = new_event_id(at_ms);
        let line = format!(
            "{{\"userIdentity\":{{\"type\":\"Root\"}},\"eventTime\":\"{}\",\"eventSource\":\"kinesis.amazonaws.com\",\
             \"eventName\":\"{name}\",\"awsRegion\":\"{region}\",\"eventID\":\"{id}\",\"readOnly\":false,\
             \"managementEvent\":true,\"recipientAccountId\":\"{account}\",\"flumen\":{{\"decision\":\"allowed\"}}}}",
            crate::time(at_ms)
        );
        self.deliverer.audit().tell(&id, at_ms, &line, Completeness::AtItsEnd);
    }

    fn keys(&self, bucket: &str) -> Vec<String> {
        self.objects.list(bucket, "", "", 10_000).unwrap().into_iter().map(|listed| listed.key).collect()
    }

    fn content(&self, bucket: &str, key: &str) -> (Object, Vec<u8>) {
        let object = self.objects.get(bucket, key).unwrap().unwrap();
        let mut content = Vec::new();
        GzDecoder::new(&object.content[..]).read_to_end(&mut content).unwrap();
        (object, content)
    }

    /// Names of events in the files of a bucket, by the region of the file, as they stand there.
    fn events(&self, bucket: &str) -> BTreeMap<String, Vec<String>> {
        let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for key in self.keys(bucket).iter().filter(|key| key.contains("/CloudTrail/")) {
            let region = key.split('/').nth(3).unwrap().to_owned();
            let content: Value = serde_json::from_slice(&self.content(bucket, key).1).unwrap();
            let records = content["Records"].as_array().unwrap().iter();
            events
                .entry(region)
                .or_default()
                .extend(records.map(|of| of["eventName"].as_str().unwrap().to_owned()));
        }
        events
    }

    /// The digests of a trail in a region, oldest first: each has the hashes of its files and of the one before it, and all
    /// files of the region are in one.
    fn digests(&self, arn: &TrailArn, region: &str, bucket: &str) -> Vec<Value> {
        let part = format!("/CloudTrail-Digest/{region}/");
        let of_trail = format!("_{}_{}_", arn.name, arn.region);
        let keys = self.keys(bucket);
        let keys = keys.iter().filter(|key| key.contains(&part) && key.contains(&of_trail));
        let mut before: Option<(String, String)> = None;
        let mut digests = Vec::new();
        for key in keys {
            let (object, content) = self.content(bucket, key);
            let digest: Value = serde_json::from_slice(&content).unwrap();
            let (signature, hash) = (object.metadata["signature"].clone(), sha256(&content));
            if let (Some(previous), Some((known_hash, known))) =
                (digest["previousDigestSignature"].as_str(), &before)
            {
                assert_eq!(
                    (previous, digest["previousDigestHashValue"].as_str().unwrap()),
                    (&**known, &**known_hash)
                );
            }
            for file in digest["logFiles"].as_array().unwrap() {
                let (bucket, key) = (file["s3Bucket"].as_str().unwrap(), file["s3Object"].as_str().unwrap());
                assert_eq!(file["hashValue"].as_str().unwrap(), sha256(&self.content(bucket, key).1));
            }
            before = Some((hash, signature));
            digests.push(digest);
        }
        digests
    }

    /// Whether each log file of a bucket is in one digest, and once.
    fn assert_all_named(&self, bucket: &str) {
        let keys = self.keys(bucket);
        let mut named: Vec<String> = Vec::new();
        for key in keys.iter().filter(|key| key.contains("/CloudTrail-Digest/")) {
            let digest: Value = serde_json::from_slice(&self.content(bucket, key).1).unwrap();
            let files = digest["logFiles"].as_array().unwrap().iter();
            named.extend(files.map(|file| file["s3Object"].as_str().unwrap().to_owned()));
        }
        named.sort();
        let mut there: Vec<String> = keys.into_iter().filter(|key| key.contains("/CloudTrail/")).collect();
        there.sort();
        assert_eq!(named, there);
    }
}

async fn opened(
    storage: &Storage,
    clock: &Clock,
    seal: &Seal,
    objects: &Arc<Objects>,
    operator: &str,
) -> Deliverer {
    let (carried, settings) = (Carried::default(), AuditSettings::default());
    let audit =
        Audit::open(storage.clone(), clock.clone(), seal.clone(), carried.clone(), settings).await.unwrap();
    let trails = Trails::open(storage.clone(), clock.clone(), &carried).await.unwrap();
    let kept = Retention { age_ms: EVERY.age_max_ms, bytes: EVERY.bytes_max };
    let sums = Some(Sums::open(storage, seal.clone(), kept, clock.now_ms()).await.unwrap());
    let (objects, anchors, seal) = (objects.clone(), Anchors::default(), seal.clone());
    let delivery = Delivery { audit, trails, sums, objects, anchors, seal, every: EVERY };
    Deliverer::open(delivery, Some(operator)).await.unwrap()
}

fn sha256(content: &[u8]) -> String {
    crate::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content).as_ref())
}

fn names(events: &BTreeMap<String, Vec<String>>) -> Vec<(&str, Vec<&str>)> {
    events.iter().map(|(region, names)| (&**region, names.iter().map(|name| &**name).collect())).collect()
}

fn own(operator: &str) -> TrailArn {
    TrailArn { account: operator.to_owned(), region: "us-east-1".to_owned(), name: "flumen".to_owned() }
}

#[tokio::test]
async fn each_trail_has_the_events_that_are_its() {
    let server = Delivered::in_memory().await;
    let home = server.create("eu-west-1", "home", false).await;
    server.call(ACCOUNT, "eu-west-1", "CreateStream");
    server.call(ACCOUNT, "us-west-2", "SplitShard");
    server.call("222222222222", "eu-west-1", "DeleteStream");
    server.deliverer.pass(true).await;
    assert_eq!(names(&server.events("logs")), [("eu-west-1", vec!["CreateStream"])]);
    let all = [("eu-west-1", vec!["CreateStream", "DeleteStream"]), ("us-west-2", vec!["SplitShard"])];
    assert_eq!(names(&server.events("flumen-audit")), all);
    let raw = |bucket: &str| {
        let keys = server.keys(bucket).into_iter().filter(|key| key.contains("/CloudTrail/"));
        keys.map(|key| String::from_utf8(server.content(bucket, &key).1).unwrap()).collect::<String>()
    };
    assert!(raw("flumen-audit").contains(r#""flumen":{"decision""#) && !raw("logs").contains("decision"));
    for (bucket, arn, region) in [("logs", &home, "eu-west-1"), ("flumen-audit", &own(OPERATOR), "us-west-2")]
    {
        let digests = server.digests(arn, region, bucket);
        assert_eq!(digests.len(), 1);
        assert_eq!(digests[0]["previousDigestSignature"], Value::Null);
        assert_eq!(digests[0]["logFiles"].as_array().unwrap().len(), 1);
        server.assert_all_named(bucket);
    }
    let progress = server.trails().trail(&home).unwrap().1;
    assert!(progress.delivered_ms.is_some() && progress.digested_ms.is_some() && progress.pending.is_none());
}

#[tokio::test]
async fn digests_follow_each_other_also_without_files_and_over_restarts() {
    let mut server = Delivered::in_memory().await;
    let everywhere = server.create("us-east-1", "everywhere", true).await;
    for hour in 0..4 {
        if hour != 1 {
            server.call(ACCOUNT, "us-east-1", "CreateStream");
        }
        server.hand.advance_ms(HOUR_MS);
        server.deliverer.pass(true).await;
        server.again().await;
    }
    let digests = server.digests(&everywhere, "us-east-1", "logs");
    let files: Vec<usize> =
        digests.iter().map(|digest| digest["logFiles"].as_array().unwrap().len()).collect();
    assert_eq!(files, [1, 0, 1, 1]);
    assert!(digests[1..].iter().all(|digest| digest["previousDigestSignature"].is_string()), "one chain");
    server.assert_all_named("logs");
    // No time is in two digests or in none.
    for pair in digests.windows(2) {
        assert_eq!(pair[0]["digestEndTime"], pair[1]["digestStartTime"]);
    }
}

#[tokio::test]
async fn a_server_that_comes_again_makes_the_digest_when_the_last_one_would_have() {
    let mut server = Delivered::in_memory().await;
    server.create("eu-west-1", "home", false).await;
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let mut left = Vec::new();
    for passed in [0, 20, 39, 1, 1, 600] {
        server.hand.advance_ms(passed * 60_000);
        server.again().await;
        left.push(server.deliverer.until_digest());
    }
    assert_eq!(left, [60, 40, 1, 0, 0, 0].map(minutes));
    // The chains have a new hour.
    server.deliverer.pass(true).await;
    server.hand.advance_ms(10 * 60_000);
    assert_eq!(server.deliverer.until_digest(), minutes(50));
}

#[tokio::test]
async fn what_was_stopped_has_a_last_digest_and_begins_anew() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", false).await;
    server.call(ACCOUNT, "us-east-1", "CreateStream");
    server.hand.advance_ms(10);
    server.trails().stop(Origin::default(), &arn).await.unwrap();
    // Told after the end, and before the last file.
    server.call(ACCOUNT, "us-east-1", "SplitShard");
    server.deliverer.finish(&arn).await;
    assert_eq!(names(&server.events("logs")), [("us-east-1", vec!["CreateStream"])]);
    assert_eq!(server.digests(&arn, "us-east-1", "logs").len(), 1);
    server.call(ACCOUNT, "us-east-1", "DeleteStream");
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    assert_eq!(server.digests(&arn, "us-east-1", "logs").len(), 1, "nothing more comes");
    assert!(!server.trails().progress(&arn).unwrap().is_active);
    server.deliverer.start(Origin::default(), &arn).await.unwrap();
    server.call(ACCOUNT, "us-east-1", "MergeShards");
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    assert_eq!(names(&server.events("logs")), [("us-east-1", vec!["CreateStream", "MergeShards"])]);
    let digests = server.digests(&arn, "us-east-1", "logs");
    let begin: Vec<bool> = digests.iter().map(|digest| digest["previousDigestSignature"].is_null()).collect();
    assert_eq!(begin, [true, true]);
    server.assert_all_named("logs");
}

#[tokio::test]
async fn a_deleted_trail_is_gone_when_its_last_digest_is_there() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", false).await;
    server.call(ACCOUNT, "us-east-1", "CreateStream");
    server.trails().delete(Origin::default(), &arn).await.unwrap();
    server.deliverer.finish(&arn).await;
    assert!(server.trails().progress(&arn).is_err());
    assert_eq!(server.digests(&arn, "us-east-1", "logs").len(), 1);
    server.assert_all_named("logs");
    server.deliverer.keep_house().await;
    assert_eq!(server.trails().owner("logs").as_deref(), Some(ACCOUNT), "it holds something");
    let again = server.create("us-east-1", "ops", false).await;
    assert_eq!(again, arn);
}

#[tokio::test]
async fn an_empty_bucket_that_nobody_names_is_nobodys() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", false).await;
    let changes = Changes { bucket: Some("others".into()), ..Default::default() };
    server.trails().update(Origin::default(), &arn, &changes).await.unwrap();
    server.deliverer.keep_house().await;
    assert_eq!(server.trails().owner("logs"), None);
    assert_eq!(server.trails().owner("others").as_deref(), Some(ACCOUNT));
}

#[tokio::test]
async fn without_validation_there_are_files_and_no_digests() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", false).await;
    server.call(ACCOUNT, "us-east-1", "CreateStream");
    server.deliverer.pass(true).await;
    let validated = |is_validated| Changes { is_validated: Some(is_validated), ..Default::default() };
    server.trails().update(Origin::default(), &arn, &validated(false)).await.unwrap();
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let ended = server.digests(&arn, "us-east-1", "logs").len();
    server.call(ACCOUNT, "us-east-1", "DeleteStream");
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    assert_eq!((ended, server.digests(&arn, "us-east-1", "logs").len()), (2, 2));
    assert_eq!(names(&server.events("logs")), [("us-east-1", vec!["CreateStream", "DeleteStream"])]);
    server.trails().update(Origin::default(), &arn, &validated(true)).await.unwrap();
    server.call(ACCOUNT, "us-east-1", "MergeShards");
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let digests = server.digests(&arn, "us-east-1", "logs");
    assert_eq!(digests.len(), 3);
    assert_eq!(digests[2]["previousDigestSignature"], Value::Null);
}

#[tokio::test]
async fn a_trail_of_all_regions_that_becomes_one_of_home_ends_the_other_chains() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", true).await;
    server.call(ACCOUNT, "eu-west-1", "CreateStream");
    server.deliverer.pass(true).await;
    let home = Changes { is_multi_region: Some(false), ..Default::default() };
    server.trails().update(Origin::default(), &arn, &home).await.unwrap();
    server.call(ACCOUNT, "eu-west-1", "DeleteStream");
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    assert_eq!(server.digests(&arn, "eu-west-1", "logs").len(), 2);
    assert_eq!(server.digests(&arn, "us-east-1", "logs").len(), 3);
    assert_eq!(names(&server.events("logs")), [("eu-west-1", vec!["CreateStream"])]);
    // Where it becomes one of all regions again, nobody removes unseen what was there before.
    let all = Changes { is_multi_region: Some(true), ..Default::default() };
    server.trails().update(Origin::default(), &arn, &all).await.unwrap();
    server.call(ACCOUNT, "eu-west-1", "MergeShards");
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let digests = server.digests(&arn, "eu-west-1", "logs");
    assert_eq!(digests.len(), 3);
    assert_eq!(digests[2]["previousDigestSignature"], Value::Null);
    assert_eq!(digests[2]["flumenFormerDigest"]["s3Object"], digests[1]["digestS3Object"]);
}

#[tokio::test]
async fn the_twenty_first_region_goes_under_home() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", true).await;
    server.call(ACCOUNT, "../../x", "CreateStream");
    for n in 0..30 {
        server.call(ACCOUNT, &format!("region-{n:02}"), "CreateStream");
    }
    server.deliverer.pass(true).await;
    let events = server.events("logs");
    assert_eq!(events.len(), 20);
    assert!(events.keys().all(|region| !region.contains('.')), "what is none names no folder");
    assert_eq!(events["us-east-1"].len(), 12, "eleven regions too many, and one that is none");
    assert_eq!(server.trails().progress(&arn).unwrap().chains.len(), 20);
}

#[tokio::test]
async fn a_crash_between_file_and_cursor_leaves_no_file_that_no_digest_names() {
    for is_put in [false, true] {
        let mut server = Delivered::in_memory().await;
        let arn = server.create("us-east-1", "ops", false).await;
        server.call(ACCOUNT, "us-east-1", "CreateStream");
        {
            let deliverer = &server.deliverer;
            deliverer.audit().rotate().await.unwrap();
            let made = files::for_tests::begun(deliverer, &arn).await;
            if is_put {
                for file in &made {
                    server.objects.put(&file.bucket, &file.key, &file.object).unwrap();
                }
            }
        }
        server.hand.advance_ms(10 * 60_000);
        server.again().await;
        server.call(ACCOUNT, "us-east-1", "DeleteStream");
        server.deliverer.pass(true).await;
        assert_eq!(
            names(&server.events("logs")),
            [("us-east-1", vec!["CreateStream", "DeleteStream"])],
            "{is_put}"
        );
        server.assert_all_named("logs");
    }
}

#[tokio::test]
async fn a_crash_between_digest_and_chain_leaves_one_chain() {
    let mut server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", false).await;
    server.call(ACCOUNT, "us-east-1", "CreateStream");
    server.deliverer.pass(true).await;
    let (trail, progress) = server.trails().trail(&arn).unwrap();
    server.hand.advance_ms(HOUR_MS);
    let chain = progress.chains["us-east-1"].clone();
    server.deliverer.put_digest(&trail, "us-east-1", chain, server.clock.now_ms()).await.unwrap();
    server.again().await;
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let digests = server.digests(&arn, "us-east-1", "logs");
    assert_eq!(digests.len(), 3, "and each names the one before it");
    assert!(digests[2]["previousDigestS3Object"] == digests[1]["digestS3Object"]);
}

#[tokio::test]
async fn what_cannot_be_delivered_is_told_and_delivered_later() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, away) = (folder.path().join("audit"), folder.path().join("away"));
    let seal = Seal::in_memory().unwrap();
    let server = Delivered::start(Objects::of_directory(dir.clone(), None, seal).unwrap()).await;
    let arn = server.create("us-east-1", "ops", false).await;
    server.call(ACCOUNT, "us-east-1", "CreateStream");
    let blocked = |is_blocked: bool| {
        let (from, to): (&Path, &Path) = if is_blocked { (&dir, &away) } else { (&away, &dir) };
        if !is_blocked {
            std::fs::remove_file(&dir).unwrap();
        }
        std::fs::rename(from, to).unwrap();
        if is_blocked {
            std::fs::write(&dir, "").unwrap();
        }
    };
    blocked(true);
    server.deliverer.pass(true).await;
    let attempt = server.deliverer.attempt(&arn);
    assert_eq!(attempt.delivery_error.as_deref(), Some("InternalError"));
    assert!(attempt.digest_error.is_some() && attempt.at_ms.is_some());
    blocked(false);
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let attempt = server.deliverer.attempt(&arn);
    assert_eq!((attempt.delivery_error, attempt.digest_error), (None, None));
    assert_eq!(names(&server.events("logs")), [("us-east-1", vec!["CreateStream"])]);
    server.assert_all_named("logs");
    assert_eq!(server.digests(&arn, "us-east-1", "logs").len(), 1);
}

#[tokio::test]
async fn a_key_signs_for_a_year_and_the_next_one_takes_over() {
    let mut server = Delivered::in_memory().await;
    server.deliverer.ensure_key().await.unwrap();
    let first = server.trails().public_keys(NOW_MS, NOW_MS);
    assert_eq!(first.len(), 1);
    server.again().await;
    server.deliverer.ensure_key().await.unwrap();
    assert_eq!(server.trails().public_keys(0, u64::MAX), first, "the same after a restart");
    server.hand.advance_ms(340 * 24 * HOUR_MS);
    server.deliverer.pass(true).await;
    server.deliverer.keep_house().await;
    server.call(OPERATOR, "us-east-1", "CreateStream");
    server.deliverer.pass(true).await;
    let now_ms = server.clock.now_ms();
    let keys = server.trails().public_keys(now_ms, now_ms);
    assert_eq!(keys.len(), 2, "both are good at that time");
    assert_eq!(keys[0], first[0]);
    let digests = server.digests(&own(OPERATOR), "us-east-1", "flumen-audit");
    let signed: Vec<&str> =
        digests.iter().filter_map(|of| of["digestPublicKeyFingerprint"].as_str()).collect();
    assert_eq!(signed, [&*keys[0].fingerprint, &*keys[1].fingerprint]);
    let later = now_ms + 60 * 24 * HOUR_MS;
    assert_eq!(server.trails().public_keys(later, later), keys[1..]);
}

#[tokio::test]
async fn each_hour_has_a_file_of_its_sums_once() {
    let mut server = Delivered::in_memory().await;
    server.deliverer.pass(true).await;
    for hour in 0..3 {
        if hour != 1 {
            let sums = server.deliverer.inner.sums.as_ref().unwrap();
            sums.add(&key_of_puts(), 3, 30);
            sums.end_minute(server.clock.now_ms() + 60_000).await.unwrap();
        }
        server.hand.advance_ms(HOUR_MS);
        server.deliverer.pass(true).await;
        server.again().await;
    }
    server.hand.advance_ms(HOUR_MS);
    server.deliverer.pass(true).await;
    let keys = server.keys("flumen-audit");
    let sums: Vec<&String> = keys.iter().filter(|key| key.contains("_sums_")).collect();
    assert_eq!(sums.len(), 2, "{keys:?}");
    let (_, content) = server.content("flumen-audit", sums[0]);
    let content: Value = serde_json::from_slice(&content).unwrap();
    let said = serde_json::json!({"calls": 1, "records": 3, "bytes": 30, "period": "PT1H"});
    assert_eq!(content["Records"][0]["additionalEventData"], said);
    server.assert_all_named("flumen-audit");
}

fn key_of_puts() -> Called<'static> {
    Called {
        principal: "arn:aws:iam::111111111111:user/ana",
        thing: "arn:aws:kinesis:us-east-1:111111111111:stream/s",
        service: "kinesis.amazonaws.com",
        operation: "PutRecord",
        outcome: "",
    }
}

#[tokio::test]
async fn a_thousand_files_do_not_wait_for_the_hour() {
    let server = Delivered::in_memory().await;
    let arn = server.create("us-east-1", "ops", false).await;
    server.call(ACCOUNT, "us-east-1", "CreateStream");
    server.deliverer.audit().rotate().await.unwrap();
    let file = files::for_tests::begun(&server.deliverer, &arn).await.pop().unwrap();
    let mut progress = Progress { pending: None, ..(*server.trails().progress(&arn).unwrap()).clone() };
    for n in 0..999 {
        let file = crate::chain::NewFile { key: format!("{}{n}", file.key), ..file.clone() };
        progress.chain("us-east-1", NOW_MS).add(&file);
    }
    server.trails().set_progress(vec![(arn.clone(), Arc::new(progress))]).await.unwrap();
    let digests = || server.keys("logs").into_iter().filter(|key| key.contains("-Digest")).count();
    server.deliverer.pass(false).await;
    assert_eq!((digests(), server.trails().progress(&arn).unwrap().chains["us-east-1"].files()), (1, 0));
    server.call(ACCOUNT, "us-east-1", "DeleteStream");
    server.deliverer.pass(false).await;
    assert_eq!((digests(), server.trails().progress(&arn).unwrap().chains["us-east-1"].files()), (1, 1));
}

#[tokio::test]
async fn many_trails_are_delivered_at_once() {
    let server = Delivered::in_memory().await;
    for n in 0..40 {
        let realm = Realm { account: format!("{n:012}"), region: "us-east-1".to_owned() };
        let new = NewTrail {
            name: "ops".into(),
            bucket: format!("logs{n}"),
            is_validated: true,
            ..Default::default()
        };
        let arn = server.trails().create(Origin::default(), &realm, &new).await.unwrap().arn.clone();
        server.deliverer.start(Origin::default(), &arn).await.unwrap();
    }
    for n in 0..40 {
        server.call(&format!("{n:012}"), "us-east-1", &format!("Call{n}"));
    }
    server.deliverer.pass(true).await;
    for n in 0..40 {
        assert_eq!(names(&server.events(&format!("logs{n}"))), [("us-east-1", vec![&*format!("Call{n}")])]);
    }
}
