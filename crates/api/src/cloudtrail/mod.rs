//! CloudTrail: trails, how far they have come, and what was done in the last 90 days. Source:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html>
//!
//! What a trail is, and how its files come about, is `flumen-audit`'s; here is who may ask what, and in which words.

mod errors;
mod lookup;
mod operations;
mod shapes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use flumen_access::policy::Facts;
use flumen_access::{ACCOUNT, Caller, Denied, RequestContext, Resource, decide};
use flumen_audit::trails::{Changes, Deliverer, NewTrail, Trail, TrailArn, TrailError, check_trail};
use flumen_protocol::Timestamp;
use flumen_protocol::cloudtrail::{
    AddTagsRequest, AddTagsResponse, CONTENT_TYPE, CreateTrailRequest, CreateTrailResponse,
    DeleteTrailRequest, DeleteTrailResponse, DescribeTrailsRequest, DescribeTrailsResponse, ErrorCode, Fault,
    GetEventSelectorsRequest, GetEventSelectorsResponse, GetInsightSelectorsRequest,
    GetInsightSelectorsResponse, GetTrailRequest, GetTrailResponse, GetTrailStatusRequest,
    GetTrailStatusResponse, ListPublicKeysRequest, ListPublicKeysResponse, ListTagsRequest, ListTagsResponse,
    ListTrailsRequest, ListTrailsResponse, LookupEventsRequest, Operation, PublicKey,
    PutEventSelectorsRequest, PutEventSelectorsResponse, RemoveTagsRequest, RemoveTagsResponse, ResourceTag,
    SIGNING_NAME, StartLoggingRequest, StartLoggingResponse, StopLoggingRequest, StopLoggingResponse,
    TrailInfo, UpdateTrailRequest, UpdateTrailResponse, decode, encode, operation_of,
};
use http::StatusCode;

use crate::Resources;
use crate::audit::Audited;
use crate::call::{Call, Failed};
use crate::reply::{Reply, status};
use crate::service::{Head, IdentifiedRequest, Remembered, Service};

use errors::Refused;
use operations::{ADD_TAGS, row};

pub use operations::published;

/// Resources of one ListTags.
const RESOURCES_MAX: usize = 20;

/// The service of that name.
pub struct CloudTrail {
    pub deliverer: Deliverer,
    rates: lookup::LookupRates,
}

/// One request of a known caller.
struct Request<'a> {
    of: &'a CloudTrail,
    caller: &'a Caller,
    operation: Operation,
    now_ms: u64,
}

impl CloudTrail {
    pub fn new(deliverer: Deliverer) -> Self {
        CloudTrail { deliverer, rates: lookup::LookupRates::default() }
    }

    async fn answer(
        &self,
        call: &Call<'_>,
        caller: &Caller,
        operation: Operation,
        body: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let request = Request { of: self, caller, operation, now_ms: call.at_ms };
        macro_rules! reads {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                encode(&request.$method(&input)?)
            }};
        }
        macro_rules! changes {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                let output = request.$method(&input).await?;
                call.answers(&output);
                encode(&output)
            }};
        }
        Ok(match operation {
            Operation::AddTags => changes!(add_tags),
            Operation::CreateTrail => changes!(create_trail),
            Operation::DeleteTrail => changes!(delete_trail),
            Operation::DescribeTrails => reads!(describe_trails),
            Operation::GetEventSelectors => reads!(get_event_selectors),
            Operation::GetInsightSelectors => reads!(get_insight_selectors),
            Operation::GetTrail => reads!(get_trail),
            Operation::GetTrailStatus => reads!(get_trail_status),
            Operation::ListPublicKeys => reads!(list_public_keys),
            Operation::ListTags => reads!(list_tags),
            Operation::ListTrails => reads!(list_trails),
            Operation::LookupEvents => {
                let input = decode(body)?;
                call.asks(&input);
                encode(&request.lookup_events(&input).await?)
            }
            Operation::PutEventSelectors => changes!(put_event_selectors),
            Operation::RemoveTags => changes!(remove_tags),
            Operation::StartLogging => changes!(start_logging),
            Operation::StopLogging => changes!(stop_logging),
            Operation::UpdateTrail => changes!(update_trail),
            other => return Err(Refused::NotServed(other.as_str()).into()),
        })
    }
}

