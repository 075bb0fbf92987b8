//! The quick part of what CI runs, each step as one command with its time at the end. What takes a started binary or other
//! clients is left to `.ci/run`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

/// A name, the folder in which it runs, and the command. Clippy and tests share one profile, so that the C code of
/// dependencies is built once. That generated code is up to date is a test.
type Step = (&'static str, &'static str, &'static [&'static str]);

const STEPS: &[Step] = &[
    ("format", ".", &["fmt", "--all", "--check"]),
    (
        "clippy",
        ".",
        &["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "--deny", "warnings"],
    ),
    ("tests", ".", &["test", "--workspace", "--locked", "--quiet"]),
    ("fuzz", "fuzz", &["check", "--locked", "--quiet"]),
    ("bench", "bench", &["check", "--locked", "--quiet"]),
    ("compat", "compat/rust", &["check", "--all-targets", "--locked", "--quiet"]),
];

/// Runs the steps of these names, or all. The first that fails ends it.
pub(super) fn run(root: &Path, names: &[&str]) -> Result<()> {
    for step in chosen(names)? {
        let (name, folder, arguments) = step;
        println!("-- {name}");
        let begun = Instant::now();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsStr::new("cargo").to_owned());
        let status = Command::new(cargo).args(*arguments).current_dir(root.join(folder)).status();
        let status = status.with_context(|| format!("cannot run cargo for {name}"))?;
        ensure!(status.success(), "{name} failed: cargo {}", arguments.join(" "));
        println!("-- {name} took {:.0} s", begun.elapsed().as_secs_f64());
    }
    Ok(())
}

fn chosen(names: &[&str]) -> Result<Vec<&'static Step>> {
    let find = |name: &&str| STEPS.iter().find(|step| step.0 == *name);
    if let Some(unknown) = names.iter().find(|name| find(name).is_none()) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.0).collect();
        bail!("no such step: {unknown}; there are {}", known.join(", "));
    }
    Ok(if names.is_empty() { STEPS.iter().collect() } else { names.iter().filter_map(find).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_does_not_exist_is_named_and_nothing_runs() {
        let error = chosen(&["format", "fromat"]).unwrap_err().to_string();
        assert_eq!(error, "no such step: fromat; there are format, clippy, tests, fuzz, bench, compat");
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
        assert_eq!(chosen(&["tests"]).unwrap()[0].0, "tests");
    }

    #[test]
    fn each_step_runs_in_a_folder_with_a_manifest() {
        for (name, folder, _) in STEPS {
            assert!(crate::root().join(folder).join("Cargo.toml").is_file(), "{name}: {folder}");
        }
    }
}
