//! Questions about the shapes of a model: which are reached, what they are in Rust.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use super::model::{Member, Model, Operation, Shape, Target};

pub(super) struct Shapes<'m> {
    pub model: &'m Model,
    /// Reached from a served operation or its events.
    pub used: BTreeSet<&'m str>,
    /// Reached from an input: only these are checked.
    pub checked: BTreeSet<&'m str>,
}

impl<'m> Shapes<'m> {
    pub(super) fn of(model: &'m Model) -> Result<Self> {
        let mut shapes = Shapes { model, used: BTreeSet::new(), checked: BTreeSet::new() };
        for operation in model.operations.values().filter(|operation| operation.served) {
            let mut inputs = BTreeSet::new();
            shapes.reach(&operation.input, &mut inputs)?;
            shapes.used.extend(&inputs);
            shapes.checked.extend(inputs);
            if let Some(output) = &operation.output {
                let mut outputs = BTreeSet::new();
                shapes.reach(output, &mut outputs)?;
                shapes.used.extend(outputs);
            }
        }
        // An output that is an event stream has no body of its own.
        shapes.used.retain(|name| !is_stream(model, name));
        Ok(shapes)
    }

    fn reach(&self, name: &'m str, seen: &mut BTreeSet<&'m str>) -> Result<()> {
        if !seen.insert(name) {
            return Ok(());
        }
        match self.named(name)? {
            Shape::Structure { members } => {
                members.iter().try_for_each(|member| self.reach_target(&member.target, seen))
            }
            Shape::EventStream { events } => events.iter().try_for_each(|event| self.reach(event, seen)),
            shape => self.reach_shape(shape, seen),
        }
    }

    fn reach_target(&self, target: &'m Target, seen: &mut BTreeSet<&'m str>) -> Result<()> {
        match target {
            Target::Named { shape } => self.reach(shape, seen),
            Target::Inline(shape) => self.reach_shape(shape, seen),
        }
    }

    fn reach_shape(&self, shape: &'m Shape, seen: &mut BTreeSet<&'m str>) -> Result<()> {
        match shape {
            Shape::List { items, .. } => self.reach_target(items, seen),
            Shape::Map { keys, values, .. } => {
                self.reach_target(keys, seen)?;
                self.reach_target(values, seen)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn named(&self, name: &str) -> Result<&'m Shape> {
        self.model.shapes.get(name).with_context(|| format!("no shape {name}"))
    }

    /// The shape, and its name where it has one.
    pub(super) fn resolve(&self, target: &'m Target) -> Result<(Option<&'m str>, &'m Shape)> {
        match target {
            Target::Named { shape } => Ok((Some(shape), self.named(shape)?)),
            Target::Inline(shape) => Ok((None, shape)),
        }
    }

    /// The type of a value.
    pub(super) fn rust_type(&self, target: &'m Target) -> Result<String> {
        let (name, shape) = self.resolve(target)?;
        Ok(match shape {
            Shape::Structure { .. } | Shape::Enum { .. } | Shape::EventStream { .. } => {
                let name = name.context("structures and enumerations have names")?;
                format!("{name}{}", if self.borrows(shape)? { "<'a>" } else { "" })
            }
            Shape::String { .. } => "Cow<'a, str>".into(),
            Shape::Integer { .. } => "i32".into(),
            Shape::Long { .. } => "i64".into(),
            Shape::Boolean => "bool".into(),
            Shape::Double => "f64".into(),
            Shape::Timestamp => "Timestamp".into(),
            Shape::Blob { .. } => "Blob<'a>".into(),
            Shape::List { items, .. } => format!("Vec<{}>", self.rust_type(items)?),
            Shape::Map { .. } => "TextMap<'a>".into(),
        })
    }

    /// The type of what answers an operation, which lives as long as `'o`: of a stream of events one of them.
    pub(super) fn answer(&self, operation: &'m Operation) -> Result<String> {
        let Some(output) = &operation.output else { return Ok("()".into()) };
        let (mut name, mut shape) = (output.as_str(), self.named(output)?);
        if is_stream(self.model, output)
            && let Shape::Structure { members: stream } = shape
            && let [Member { target: Target::Named { shape: of }, .. }] = stream.as_slice()
            && let Shape::EventStream { events } = self.named(of)?
        {
            let [event] = events.as_slice() else { bail!("{name} has events of several kinds") };
            (name, shape) = (event, self.named(event)?);
        }
        Ok(format!("{name}{}", if self.borrows(shape)? { "<'o>" } else { "" }))
    }

    /// Whether a value borrows from the body.
    pub(super) fn borrows(&self, shape: &'m Shape) -> Result<bool> {
        Ok(match shape {
            Shape::String { .. } | Shape::Blob { .. } | Shape::Map { .. } => true,
            Shape::List { items, .. } => self.borrows(self.resolve(items)?.1)?,
            Shape::Structure { members } => {
                for member in members {
                    if self.borrows(self.resolve(&member.target)?.1)? {
                        return Ok(true);
                    }
                }
                false
            }
            _ => false,
        })
    }

    /// Whether blobs are in it.
    pub(super) fn has_blobs(&self, shape: &'m Shape) -> Result<bool> {
        Ok(match shape {
            Shape::Blob { .. } => true,
            Shape::List { items, .. } => self.has_blobs(self.resolve(items)?.1)?,
            Shape::Structure { members } => {
                for member in members {
                    if self.has_blobs(self.resolve(&member.target)?.1)? {
                        return Ok(true);
                    }
                }
                false
            }
            _ => false,
        })
    }
}

fn is_stream(model: &Model, name: &str) -> bool {
    match model.shapes.get(name) {
        Some(Shape::EventStream { .. }) => true,
        Some(Shape::Structure { members }) => members.iter().any(|member| match &member.target {
            Target::Named { shape } => matches!(model.shapes.get(shape), Some(Shape::EventStream { .. })),
            Target::Inline(_) => false,
        }),
        _ => false,
    }
}
