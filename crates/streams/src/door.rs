//! The one door to a thing. Every operation comes to the stream, the consumer or the account that it is for through here:
//! nothing else can look a name up, and what is found comes with the permit that only a decision makes.
//!
//! In this order: what the request names is read, by parsing alone; whether the caller may is decided
//! ([`flumen_access::decide`]), with the tags and the policy of what is there, or on the ARN that the name would have; rates
//! are counted; what was found is this incarnation from then on. In which status it must be is the operation's to say.
//! Who may not is told the same whether or not it is there.

mod directory;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use flumen_access::policy::{Facts, Policy};
use flumen_access::{ACCOUNT, Action, Caller, Denied, Permit, RequestContext, Resource, decide};
use flumen_protocol::Operation;
use flumen_types::{Realm, ResourceArn, StreamArn, StreamArnText};

use crate::Streams;
use crate::errors::{AccountDoorError, DoorError, Misnamed, NotFound, RateExceeded, StatusError, StreamName};
use crate::limits::control_plane::RateKey;
use crate::live::Live;
use crate::operations::{Rate, Row, row};
use crate::state::{Status, Stream};
use crate::token::Position;

pub(crate) use directory::Directory;

/// Somebody who wants something.
pub(crate) struct Door<'a> {
    streams: &'a Streams,
    caller: &'a Caller,
    operation: Operation,
    row: &'static Row,
    /// What the request says of itself that policies may ask for.
    given: Option<RequestContext>,
}

/// A stream that the caller may come to, as it was when it was found.
pub(crate) struct Target {
    live: Arc<Live>,
    _permit: Permit,
}

/// An account in a region, which is the caller's.
pub(crate) struct Account<'a> {
    pub realm: &'a Realm,
    _permit: Permit,
}

/// A stream by its name, which need not be there.
pub(crate) struct Named<'a> {
    door: &'a Door<'a>,
    pub arn: StreamArn,
    live: Option<Arc<Live>>,
    permit: Permit,
}

/// A stream or a consumer by its ARN, and the stream found. Whether the consumer is there is not looked at.
pub(crate) struct NamedResource {
    pub arn: ResourceArn,
    pub target: Target,
}

/// A consumer that is there.
pub(crate) struct Consumer {
    pub target: Target,
    pub name: String,
}

impl Streams {
    pub(crate) fn door<'a>(&'a self, caller: &'a Caller, operation: Operation) -> Door<'a> {
        Door { streams: self, caller, operation, row: row(operation), given: None }
    }
}

impl Streams {
    /// The policy of a stream or a consumer that is there, by its ARN, for whoever explains decisions.
    pub fn policy_of(&self, arn: &str) -> Option<Arc<Policy>> {
        let named = ResourceArn::parse(arn)?;
        let stream = match &named {
            ResourceArn::Stream(stream) => stream,
            ResourceArn::Consumer(consumer) => &consumer.stream,
        };
        let live = self.inner.directory.read().by_name(&stream.realm, &stream.name)?;
        match &named {
            ResourceArn::Stream(_) => live.policies.stream.clone(),
            ResourceArn::Consumer(consumer) => {
                let (name, _) = live.stream.consumer(consumer, self.now_ms())?;
                live.policies.consumers.get(name).cloned()
            }
        }
    }
}

impl Streams {
    /// A stream in whatever status short of gone, for the door and for whoever runs the service.
    pub(crate) fn look_up(&self, realm: &Realm, name: &str) -> Option<Arc<Live>> {
        let found = self.inner.directory.read().by_name(realm, name);
        found.filter(|live| live.stream.is_there(|| self.now_ms()))
    }
}

impl<'a> Door<'a> {
    /// The same for a request that says more than what it is for; only worked out where policies ask.
    pub fn given(self, given: impl FnOnce() -> RequestContext) -> Self {
        let given = self.caller.is_judged().then(given);
        Door { given, ..self }
    }

