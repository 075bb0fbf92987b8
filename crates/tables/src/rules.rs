//! What AWS demands of a request by itself and the engine does not look at: lengths and counts of its model, and rules about
//! tags. Asked before a request is appended, never of a command on the log, which stays what it was when it was taken.

use std::collections::BTreeSet;

use dynoxide::DynoxideError;
use dynoxide::types::Tag;

use crate::answer::{Answer, Code};
use crate::engine::Engine;
use crate::request::Request;

const ATTRIBUTE_NAME_BYTES_MAX: usize = 65_535;
/// Of an attribute in the key of a table or of an index.
const KEY_NAME_MAX: usize = 255;
const TIME_TO_LIVE_NAME_MAX: usize = 255;
const TAG_KEY_MAX: usize = 128;
const TAG_VALUE_MAX: usize = 256;
const TAGS_MAX: usize = 50;
const RESERVED_TAGS: &str = "aws:";

/// What depends on the tables as they are: a change of time to live to what is so already. Two requests at once may both
/// pass, and the second then changes nothing.
pub(crate) fn refusal_by(engine: &Engine, request: &Request) -> Result<Option<Answer>, DynoxideError> {
    let Request::UpdateTimeToLive(r) = request else { return Ok(None) };
    if !engine.has_table(&r.table_name)? {
        return Ok(None);
    }
    let wanted = &r.time_to_live_specification;
    let text = match engine.expires_by(&r.table_name)? {
        Some(current) if current != wanted.attribute_name => {
            format!("TimeToLive is active on a different AttributeName: current AttributeName is {current}")
        }
        Some(_) if wanted.enabled => "TimeToLive is already enabled".to_owned(),
        None if !wanted.enabled => "TimeToLive is already disabled".to_owned(),
        _ => return Ok(None),
    };
    Ok(Some(Answer::refusal(Code::Validation, text)))
}

/// The refusal of the first rule that does not hold of the request by itself.
pub(crate) fn refusal(request: &Request) -> Option<Answer> {
    let broken = match request {
        Request::CreateTable(r) => r.tags.as_deref().and_then(tags),
        Request::TagResource(r) => table(r.resource_arn.as_deref()).or_else(|| tags(&r.tags)),
        Request::UntagResource(r) => {
            table(r.resource_arn.as_deref()).or_else(|| r.tag_keys.iter().find_map(|key| tag_key(key)))
        }
        Request::ListTagsOfResource(r) => table(r.resource_arn.as_deref()),
        Request::UpdateTable(r) => r.attribute_definitions.iter().flatten().find_map(|definition| {
            let name = &definition.attribute_name;
            length(name, "attributeDefinitions.1.member.attributeName", KEY_NAME_MAX)
        }),
        Request::GetItem(r) => r.attributes_to_get.as_deref().and_then(|names| attributes(names, "")),
        Request::Query(r) => r.attributes_to_get.as_deref().and_then(|names| attributes(names, "")),
        Request::Scan(r) => r.attributes_to_get.as_deref().and_then(|names| attributes(names, "")),
        Request::BatchGetItem(r) => r.request_items.iter().find_map(|(table, asked)| {
            attributes(asked.attributes_to_get.as_deref()?, &format!("requestItems.{table}.member."))
        }),
        Request::UpdateTimeToLive(r) => {
            let name = &r.time_to_live_specification.attribute_name;
            length(name, "timeToLiveSpecification.attributeName", TIME_TO_LIVE_NAME_MAX)
        }
        _ => None,
    };
    broken.map(|text| Answer::refusal(Code::Validation, text))
}

fn constraint(value: &str, at: &str, rule: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: Member must have {rule}"
    )
}

/// The ARN of a table and of nothing within it: the engine would take the table of whatever is written behind its name, which
/// is not what was decided about.
fn table(arn: Option<&str>) -> Option<String> {
    let (arn, name) = arn.and_then(|arn| Some((arn, arn.split_once(":table/")?.1)))?;
    name.contains('/').then(|| format!("Invalid TableArn: Invalid ResourceArn provided as input {arn}"))
}

/// Of at least one character.
fn length(value: &str, at: &str, max: usize) -> Option<String> {
    match value.chars().count() {
        0 => Some(constraint(value, at, "length greater than or equal to 1")),
        length if length > max => Some(constraint(value, at, &format!("length less than or equal to {max}"))),
        _ => None,
    }
}

fn attributes(names: &[String], of: &str) -> Option<String> {
    let at = format!("{of}attributesToGet");
    if names.is_empty() {
        return Some(constraint("[]", &at, "length greater than or equal to 1"));
    }
    let long = names.iter().any(|name| name.len() > ATTRIBUTE_NAME_BYTES_MAX);
    long.then(|| {
        let text = "Member must satisfy constraint: [Member must have length less than or equal to 65535]";
        format!("1 validation error detected: Value at '{at}' failed to satisfy constraint: {text}")
    })
}

const WRONG: &str = "One or more parameter values were invalid: ";

fn tag_key(key: &str) -> Option<String> {
    let wrong = !(1..=TAG_KEY_MAX).contains(&key.chars().count());
    wrong.then(|| format!("{WRONG}Tag key must be between 1 and {TAG_KEY_MAX} characters"))
}

fn tags(tags: &[Tag]) -> Option<String> {
    let mut seen = BTreeSet::new();
    if tags.len() > TAGS_MAX {
        return Some(format!("{WRONG}{} tags are given; a table has at most {TAGS_MAX}", tags.len()));
    }
    tags.iter().find_map(|Tag { key, value }| {
        if let Some(wrong) = tag_key(key) {
            Some(wrong)
        } else if value.chars().count() > TAG_VALUE_MAX {
            Some(format!("{WRONG}Tag value must be between 0 and {TAG_VALUE_MAX} characters"))
        } else if key.to_ascii_lowercase().starts_with(RESERVED_TAGS) {
            Some(format!("{WRONG}Tag key {key} is reserved, since it begins with {RESERVED_TAGS}"))
        } else if !seen.insert(key) {
            Some(format!("{WRONG}Tag key {key} is given more than once"))
        } else {
            None
        }
    })
}
