//! Which events a trail has: basic selectors and advanced ones. Source:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html>

use serde::{Deserialize, Serialize};

use crate::Attributes;

/// Of a trail.
const BASIC_MAX: usize = 5;
const DATA_RESOURCES_MAX: usize = 250;
/// Conditions of all advanced selectors of a trail.
const CONDITIONS_MAX: usize = 500;
/// What basic selectors know data events of, and what stands in an ARN's place for all of them.
const BASIC_DATA: [(&str, &str); 3] = [
    ("AWS::S3::Object", "arn:aws:s3"),
    ("AWS::Lambda::Function", "arn:aws:lambda"),
    ("AWS::DynamoDB::Table", "arn:aws:dynamodb"),
];
/// Management events that basic selectors may leave out.
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// Of one trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Selectors {
    Basic(Vec<Basic>),
    Advanced(Vec<Advanced>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadWrite {
    ReadOnly,
    WriteOnly,
    #[default]
    All,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basic {
    pub read_write: ReadWrite,
    pub management: bool,
    pub data: Vec<DataResource>,
    /// Sources whose management events are left out.
    pub exclude: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataResource {
    pub kind: String,
    /// ARNs, or what ARNs begin with.
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Advanced {
    pub name: Option<String>,
    /// All of them have to hold.
    pub fields: Vec<FieldSelector>,
}

/// What an advanced selector looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    EventCategory,
    EventName,
    EventSource,
    ReadOnly,
    ResourceArn,
    ResourceType,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldSelector {
    pub field: Field,
    pub conditions: Conditions,
}

/// One of the first three has to hold where there are any, and none of the others may.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    pub equals: Vec<String>,
    pub starts_with: Vec<String>,
    pub ends_with: Vec<String>,
    pub not_equals: Vec<String>,
    pub not_starts_with: Vec<String>,
    pub not_ends_with: Vec<String>,
}

/// What selectors look at in an event.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub is_management: bool,
    /// `kinesis.amazonaws.com`.
    pub source: &'a str,
    pub name: &'a str,
    pub read_only: bool,
    pub resources: &'a [SeenResource<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct SeenResource<'a> {
    /// `AWS::Kinesis::Stream`.
    pub kind: &'a str,
    pub arn: &'a str,
}

/// Selectors that CloudTrail refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSelectors(pub String);

fn refused(text: impl Into<String>) -> InvalidSelectors {
    InvalidSelectors(text.into())
}

impl Default for Selectors {
    /// All management events.
    fn default() -> Self {
        let (read_write, management) = (ReadWrite::All, true);
        Selectors::Basic(vec![Basic { read_write, management, data: Vec::new(), exclude: Vec::new() }])
    }
}

impl Selectors {
    /// # Errors
    /// Where CloudTrail would not take them.
    pub fn check(&self) -> Result<(), InvalidSelectors> {
        match self {
            Selectors::Basic(basic) => check_basic(basic),
            Selectors::Advanced(advanced) => check_advanced(advanced),
        }
    }

    /// Whether they want an event.
    pub fn want(&self, seen: &Seen<'_>) -> bool {
        match self {
            Selectors::Basic(basic) => basic.iter().any(|selector| selector.wants(seen)),
            Selectors::Advanced(advanced) => advanced.iter().any(|selector| selector.wants(seen)),
        }
    }

    /// The same of a written event.
    pub fn want_written(&self, event: &Attributes<'_>) -> bool {
        let resources: Vec<SeenResource<'_>> = (event.resources.iter())
            .map(|resource| SeenResource {
                kind: resource.kind.as_deref().unwrap_or_default(),
                arn: &resource.arn,
            })
            .collect();
        self.want(&Seen {
            is_management: event.management_event,
            source: &event.event_source,
            name: &event.event_name,
            read_only: event.read_only,
            resources: &resources,
        })
    }

    /// Whether there may be data events that they want.
    pub fn want_data(&self) -> bool {
        match self {
            Selectors::Basic(basic) => basic.iter().any(|selector| !selector.data.is_empty()),
            Selectors::Advanced(advanced) => advanced.iter().any(Advanced::is_of_data),
        }
    }
}

impl Basic {
    fn wants(&self, seen: &Seen<'_>) -> bool {
        let fits = match self.read_write {
            ReadWrite::All => true,
            ReadWrite::ReadOnly => seen.read_only,
            ReadWrite::WriteOnly => !seen.read_only,
        };
        if !fits {
            return false;
        }
        if seen.is_management {
            return self.management && !self.exclude.iter().any(|source| source == seen.source);
        }
        let names = |data: &DataResource, resource: &SeenResource<'_>| {
            data.kind == resource.kind && data.values.iter().any(|value| begins(resource.arn, value))
        };
        self.data.iter().any(|data| seen.resources.iter().any(|resource| names(data, resource)))
    }
}

/// Whether an ARN is the one that is named, or under it.
fn begins(arn: &str, named: &str) -> bool {
    arn.strip_prefix(named)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']) || named.ends_with(['/', ':']))
}

impl Advanced {
    fn is_of_data(&self) -> bool {
        let of_data = |field: &FieldSelector| {
            field.field == Field::EventCategory
                && field.conditions.equals.iter().any(|category| category == "Data")
        };
        self.fields.iter().any(of_data)
    }

    fn wants(&self, seen: &Seen<'_>) -> bool {
        let of_event = |field: &FieldSelector| match field.field {
            Field::EventCategory => {
                field.conditions.hold(if seen.is_management { "Management" } else { "Data" })
            }
            Field::EventName => field.conditions.hold(seen.name),
            Field::EventSource => field.conditions.hold(seen.source),
            Field::ReadOnly => field.conditions.hold(if seen.read_only { "true" } else { "false" }),
            Field::ResourceArn | Field::ResourceType => true,
        };
        let is_of_resources =
            |field: &&FieldSelector| matches!(field.field, Field::ResourceArn | Field::ResourceType);
        // Type and ARN have to be the same resource's.
        let of_resource = |resource: &SeenResource<'_>| {
            self.fields.iter().filter(is_of_resources).all(|field| match field.field {
                Field::ResourceArn => field.conditions.hold(resource.arn),
                _ => field.conditions.hold(resource.kind),
            })
        };
        self.fields.iter().all(of_event)
            && (!self.fields.iter().any(|field| is_of_resources(&field))
                || seen.resources.iter().any(of_resource))
    }
}

impl Conditions {
    fn hold(&self, value: &str) -> bool {
        let is_any = self.equals.len() + self.starts_with.len() + self.ends_with.len() > 0;
        let one_of = |equals: &[String], starts: &[String], ends: &[String]| {
            equals.iter().any(|text| text == value)
                || starts.iter().any(|text| value.starts_with(text.as_str()))
                || ends.iter().any(|text| value.ends_with(text.as_str()))
        };
        (!is_any || one_of(&self.equals, &self.starts_with, &self.ends_with))
            && !one_of(&self.not_equals, &self.not_starts_with, &self.not_ends_with)
    }

    fn count(&self) -> usize {
        self.equals.len() + self.others()
    }

    /// Those that are no `Equals`.
    fn others(&self) -> usize {
        let Conditions { starts_with, ends_with, not_equals, not_starts_with, not_ends_with, .. } = self;
        starts_with.len() + ends_with.len() + not_equals.len() + not_starts_with.len() + not_ends_with.len()
    }
}

impl Field {
    const ALL: [(Field, &str); 6] = [
        (Field::EventCategory, "eventCategory"),
        (Field::EventName, "eventName"),
        (Field::EventSource, "eventSource"),
        (Field::ReadOnly, "readOnly"),
        (Field::ResourceArn, "resources.ARN"),
        (Field::ResourceType, "resources.type"),
    ];

    pub fn as_str(self) -> &'static str {
        Field::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }

    /// # Errors
    /// Where advanced selectors have no such field here.
    pub fn parse(name: &str) -> Result<Self, InvalidSelectors> {
        let found = Field::ALL.iter().find(|(_, known)| *known == name).map(|(field, _)| *field);
        found.ok_or_else(|| {
            let known = Field::ALL.map(|(_, name)| name).join(", ");
            refused(format!("The field {name} is not one that is selected by here: {known} are."))
        })
    }
}