    /// For what is the account's.
    pub fn account(&self) -> Result<Account<'a>, AccountDoorError> {
        let realm = self.caller.realm();
        let permit = self.permit(self.row.actions, self.about(&realm.account, &ACCOUNT))?;
        self.count_for_account()?;
        Ok(Account { realm, _permit: permit })
    }

    /// For a stream that is there, in whatever status short of gone, by name, by ARN or by both.
    pub fn stream(&self, name: Option<&str>, arn: Option<&str>) -> Result<Target, DoorError> {
        // Most requests give a name alone; they are served without an ARN being made.
        if let (Some(name), None) = (name, arn) {
            let realm = self.caller.realm();
            let live = self.streams.look_up(realm, name);
            let arn = arn_of(realm, name);
            let permit =
                self.permit(self.row.actions, self.about_stream(&realm.account, &arn, live.as_deref()))?;
            self.count_for_account()?;
            return self.found(live, permit, || NotFound::stream(realm, name).into());
        }
        self.named(name, arn)?.find()
    }

    /// For a stream that need not be there. Source: `docs/kinesis/streams.md#names`.
    pub fn named(&'a self, name: Option<&str>, arn: Option<&str>) -> Result<Named<'a>, DoorError> {
        let parse = |arn| StreamArn::parse(arn).ok_or_else(|| Misnamed::stream_arn(arn));
        let own = |name| self.caller.realm().stream_arn(name);
        let named = match (arn.map(parse).transpose()?, name) {
            (Some(arn), _) => arn,
            (None, Some(name)) => own(name),
            (None, None) => return Err(Misnamed::NoStream.into()),
        };
        let live = self.look_up_here(&named);
        let about = self.about_stream(&named.realm.account, &named, live.as_deref());
        let permit = self.permit(self.row.actions, about)?;
        if named.realm.region != self.caller.realm().region {
            return Err(NotFound::stream(&named.realm, &named.name).into());
        }
        if let Some(name) = name.filter(|name| *name != named.name) {
            let arn = named.to_string().into();
            return Err(Misnamed::StreamsDiffer { name: name.into(), arn }.into());
        }
        self.count_for_account()?;
        Ok(Named { door: self, arn: named, live, permit })
    }

    /// For a stream that is to be made, whose request may bring tags.
    pub fn new_stream(&'a self, name: &str, with_tags: bool) -> Result<Named<'a>, AccountDoorError> {
        let arn = self.caller.realm().stream_arn(name);
        let permit = self.permit(self.row.actions, self.about(&arn.realm.account, &arn))?;
        if with_tags {
            self.permit(self.row.with_tags, self.about(&arn.realm.account, &arn))?;
        }
        self.count_for_account()?;
        Ok(Named { door: self, arn, live: None, permit })
    }

    /// For a key as well, which `id` names in any of the ways in which one may. Keys are not managed here, so it is for the
    /// caller's own policies to say; of an alias it is the alias that they name. The service's own key is everybody's within
    /// the account.
    pub fn key(&self, id: &str) -> Result<(), DoorError> {
        let realm = self.caller.realm();
        let kind = if id.starts_with("alias/") { "" } else { "key/" };
        let arn = match id.starts_with("arn:") {
            true => id.to_owned(),
            false => format!("arn:{}:kms:{}:{}:{kind}{id}", realm.partition(), realm.region, realm.account),
        };
        if !arn.ends_with(&format!(":{}:alias/aws/kinesis", realm.account)) {
            self.permit(self.row.actions, self.about(&realm.account, &arn))?;
        }
        Ok(())
    }

    /// For a stream or a consumer, by its ARN.
    pub fn resource(&self, arn: &str) -> Result<NamedResource, DoorError> {
        let named = ResourceArn::parse(arn).ok_or_else(|| Misnamed::resource_arn(arn))?;
        let realm = named.realm();
        let stream = match &named {
            ResourceArn::Stream(stream) => stream,
            ResourceArn::Consumer(consumer) => &consumer.stream,
        };
        let live = self.look_up_here(stream);
        // Decided about as it is, not as it is spelt: the partition and zeros in front may be anything.
        let about = match &named {
            ResourceArn::Stream(stream) => self.about_stream(&realm.account, stream, live.as_deref()),
            ResourceArn::Consumer(consumer) => {
                let found = live.as_deref().and_then(|live| {
                    Some((live, live.stream.consumer(consumer, self.streams.now_ms())?.0.as_str()))
                });
                self.about_consumer(&realm.account, consumer, found)
            }
        };
        let permit = self.permit(self.row.actions, about)?;
        if realm.region != self.caller.realm().region {
            return Err(NotFound::resource(&named).into());
        }
        self.count_for_account()?;
        let target = self.found(live, permit, || NotFound::resource(&named).into())?;
        Ok(NamedResource { arn: named, target })
    }

    /// For a consumer, by its ARN, by stream and name, or by all three when they agree.
    pub fn consumer(
        &self,
        arn: Option<&str>,
        stream_arn: Option<&str>,
        name: Option<&str>,
    ) -> Result<Consumer, DoorError> {
        let Some(arn) = arn else {
            let (Some(stream_arn), Some(name)) = (stream_arn, name) else {
                return Err(Misnamed::NoConsumer.into());
            };
            return self.consumer_by_name(stream_arn, name);
        };
        let Some(ResourceArn::Consumer(consumer)) = ResourceArn::parse(arn) else {
            return Err(Misnamed::resource_arn(arn).into());
        };
        let agree = stream_arn.is_none_or(|s| s == consumer.stream.to_string())
            && name.is_none_or(|n| n == consumer.name);
        if !agree {
            return Err(Misnamed::ConsumersDiffer { arn: arn.into() }.into());
        }
        let NamedResource { target, .. } = self.resource(arn)?;
        let found = target.stream.consumer(&consumer, self.streams.now_ms()).map(|(name, _)| name.clone());
        let name = found.ok_or_else(|| NotFound::consumer(arn, &target.stream.account))?;
        Ok(Consumer { target, name })
    }

    /// What is decided about is the consumer, as it is when it is named by its own ARN.
    fn consumer_by_name(&self, stream_arn: &str, name: &str) -> Result<Consumer, DoorError> {
        let stream = StreamArn::parse(stream_arn).ok_or_else(|| Misnamed::stream_arn(stream_arn))?;
        let live = self.look_up_here(&stream);
        let known = live.as_ref().and_then(|live| {
            live.stream.consumers.get(name).filter(|c| c.status(self.streams.now_ms()).is_some())
        });
        // One that is not there has no date.
        let arn = stream.consumer(name, known.map_or(0, |consumer| consumer.created()));
        let found = live.as_deref().filter(|_| known.is_some()).map(|live| (live, name));
        let resource = self.about_consumer(&stream.realm.account, &arn, found);
        // Who may not is not told since when it is there.
        let as_asked = |denied| Denied { arn: format!("{stream}/consumer/{name}"), ..denied };
        let permit = decide(self.caller, self.row.actions, resource).map_err(|d| Box::new(as_asked(d)))?;
        let is_known = known.is_some();
        let live = live.ok_or_else(|| NotFound::stream(&stream.realm, &stream.name))?;
        self.count_for_stream(&live)?;
        if !is_known {
            return Err(NotFound::consumer(name, &stream.realm.account).into());
        }
        Ok(Consumer { target: self.target(live, permit), name: name.to_owned() })
    }

    /// For the stream of a shard iterator, which belongs to the account that it was issued to.
    pub fn iterator(&self, at: &Position, arn: Option<&str>) -> Result<Target, DoorError> {
        let live = self.streams.by_group(at.group).ok_or_else(|| at.gone())?;
        let target = self.issued(live)?;
        if let Some(arn) = arn
            && self.named(None, Some(arn))?.arn.name != target.stream.name
        {
            return Err(Misnamed::IteratorOfOther.into());
        }
        Ok(target)
    }

    /// For the stream that a page of its shards was of.
    pub fn shards_page(&self, group: u32) -> Result<Target, DoorError> {
        let live = self.streams.by_group(group).filter(|live| live.stream.realm() == *self.caller.realm());
        self.issued(live.ok_or(NotFound::StreamOfPage)?)
    }

    /// For a stream that something which the service issued is of.
    fn issued(&self, live: Arc<Live>) -> Result<Target, DoorError> {
        let stream = &live.stream;
        let arn = StreamArnText { account: &stream.account, region: &stream.region, name: &stream.name };
        let permit = self.permit(self.row.actions, self.about_stream(&stream.account, &arn, Some(&live)))?;
        if stream.region != self.caller.realm().region {
            return Err(NotFound::of(stream).into());
        }
        self.count_for_stream(&live)?;
        Ok(self.target(live, permit))
    }

    /// Pages of what the operation lists.
    pub fn page_limit(&self, asked: Option<i32>) -> usize {
        self.row.page.map_or(0, |page| page.limit(asked))
    }

    /// How often the operation may change a stream within 24 hours.
    pub fn a_day(&self) -> Option<usize> {
        self.row.a_day
    }

    fn found(
        &self,
        live: Option<Arc<Live>>,
        permit: Permit,
        none: impl FnOnce() -> DoorError,
    ) -> Result<Target, DoorError> {
        let live = live.ok_or_else(none)?;
        self.count_for_stream(&live)?;
        Ok(self.target(live, permit))
    }

    fn target(&self, live: Arc<Live>, permit: Permit) -> Target {
        self.caller.noted().note_on(&live.arn);
        Target { live, _permit: permit }
    }

    /// A stream by an ARN, in whatever status short of gone. Streams of other regions are not here.
    fn look_up_here(&self, arn: &StreamArn) -> Option<Arc<Live>> {
        let is_here = arn.realm.region == self.caller.realm().region;
        is_here.then(|| self.streams.look_up(&arn.realm, &arn.name)).flatten()
    }

    fn about<'r>(&'r self, account: &'r str, arn: &'r dyn fmt::Display) -> Resource<'r> {
        let given = self.given.as_ref().map(|given| given as &dyn Facts);
        Resource { given, ..Resource::new(account, arn) }
    }

    fn about_stream<'r>(
        &'r self,
        account: &'r str,
        arn: &'r dyn fmt::Display,
        live: Option<&'r Live>,
    ) -> Resource<'r> {
        let policy = live.and_then(|live| live.policies.stream.as_deref());
        Resource { tags: live.map(|live| &live.stream.tags), policy, ..self.about(account, arn) }
    }

    fn about_consumer<'r>(
        &'r self,
        account: &'r str,
        arn: &'r dyn fmt::Display,
        found: Option<(&'r Live, &'r str)>,
    ) -> Resource<'r> {
        let policy = found.and_then(|(live, name)| live.policies.consumers.get(name)).map(Arc::as_ref);
        let consumer = found.and_then(|(live, name)| live.stream.consumers.get(name));
        Resource { tags: consumer.map(|consumer| &consumer.tags), policy, ..self.about(account, arn) }
    }

    fn permit(&self, actions: &[Action], about: Resource<'_>) -> Result<Permit, Box<Denied>> {
        decide(self.caller, actions, about).map_err(Box::new)
    }

    /// Whether the caller still may what a consumer of theirs began.
    pub fn still_may(&self, live: &Live, consumer: &str) -> bool {
        let Some(found) = live.stream.consumers.get(consumer) else { return false };
        let arn = live.stream.arn().consumer(consumer, found.created());
        let about = self.about_consumer(&live.stream.account, &arn, Some((live, consumer)));
        self.permit(self.row.actions, about).is_ok()
    }

    /// Refuses a call beyond the rate that the account has.
    fn count_for_account(&self) -> Result<(), RateExceeded> {
        let Some(Rate::Account(rate)) = self.row.rate else { return Ok(()) };
        let realm = self.caller.realm();
        match self.counts(|| RateKey::Account(realm.clone()), rate) {
            true => Ok(()),
            false => {
                let account = realm.account.as_str().into();
                Err(RateExceeded::Account { operation: self.operation, account })
            }
        }
    }

    /// The same for one stream, however it was named.
    fn count_for_stream(&self, live: &Live) -> Result<(), RateExceeded> {
        let Some(Rate::Stream(rate)) = self.row.rate else { return Ok(()) };
        match self.counts(|| RateKey::Stream(live.stream.group), rate) {
            true => Ok(()),
            false => Err(RateExceeded::Stream { stream: StreamName::of(&live.stream) }),
        }
    }

    fn counts(&self, counted: impl FnOnce() -> RateKey, rate: u64) -> bool {
        let streams = self.streams;
        !streams.quotas_apply()
            || streams.inner.rates.admit(counted(), self.operation, rate, streams.now_ms())
    }
}

