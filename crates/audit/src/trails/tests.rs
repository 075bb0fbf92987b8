use flumen_types::{ManualClock, Realm};

use super::*;

const NOW_MS: u64 = 1_700_000_000_000;
const ACCOUNT: &str = "111111111111";

struct Kept {
    storage: Storage,
    clock: Clock,
    hand: ManualClock,
    trails: Trails,
}

impl Kept {
    async fn start() -> Self {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let (clock, hand) = Clock::manual(NOW_MS);
        let trails = Trails::open(storage.clone(), clock.clone(), &Carried::default()).await.unwrap();
        Kept { storage, clock, hand, trails }
    }

    async fn again(&mut self) {
        self.trails =
            Trails::open(self.storage.clone(), self.clock.clone(), &Carried::default()).await.unwrap();
    }

    async fn create(
        &self,
        account: &str,
        region: &str,
        name: &str,
        bucket: &str,
    ) -> Result<TrailArn, TrailError> {
        let new =
            NewTrail { name: name.into(), bucket: bucket.into(), has_global: true, ..Default::default() };
        let made = self.trails.create(Origin::default(), &realm(account, region), &new).await?;
        Ok(made.arn.clone())
    }

    /// As the code says it, of a refusal.
    fn seen(&self, arn: &TrailArn) -> Option<Arc<Trail>> {
        self.trails.trail(arn).ok().map(|(trail, _)| trail)
    }
}

fn realm(account: &str, region: &str) -> Realm {
    Realm { account: account.to_owned(), region: region.to_owned() }
}

fn origin() -> Origin {
    Origin::default()
}

fn of_streams() -> Selectors {
    let equals = |value: &str| Conditions { equals: vec![value.to_owned()], ..Default::default() };
    let field = |field, value| FieldSelector { field, conditions: equals(value) };
    let fields =
        vec![field(Field::EventCategory, "Data"), field(Field::ResourceType, "AWS::Kinesis::Stream")];
    Selectors::Advanced(vec![Advanced { name: None, fields }])
}

#[tokio::test]
async fn a_trail_is_as_it_was_made_and_changed_after_a_restart_too() {
    let mut kept = Kept::start().await;
    let arn = kept.create(ACCOUNT, "eu-west-1", "ops", "logs").await.unwrap();
    let changes = Changes { prefix: Some("team/a".into()), is_validated: Some(true), ..Default::default() };
    kept.trails.update(origin(), &arn, &changes).await.unwrap();
    kept.trails.put_selectors(origin(), &arn, &of_streams()).await.unwrap();
    kept.trails.tag(origin(), &arn, &[("a".into(), "1".into()), ("b".into(), "2".into())]).await.unwrap();
    kept.trails.untag(origin(), &arn, &[("a".into(), Some("2".into())), ("b".into(), None)]).await.unwrap();
    kept.hand.advance_ms(5);
    kept.trails.start(origin(), &arn, 7).await.unwrap();
    let seen = kept.seen(&arn).unwrap();
    assert_eq!((seen.bucket.as_str(), seen.prefix.as_deref()), ("logs", Some("team/a")));
    assert!(seen.is_validated && seen.is_logging && seen.has_own_selectors && seen.has_global);
    assert_eq!((seen.created_ms, seen.started_ms), (NOW_MS, Some(NOW_MS + 5)));
    assert_eq!(seen.tags, [("a".to_owned(), "1".to_owned())].into());
    for is_snapshot in [false, true] {
        if is_snapshot {
            kept.trails.close().await;
        }
        kept.again().await;
        assert_eq!(kept.seen(&arn).unwrap(), seen, "{is_snapshot}");
        assert_eq!(kept.trails.trail(&arn).unwrap().1.cursor, 7);
        assert_eq!(kept.trails.owner("logs").as_deref(), Some(ACCOUNT));
    }
    let changes = Changes { prefix: Some(String::new()), ..Default::default() };
    assert_eq!(kept.trails.update(origin(), &arn, &changes).await.unwrap().prefix, None);
}