fn check_basic(selectors: &[Basic]) -> Result<(), InvalidSelectors> {
    if selectors.is_empty() || selectors.len() > BASIC_MAX {
        let found = selectors.len();
        return Err(refused(format!(
            "A trail has 1 to {BASIC_MAX} event selectors; {found} were specified."
        )));
    }
    let values: usize =
        selectors.iter().flat_map(|selector| &selector.data).map(|data| data.values.len()).sum();
    if values > DATA_RESOURCES_MAX {
        let most = DATA_RESOURCES_MAX;
        return Err(refused(format!(
            "The event selectors of a trail name at most {most} data resources, and not {values}."
        )));
    }
    for selector in selectors {
        if !selector.management && selector.data.is_empty() {
            return Err(refused("An event selector must include management events or data resources."));
        }
        if let Some(source) = selector.exclude.iter().find(|source| !EXCLUDABLE.contains(&source.as_str())) {
            let known = EXCLUDABLE.join(" and ");
            return Err(refused(format!("The source {source} cannot be excluded: {known} can.")));
        }
        if !selector.management && !selector.exclude.is_empty() {
            return Err(refused(
                "Sources of management events are excluded where management events are included.",
            ));
        }
        selector.data.iter().try_for_each(check_data)?;
    }
    Ok(())
}