impl Request<'_> {
    /// The trail that a name or an ARN means. A name is of the caller's account and region, or of a trail that has that
    /// region's events too.
    fn named(&self, text: &str) -> Result<TrailArn, Refused> {
        if text.starts_with("arn:") {
            return Ok(TrailArn::parse(text)?);
        }
        check_trail(text)?;
        let realm = self.caller.realm();
        let here = TrailArn::new(realm, text);
        if self.of.deliverer.trails().trail(&here).is_ok() {
            return Ok(here);
        }
        let all = self.of.deliverer.trails().of_account(&realm.account);
        let shadow = all.iter().find(|trail| trail.is_multi_region && trail.arn.name == text);
        Ok(shadow.map_or(here, |trail| trail.arn.clone()))
    }

    /// The same of a change, which is made at home alone.
    fn named_at_home(&self, text: &str) -> Result<TrailArn, Refused> {
        let arn = self.named(text)?;
        self.may(&arn, None)?;
        if arn.region != self.caller.realm().region {
            let region = arn.region.clone();
            return Err(TrailError::HomeRegion { arn, region }.into());
        }
        Ok(arn)
    }

    /// Whether the caller may do it with that trail, whether or not it is there.
    fn may(&self, arn: &TrailArn, given: Option<&dyn Facts>) -> Result<(), Denied> {
        let trail = self.of.deliverer.trails().trail(arn).ok().map(|(trail, _)| trail);
        let tags: Option<&BTreeMap<String, String>> = trail.as_ref().map(|trail| &trail.tags);
        let resource = Resource { tags, given, ..Resource::new(&arn.account, arn) };
        decide(self.caller, row(self.operation).actions, resource).map(|_| ())
    }

    /// The same of what is the account's and has no ARN.
    fn may_in_account(&self) -> Result<(), Denied> {
        let account = &self.caller.realm().account;
        decide(self.caller, row(self.operation).actions, Resource::new(account, &ACCOUNT)).map(|_| ())
    }

    /// A trail that the caller may see.
    fn seen(&self, name: &str) -> Result<Arc<Trail>, Refused> {
        let arn = self.named(name)?;
        self.may(&arn, None)?;
        Ok(self.of.deliverer.trails().trail(&arn)?.0)
    }

    async fn create_trail(
        &self,
        input: &CreateTrailRequest<'_>,
    ) -> Result<CreateTrailResponse<'static>, Refused> {
        let arn = TrailArn::new(self.caller.realm(), &*input.name);
        let tags = shapes::tags_given(input.tags_list.as_deref().unwrap_or_default());
        let given = RequestContext::tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        self.may(&arn, Some(&given))?;
        if !tags.is_empty() {
            let resource = Resource { given: Some(&given), ..Resource::new(&arn.account, &arn) };
            decide(self.caller, &[ADD_TAGS], resource)?;
        }
        let CreateTrailRequest { sns_topic_name, kms_key_id, is_organization_trail, .. } = input;
        let logs = [&input.cloud_watch_logs_log_group_arn, &input.cloud_watch_logs_role_arn];
        refuse_further(sns_topic_name, logs, kms_key_id, *is_organization_trail)?;
        let new = NewTrail {
            name: input.name.to_string(),
            bucket: input.s3_bucket_name.to_string(),
            prefix: input.s3_key_prefix.as_deref().map(str::to_owned),
            is_multi_region: input.is_multi_region_trail.unwrap_or(false),
            has_global: input.include_global_service_events.unwrap_or(true),
            is_validated: input.enable_log_file_validation.unwrap_or(false),
            tags,
        };
        let trails = self.of.deliverer.trails();
        let trail = trails.create(self.caller.origin(), self.caller.realm(), &new).await?;
        let owned = |text: &str| Some(Cow::Owned(text.to_owned()));
        Ok(CreateTrailResponse {
            name: owned(&trail.arn.name),
            s3_bucket_name: owned(&trail.bucket),
            s3_key_prefix: trail.prefix.as_deref().and_then(owned),
            include_global_service_events: Some(trail.has_global),
            is_multi_region_trail: Some(trail.is_multi_region),
            trail_arn: Some(trail.arn.to_string().into()),
            log_file_validation_enabled: Some(trail.is_validated),
            is_organization_trail: Some(false),
            ..Default::default()
        })
    }

    async fn update_trail(
        &self,
        input: &UpdateTrailRequest<'_>,
    ) -> Result<UpdateTrailResponse<'static>, Refused> {
        let arn = self.named_at_home(&input.name)?;
        let UpdateTrailRequest { sns_topic_name, kms_key_id, is_organization_trail, .. } = input;
        let logs = [&input.cloud_watch_logs_log_group_arn, &input.cloud_watch_logs_role_arn];
        refuse_further(sns_topic_name, logs, kms_key_id, *is_organization_trail)?;
        let changes = Changes {
            bucket: input.s3_bucket_name.as_deref().map(str::to_owned),
            prefix: input.s3_key_prefix.as_deref().map(str::to_owned),
            is_multi_region: input.is_multi_region_trail,
            has_global: input.include_global_service_events,
            is_validated: input.enable_log_file_validation,
        };
        let trail = self.of.deliverer.trails().update(self.caller.origin(), &arn, &changes).await?;
        let owned = |text: &str| Some(Cow::Owned(text.to_owned()));
        Ok(UpdateTrailResponse {
            name: owned(&trail.arn.name),
            s3_bucket_name: owned(&trail.bucket),
            s3_key_prefix: trail.prefix.as_deref().and_then(owned),
            include_global_service_events: Some(trail.has_global),
            is_multi_region_trail: Some(trail.is_multi_region),
            trail_arn: Some(trail.arn.to_string().into()),
            log_file_validation_enabled: Some(trail.is_validated),
            is_organization_trail: Some(false),
            ..Default::default()
        })
    }

    async fn delete_trail(&self, input: &DeleteTrailRequest<'_>) -> Result<DeleteTrailResponse, Refused> {
        let arn = self.named_at_home(&input.name)?;
        self.of.deliverer.trails().delete(self.caller.origin(), &arn).await?;
        self.of.deliverer.finish(&arn).await;
        Ok(DeleteTrailResponse {})
    }

    async fn start_logging(&self, input: &StartLoggingRequest<'_>) -> Result<StartLoggingResponse, Refused> {
        let arn = self.named_at_home(&input.name)?;
        self.of.deliverer.start(self.caller.origin(), &arn).await?;
        Ok(StartLoggingResponse {})
    }

    async fn stop_logging(&self, input: &StopLoggingRequest<'_>) -> Result<StopLoggingResponse, Refused> {
        let arn = self.named_at_home(&input.name)?;
        self.of.deliverer.trails().stop(self.caller.origin(), &arn).await?;
        self.of.deliverer.finish(&arn).await;
        Ok(StopLoggingResponse {})
    }

    async fn put_event_selectors(
        &self,
        input: &PutEventSelectorsRequest<'_>,
    ) -> Result<PutEventSelectorsResponse<'static>, Refused> {
        let arn = self.named_at_home(&input.trail_name)?;
        let selectors = shapes::selectors_given(input)?;
        let trail = self.of.deliverer.trails().put_selectors(self.caller.origin(), &arn, &selectors).await?;
        let (event_selectors, advanced_event_selectors) = shapes::selectors(&trail.selectors);
        let trail_arn = Some(trail.arn.to_string().into());
        Ok(PutEventSelectorsResponse { trail_arn, event_selectors, advanced_event_selectors })
    }

    fn describe_trails(
        &self,
        input: &DescribeTrailsRequest<'_>,
    ) -> Result<DescribeTrailsResponse<'static>, Refused> {
        self.may_in_account()?;
        let realm = self.caller.realm();
        let named = input.trail_name_list.as_deref().unwrap_or_default();
        let named: Vec<TrailArn> = named.iter().map(|name| self.named(name)).collect::<Result<_, _>>()?;
        let shadows = input.include_shadow_trails.unwrap_or(true);
        let is_shown = |trail: &Arc<Trail>| {
            let is_of_region = trail.arn.region == realm.region;
            match named.is_empty() {
                true => is_of_region || (shadows && trail.is_multi_region),
                false => named.contains(&trail.arn),
            }
        };
        let trails = self.of.deliverer.trails().of_account(&realm.account);
        let shown = trails.iter().filter(|trail| is_shown(trail)).map(|trail| shapes::trail(trail));
        Ok(DescribeTrailsResponse { trail_list: Some(shown.collect()) })
    }

    fn list_trails(&self, input: &ListTrailsRequest<'_>) -> Result<ListTrailsResponse<'static>, Refused> {
        self.may_in_account()?;
        refuse_token(&input.next_token)?;
        let trails = self.of.deliverer.trails().of_account(&self.caller.realm().account);
        let info = |trail: &Arc<Trail>| TrailInfo {
            trail_arn: Some(trail.arn.to_string().into()),
            name: Some(trail.arn.name.clone().into()),
            home_region: Some(trail.arn.region.clone().into()),
        };
        Ok(ListTrailsResponse { trails: Some(trails.iter().map(info).collect()), next_token: None })
    }

    fn get_trail_status(
        &self,
        input: &GetTrailStatusRequest<'_>,
    ) -> Result<GetTrailStatusResponse<'static>, Refused> {
        let arn = self.named(&input.name)?;
        self.may(&arn, None)?;
        let (trail, progress) = self.of.deliverer.trails().trail(&arn)?;
        let attempt = self.of.deliverer.attempt(&arn);
        let at = |ms: Option<u64>| ms.map(Timestamp::of_ms);
        let text = |ms: Option<u64>| Some(Cow::Owned(ms.map(flumen_audit::time).unwrap_or_default()));
        Ok(GetTrailStatusResponse {
            is_logging: Some(trail.is_logging),
            latest_delivery_time: at(progress.delivered_ms),
            latest_delivery_error: attempt.delivery_error.clone().map(Cow::Owned),
            latest_digest_delivery_time: at(progress.digested_ms),
            latest_digest_delivery_error: attempt.digest_error.map(Cow::Owned),
            start_logging_time: at(trail.started_ms),
            stop_logging_time: at(trail.stopped_ms),
            time_logging_started: text(trail.started_ms),
            time_logging_stopped: text(trail.stopped_ms),
            latest_delivery_attempt_time: text(attempt.at_ms.or(progress.delivered_ms)),
            latest_delivery_attempt_succeeded: text(progress.delivered_ms),
            latest_notification_attempt_time: text(None),
            latest_notification_attempt_succeeded: text(None),
            ..Default::default()
        })
    }

    fn get_trail(&self, input: &GetTrailRequest<'_>) -> Result<GetTrailResponse<'static>, Refused> {
        let trail = self.seen(&input.name)?;
        Ok(GetTrailResponse { trail: Some(shapes::trail(&trail)) })
    }

    fn get_event_selectors(
        &self,
        input: &GetEventSelectorsRequest<'_>,
    ) -> Result<GetEventSelectorsResponse<'static>, Refused> {
        let trail = self.seen(&input.trail_name)?;
        let (event_selectors, advanced_event_selectors) = shapes::selectors(&trail.selectors);
        let trail_arn = Some(trail.arn.to_string().into());
        Ok(GetEventSelectorsResponse { trail_arn, event_selectors, advanced_event_selectors })
    }

    /// There are none, which AWS tells as an error.
    fn get_insight_selectors(
        &self,
        input: &GetInsightSelectorsRequest<'_>,
    ) -> Result<GetInsightSelectorsResponse<'static>, Refused> {
        let name = input.trail_name.as_deref().ok_or(Refused::NoEventDataStores)?;
        let trail = self.seen(name)?;
        Err(Refused::NoInsights(trail.arn.to_string()))
    }

    fn list_public_keys(
        &self,
        input: &ListPublicKeysRequest<'_>,
    ) -> Result<ListPublicKeysResponse<'static>, Refused> {
        self.may_in_account()?;
        refuse_token(&input.next_token)?;
        let ms = |given: Option<Timestamp>| {
            given.map_or(self.now_ms, |Timestamp(ms)| u64::try_from(ms).unwrap_or(0))
        };
        let (from_ms, to_ms) = (ms(input.start_time), ms(input.end_time));
        if from_ms > to_ms {
            return Err(Refused::TimeRange);
        }
        let key = |key: flumen_audit::chain::PublicKey| PublicKey {
            value: Some(key.der.into()),
            validity_start_time: Some(Timestamp::of_ms(key.valid_from_ms)),
            validity_end_time: Some(Timestamp::of_ms(key.valid_until_ms)),
            fingerprint: Some(key.fingerprint.into()),
        };
        let keys = self.of.deliverer.trails().public_keys(from_ms, to_ms);
        Ok(ListPublicKeysResponse {
            public_key_list: Some(keys.into_iter().map(key).collect()),
            next_token: None,
        })
    }

    async fn lookup_events(
        &self,
        input: &LookupEventsRequest<'_>,
    ) -> Result<flumen_protocol::cloudtrail::LookupEventsResponse<'static>, Refused> {
        self.may_in_account()?;
        self.of.rates.check(self.caller, self.now_ms)?;
        lookup::lookup(self.of.deliverer.audit(), self.caller, input, self.now_ms).await
    }

    /// The trail of an ARN that has tags.
    fn tagged(&self, arn: &str, given: Option<&dyn Facts>) -> Result<Arc<Trail>, Refused> {
        let is_trails = arn.splitn(6, ':').nth(5).is_none_or(|resource| resource.starts_with("trail/"));
        if !is_trails {
            return Err(Refused::NoTrail(arn.to_owned()));
        }
        let arn = TrailArn::parse(arn)?;
        self.may(&arn, given)?;
        Ok(self.of.deliverer.trails().trail(&arn)?.0)
    }

    async fn add_tags(&self, input: &AddTagsRequest<'_>) -> Result<AddTagsResponse, Refused> {
        let tags = shapes::tags_given(&input.tags_list);
        let given = RequestContext::tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let trail = self.tagged(&input.resource_id, Some(&given))?;
        self.of.deliverer.trails().tag(self.caller.origin(), &trail.arn, &tags).await?;
        Ok(AddTagsResponse {})
    }

    async fn remove_tags(&self, input: &RemoveTagsRequest<'_>) -> Result<RemoveTagsResponse, Refused> {
        let given = RequestContext::tag_keys(input.tags_list.iter().map(|tag| &*tag.key));
        let trail = self.tagged(&input.resource_id, Some(&given))?;
        let gone = |tag: &flumen_protocol::cloudtrail::Tag<'_>| {
            (tag.key.to_string(), tag.value.as_deref().map(str::to_owned))
        };
        let gone: Vec<_> = input.tags_list.iter().map(gone).collect();
        self.of.deliverer.trails().untag(self.caller.origin(), &trail.arn, &gone).await?;
        Ok(RemoveTagsResponse {})
    }

    fn list_tags(&self, input: &ListTagsRequest<'_>) -> Result<ListTagsResponse<'static>, Refused> {
        refuse_token(&input.next_token)?;
        let found = input.resource_id_list.len();
        if found > RESOURCES_MAX {
            return Err(Refused::TooManyResources { limit: RESOURCES_MAX, found });
        }
        let list = |arn: &Cow<'_, str>| {
            let trail = self.tagged(arn, None)?;
            Ok(ResourceTag {
                resource_id: Some(arn.to_string().into()),
                tags_list: Some(shapes::tags(&trail)),
            })
        };
        let lists = input.resource_id_list.iter().map(list).collect::<Result<_, Refused>>()?;
        Ok(ListTagsResponse { resource_tag_list: Some(lists), next_token: None })
    }
}

