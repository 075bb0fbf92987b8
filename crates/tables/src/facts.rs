//! What policies may ask of a request beside the table that it names: the condition keys of DynamoDB. They are worked out
//! when a policy names one of them, from what the request says of that table alone. Source: "Actions, resources, and
//! condition keys for Amazon DynamoDB" in the Service Authorization Reference.
//!
//! What of a request cannot be told apart counts as named: conditions on keys and attributes list what may be named.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use base64_simd::STANDARD;
use dynoxide::AttributeValue;
use dynoxide::actions::transact_get_items::TransactGet;
use dynoxide::actions::transact_write_items::{
    TransactConditionCheck, TransactDelete, TransactPut, TransactUpdate,
};
use dynoxide::types::{Tag, normalize_dynamo_number};
use flumen_access::policy::{Fact, Facts};
use flumen_types::Realm;
use serde_json::Value;

use crate::inner::Inner;
use crate::request::Request;

/// Stands for the key of an item that cannot be told; no item has it.
const UNKNOWN_KEY: &str = "";

/// Of a request that which is about one thing.
#[derive(Clone, Copy)]
pub(crate) enum Part<'r> {
    /// All of it, or in a batch what is about the table.
    Whole,
    Get(&'r TransactGet),
    Put(&'r TransactPut),
    Update(&'r TransactUpdate),
    Delete(&'r TransactDelete),
    Check(&'r TransactConditionCheck),
}

/// What a request says of one table.
pub(crate) struct OfTable<'r> {
    pub tables: &'r Inner,
    pub realm: &'r Realm,
    pub request: &'r Request,
    pub part: Part<'r>,
    /// As the request names it: a name, or an ARN.
    pub named: &'r str,
    pub index: Option<&'r str>,
    /// Of keys that have several values, since these are lent.
    lent: Lent,
}

#[derive(Default)]
struct Lent {
    leading_keys: OnceCell<Vec<String>>,
    attributes: OnceCell<Vec<String>>,
    tag_keys: OnceCell<Vec<String>>,
}

type Attributes = HashMap<String, AttributeValue>;
type Names = HashMap<String, String>;

/// Where a request names attributes and values.
#[derive(Default)]
struct Said<'r> {
    /// Keys of items, and items.
    items: Vec<&'r Attributes>,
    attributes: Vec<&'r str>,
    expressions: Vec<&'r str>,
    names: Option<&'r Names>,
    values: Option<&'r Attributes>,
    /// Conditions of the older kind, by attribute.
    by_attribute: Vec<&'r Value>,
    /// Of a query: which items are meant, in place of their keys.
    condition: Option<Condition<'r>>,
    /// Whether it says which attributes it wants, of a request that may.
    projects: Option<bool>,
    select: Option<&'r str>,
    return_values: Option<&'r str>,
    return_capacity: Option<&'r str>,
}

/// Which items a query is for.
#[derive(Clone, Copy)]
enum Condition<'r> {
    Expression(&'r str),
    /// By attribute, as they were asked for once.
    ByAttribute(&'r Value),
}

impl<'r> OfTable<'r> {
    pub fn new(
        tables: &'r Inner,
        realm: &'r Realm,
        request: &'r Request,
        part: Part<'r>,
        named: &'r str,
        index: Option<&'r str>,
    ) -> Self {
        OfTable { tables, realm, request, part, named, index, lent: Lent::default() }
    }

    fn table(&self) -> &'r str {
        self.named.rsplit_once(":table/").map_or(self.named, |(_, table)| table)
    }

    fn said(&self) -> Said<'r> {
        let by_name = |names: &'r Option<Names>, values: Option<&'r Option<Attributes>>| Said {
            names: names.as_ref(),
            values: values.and_then(Option::as_ref),
            ..Said::default()
        };
        let text = |text: &'r Option<String>| text.as_deref();
        let list =
            |list: &'r Option<Vec<String>>| list.iter().flatten().map(String::as_str).collect::<Vec<_>>();
        let older =
            |conditions: &[&'r Option<Value>]| conditions.iter().copied().flatten().collect::<Vec<_>>();
        let all = |expressions: &[Option<&'r str>]| expressions.iter().copied().flatten().collect::<Vec<_>>();
        match (self.part, self.request) {
            (Part::Get(r), _) => Said {
                items: vec![&r.key],
                expressions: all(&[text(&r.projection_expression)]),
                projects: Some(r.projection_expression.is_some()),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Put(r), _) => Said {
                items: vec![&r.item],
                expressions: all(&[text(&r.condition_expression)]),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Update(r), _) => Said {
                items: vec![&r.key],
                expressions: all(&[Some(&r.update_expression), text(&r.condition_expression)]),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Delete(r), _) => Said {
                items: vec![&r.key],
                expressions: all(&[text(&r.condition_expression)]),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Check(r), _) => Said {
                items: vec![&r.key],
                expressions: vec![&r.condition_expression],
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Whole, Request::GetItem(r)) => Said {
                items: vec![&r.key],
                attributes: list(&r.attributes_to_get),
                expressions: all(&[text(&r.projection_expression)]),
                projects: Some(r.projection_expression.is_some() || r.attributes_to_get.is_some()),
                return_capacity: text(&r.return_consumed_capacity),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Whole, Request::PutItem(r)) => Said {
                items: vec![&r.item],
                expressions: all(&[text(&r.condition_expression)]),
                by_attribute: older(&[&r.expected]),
                return_values: Some(text(&r.return_values).unwrap_or("NONE")),
                return_capacity: text(&r.return_consumed_capacity),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Whole, Request::UpdateItem(r)) => Said {
                items: vec![&r.key],
                attributes: r.attribute_updates.iter().flatten().map(|(name, _)| name.as_str()).collect(),
                expressions: all(&[text(&r.update_expression), text(&r.condition_expression)]),
                by_attribute: older(&[&r.expected]),
                return_values: Some(text(&r.return_values).unwrap_or("NONE")),
                return_capacity: text(&r.return_consumed_capacity),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Whole, Request::DeleteItem(r)) => Said {
                items: vec![&r.key],
                expressions: all(&[text(&r.condition_expression)]),
                by_attribute: older(&[&r.expected]),
                return_values: Some(text(&r.return_values).unwrap_or("NONE")),
                return_capacity: text(&r.return_consumed_capacity),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Whole, Request::BatchGetItem(r)) => {
                let Some(of_table) = r.request_items.get(self.named) else { return Said::default() };
                Said {
                    items: of_table.keys.iter().collect(),
                    attributes: list(&of_table.attributes_to_get),
                    expressions: all(&[text(&of_table.projection_expression)]),
                    projects: Some(
                        of_table.projection_expression.is_some() || of_table.attributes_to_get.is_some(),
                    ),
                    return_capacity: text(&r.return_consumed_capacity),
                    ..by_name(&of_table.expression_attribute_names, None)
                }
            }
            (Part::Whole, Request::BatchWriteItem(r)) => {
                let writes = r.request_items.get(self.named).into_iter().flatten();
                let put = |write: &'r dynoxide::actions::batch_write_item::WriteRequest| {
                    let (put, delete) = (write.put_request.as_ref(), write.delete_request.as_ref());
                    put.map(|put| &put.item).into_iter().chain(delete.map(|delete| &delete.key))
                };
                let return_capacity = text(&r.return_consumed_capacity);
                Said { items: writes.flat_map(put).collect(), return_capacity, ..Said::default() }
            }
            (Part::Whole, Request::Query(r)) => Said {
                attributes: list(&r.attributes_to_get),
                expressions: all(&[
                    text(&r.key_condition_expression),
                    text(&r.filter_expression),
                    text(&r.projection_expression),
                ]),
                by_attribute: older(&[&r.key_conditions, &r.query_filter]),
                condition: Some(match &r.key_conditions {
                    Some(conditions) => Condition::ByAttribute(conditions),
                    None => Condition::Expression(text(&r.key_condition_expression).unwrap_or_default()),
                }),
                projects: Some(r.projection_expression.is_some() || r.attributes_to_get.is_some()),
                select: text(&r.select),
                return_capacity: text(&r.return_consumed_capacity),
                ..by_name(&r.expression_attribute_names, Some(&r.expression_attribute_values))
            },
            (Part::Whole, Request::Scan(r)) => Said {
                attributes: list(&r.attributes_to_get),
                expressions: all(&[text(&r.filter_expression), text(&r.projection_expression)]),
                by_attribute: older(&[&r.scan_filter]),
                projects: Some(r.projection_expression.is_some() || r.attributes_to_get.is_some()),
                select: text(&r.select),
                return_capacity: text(&r.return_consumed_capacity),
                ..by_name(&r.expression_attribute_names, None)
            },
            (Part::Whole, _) => Said::default(),
        }
    }

    /// Of the items that are named the values of the table's or the index's partition key.
    fn leading_keys(&self) -> Vec<String> {
        let said = self.said();
        if said.items.is_empty() && said.condition.is_none() {
            return Vec::new();
        }
        let unknown = || vec![UNKNOWN_KEY.to_owned()];
        let of_table = |engine: &crate::engine::Engine| engine.partition_key(self.table(), self.index);
        let partition_key = self.tables.with_engine(self.realm, of_table).unwrap_or_default();
        if partition_key.is_empty() {
            return unknown();
        }
        let mut keys = Vec::new();
        for attribute in &partition_key {
            for item in &said.items {
                keys.push(item.get(attribute).and_then(text_of).unwrap_or_else(|| UNKNOWN_KEY.to_owned()));
            }
            if let Some(condition) = said.condition {
                keys.push(said.equal_to(condition, attribute).unwrap_or_else(|| UNKNOWN_KEY.to_owned()));
            }
        }
        keys
    }

    fn tags(&self) -> &'r [Tag] {
        match self.request {
            Request::CreateTable(r) => r.tags.as_deref().unwrap_or_default(),
            Request::TagResource(r) => &r.tags,
            _ => &[],
        }
    }

    fn tag_keys(&self) -> Vec<String> {
        match self.request {
            Request::UntagResource(r) => r.tag_keys.clone(),
            _ => self.tags().iter().map(|tag| tag.key.clone()).collect(),
        }
    }
}

impl Facts for OfTable<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        let one = |value: &str| Some(Fact::One(value.to_owned().into()));
        if let Some(name) = key.strip_prefix("aws:resourcetag/") {
            let tags = self.tables.with_engine(self.realm, |engine| engine.tags(self.table()))?;
            return of_name(&tags, name).and_then(one);
        }
        if let Some(name) = key.strip_prefix("aws:requesttag/") {
            return of_name(self.tags(), name).and_then(one);
        }
        match key {
            "aws:tagkeys" => several(self.lent.tag_keys.get_or_init(|| self.tag_keys())),
            "dynamodb:leadingkeys" => several(self.lent.leading_keys.get_or_init(|| self.leading_keys())),
            "dynamodb:attributes" => {
                several(self.lent.attributes.get_or_init(|| self.said().all_attributes()))
            }
            "dynamodb:select" => {
                let said = self.said();
                let by_default = match (said.projects?, self.index) {
                    (true, _) => "SPECIFIC_ATTRIBUTES",
                    (false, Some(_)) => "ALL_PROJECTED_ATTRIBUTES",
                    (false, None) => "ALL_ATTRIBUTES",
                };
                one(said.select.unwrap_or(by_default))
            }
            "dynamodb:returnvalues" => one(self.said().return_values?),
            "dynamodb:returnconsumedcapacity" => one(self.said().return_capacity?),
            "dynamodb:enclosingoperation" => match self.part {
                Part::Whole => None,
                Part::Get(_) => one("TransactGetItems"),
                _ => one("TransactWriteItems"),
            },
            _ => None,
        }
    }
}

