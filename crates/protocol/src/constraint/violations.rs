//! Collects what is wrong with a body, up to AWS's ten, in AWS's words.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use super::{Path, Range, StringRule};
use crate::{Blob, ErrorCode, Fault, TextMap};

/// More are not listed, and not counted.
const LISTED_MAX: usize = 10;

/// A closed set of names.
pub trait Enumeration: Sized + Default {
    /// As messages list it: `[A, B]`.
    const VALUE_SET: &'static str;
    fn parse(name: &str) -> Option<Self>;
}

/// The violations found so far.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

#[derive(Debug)]
struct Violation {
    path: String,
    /// `Value ... at '...' failed to satisfy constraint: ...`
    text: String,
}

impl Violations {
    pub fn into_fault(self) -> Option<Fault> {
        let (first, rest) = self.0.split_first()?;
        let errors = if rest.is_empty() { "error" } else { "errors" };
        let mut message = format!("{} validation {errors} detected: {}", self.0.len(), first.text);
        for violation in rest {
            message.push_str("; ");
            message.push_str(&violation.text);
        }
        Some(Fault::new(ErrorCode::ValidationException, message))
    }

    /// Drops what was found at and below `at`: the body says the member again, and the last one counts.
    #[inline]
    pub fn forget(&mut self, at: &Path<'_>) {
        if !self.0.is_empty() {
            self.0.retain(|violation| !at.contains(&violation.path));
        }
    }

    /// The value, or a violation and a value that is thrown away with the rest of the input.
    #[inline]
    pub fn required<T: Default>(&mut self, at: &Path<'_>, name: &'static str, value: Option<T>) -> T {
        value.unwrap_or_else(|| {
            self.add(at, name, "Value null", "Member must not be null");
            T::default()
        })
    }

    #[inline]
    pub fn string(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: &Option<Cow<'_, str>>,
        rule: &StringRule,
    ) {
        if let Some(value) = value
            && !rule.admits(value)
        {
            self.refuse_string(at, name, value, rule);
        }
    }

    #[cold]
    fn refuse_string(&mut self, at: &Path<'_>, name: &'static str, value: &str, rule: &StringRule) {
        let shown = format!("Value '{value}'");
        if let Some(pattern) = &rule.pattern
            && !rule.is_beyond(value)
            && !pattern.matches(value)
        {
            let constraint = format!("Member must satisfy regular expression pattern: {}", pattern.text());
            self.add(at, name, &shown, &constraint);
        }
        self.range(at, name, "length", value.encode_utf16().count(), rule.length, || shown);
    }

    #[inline]
    pub fn integer(&mut self, at: &Path<'_>, name: &'static str, value: Option<i32>, range: Range<i32>) {
        if let Some(value) = value {
            self.range(at, name, "value", value, range, || format!("Value '{value}'"));
        }
    }

    #[inline]
    pub fn long(&mut self, at: &Path<'_>, name: &'static str, value: Option<i64>, range: Range<i64>) {
        if let Some(value) = value {
            self.range(at, name, "value", value, range, || format!("Value '{value}'"));
        }
    }

    /// The value of a blob is not shown.
    #[inline]
    pub fn blob(&mut self, at: &Path<'_>, name: &'static str, value: &Option<Blob<'_>>, range: Range<usize>) {
        if let Some(value) = value {
            self.range(at, name, "length", value.len(), range, || "Value".into());
        }
    }

    /// The length of a list of structures; its value is shown only when empty.
    #[inline]
    pub fn structures<T>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: &Option<Vec<T>>,
        range: Range<usize>,
    ) {
        if let Some(value) = value {
            let shown = || if value.is_empty() { "Value '[]'" } else { "Value" }.into();
            self.range(at, name, "length", value.len(), range, shown);
        }
    }

    pub fn strings(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: &Option<Vec<Cow<'_, str>>>,
        range: Range<usize>,
        item: &StringRule,
    ) {
        let Some(value) = value else { return };
        if !value.iter().all(|text| item.admits(text)) {
            let constraint = format!("Member must satisfy constraint: {}", of_length(item));
            self.add(at, name, &show_list(value), &constraint);
        }
        self.range(at, name, "length", value.len(), range, || show_list(value));
    }

    pub fn map(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: &Option<TextMap<'_>>,
        range: Range<usize>,
        key: &StringRule,
        item: &StringRule,
    ) {
        let Some(value) = value else { return };
        if !value.keys().all(|text| key.admits(text)) {
            let constraint = format!("Map keys must satisfy constraint: {}", of_length(key));
            self.add(at, name, &show_map(value), &constraint);
        }
        if !value.values().all(|text| item.admits(text)) {
            let constraint = format!("Map value must satisfy constraint: {}", of_length(item));
            self.add(at, name, &show_map(value), &constraint);
        }
        self.range(at, name, "length", value.len(), range, || show_map(value));
    }

    pub fn enumeration<T: Enumeration>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: Option<Cow<'_, str>>,
    ) -> Option<T> {
        let value = value?;
        // A value to throw away: the input is refused.
        Some(T::parse(&value).unwrap_or_else(|| {
            let constraint = format!("Member must satisfy enum value set: {}", T::VALUE_SET);
            self.add(at, name, &format!("Value '{value}'"), &constraint);
            T::default()
        }))
    }

    pub fn enumerations<T: Enumeration>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: Option<Vec<Cow<'_, str>>>,
        range: Range<usize>,
    ) -> Option<Vec<T>> {
        let value = value?;
        let parsed: Vec<T> = value.iter().filter_map(|name| T::parse(name)).collect();
        if parsed.len() < value.len() {
            let set = T::VALUE_SET;
            let constraint =
                format!("Member must satisfy constraint: [Member must satisfy enum value set: {set}]");
            self.add(at, name, &show_list(&value), &constraint);
        }
        self.range(at, name, "length", value.len(), range, || show_list(&value));
        Some(parsed)
    }

    #[inline]
    fn range<T: PartialOrd + Copy + Display>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        what: &str,
        value: T,
        range: Range<T>,
        shown: impl FnOnce() -> String,
    ) {
        let (below, above) = (range.below(value), range.above(value));
        if let Some((bound, order)) = below.map(|min| (min, "greater")).or(above.map(|max| (max, "less"))) {
            let constraint = format!("Member must have {what} {order} than or equal to {bound}");
            self.add(at, name, &shown(), &constraint);
        }
    }

    #[cold]
    fn add(&mut self, at: &Path<'_>, name: &'static str, value: &str, constraint: &str) {
        if self.0.len() < LISTED_MAX {
            let path = Path::Member(at, name).to_string();
            let text = format!("{value} at '{path}' failed to satisfy constraint: {constraint}");
            self.0.push(Violation { path, text });
        }
    }
}

/// The lengths of the items of a list or map, in AWS's order.
fn of_length(rule: &StringRule) -> String {
    let bound =
        |order: &str, bound: usize| format!("Member must have length {order} than or equal to {bound}");
    let max = rule.length.max.map(|max| bound("less", max));
    let min = rule.length.min.map(|min| bound("greater", min));
    format!("[{}]", max.into_iter().chain(min).collect::<Vec<_>>().join(", "))
}

fn show_list(items: &[Cow<'_, str>]) -> String {
    format!("Value '[{}]'", items.join(", "))
}

fn show_map(entries: &TextMap<'_>) -> String {
    let mut shown = String::from("Value '{");
    for (place, (key, value)) in entries.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        // Writing to a String does not fail.
        let _ = write!(shown, "{separator}{key}={value}");
    }
    shown + "}'"
}
