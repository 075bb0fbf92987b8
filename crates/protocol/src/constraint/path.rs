//! Where in a body a value stands.

use std::fmt;

/// A list of segments on the stack, written out only when a constraint is violated.
#[derive(Clone, Copy, Debug)]
pub enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'static str),
    /// An item of a list, from 1.
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    pub(super) fn contains(&self, path: &str) -> bool {
        let own = self.to_string();
        path.strip_prefix(&*own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || own.is_empty())
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Item(list, place) => write!(f, "{list}.{place}.member"),
            Path::Member(parent, name) => {
                if !matches!(parent, Path::Root) {
                    write!(f, "{parent}.")?;
                }
                let mut letters = name.chars();
                let first = letters.next().map(|letter| letter.to_ascii_lowercase());
                write!(f, "{}{}", first.as_slice().iter().collect::<String>(), letters.as_str())
            }
        }
    }
}