impl Said<'_> {
    /// Every attribute that is named, at the top of items.
    fn all_attributes(&self) -> Vec<String> {
        let of_items = self.items.iter().flat_map(|item| item.keys()).map(String::as_str);
        let of_expressions =
            self.expressions.iter().flat_map(|text| tokens(text)).filter_map(|token| match token {
                Token::Name(name) => Some(self.resolved(name)),
                _ => None,
            });
        let of_older = self.by_attribute.iter().filter_map(|conditions| conditions.as_object());
        let of_older = of_older.flat_map(|conditions| conditions.keys().map(String::as_str));
        let all = of_items.chain(self.attributes.iter().copied()).chain(of_expressions).chain(of_older);
        all.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn resolved<'n>(&'n self, name: &'n str) -> &'n str {
        self.names.and_then(|names| names.get(name)).map_or(name, String::as_str)
    }

    /// What the attribute must be equal to.
    fn equal_to(&self, condition: Condition<'_>, attribute: &str) -> Option<String> {
        let expression = match condition {
            Condition::Expression(expression) => expression,
            Condition::ByAttribute(conditions) => {
                let condition = conditions.get(attribute)?;
                let is_equal = condition.get("ComparisonOperator")? == "EQ";
                let value = condition.get("AttributeValueList")?.get(0).filter(|_| is_equal)?;
                return text_of(&serde_json::from_value(value.clone()).ok()?);
            }
        };
        let tokens: Vec<_> = tokens(expression).collect();
        let mut found = tokens.windows(3).filter_map(|three| match three {
            [Token::Name(name), Token::Equals, Token::Value(value)] if self.resolved(name) == attribute => {
                Some(*value)
            }
            _ => None,
        });
        self.values?.get(found.next()?).and_then(text_of)
    }
}

