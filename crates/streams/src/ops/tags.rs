//! Tags on streams and consumers: the three operations that name a stream and the three that name a
//! resource. Source: `docs/kinesis/streams.md#tags`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flumen_access::{Caller, RequestContext};
use flumen_protocol::kinesis::{
    AddTagsToStreamCode, AddTagsToStreamInput, ListTagsForResourceCode, ListTagsForResourceInput,
    ListTagsForResourceOutput, ListTagsForStreamCode, ListTagsForStreamInput, ListTagsForStreamOutput,
    RemoveTagsFromStreamInput, Tag, TagResourceCode, TagResourceInput, UntagResourceInput,
};
use flumen_protocol::{Operation, Refusal, TextMap};
use flumen_types::ResourceArn;

use crate::Streams;
use crate::door::{NamedResource, require_steady};
use crate::errors::{CommitError, DoorError, NotFound, StatusError};
use crate::state::command::Resource;
use crate::state::{Change, State, Stream};

const TAGS_MAX: usize = 50;

type Tags = BTreeMap<String, String>;

impl Streams {
    pub async fn add_tags_to_stream(
        &self,
        caller: &Caller,
        input: &AddTagsToStreamInput<'_>,
    ) -> Result<(), StreamTagsError> {
        let given = || given_tags(&input.tags);
        let door = self.door(caller, Operation::AddTagsToStream).given(given);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        self.change(caller, target, |_, stream, now_ms| {
            require_steady(stream, now_ms)?;
            let tagged = Tagged { kind: "stream", name: &stream.name, account: &stream.account };
            let tags = merge_for(tagged, &stream.tags, owned(&input.tags))?;
            Ok((Some(Change::SetTags { resource: Resource::Stream { group: stream.group }, tags }), ()))
        })
        .await
    }

    pub async fn remove_tags_from_stream(
        &self,
        caller: &Caller,
        input: &RemoveTagsFromStreamInput<'_>,
    ) -> Result<(), StreamTagsError> {
        let given = || given_keys(&input.tag_keys);
        let door = self.door(caller, Operation::RemoveTagsFromStream).given(given);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        self.change(caller, target, |_, stream, now_ms| {
            require_steady(stream, now_ms)?;
            let tags = without(&stream.tags, &input.tag_keys)?;
            Ok((Some(Change::SetTags { resource: Resource::Stream { group: stream.group }, tags }), ()))
        })
        .await
    }

    pub async fn list_tags_for_stream(
        &self,
        caller: &Caller,
        input: &ListTagsForStreamInput<'_>,
    ) -> Result<ListTagsForStreamOutput<'static>, ListTagsForStreamError> {
        let door = self.door(caller, Operation::ListTagsForStream);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let after = input.exclusive_start_tag_key.as_deref();
        let limit = door.page_limit(input.limit);
        let mut listed = target.stream.tags.iter().filter(|(key, _)| after.is_none_or(|a| key.as_str() > a));
        let tags = listed.by_ref().take(limit).map(tag_shape).collect();
        Ok(ListTagsForStreamOutput { tags, has_more_tags: listed.next().is_some() })
    }

    pub async fn tag_resource(
        &self,
        caller: &Caller,
        input: &TagResourceInput<'_>,
    ) -> Result<(), ResourceTagsError> {
        let door = self.door(caller, Operation::TagResource).given(|| given_tags(&input.tags));
        let resource = door.resource(&input.resource_arn)?;
        self.change_tags(caller, resource, |tagged, tags| merge_for(tagged, tags, owned(&input.tags))).await
    }

    pub async fn untag_resource(
        &self,
        caller: &Caller,
        input: &UntagResourceInput<'_>,
    ) -> Result<(), ResourceTagsError> {
        let door = self.door(caller, Operation::UntagResource).given(|| given_keys(&input.tag_keys));
        let resource = door.resource(&input.resource_arn)?;
        self.change_tags(caller, resource, |_, tags| without(tags, &input.tag_keys)).await
    }

    pub async fn list_tags_for_resource(
        &self,
        caller: &Caller,
        input: &ListTagsForResourceInput<'_>,
    ) -> Result<ListTagsForResourceOutput<'static>, ListTagsForResourceError> {
        let door = self.door(caller, Operation::ListTagsForResource);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        let (_, tags) = resource_tags(&target.stream, &named, self.now_ms())?;
        Ok(ListTagsForResourceOutput { tags: Some(tags.iter().map(tag_shape).collect()) })
    }

    async fn change_tags(
        &self,
        caller: &Caller,
        NamedResource { arn: named, target }: NamedResource,
        mut change: impl FnMut(Tagged<'_>, &Tags) -> Result<Tags, TagsError>,
    ) -> Result<(), ResourceTagsError> {
        let group = target.stream.group;
        self.commit(Some(caller), |state, now_ms| {
            let stream = steady_stream(state, group, &named, now_ms)?;
            let (resource, tags) = resource_tags(stream, &named, now_ms)?;
            let (kind, name) = match &named {
                ResourceArn::Stream(stream) => ("stream", &stream.name),
                ResourceArn::Consumer(consumer) => ("consumer", &consumer.name),
            };
            let tags = change(Tagged { kind, name, account: &stream.account }, tags)?;
            Ok((Some(Change::SetTags { resource, tags }), ()))
        })
        .await
    }
}