/// Lists are whole in their first page.
fn refuse_token(given: &Option<Cow<'_, str>>) -> Result<(), Refused> {
    if given.is_some() { Err(Refused::PageToken) } else { Ok(()) }
}

/// What AWS would do beside writing files. An empty text takes away what was never there.
fn refuse_further(
    topic: &Option<Cow<'_, str>>,
    logs: [&Option<Cow<'_, str>>; 2],
    key: &Option<Cow<'_, str>>,
    is_of_organization: Option<bool>,
) -> Result<(), Refused> {
    let is_given = |text: &Option<Cow<'_, str>>| text.as_deref().is_some_and(|text| !text.is_empty());
    if is_given(topic) {
        Err(Refused::Sns)
    } else if logs.into_iter().any(is_given) {
        Err(Refused::Logs)
    } else if is_given(key) {
        Err(Refused::Kms)
    } else if is_of_organization == Some(true) {
        Err(Refused::Organizations)
    } else {
        Ok(())
    }
}

impl Service for CloudTrail {
    type RequestKind = ();
    type Fault = Fault;

    const SIGNING_NAME: &'static str = SIGNING_NAME;

    fn is_meant(head: &Head<'_>) -> bool {
        operation_of(head.target).is_some()
    }

    fn resolve(call: &Call<'_>, head: &Head<'_>, _: &Bytes) -> Result<(), Box<Reply>> {
        let operation = operation_of(head.target).and_then(Operation::parse);
        call.is_for(operation.map(|operation| operation as usize));
        Ok(())
    }

    fn audited(operation: usize) -> Audited {
        Audited::Management { read_only: !row(Operation::ALL[operation]).is_command() }
    }

    fn remembered(operation: usize) -> Remembered {
        match row(Operation::ALL[operation]).is_command() {
            true => Remembered::AskerAndResources,
            false => Remembered::Nothing,
        }
    }

    async fn run(
        &self,
        _: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { caller, head, body, .. }: IdentifiedRequest<'_, ()>,
    ) -> Result<Reply, Fault> {
        let operation = operation_of(head.target).and_then(Operation::parse);
        let operation = operation.ok_or(Fault {
            code: ErrorCode::UnknownOperationException,
            message: None,
            cause: None,
        })?;
        let answer = self.answer(call, caller, operation, body).await?;
        Ok(Reply::new(StatusCode::OK, Some(CONTENT_TYPE), answer))
    }

    fn refuse(_: &Head<'_>, fault: &Fault, _: &Call<'_>) -> Reply {
        let status = status(fault.code.status());
        let is_ours = status.is_server_error();
        let cause = fault.cause.as_ref().or(fault.message.as_ref()).filter(|_| is_ours).cloned();
        let message = fault.message.clone().filter(|_| !is_ours);
        let (code, number) = (fault.code.as_str().into(), fault.code as usize);
        let failed = Failed { code, number, is_ours, cause, message };
        let reply = Reply::new(status, Some(CONTENT_TYPE), fault.body());
        Reply { failed: Some(Box::new(failed)), ..reply }
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        (operations.collect(), ErrorCode::ALL.iter().map(|code| code.as_str()).collect())
    }
}
