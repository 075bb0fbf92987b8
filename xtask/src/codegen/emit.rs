//! The text of a generated file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};

use anyhow::{Context, Result, bail};

use super::model::{ErrorShape, Member, Model, Operation, Shape};
use super::names::{field, screaming, variant};
use super::shapes::Shapes;

const HEAD: &str = "\
// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};
";

struct File<'m> {
    shapes: Shapes<'m>,
    out: String,
    /// Constraints of strings by the name of their static.
    rules: BTreeMap<String, &'m Shape>,
}

pub(super) fn file(model: &Model, common: &[ErrorShape]) -> Result<String> {
    let mut file = File { shapes: Shapes::of(model)?, out: HEAD.into(), rules: BTreeMap::new() };
    file.operations();
    let errors: Vec<&ErrorShape> = model.errors.iter().chain(common).collect();
    file.errors(&errors);
    file.codes(&errors)?;
    for name in file.shapes.used.clone() {
        match file.shapes.named(name)? {
            Shape::Enum { values, message_order } => {
                file.enumeration(name, values, message_order.as_ref().unwrap_or(values));
            }
            Shape::Structure { members } => file.structure(name, members)?,
            _ => {}
        }
    }
    for (name, operation) in model.operations.iter().filter(|(_, operation)| operation.served) {
        file.input(name, operation)?;
    }
    file.rules()?;
    Ok(file.out)
}

impl<'m> File<'m> {
    fn line(&mut self, text: impl Display) {
        // Writing to a String does not fail.
        let _ = writeln!(self.out, "{text}");
    }

    fn operations(&mut self) {
        self.line("\noperations! {");
        for (name, operation) in &self.shapes.model.operations {
            self.line(format_args!("    {name}: {},", operation.served));
        }
        self.line("}");
    }

    fn errors(&mut self, errors: &[&ErrorShape]) {
        let errors: BTreeMap<&str, u16> = errors.iter().map(|error| (error.code(), error.status)).collect();
        self.line("\nerror_codes! {");
        for (code, status) in errors {
            self.line(format_args!("    {code}: {status},"));
        }
        self.line("}");
    }

    /// Of each operation that is served those that it may answer with.
    fn codes(&mut self, errors: &[&ErrorShape]) -> Result<()> {
        let of_any = errors.iter().filter(|error| error.any_operation).map(|error| error.code());
        self.line("\noperation_codes! {");
        for (name, operation) in self.shapes.model.operations.iter().filter(|(_, o)| o.served) {
            let mut codes: BTreeSet<&str> = of_any.clone().collect();
            for listed in operation.errors.iter().chain(operation.also.keys()) {
                let error = errors.iter().find(|error| error.name == *listed);
                codes.insert(
                    error.with_context(|| format!("{name} lists {listed}, which is no error"))?.code(),
                );
            }
            let codes = Vec::from_iter(codes).join(", ");
            self.line(format_args!("    {name}Code: {codes};"));
        }
        self.line("}");
        Ok(())
    }

    fn enumeration(&mut self, name: &str, values: &[String], listed: &[String]) {
        self.line(format_args!("\nenumeration! {{\n    {name} {:?};", format!("[{}]", listed.join(", "))));
        for value in values {
            self.line(format_args!("    {} = {value:?},", variant(value)));
        }
        self.line("}");
    }

    fn structure(&mut self, name: &'m str, members: &'m [Member]) -> Result<()> {
        let borrows = self.shapes.borrows(self.shapes.named(name)?)?;
        let (own, elided) = if borrows { ("<'a>", "<'_>") } else { ("", "") };
        self.line("\n#[derive(Clone, Debug, Default, PartialEq)]");
        self.line(format_args!("pub struct {name}{own} {{"));
        for member in members {
            let rust = self.shapes.rust_type(&member.target)?;
            let rust = if is_plain(member) { rust } else { format!("Option<{rust}>") };
            self.line(format_args!("    pub {}: {rust},", field(&member.name)));
        }
        self.line("}");
        self.decode(name, own, members)?;
        self.line(format_args!("\nimpl Encode for {name}{elided} {{"));
        self.line("    fn encode<E: Encoder>(&self, to: &mut E) {\n        to.begin_struct();");
        for member in members {
            let call = if is_plain(member) { "field" } else { "optional" };
            self.line(format_args!("        to.{call}({:?}, &self.{});", member.name, field(&member.name)));
        }
        self.line("        to.end_struct();\n    }\n}");
        let is_input = self.shapes.model.operations.values().any(|operation| operation.input == name);
        if !is_input
            && self.shapes.checked.contains(name)
            && self.shapes.has_blobs(self.shapes.named(name)?)?
        {
            self.line(format_args!("\nimpl {name}{elided} {{"));
            self.check_blobs(members)?;
            self.line("}");
        }
        Ok(())
    }

