//! Tags on streams and consumers: the three operations that name a stream and the three that name a
//! resource. Source: `kinesis-semantics.md` section 12.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    AddTagsToStreamInput, ListTagsForResourceInput, ListTagsForResourceOutput, ListTagsForStreamInput,
    ListTagsForStreamOutput, RemoveTagsFromStreamInput, Tag, TagResourceInput, UntagResourceInput,
};
use flumen_protocol::{Fault, Operation};
use flumen_types::{Realm, ResourceArn};

use super::retention::require_steady;
use crate::door::NamedResource;
use crate::state::command::Resource;
use crate::state::{Change, State, Stream};
use crate::{Streams, faults};

const TAGS_MAX: usize = 50;

type Tags = BTreeMap<String, String>;

impl Streams {
    pub async fn add_tags_to_stream(
        &self,
        caller: &Caller,
        input: &AddTagsToStreamInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::AddTagsToStream);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        self.change(caller, target, |_, stream, now_ms| {
            require_steady(stream, now_ms)?;
            let whose = format!("stream {}", stream.name);
            let tags = merge_for(&whose, &stream.realm(), &stream.tags, owned(&input.tags))?;
            Ok((Some(Change::SetTags { resource: Resource::Stream { group: stream.group }, tags }), ()))
        })
        .await
    }

    pub async fn remove_tags_from_stream(
        &self,
        caller: &Caller,
        input: &RemoveTagsFromStreamInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::RemoveTagsFromStream);
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
    ) -> Result<ListTagsForStreamOutput<'static>, Fault> {
        let door = self.door(caller, Operation::ListTagsForStream);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let after = input.exclusive_start_tag_key.as_deref();
        let limit = door.page_limit(input.limit);
        let mut listed = target.stream.tags.iter().filter(|(key, _)| after.is_none_or(|a| key.as_str() > a));
        let tags = listed.by_ref().take(limit).map(tag_shape).collect();
        Ok(ListTagsForStreamOutput { tags, has_more_tags: listed.next().is_some() })
    }

    pub async fn tag_resource(&self, caller: &Caller, input: &TagResourceInput<'_>) -> Result<(), Fault> {
        let resource = self.door(caller, Operation::TagResource).resource(&input.resource_arn)?;
        self.change_tags(caller, resource, |whose, realm, tags| {
            merge_for(whose, realm, tags, owned(&input.tags))
        })
        .await
    }

    pub async fn untag_resource(&self, caller: &Caller, input: &UntagResourceInput<'_>) -> Result<(), Fault> {
        let resource = self.door(caller, Operation::UntagResource).resource(&input.resource_arn)?;
        self.change_tags(caller, resource, |_, _, tags| without(tags, &input.tag_keys)).await
    }

    pub async fn list_tags_for_resource(
        &self,
        caller: &Caller,
        input: &ListTagsForResourceInput<'_>,
    ) -> Result<ListTagsForResourceOutput<'static>, Fault> {
        let door = self.door(caller, Operation::ListTagsForResource);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        let (_, tags) = resource_tags(&target.stream, &named, self.now_ms())?;
        Ok(ListTagsForResourceOutput { tags: Some(tags.iter().map(tag_shape).collect()) })
    }

    async fn change_tags(
        &self,
        caller: &Caller,
        NamedResource { arn: named, target }: NamedResource,
        mut change: impl FnMut(&str, &Realm, &Tags) -> Result<Tags, Fault>,
    ) -> Result<(), Fault> {
        let group = target.stream.group;
        self.commit(Some(caller), |state, now_ms| {
            let stream = steady_stream(state, group, &named, now_ms)?;
            let (resource, tags) = resource_tags(stream, &named, now_ms)?;
            let whose = match &named {
                ResourceArn::Stream(stream) => format!("stream {}", stream.name),
                ResourceArn::Consumer(consumer) => format!("consumer {}", consumer.name),
            };
            let tags = change(&whose, &stream.realm(), tags)?;
            Ok((Some(Change::SetTags { resource, tags }), ()))
        })
        .await
    }
}

/// The stream of a resource as the state has it, when its settings may change.
pub(crate) fn steady_stream<'a>(
    state: &'a State,
    group: u32,
    named: &ResourceArn,
    now_ms: u64,
) -> Result<&'a Stream, Fault> {
    let stream = state.streams.get(&group).ok_or_else(|| faults::resource_gone(named))?;
    require_steady(stream, now_ms)?;
    Ok(stream)
}

fn resource_tags<'a>(
    stream: &'a Stream,
    named: &ResourceArn,
    now_ms: u64,
) -> Result<(Resource, &'a Tags), Fault> {
    let group = stream.group;
    match named {
        ResourceArn::Stream(_) => Ok((Resource::Stream { group }, &stream.tags)),
        ResourceArn::Consumer(arn) => {
            let (name, consumer) =
                stream.consumer(arn, now_ms).ok_or_else(|| faults::resource_gone(named))?;
            Ok((Resource::Consumer { group, name: name.clone() }, &consumer.tags))
        }
    }
}

pub(crate) fn owned(tags: &BTreeMap<Cow<'_, str>, Cow<'_, str>>) -> Tags {
    tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn tag_shape((key, value): (&String, &String)) -> Tag<'static> {
    Tag { key: key.clone().into(), value: Some(value.clone().into()) }
}

/// `current` with `added` over it.
pub(crate) fn merge_for(whose: &str, realm: &Realm, current: &Tags, added: Tags) -> Result<Tags, Fault> {
    check_characters(added.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]))?;
    if let Some(key) = added.keys().find(|key| key.starts_with("aws:")) {
        return Err(faults::invalid_argument(format!("Tag key {key} begins with aws:, which is reserved.")));
    }
    let mut merged = current.clone();
    merged.extend(added);
    if merged.len() > TAGS_MAX {
        let (account, kind) = (&realm.account, whose.split(' ').next().unwrap_or(whose));
        return Err(faults::invalid_argument(format!(
            "Failed to add tags to {whose} under account {account} because a given {kind} cannot have more than \
             {TAGS_MAX} tags associated with it."
        )));
    }
    Ok(merged)
}

fn without(current: &Tags, keys: &[Cow<'_, str>]) -> Result<Tags, Fault> {
    // What is there may go, whatever it is made of.
    check_characters(keys.iter().map(Cow::as_ref).filter(|key| !current.contains_key(*key)))?;
    let mut left = current.clone();
    left.retain(|key, _| !keys.iter().any(|k| k == key));
    Ok(left)
}

/// White space is what separates words; tabs and ends of lines are control characters.
fn check_characters<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), Fault> {
    let is_space = |c: char| c.is_whitespace() && !c.is_control();
    let valid = |c: char| c.is_alphanumeric() || is_space(c) || "_.:/=+-%@".contains(c);
    if texts.into_iter().all(|text| text.chars().all(valid)) {
        return Ok(());
    }
    Err(faults::invalid_argument(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.",
    ))
}
