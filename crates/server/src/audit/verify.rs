//! `flumen audit verify`: whether anything of the audit's files was changed, removed or put in another's place. Reads alone:
//! beside a running server, of a stopped one, of a backup, and of the copies in clear of `--audit-dir`.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flumen_audit::Objects;
use flumen_audit::chain::{self, Anchor, PublicKey, Verified, VerifyOptions, Walked};
use flumen_cli::{Misconfigured, text};
use flumen_seal::{DATA_KEYS, Seal};

use crate::config;
use crate::root_key::RootKey;
use crate::serve::{AUDIT_DIRECTORY, LOG_DIRECTORY};

/// Of a line of anchors, whatever a logger puts before one; what is longer is none.
const LINE_BYTES_MAX: u64 = 64 << 10;
const KEY_FILE_BYTES_MAX: u64 = 4 << 20;

/// Verify that no file of the audit was changed, removed or swapped; the exit status is 1 if one was
#[derive(clap::Args)]
pub struct Args {
    /// A data directory, a backup of one, or the directory that --audit-dir of the server names
    #[arg(env = "FLUMEN_DATA_DIR", default_value = config::DATA_DIR_DEFAULT)]
    dir: PathBuf,
    #[command(flatten)]
    root_key: RootKey,
    /// File of the lines that the server sent to its --audit-anchor, with or without a logger's prefixes; - is
    /// standard input. Without them, a removal of the newest files cannot be detected
    #[arg(long = "anchor", value_name = "FILE")]
    anchors: Vec<PathBuf>,
    /// Public keys that must have signed the digests, as PEM or as `aws cloudtrail list-public-keys` prints them
    /// [default: those beside the files]
    #[arg(long = "public-key", value_name = "FILE")]
    public_keys: Vec<PathBuf>,
    /// Only this trail: its name or its ARN
    #[arg(long, value_name = "TRAIL")]
    trail: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let objects = objects(args).map_err(|error| anyhow::Error::new(Misconfigured(error)))?;
    let (mut pinned, mut anchors) = (Vec::new(), Vec::new());
    for file in &args.public_keys {
        pinned.extend(public_keys(file).map_err(|error| anyhow::Error::new(Misconfigured(error)))?);
    }
    for file in &args.anchors {
        let read = read_anchors(file, &mut anchors).with_context(|| file.display().to_string());
        read.map_err(|error| anyhow::Error::new(Misconfigured(error)))?;
    }
    let pinned = Some(&pinned[..]).filter(|pinned| !pinned.is_empty());
    let options = VerifyOptions { trail: args.trail.as_deref(), pinned, anchors: &anchors };
    let verified = chain::verify(&objects, &options)?;
    print(&verified, args.json)?;
    let (dir, found) = (args.dir.display(), verified.findings.len());
    anyhow::ensure!(found == 0, "{dir} was changed after it was written: {}", text::count(found, "finding"));
    match &args.trail {
        Some(trail) => anyhow::ensure!(!verified.chains.is_empty(), "{dir} has no files of a trail {trail}"),
        None => anyhow::ensure!(!verified.chains.is_empty(), "{dir} has no audit files"),
    }
    Ok(())
}

/// Sealed ones of a data directory, or copies in clear.
fn objects(args: &Args) -> anyhow::Result<Objects> {
    let dir = &args.dir;
    anyhow::ensure!(dir.is_dir(), "there is no directory {}", dir.display());
    // Among copies in clear both would be buckets, and so folders.
    if !dir.join(DATA_KEYS).is_file() && !dir.join(LOG_DIRECTORY).join("FORMAT").is_file() {
        return Ok(Objects::of_plain(dir.clone()));
    }
    let source = args.root_key.source()?;
    // It says that something is sealed, and so nothing is made.
    let seal = Seal::of_directory(dir, &source, true)?;
    Ok(Objects::of_sealed(dir.join(AUDIT_DIRECTORY), seal))
}

fn public_keys(file: &Path) -> anyhow::Result<Vec<PublicKey>> {
    let named = || file.display().to_string();
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text));
    read.with_context(named)?;
    PublicKey::read(&text).map_err(|error| anyhow::anyhow!("{} {error}", file.display()))
}

fn read_anchors(file: &Path, anchors: &mut Vec<Anchor>) -> io::Result<()> {
    if file == Path::new("-") {
        return read_lines(io::stdin().lock(), anchors);
    }
    // A directory can be opened as well.
    match fs::metadata(file)?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => read_lines(BufReader::new(File::open(file)?), anchors),
    }
}

fn read_lines(mut lines: impl io::BufRead, anchors: &mut Vec<Anchor>) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        anchors.extend(Anchor::in_line(&String::from_utf8_lossy(&line)));
    }
}

fn print(verified: &Verified, json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let Verified { chains, findings, notes } = verified;
    if json {
        serde_json::to_writer(&mut out, verified)?;
        writeln!(out)?;
        return out.flush();
    }
    for Walked { trail, region, digests, files, not_yet, anchors, from, to, .. } in chains {
        let (digests, files) =
            (text::count(*digests as usize, "digest"), text::count(*files as usize, "log file"));
        write!(out, "{trail} in {region}: {digests} with {files}")?;
        if let (Some(from), Some(to)) = (from, to) {
            write!(out, ", from {from} to {to}")?;
        }
        if *anchors > 0 {
            write!(out, ", {} in place", text::count(*anchors as usize, "anchor"))?;
        }
        match not_yet {
            0 => writeln!(out)?,
            _ => writeln!(out, ", and {} not yet in a digest", text::count(*not_yet as usize, "log file"))?,
        }
    }
    for note in notes {
        writeln!(out, "note: {note}")?;
    }
    for finding in findings {
        writeln!(out, "INVALID: {finding}")?;
    }
    if findings.is_empty() && !chains.is_empty() {
        writeln!(out, "valid")?;
    }
    out.flush()
}