    fn decode(&mut self, name: &'m str, own: &str, members: &'m [Member]) -> Result<()> {
        self.line(format_args!("\nimpl<'a> Decode<'a> for {name}{own} {{"));
        self.line("    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {");
        self.line("        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };");
        self.line("        violations.forget(at);");
        for member in members {
            self.line(format_args!("        let mut {} = None;", field(&member.name)));
        }
        let names: Vec<String> = members.iter().map(|member| format!("{:?}", member.name)).collect();
        self.line(format_args!(
            "        while let Some(found) = from.member(&mut open, const {{ &names([{}]) }})? {{\n            match &*found {{",
            names.join(", ")
        ));
        let checked = self.shapes.checked.contains(name);
        for member in members {
            let read = self.read(member, checked)?;
            self.line(format_args!(
                "                {:?} => {} = {read}?,",
                member.name,
                field(&member.name)
            ));
        }
        self.line("                _ => from.skip()?,\n            }\n        }");
        for member in members {
            self.checks(name, member, checked)?;
        }
        let fields: Vec<String> = members.iter().map(|member| field(&member.name)).collect();
        self.line(format_args!("        Ok(Some({name} {{ {} }}))\n    }}\n}}", fields.join(", ")));
        Ok(())
    }

    /// How the value of a member is read.
    fn read(&self, member: &'m Member, checked: bool) -> Result<String> {
        let path = format!("&Path::Member(at, {:?})", member.name);
        let (name, shape) = self.shapes.resolve(&member.target)?;
        Ok(match shape {
            Shape::Structure { .. } => {
                let name = name.context("a structure has a name")?;
                format!("{name}::decode(from, {path}, violations)")
            }
            Shape::List { max, .. } | Shape::Map { max, .. } => {
                let call = if matches!(shape, Shape::Map { .. }) { "map" } else { "list" };
                let max = match (checked, max) {
                    (true, Some(max)) => max.to_string(),
                    (true, None) => bail!("the list or map {} of an input has no maximum", member.name),
                    (false, _) => "usize::MAX".into(),
                };
                format!("{call}(from, {path}, violations, {max})")
            }
            Shape::String { .. } | Shape::Enum { .. } => "from.string()".into(),
            Shape::Integer { .. } => "from.integer()".into(),
            Shape::Long { .. } => "from.long()".into(),
            Shape::Boolean => "from.boolean()".into(),
            Shape::Double => "from.double()".into(),
            Shape::Timestamp => "from.timestamp()".into(),
            Shape::Blob { .. } => "from.blob()".into(),
            Shape::EventStream { .. } => bail!("an event stream is no member of a body"),
        })
    }

    /// What is done with a member once its structure has been read.
    fn checks(&mut self, owner: &'m str, member: &'m Member, checked: bool) -> Result<()> {
        let field = field(&member.name);
        let (name, shape) = self.shapes.resolve(&member.target)?;
        let at = format!("at, {:?}", member.name);
        match shape {
            Shape::Enum { .. } => {
                self.line(format_args!("        let {field} = violations.enumeration({at}, {field});"));
            }
            Shape::List { min, max, items }
                if matches!(self.shapes.resolve(items)?.1, Shape::Enum { .. }) =>
            {
                let range = if checked { range(min, max) } else { range::<u64>(&None, &None) };
                self.line(format_args!(
                    "        let {field} = violations.enumerations({at}, {field}, {range});"
                ));
            }
            _ if !checked => {}
            Shape::String { min: None, max: None, pattern: None } => {}
            Shape::String { .. } => {
                let rule = self.rule(owner, member, name, shape);
                self.line(format_args!("        violations.string({at}, &{field}, &{rule});"));
            }
            Shape::Integer { min, max } if min.or(*max).is_some() => {
                let range = range(min, max);
                self.line(format_args!("        violations.integer({at}, {field}, {range});"));
            }
            Shape::Long { min, max } if min.or(*max).is_some() => {
                let range = range(min, max);
                self.line(format_args!("        violations.long({at}, {field}, {range});"));
            }
            Shape::Blob { min, max } => {
                // No blob is shorter than nothing.
                let range = range(&min.filter(|&min| min > 0), max);
                self.line(format_args!("        violations.blob({at}, &{field}, {range});"));
            }
            Shape::List { min, max, items } => {
                let range = range(min, max);
                let (item_name, item) = self.shapes.resolve(items)?;
                match item {
                    Shape::String { .. } => {
                        let rule = self.rule(owner, member, item_name, item);
                        self.line(format_args!(
                            "        violations.strings({at}, &{field}, {range}, &{rule});"
                        ));
                    }
                    _ => self.line(format_args!("        violations.structures({at}, &{field}, {range});")),
                }
            }
            Shape::Map { min, max, keys, values } => {
                let (range, mut rules) = (range(min, max), Vec::new());
                for target in [keys, values] {
                    let (name, shape) = self.shapes.resolve(target)?;
                    name.context("the strings of maps have names")?;
                    rules.push(self.rule(owner, member, name, shape));
                }
                let rules = rules.join(", &");
                self.line(format_args!("        violations.map({at}, &{field}, {range}, &{rules});"));
            }
            _ => {}
        }
        if is_plain(member) {
            self.line(format_args!("        let {field} = violations.required({at}, {field});"));
        }
        Ok(())
    }