/// Why AddTagsToStream or RemoveTagsFromStream, which may answer alike, changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum StreamTagsError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Tags(#[from] TagsError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for StreamTagsError {
    type Code = AddTagsToStreamCode;

    fn code(&self) -> AddTagsToStreamCode {
        use AddTagsToStreamCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Tags(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why ListTagsForStream lists nothing.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ListTagsForStreamError(#[from] DoorError);

impl Refusal for ListTagsForStreamError {
    type Code = ListTagsForStreamCode;

    fn code(&self) -> ListTagsForStreamCode {
        use ListTagsForStreamCode::*;
        match self.0 {
            DoorError::Denied(_) => AccessDeniedException,
            DoorError::NotFound(_) => ResourceNotFoundException,
            DoorError::Misnamed(_) => InvalidArgumentException,
            DoorError::Rate(_) => LimitExceededException,
        }
    }
}

/// Why TagResource or UntagResource, which may answer alike, changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ResourceTagsError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    Tags(#[from] TagsError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for ResourceTagsError {
    type Code = TagResourceCode;

    fn code(&self) -> TagResourceCode {
        use TagResourceCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) | Self::NotFound(_) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Tags(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why ListTagsForResource lists nothing.
#[derive(Debug, thiserror::Error)]
pub enum ListTagsForResourceError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
}

impl Refusal for ListTagsForResourceError {
    type Code = ListTagsForResourceCode;

    fn code(&self) -> ListTagsForResourceCode {
        use ListTagsForResourceCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
        }
    }
}

/// No tags that the stream or consumer can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagsError {
    #[error(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
    )]
    Characters,
    #[error("Tag key {key} begins with aws:, which is reserved.")]
    Reserved { key: Box<str> },
    #[error(
        "Failed to add tags to {kind} {name} under account {account} because a given {kind} cannot have more than {limit} \
         tags associated with it.",
        limit = TAGS_MAX
    )]
    TooMany { kind: &'static str, name: Box<str>, account: Box<str> },
}

/// What tags are on.
#[derive(Clone, Copy)]
pub(crate) struct Tagged<'a> {
    /// `stream` or `consumer`.
    pub kind: &'static str,
    pub name: &'a str,
    pub account: &'a str,
}

/// The stream of a resource as the state has it, when its settings may change.
pub(crate) fn steady_stream<'a>(
    state: &'a State,
    group: u32,
    named: &ResourceArn,
    now_ms: u64,
) -> Result<&'a Stream, StatusError> {
    let stream = state.streams.get(&group).ok_or_else(|| NotFound::resource(named))?;
    require_steady(stream, now_ms)?;
    Ok(stream)
}

fn resource_tags<'a>(
    stream: &'a Stream,
    named: &ResourceArn,
    now_ms: u64,
) -> Result<(Resource, &'a Tags), NotFound> {
    let group = stream.group;
    match named {
        ResourceArn::Stream(_) => Ok((Resource::Stream { group }, &stream.tags)),
        ResourceArn::Consumer(arn) => {
            let (name, consumer) = stream.consumer(arn, now_ms).ok_or_else(|| NotFound::resource(named))?;
            Ok((Resource::Consumer { group, name: name.clone() }, &consumer.tags))
        }
    }
}

/// Tags of a request, as policies may ask for them.
pub(crate) fn given_tags(tags: &TextMap<'_>) -> RequestContext {
    RequestContext::tags(tags.iter().map(|(key, value)| (&**key, &**value)))
}

fn given_keys(keys: &[Cow<'_, str>]) -> RequestContext {
    RequestContext::tag_keys(keys.iter().map(|key| &**key))
}

pub(crate) fn owned(tags: &BTreeMap<Cow<'_, str>, Cow<'_, str>>) -> Tags {
    tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn tag_shape((key, value): (&String, &String)) -> Tag<'static> {
    Tag { key: key.clone().into(), value: Some(value.clone().into()) }
}

/// `current` with `added` over it.
pub(crate) fn merge_for(tagged: Tagged<'_>, current: &Tags, added: Tags) -> Result<Tags, TagsError> {
    check_characters(added.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]))?;
    if let Some(key) = added.keys().find(|key| key.starts_with("aws:")) {
        return Err(TagsError::Reserved { key: key.as_str().into() });
    }
    let mut merged = current.clone();
    merged.extend(added);
    if merged.len() > TAGS_MAX {
        let Tagged { kind, name, account } = tagged;
        return Err(TagsError::TooMany { kind, name: name.into(), account: account.into() });
    }
    Ok(merged)
}

fn without(current: &Tags, keys: &[Cow<'_, str>]) -> Result<Tags, TagsError> {
    // What is there may go, whatever it is made of.
    check_characters(keys.iter().map(Cow::as_ref).filter(|key| !current.contains_key(*key)))?;
    let mut left = current.clone();
    left.retain(|key, _| !keys.iter().any(|k| k == key));
    Ok(left)
}

/// White space is what separates words; tabs and ends of lines are control characters.
fn check_characters<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), TagsError> {
    let is_space = |c: char| c.is_whitespace() && !c.is_control();
    let valid = |c: char| c.is_alphanumeric() || is_space(c) || "_.:/=+-%@".contains(c);
    if texts.into_iter().all(|text| text.chars().all(valid)) {
        return Ok(());
    }
    Err(TagsError::Characters)
}