fn check_data(data: &DataResource) -> Result<(), InvalidSelectors> {
    let Some((_, begin)) = BASIC_DATA.iter().find(|(kind, _)| *kind == data.kind) else {
        let known = BASIC_DATA.map(|(kind, _)| kind).join(", ");
        return Err(refused(format!(
            "Event selectors know no data resources of the type {}: {known} are known. Others are selected by advanced event \
             selectors.",
            data.kind
        )));
    };
    if data.values.is_empty() {
        return Err(refused(format!(
            "No values are specified for the data resources of the type {}.",
            data.kind
        )));
    }
    match data.values.iter().find(|value| !begins(value, begin)) {
        Some(value) => Err(refused(format!("Value {value} for the type {} is invalid.", data.kind))),
        None => Ok(()),
    }
}

fn check_advanced(selectors: &[Advanced]) -> Result<(), InvalidSelectors> {
    if selectors.is_empty() {
        return Err(refused("A trail has at least one event selector."));
    }
    let conditions: usize =
        selectors.iter().flat_map(|selector| &selector.fields).map(|field| field.conditions.count()).sum();
    if conditions > CONDITIONS_MAX {
        let most = CONDITIONS_MAX;
        return Err(refused(format!(
            "The advanced event selectors of a trail have at most {most} conditions, and not {conditions}."
        )));
    }
    selectors.iter().try_for_each(check_one_advanced)
}

