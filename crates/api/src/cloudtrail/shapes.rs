//! Trails and selectors as CloudTrail writes them, and back.

use std::borrow::Cow;

use flumen_audit::trails::{
    self, Advanced, Basic, Conditions, Field, FieldSelector, InvalidSelectors, ReadWrite, Selectors, Trail,
};
use flumen_protocol::cloudtrail::{
    AdvancedEventSelector, AdvancedFieldSelector, DataResource, EventSelector, PutEventSelectorsRequest,
    ReadWriteType, Tag, Trail as TrailShape,
};

/// Answers outlive what they are made of.
fn own(text: &str) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(text.to_owned()))
}

pub(super) fn trail(of: &Trail) -> TrailShape<'static> {
    TrailShape {
        name: own(&of.arn.name),
        s3_bucket_name: own(&of.bucket),
        s3_key_prefix: of.prefix.as_deref().and_then(own),
        include_global_service_events: Some(of.has_global),
        is_multi_region_trail: Some(of.is_multi_region),
        home_region: own(&of.arn.region),
        trail_arn: Some(of.arn.to_string().into()),
        log_file_validation_enabled: Some(of.is_validated),
        has_custom_event_selectors: Some(of.has_own_selectors),
        has_insight_selectors: Some(false),
        is_organization_trail: Some(false),
        ..Default::default()
    }
}

pub(super) fn tags(of: &Trail) -> Vec<Tag<'static>> {
    let tag = |(key, value): (&String, &String)| Tag { key: key.clone().into(), value: own(value) };
    of.tags.iter().map(tag).collect()
}

pub(super) fn tags_given(given: &[Tag<'_>]) -> Vec<(String, String)> {
    let tag = |tag: &Tag<'_>| (tag.key.to_string(), tag.value.as_deref().unwrap_or_default().to_owned());
    given.iter().map(tag).collect()
}

fn texts(given: &[String]) -> Option<Vec<Cow<'static, str>>> {
    (!given.is_empty()).then(|| given.iter().map(|text| text.clone().into()).collect())
}

fn owned(given: &Option<Vec<Cow<'_, str>>>) -> Vec<String> {
    given.iter().flatten().map(|text| text.to_string()).collect()
}

/// Those of basic ones and of advanced ones, of which a trail has either.
pub(super) type Written = (Option<Vec<EventSelector<'static>>>, Option<Vec<AdvancedEventSelector<'static>>>);

pub(super) fn selectors(of: &Selectors) -> Written {
    match of {
        Selectors::Basic(basic) => (Some(basic.iter().map(basic_written).collect()), None),
        Selectors::Advanced(advanced) => (None, Some(advanced.iter().map(advanced_written).collect())),
    }
}

fn basic_written(of: &Basic) -> EventSelector<'static> {
    let data = |data: &trails::DataResource| DataResource {
        r#type: Some(data.kind.clone().into()),
        values: Some(data.values.iter().map(|value| value.clone().into()).collect()),
    };
    EventSelector {
        read_write_type: Some(match of.read_write {
            ReadWrite::ReadOnly => ReadWriteType::ReadOnly,
            ReadWrite::WriteOnly => ReadWriteType::WriteOnly,
            ReadWrite::All => ReadWriteType::All,
        }),
        include_management_events: Some(of.management),
        data_resources: Some(of.data.iter().map(data).collect()),
        exclude_management_event_sources: Some(
            of.exclude.iter().map(|source| source.clone().into()).collect(),
        ),
    }
}

fn advanced_written(of: &Advanced) -> AdvancedEventSelector<'static> {
    let field = |FieldSelector { field, conditions }: &FieldSelector| AdvancedFieldSelector {
        field: field.as_str().into(),
        equals: texts(&conditions.equals),
        starts_with: texts(&conditions.starts_with),
        ends_with: texts(&conditions.ends_with),
        not_equals: texts(&conditions.not_equals),
        not_starts_with: texts(&conditions.not_starts_with),
        not_ends_with: texts(&conditions.not_ends_with),
    };
    AdvancedEventSelector {
        name: of.name.as_deref().and_then(own),
        field_selectors: of.fields.iter().map(field).collect(),
    }
}

/// # Errors
/// Where both kinds are given, or neither, or a field that is not known.
pub(super) fn selectors_given(given: &PutEventSelectorsRequest<'_>) -> Result<Selectors, InvalidSelectors> {
    match (&given.event_selectors, &given.advanced_event_selectors) {
        (Some(basic), None) => Ok(Selectors::Basic(basic.iter().map(basic_given).collect())),
        (None, Some(advanced)) => {
            advanced.iter().map(advanced_given).collect::<Result<_, _>>().map(Selectors::Advanced)
        }
        (Some(_), Some(_)) => Err(InvalidSelectors(
            "Either event selectors or advanced event selectors are specified, not both.".into(),
        )),
        (None, None) => Err(InvalidSelectors(
            "Neither event selectors nor advanced event selectors are specified.".into(),
        )),
    }
}

fn basic_given(given: &EventSelector<'_>) -> Basic {
    let data = |data: &DataResource<'_>| trails::DataResource {
        kind: data.r#type.as_deref().unwrap_or_default().to_owned(),
        values: owned(&data.values),
    };
    Basic {
        read_write: match given.read_write_type.unwrap_or(ReadWriteType::All) {
            ReadWriteType::ReadOnly => ReadWrite::ReadOnly,
            ReadWriteType::WriteOnly => ReadWrite::WriteOnly,
            ReadWriteType::All => ReadWrite::All,
        },
        management: given.include_management_events.unwrap_or(true),
        data: given.data_resources.iter().flatten().map(data).collect(),
        exclude: owned(&given.exclude_management_event_sources),
    }
}

fn advanced_given(given: &AdvancedEventSelector<'_>) -> Result<Advanced, InvalidSelectors> {
    let field = |given: &AdvancedFieldSelector<'_>| {
        let conditions = Conditions {
            equals: owned(&given.equals),
            starts_with: owned(&given.starts_with),
            ends_with: owned(&given.ends_with),
            not_equals: owned(&given.not_equals),
            not_starts_with: owned(&given.not_starts_with),
            not_ends_with: owned(&given.not_ends_with),
        };
        Ok(FieldSelector { field: Field::parse(&given.field)?, conditions })
    };
    let fields = given.field_selectors.iter().map(field).collect::<Result<_, _>>()?;
    Ok(Advanced { name: given.name.as_deref().map(str::to_owned), fields })
}