impl Named<'_> {
    /// The stream of that name, in whatever status short of gone.
    pub fn find(self) -> Result<Target, DoorError> {
        self.door.found(self.live, self.permit, || NotFound::stream(&self.arn.realm, &self.arn.name).into())
    }

    /// The newest stream of that name, even one that is gone.
    pub fn newest(&self, directory: &Directory) -> Option<Arc<Live>> {
        directory.by_name(&self.arn.realm, &self.arn.name)
    }
}

impl Target {
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }
}

impl Deref for Target {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.live
    }
}

/// Written when it is asked for, without being made.
fn arn_of<'a>(realm: &'a Realm, name: &'a str) -> StreamArnText<'a> {
    StreamArnText { account: &realm.account, region: &realm.region, name }
}

/// Refuses streams that are not ACTIVE.
pub(crate) fn require_active(stream: &Stream, now_ms: u64) -> Result<(), StatusError> {
    match stream.status(now_ms) {
        Some(Status::Active) => Ok(()),
        status => Err(StatusError::of(stream, status)),
    }
}

/// Refuses streams that come or go. Tags, retention and policies may change while one is UPDATING.
pub(crate) fn require_steady(stream: &Stream, now_ms: u64) -> Result<(), StatusError> {
    match stream.status(now_ms) {
        Some(Status::Active | Status::Updating) => Ok(()),
        status => Err(StatusError::of(stream, status)),
    }
}