#[tokio::test]
async fn a_name_is_given_once_in_an_account_and_region() {
    let kept = Kept::start().await;
    let arn = kept.create(ACCOUNT, "eu-west-1", "ops", "logs").await.unwrap();
    let again = kept.create(ACCOUNT, "eu-west-1", "ops", "logs").await.unwrap_err();
    assert_eq!(again.to_string(), format!("Trail ops already exists for customer: {ACCOUNT}"));
    kept.create(ACCOUNT, "us-east-1", "ops", "logs").await.unwrap();
    kept.create("222222222222", "eu-west-1", "ops", "others").await.unwrap();
    let none = TrailArn { name: "none".into(), ..arn };
    let none = kept.trails.stop(origin(), &none).await.unwrap_err().to_string();
    assert_eq!(
        none,
        format!("Unknown trail: arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/none for the user: {ACCOUNT}")
    );
}

#[tokio::test]
async fn a_region_has_five_trails_of_an_account() {
    let kept = Kept::start().await;
    kept.trails.ensure_built_in(ACCOUNT, 0).await.unwrap();
    for n in 0..4 {
        kept.create(ACCOUNT, "us-east-1", &format!("trail{n}"), "logs").await.unwrap();
    }
    let everywhere = kept.create(ACCOUNT, "eu-west-1", "everywhere", "logs").await.unwrap();
    let all = Changes { is_multi_region: Some(true), ..Default::default() };
    kept.trails.update(origin(), &everywhere, &all).await.unwrap();
    let over = kept.create(ACCOUNT, "us-east-1", "trail5", "logs").await.unwrap_err();
    assert_eq!(over.to_string(), format!("User: {ACCOUNT} already has 5 trails in us-east-1."));
    kept.create(ACCOUNT, "eu-west-1", "trail5", "logs").await.unwrap();
    let shadowless = Changes { has_global: Some(false), ..Default::default() };
    let refused = kept.trails.update(origin(), &everywhere, &shadowless).await.unwrap_err();
    assert!(matches!(refused, TrailError::GlobalEvents), "{refused}");
}

#[tokio::test]
async fn there_are_so_many_trails_in_all() {
    let kept = Kept::start().await;
    for n in 0..1000 {
        let (account, name) = (format!("{:012}", n / 5), format!("trail{n}"));
        kept.create(&account, "us-east-1", &name, &format!("bucket{}", n / 5)).await.unwrap();
    }
    let over = kept.create(ACCOUNT, "us-east-1", "trail", "logs").await.unwrap_err();
    assert!(matches!(over, TrailError::TooManyInAll { limit: 1000 }), "{over}");
}

#[tokio::test]
async fn a_bucket_is_whose_trail_named_it_first() {
    let kept = Kept::start().await;
    let other = "222222222222";
    kept.create(ACCOUNT, "us-east-1", "ops", "logs").await.unwrap();
    let refused = kept.create(other, "us-east-1", "ops", "logs").await.unwrap_err();
    assert!(
        refused.to_string().starts_with("Incorrect S3 bucket policy is detected for bucket: logs"),
        "{refused}"
    );
    let own = kept.create(other, "us-east-1", "ops", "others").await.unwrap();
    let changes = Changes { bucket: Some("logs".into()), ..Default::default() };
    let refused = kept.trails.update(origin(), &own, &changes).await.unwrap_err();
    assert!(matches!(refused, TrailError::NotItsBucket { .. }), "{refused}");
    assert_eq!(kept.trails.owner("others").as_deref(), Some(other));
    assert_eq!(kept.trails.owner("nobodys"), None);
    for n in 1..100 {
        let changes = Changes { bucket: Some(format!("bucket{n}")), ..Default::default() };
        kept.trails.update(origin(), &own, &changes).await.unwrap();
    }
    let changes = Changes { bucket: Some("bucket100".into()), ..Default::default() };
    let refused = kept.trails.update(origin(), &own, &changes).await.unwrap_err();
    assert!(matches!(refused, TrailError::TooManyBuckets { limit: 100, .. }), "{refused}");
}

