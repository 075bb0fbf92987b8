//! What a failure means for the exit status of the program.

use std::{fmt, io};

/// Wrong usage or a wrong setting, told apart from a failure by its exit status.
#[derive(Debug)]
pub struct Misconfigured(pub anyhow::Error);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Misconfigured {}

/// Whether whoever reads standard output has gone, which ends a command quietly.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