fn check_one_advanced(selector: &Advanced) -> Result<(), InvalidSelectors> {
    for (place, FieldSelector { field, conditions }) in selector.fields.iter().enumerate() {
        let name = field.as_str();
        if selector.fields[..place].iter().any(|before| before.field == *field) {
            return Err(refused(format!("The field {name} is specified twice in one selector.")));
        }
        if conditions.count() == 0 {
            return Err(refused(format!("The field {name} has no condition.")));
        }
        let is_one_of = match field {
            Field::EventCategory => &["Management", "Data"][..],
            Field::ReadOnly => &["true", "false"],
            Field::ResourceType => &[],
            _ => continue,
        };
        let (only, is_plain) = (conditions.equals.first(), conditions.count() == 1);
        match only {
            Some(value) if is_plain && (is_one_of.is_empty() || is_one_of.contains(&value.as_str())) => {}
            Some(value) if is_plain => {
                let known = is_one_of.join(" or ");
                return Err(refused(format!("The field {name} equals {known} here, and not {value}.")));
            }
            _ => return Err(refused(format!("The field {name} takes Equals with one value alone."))),
        }
    }
    let has = |wanted: Field| selector.fields.iter().any(|field| field.field == wanted);
    if !has(Field::EventCategory) {
        return Err(refused("Every advanced event selector must have the field eventCategory."));
    }
    match selector.is_of_data() {
        true if !has(Field::ResourceType) => {
            Err(refused("An advanced event selector for data events must have the field resources.type."))
        }
        false if has(Field::ResourceType) || has(Field::ResourceArn) => {
            Err(refused("An advanced event selector for management events selects by no resources."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

    fn field(field: Field, conditions: Conditions) -> FieldSelector {
        FieldSelector { field, conditions }
    }

    fn equals(value: &str) -> Conditions {
        Conditions { equals: vec![value.into()], ..Default::default() }
    }

    fn of_data(further: Vec<FieldSelector>) -> Selectors {
        let mut fields = vec![
            field(Field::EventCategory, equals("Data")),
            field(Field::ResourceType, equals("AWS::Kinesis::Stream")),
        ];
        fields.extend(further);
        Selectors::Advanced(vec![Advanced { name: None, fields }])
    }

    fn wants(
        selectors: &Selectors,
        is_management: bool,
        name: &str,
        read_only: bool,
        arns: &[(&str, &str)],
    ) -> bool {
        let resources: Vec<_> = arns.iter().map(|&(kind, arn)| SeenResource { kind, arn }).collect();
        let source = "kinesis.amazonaws.com";
        selectors.want(&Seen { is_management, source, name, read_only, resources: &resources })
    }

    #[test]
    fn without_any_a_trail_has_management_events() {
        let all = Selectors::default();
        assert_eq!(all.check(), Ok(()));
        assert!(wants(&all, true, "CreateStream", false, &[]) && wants(&all, true, "ListStreams", true, &[]));
        assert!(!wants(&all, false, "PutRecord", false, &[("AWS::Kinesis::Stream", STREAM)]));
        assert!(!all.want_data());
    }

    #[test]
    fn basic_ones_tell_reads_from_writes_and_tables_by_their_arns() {
        let basic = |read_write, management, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            let data = vec![DataResource { kind: "AWS::DynamoDB::Table".into(), values }];
            Selectors::Basic(vec![Basic { read_write, management, data, exclude: Vec::new() }])
        };
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/leases";
        let items = |selectors: &Selectors, arn: &str| {
            wants(selectors, false, "PutItem", false, &[("AWS::DynamoDB::Table", arn)])
        };
        let one = basic(ReadWrite::WriteOnly, false, &[table]);
        assert!(one.want_data() && items(&one, table) && items(&one, &format!("{table}/index/i")));
        assert!(!items(&one, &format!("{table}2")), "a name that begins like it");
        assert!(!wants(&one, true, "CreateTable", false, &[("AWS::DynamoDB::Table", table)]));
        assert!(!wants(&basic(ReadWrite::ReadOnly, true, &[table]), true, "CreateTable", false, &[]));
        assert!(items(&basic(ReadWrite::All, true, &["arn:aws:dynamodb"]), table));
        assert!(!wants(&one, false, "PutRecord", false, &[("AWS::Kinesis::Stream", table)]));
    }

    #[test]
    fn advanced_ones_select_streams() {
        let with = |conditions| of_data(vec![field(Field::ResourceArn, conditions)]);
        let puts = |selectors: &Selectors, arn: &str| {
            assert_eq!(selectors.check(), Ok(()));
            wants(selectors, false, "PutRecord", false, &[("AWS::Kinesis::Stream", arn)])
        };
        let starts = |text: &str| Conditions { starts_with: vec![text.into()], ..Default::default() };
        let ends = |text: &str| Conditions { ends_with: vec![text.into()], ..Default::default() };
        assert!(puts(&of_data(Vec::new()), STREAM));
        assert!(puts(&with(equals(STREAM)), STREAM) && !puts(&with(equals("x")), STREAM));
        assert!(puts(&with(starts("arn:aws:kinesis")), STREAM) && !puts(&with(starts("orders")), STREAM));
        assert!(puts(&with(ends("/orders")), STREAM) && !puts(&with(ends("/order")), STREAM));
        let not = |conditions: Conditions| Conditions {
            not_equals: conditions.equals,
            not_starts_with: conditions.starts_with,
            not_ends_with: conditions.ends_with,
            ..Default::default()
        };
        assert!(!puts(&with(not(equals(STREAM))), STREAM) && puts(&with(not(equals("x"))), STREAM));
        assert!(!puts(&with(not(starts("arn"))), STREAM) && !puts(&with(not(ends("orders"))), STREAM));
        let both = Conditions { not_ends_with: vec!["orders".into()], ..starts("arn") };
        assert!(!puts(&with(both.clone()), STREAM) && puts(&with(both), &STREAM.replace("orders", "other")));
    }

    #[test]
    fn type_and_arn_are_of_the_same_resource() {
        let selectors = of_data(vec![field(Field::ResourceArn, equals("b"))]);
        let both = |streams| {
            wants(&selectors, false, "X", true, &[("AWS::Kinesis::Stream", streams), ("Other", "b")])
        };
        assert!(both("b") && !both("a"));
        assert!(!wants(&selectors, false, "X", true, &[]));
    }

    #[test]
    fn names_sources_and_kinds_of_calls_are_selected() {
        let management = |further| {
            let fields =
                [field(Field::EventCategory, equals("Management"))].into_iter().chain([further]).collect();
            Selectors::Advanced(vec![Advanced { name: Some("n".into()), fields }])
        };
        let reads = management(field(Field::ReadOnly, equals("true")));
        assert!(
            wants(&reads, true, "ListStreams", true, &[]) && !wants(&reads, true, "CreateStream", false, &[])
        );
        assert!(!wants(&reads, false, "GetRecords", true, &[]) && !reads.want_data());
        let lists = Conditions { starts_with: vec!["List".into(), "Describe".into()], ..Default::default() };
        let lists = management(field(Field::EventName, lists));
        assert!(wants(&lists, true, "DescribeStream", true, &[]) && !wants(&lists, true, "GetX", true, &[]));
        let other = Conditions { not_equals: vec!["kinesis.amazonaws.com".into()], ..Default::default() };
        assert!(!wants(&management(field(Field::EventSource, other)), true, "ListStreams", true, &[]));
        for selectors in [reads, lists] {
            assert_eq!(selectors.check(), Ok(()));
        }
    }

    #[test]
    fn what_cloudtrail_does_not_take_is_refused_with_the_field() {
        let advanced = |fields| Selectors::Advanced(vec![Advanced { name: None, fields }]);
        let data = |kind: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            vec![DataResource { kind: kind.into(), values }]
        };
        let basic = |management, data, exclude: &[&str]| {
            let exclude = exclude.iter().map(|source| (*source).to_owned()).collect();
            Basic { read_write: ReadWrite::All, management, data, exclude }
        };
        let category = |name| field(Field::EventCategory, equals(name));
        let two = Conditions { equals: vec!["a".into(), "b".into()], ..Default::default() };
        let many: Vec<String> = (0..501).map(|n| n.to_string()).collect();
        let many = Conditions { equals: many, ..Default::default() };
        let table = "AWS::DynamoDB::Table";
        for (selectors, told) in [
            (Selectors::Basic(Vec::new()), "1 to 5"),
            (Selectors::Basic(vec![basic(true, Vec::new(), &[]); 6]), "6 were specified"),
            (Selectors::Basic(vec![basic(false, Vec::new(), &[])]), "must include"),
            (Selectors::Basic(vec![basic(true, Vec::new(), &["iam.amazonaws.com"])]), "iam.amazonaws.com"),
            (Selectors::Basic(vec![basic(true, data("AWS::Kinesis::Stream", &[STREAM]), &[])]), "advanced"),
            (Selectors::Basic(vec![basic(true, data(table, &[STREAM]), &[])]), "is invalid"),
            (Selectors::Basic(vec![basic(true, data(table, &[]), &[])]), "No values"),
            (Selectors::Basic(vec![basic(true, data(table, &["arn:aws:dynamodb"; 251]), &[])]), "250"),
            (Selectors::Advanced(Vec::new()), "at least one"),
            (advanced(vec![field(Field::ReadOnly, equals("true"))]), "eventCategory"),
            (advanced(vec![category("Data")]), "resources.type"),
            (advanced(vec![category("Insight")]), "Management or Data here, and not Insight"),
            (advanced(vec![category("Management"), category("Management")]), "twice"),
            (advanced(vec![category("Management"), field(Field::ResourceType, equals("x"))]), "no resources"),
            (
                advanced(vec![category("Management"), field(Field::EventName, Conditions::default())]),
                "no condition",
            ),
            (advanced(vec![category("Data"), field(Field::ResourceType, two)]), "one value alone"),
            (advanced(vec![category("Management"), field(Field::EventName, many)]), "at most 500"),
        ] {
            let refused = selectors.check().unwrap_err().to_string();
            assert!(refused.contains(told), "{told}: {refused}");
        }
        assert!(Field::parse("userIdentity.arn").is_err());
        assert!(
            Field::ALL
                .iter()
                .all(|(field, name)| Field::parse(name) == Ok(*field) && field.as_str() == *name)
        );
    }
}