#[tokio::test]
async fn the_servers_own_trail_is_not_changed_and_follows_the_operator() {
    let mut kept = Kept::start().await;
    kept.trails.ensure_built_in(ACCOUNT, 3).await.unwrap();
    let arn = TrailArn::new(&realm(ACCOUNT, "us-east-1"), BUILT_IN);
    assert!(kept.seen(&arn).is_some_and(|trail| trail.is_logging && trail.is_validated));
    let is_refused = |done: Result<(), TrailError>| matches!(done, Err(TrailError::BuiltIn { .. }));
    assert!(is_refused(kept.trails.stop(origin(), &arn).await));
    assert!(is_refused(kept.trails.delete(origin(), &arn).await));
    assert!(is_refused(kept.trails.start(origin(), &arn, 0).await));
    assert!(is_refused(kept.trails.tag(origin(), &arn, &[("a".into(), "b".into())]).await));
    assert!(is_refused(kept.trails.put_selectors(origin(), &arn, &of_streams()).await.map(|_| ())));
    assert!(is_refused(kept.trails.update(origin(), &arn, &Changes::default()).await.map(|_| ())));
    kept.again().await;
    kept.trails.ensure_built_in(ACCOUNT, 9).await.unwrap();
    assert_eq!(kept.trails.trail(&arn).unwrap().1.cursor, 3, "it goes on");
    kept.trails.ensure_built_in("222222222222", 9).await.unwrap();
    assert_eq!(kept.seen(&arn), None);
    let moved = TrailArn { account: "222222222222".into(), ..arn };
    assert_eq!(kept.trails.trail(&moved).unwrap().1.cursor, 3);
    assert_eq!(kept.trails.owner(BUILT_IN_BUCKET).as_deref(), Some("222222222222"));
}

#[tokio::test]
async fn data_events_are_wanted_where_a_trail_that_logs_selects_them() {
    let mut kept = Kept::start().await;
    kept.trails.ensure_built_in(ACCOUNT, 0).await.unwrap();
    let arn = kept.create(ACCOUNT, "us-east-1", "ops", "logs").await.unwrap();
    let call = DataCall {
        account: ACCOUNT,
        region: "us-east-1",
        source: "kinesis.amazonaws.com",
        name: "PutRecord",
        read_only: false,
        kind: "AWS::Kinesis::Stream",
        arn: "arn:aws:kinesis:us-east-1:111111111111:stream/s",
    };
    let wanted = kept.trails.data_wanted().clone();
    kept.trails.start(origin(), &arn, 0).await.unwrap();
    assert!(!wanted.by_anybody() && !wanted.wants(&call));
    kept.trails.put_selectors(origin(), &arn, &of_streams()).await.unwrap();
    assert!(wanted.by_anybody() && wanted.wants(&call));
    assert!(!wanted.wants(&DataCall { region: "eu-west-1", ..call }));
    assert!(!wanted.wants(&DataCall { account: "222222222222", ..call }));
    assert!(!wanted.wants(&DataCall { kind: "AWS::DynamoDB::Table", ..call }));
    let all = Changes { is_multi_region: Some(true), ..Default::default() };
    kept.trails.update(origin(), &arn, &all).await.unwrap();
    assert!(wanted.wants(&DataCall { region: "eu-west-1", ..call }));
    kept.again().await;
    assert!(kept.trails.data_wanted().wants(&call), "after a restart too");
    kept.trails.stop(origin(), &arn).await.unwrap();
    assert!(!kept.trails.data_wanted().by_anybody());
    kept.trails.start(origin(), &arn, 0).await.unwrap();
    kept.trails.delete(origin(), &arn).await.unwrap();
    assert!(!kept.trails.data_wanted().by_anybody());
    assert!(kept.trails.trail(&arn).is_err(), "a deleted one is not seen");
    let leaving = kept.create(ACCOUNT, "us-east-1", "ops", "logs").await.unwrap_err();
    assert!(matches!(leaving, TrailError::Leaving { .. }), "{leaving}");
}

#[tokio::test]
async fn tags_are_bounded() {
    let kept = Kept::start().await;
    let arn = kept.create(ACCOUNT, "us-east-1", "ops", "logs").await.unwrap();
    let tags = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), "v".to_owned())).collect::<Vec<_>>();
    for wrong in [tags(&["aws:x"]), tags(&["a", "a"]), tags(&[""]), tags(&[&"k".repeat(129)])] {
        let refused = kept.trails.tag(origin(), &arn, &wrong).await.unwrap_err();
        assert!(matches!(refused, TrailError::Tag { .. }), "{refused}");
    }
    let many: Vec<String> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = kept.trails.tag(origin(), &arn, &tags(&many)).await.unwrap_err();
    assert!(matches!(refused, TrailError::TooManyTags { .. }), "{refused}");
    kept.trails.tag(origin(), &arn, &tags(&many[..TAGS_MAX])).await.unwrap();
    assert_eq!(kept.seen(&arn).unwrap().tags.len(), TAGS_MAX);
}