    fn rule(&mut self, owner: &str, member: &Member, name: Option<&str>, shape: &'m Shape) -> String {
        let name =
            name.map_or_else(|| format!("{}_{}", screaming(owner), screaming(&member.name)), screaming);
        self.rules.insert(name.clone(), shape);
        name
    }

    fn input(&mut self, name: &str, operation: &'m Operation) -> Result<()> {
        let (input, output) = (&operation.input, self.shapes.answer(operation)?);
        let shape = self.shapes.named(input)?;
        let own = if self.shapes.borrows(shape)? { "<'a>" } else { "" };
        self.line(format_args!("\nimpl<'a> Input<'a> for {input}{own} {{"));
        self.line(format_args!("    type Operation = Operation;"));
        self.line(format_args!("    const OPERATION: Operation = Operation::{name};"));
        self.line(format_args!("    type Output<'o> = {output};"));
        self.line(format_args!("    type Static = {input}{};", own.replace("'a", "'static")));
        if let Shape::Structure { members } = shape
            && self.shapes.has_blobs(shape)?
        {
            self.check_blobs(members)?;
        }
        self.line("}");
        Ok(())
    }

    fn check_blobs(&mut self, members: &'m [Member]) -> Result<()> {
        self.line("    fn check_blobs(&self) -> Result<(), Fault> {");
        for member in members {
            let shape = self.shapes.resolve(&member.target)?.1;
            if !self.shapes.has_blobs(shape)? {
                continue;
            }
            let field = field(&member.name);
            let check = match shape {
                Shape::Blob { .. } => "value.check()?;",
                Shape::List { .. } => "value.iter().try_for_each(|item| item.check_blobs())?;",
                _ => "value.check_blobs()?;",
            };
            match is_plain(member) {
                true => self.line(format_args!("        let value = &self.{field};\n        {check}")),
                false => self.line(format_args!("        if let Some(value) = &self.{field} {{ {check} }}")),
            }
        }
        self.line("        Ok(())\n    }");
        Ok(())
    }

    fn rules(&mut self) -> Result<()> {
        let rules = std::mem::take(&mut self.rules);
        for (name, shape) in &rules {
            let Shape::String { min, max, pattern } = shape else {
                bail!("the rule {name} is not for strings")
            };
            let length = range(&min.filter(|&min| min > 0 || pattern.is_none()), max);
            let pattern = match pattern {
                Some(pattern) => format!("Some({})", compiled(pattern)),
                None => "None".into(),
            };
            self.line(format_args!(
                "\nstatic {name}: StringRule = StringRule {{ length: {length}, pattern: {pattern} }};"
            ));
        }
        let all: Vec<String> = rules.keys().map(|name| format!("&{name}")).collect();
        self.line(format_args!(
            "\n#[cfg(test)]\npub(crate) static RULES: &[&StringRule] = &[{}];",
            all.join(", ")
        ));
        Ok(())
    }
}

/// Whether the member is no `Option`.
fn is_plain(member: &Member) -> bool {
    member.required && !member.absent_at_end
}

fn range<T: Display>(min: &Option<T>, max: &Option<T>) -> String {
    let bound = |bound: &Option<T>| bound.as_ref().map_or("None".into(), |bound| format!("Some({bound})"));
    format!("Range {{ min: {}, max: {} }}", bound(min), bound(max))
}

/// The cheapest form of a pattern.
fn compiled(pattern: &str) -> String {
    let class = pattern.strip_prefix('[').and_then(|rest| rest.strip_suffix("]+"));
    if class.is_some_and(|class| !class.starts_with('^') && !class.contains(['[', ']', '\\'])) {
        return format!("Pattern::Class(&const {{ class({pattern:?}) }}, {pattern:?})");
    }
    let more = pattern.strip_prefix(r"0|([1-9]\d{0,").and_then(|rest| rest.strip_suffix("})"));
    match more.and_then(|more| more.parse::<usize>().ok()) {
        Some(more) => format!("Pattern::Decimal({more}, {pattern:?})"),
        None => {
            let kind = if is_of_stream_arns(pattern) { "StreamArn" } else { "Regex" };
            format!("Pattern::{kind}(LazyLock::new(|| whole({pattern:?})), {pattern:?})")
        }
    }
}

/// Whether the pattern ends like those that every ARN of a stream matches.
fn is_of_stream_arns(pattern: &str) -> bool {
    pattern.starts_with(r"arn:aws.*:kinesis:.*:\d{12}:")
        && [r":stream/\S+", r":.*(stream|channel|queue)/\S+"].iter().any(|end| pattern.ends_with(end))
}
