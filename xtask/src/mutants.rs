//! Mutation tests: `cargo mutants` changes the files that hold rules, one thing at a time, and a change that no test of its crate sees
//! is a gap. Changes that no test can see stand in `.cargo/mutants.toml`, each with its reason.
//!
//! They take hours, so they are a step of a release (`--in-diff` with the release before) and no part of CI.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// Of a hundred changes the tests see so many, or it is a failure.
const KILLED_MIN_PERCENT: usize = 94;

/// What a wrong line does damage in: what is allowed and charged, what is kept, what is read and written, who may.
const RULES: &[&str] = &[
    "crates/types/src/bucket.rs",
    "crates/types/src/hash_key.rs",
    "crates/types/src/sequence_number.rs",
    "crates/streams/src/limits/*.rs",
    "crates/streams/src/scaling.rs",
    "crates/streams/src/scaling/track.rs",
    "crates/streams/src/token.rs",
    "crates/streams/src/metering/ledger.rs",
    "crates/streams/src/metering/usage.rs",
    "crates/streams/src/ops/get_records.rs",
    "crates/streams/src/ops/get_shard_iterator.rs",
    "crates/streams/src/ops/list_shards.rs",
    "crates/streams/src/ops/resharding.rs",
    "crates/streams/src/ops/retention.rs",
    "crates/streams/src/state/reshard.rs",
    "crates/storage/src/block.rs",
    "crates/storage/src/check.rs",
    "crates/storage/src/recovery/*.rs",
    "crates/storage/src/sealed.rs",
    "crates/storage/src/writer.rs",
    "crates/protocol/src/codec/**/*.rs",
    "crates/protocol/src/constraint/*.rs",
    "crates/protocol/src/sign/*.rs",
    "crates/access/src/decision.rs",
    "crates/access/src/limits.rs",
    "crates/access/src/policy/**/*.rs",
    "crates/seal/src/data_keys.rs",
    "crates/seal/src/seal.rs",
    "crates/seal/src/wrapped.rs",
    "crates/keys/src/blob.rs",
    "crates/keys/src/grants.rs",
    "crates/audit/src/chain/**/*.rs",
    "crates/envelope/src/**/*.rs",
];

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options<'a> {
    files: Vec<&'a str>,
    /// Only what has changed since this revision.
    in_diff: Option<&'a str>,
    /// Such as `0/4`: one of so many parts, for several machines.
    shard: Option<&'a str>,
}

/// What `cargo mutants` counted; what is not here, such as changes that do not compile, says nothing of tests.
#[derive(Debug, Deserialize)]
struct Outcomes {
    caught: usize,
    timeout: usize,
    missed: usize,
}

pub(super) fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let options = Options::parse(arguments)?;
    install()?;
    let out = root.join("target/mutants");
    fs::create_dir_all(&out)?;
    let mut command = cargo();
    command.args(["mutants", "--no-shuffle", "--colors", "never", "--output"]).arg(&out).current_dir(root);
    for file in if options.files.is_empty() { RULES } else { &options.files } {
        command.args(["--file", file]);
    }
    if let Some(revision) = options.in_diff {
        let diff = out.join("in.diff");
        let made = Command::new("git").args(["diff", revision]).current_dir(root).output()?;
        ensure!(
            made.status.success(),
            "git diff {revision}: {}",
            String::from_utf8_lossy(&made.stderr).trim()
        );
        fs::write(&diff, made.stdout)?;
        command.arg("--in-diff").arg(diff);
    }
    if let Some(shard) = options.shard {
        command.args(["--shard", shard]);
    }
    // It fails where anything was missed, which is judged below.
    command.status().context("cannot run cargo mutants")?;
    let found = out.join("mutants.out/outcomes.json");
    let outcomes = fs::read(&found).with_context(|| format!("no outcome: {}", found.display()))?;
    let outcomes: Outcomes = serde_json::from_slice(&outcomes)?;
    println!("{}", outcomes.judged()?);
    Ok(())
}

impl<'a> Options<'a> {
    fn parse(arguments: &[&'a str]) -> Result<Self> {
        let mut options = Options::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match *argument {
                "--in-diff" => options.in_diff = Some(value()?),
                "--shard" => options.shard = Some(value()?),
                flag if flag.starts_with('-') => bail!("no such option: {flag}"),
                file => options.files.push(file),
            }
        }
        Ok(options)
    }
}

impl Outcomes {
    /// A change under which a test never ends is seen too.
    fn judged(&self) -> Result<String> {
        let killed = self.caught + self.timeout;
        let all = killed + self.missed;
        let said = format!("{killed} of {all} changes were seen by tests");
        ensure!(
            killed * 100 >= all * KILLED_MIN_PERCENT,
            "{said}, fewer than {KILLED_MIN_PERCENT} %: target/mutants/mutants.out/missed.txt has the others"
        );
        Ok(said)
    }
}

fn install() -> Result<()> {
    let has = cargo().args(["mutants", "--version"]).output().is_ok_and(|done| done.status.success());
    if !has {
        println!("-- installing cargo-mutants");
        let status = cargo().args(["install", "cargo-mutants", "--locked"]).status()?;
        ensure!(status.success(), "cargo-mutants cannot be installed");
    }
    Ok(())
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsStr::new("cargo").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_rules_are_there() {
        for rule in RULES {
            let place = rule.split("/*").next().unwrap_or_default();
            assert!(crate::root().join(place).exists(), "{rule}");
        }
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let options = Options::parse(&["a.rs", "--in-diff", "v1", "--shard", "0/4", "b.rs"]).unwrap();
        assert_eq!(options, Options { files: vec!["a.rs", "b.rs"], in_diff: Some("v1"), shard: Some("0/4") });
        assert_eq!(Options::parse(&["--in-diff"]).unwrap_err().to_string(), "--in-diff needs a value");
        assert_eq!(Options::parse(&["--fast"]).unwrap_err().to_string(), "no such option: --fast");
    }

    #[test]
    fn too_few_that_are_seen_are_a_failure() {
        let judged = |caught, timeout, missed| Outcomes { caught, timeout, missed }.judged();
        assert_eq!(judged(90, 4, 6).unwrap(), "94 of 100 changes were seen by tests");
        assert!(judged(93, 0, 7).unwrap_err().to_string().contains("fewer than 94 %"));
        assert!(judged(0, 0, 0).is_ok());
    }
}
