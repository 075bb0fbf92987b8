//! Chores of the project: `cargo xtask check` runs the quick part of what CI runs, `cargo xtask codegen` writes the code
//! that follows from interface descriptions, `cargo xtask codegen --check` fails where it is stale, `cargo xtask mutants` says what
//! tests do not see.

#[cfg(test)]
mod arrows;
mod check;
#[cfg(test)]
mod citations;
mod codegen;
#[cfg(test)]
mod invariants;
mod mutants;

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["check", ref steps @ ..] => check::run(root(), steps),
        ["codegen"] => codegen::write(root()),
        ["codegen", "--check"] => codegen::check(root()),
        ["mutants", ref asked @ ..] => mutants::run(root(), asked),
        _ => bail!(
            "usage: cargo xtask check [STEP..] | codegen [--check] | mutants [--in-diff REV] [--shard K/N] [FILE..]"
        ),
    }
}

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in a folder of the workspace")
}