/// What matters in an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'e> {
    /// Of an attribute at the top of an item, or with a hash sign in its place.
    Name(&'e str),
    /// With its colon.
    Value(&'e str),
    Equals,
    /// Anything else.
    Other,
}

/// Which words stand for themselves; no attribute is called so without a hash sign.
const WORDS: [&str; 9] = ["AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"];

fn tokens(expression: &str) -> impl Iterator<Item = Token<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | ':');
    let mut rest = expression;
    let mut is_nested = false;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end = match is_word(first) {
            true => rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        let follows_dot = std::mem::replace(&mut is_nested, token == ".");
        Some(match token {
            "=" => Token::Equals,
            _ if token.starts_with(':') => Token::Value(token),
            _ if !is_word(first) || follows_dot || first.is_ascii_digit() => Token::Other,
            _ if after.trim_start().starts_with('(') => Token::Other,
            _ if WORDS.iter().any(|word| word.eq_ignore_ascii_case(token)) => Token::Other,
            _ => Token::Name(token),
        })
    })
}

/// None are no fact.
fn several(values: &[String]) -> Option<Fact<'_>> {
    (!values.is_empty()).then_some(Fact::Many(values))
}

/// As policies have keys; nothing of what is no key.
fn text_of(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) => Some(text.clone()),
        AttributeValue::N(number) => Some(normalize_dynamo_number(number)),
        AttributeValue::B(bytes) => Some(STANDARD.encode_to_string(bytes)),
        _ => None,
    }
}

/// Keys of tags are compared without regard to case.
fn of_name<'t>(tags: &'t [Tag], name: &str) -> Option<&'t str> {
    let exact = tags.iter().find(|tag| tag.key == name);
    exact.or_else(|| tags.iter().find(|tag| tag.key.eq_ignore_ascii_case(name))).map(|tag| &*tag.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_those_at_the_top() {
        let of = |text| {
            tokens(text)
                .filter_map(|token| match token {
                    Token::Name(name) => Some(name),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("SET a.b[0].c = if_not_exists(d, :v), #e = list_append (f,:w) REMOVE g"),
            ["a", "d", "#e", "f", "g"]
        );
        assert_eq!(of("(attribute_exists(a) AND NOT b<>:x) or c between :a and :b"), ["a", "b", "c"]);
        assert_eq!(of("a,b , größe"), ["a", "b", "größe"]);
        assert_eq!(tokens("k=:k").collect::<Vec<_>>(), [Token::Name("k"), Token::Equals, Token::Value(":k")]);
        assert_eq!(of(""), [""; 0]);
    }
}
