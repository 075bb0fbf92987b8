//! What a command says beside its output.

use std::fmt::Display;
use std::io::{self, Write as _};

/// A line for people, on standard error. That nobody reads it any more is no reason to stop what is being done.
pub fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
