//! `--metrics-token-file`: what a monitoring system shows as `Authorization: Bearer` in place of a signature.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use parking_lot::Mutex;

const TOKEN_BYTES_MAX: u64 = 4096;

/// The token that the file holds, read again when that changes. While the file is not there, or holds none, no token is right.
pub struct Token {
    file: PathBuf,
    kept: Mutex<CachedToken>,
}

struct CachedToken {
    /// The file that `token` was read from.
    stamp: Option<Stamp>,
    token: Option<Vec<u8>>,
}

type Stamp = (SystemTime, u64, u64);

impl Token {
    pub fn open(file: &Path) -> anyhow::Result<Token> {
        let stamp = stamp(file);
        let kept = CachedToken { stamp, token: Some(read(file)?) };
        Ok(Token { file: file.to_owned(), kept: Mutex::new(kept) })
    }

    /// Whether the given token is the right one. How long it takes says nothing of where they differ.
    pub fn is(&self, given: &str) -> bool {
        let mut kept = self.kept.lock();
        let stamp = stamp(&self.file);
        if stamp.is_none() || stamp != kept.stamp {
            let told = kept.stamp.is_none() && stamp.is_none();
            let token = read(&self.file);
            match &token {
                Ok(_) => tracing::info!("metrics token replaced"),
                Err(error) if !told => tracing::error!("the metrics token is not accepted: {error:#}"),
                Err(_) => {}
            }
            *kept = CachedToken { stamp, token: token.ok() };
        }
        kept.token.as_ref().is_some_and(|token| verify_slices_are_equal(token, given.as_bytes()).is_ok())
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let about = fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len(), about.ino()))
}

/// What the file holds, without white space at its ends.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let read = || {
        let mut text = String::new();
        File::open(file)?.take(TOKEN_BYTES_MAX + 1).read_to_string(&mut text).map(|_| text)
    };
    let name = format!("metrics-token-file {}", file.display());
    let text = read().with_context(|| name.clone())?;
    ensure!(text.len() as u64 <= TOKEN_BYTES_MAX, "{name} is longer than {TOKEN_BYTES_MAX} bytes");
    let token = text.trim();
    ensure!(!token.is_empty(), "{name} is empty");
    ensure!(
        token.bytes().all(|b| b.is_ascii_graphic()),
        "{name} contains white space or characters that an HTTP header cannot have"
    );
    Ok(token.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_one_that_the_file_holds_now() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let put = |text: &str| {
            let new = dir.path().join("new");
            fs::write(&new, text).unwrap();
            fs::rename(new, &path).unwrap();
        };
        put("one\n");
        let token = Token::open(&path).unwrap();
        assert!(token.is("one"));
        for wrong in ["", "on", "onee", "one\n", "two"] {
            assert!(!token.is(wrong), "{wrong:?}");
        }
        put("two");
        assert!(token.is("two") && !token.is("one"));
        put(" \n");
        assert!(!token.is("two") && !token.is(""));
        fs::remove_file(&path).unwrap();
        assert!(!token.is("two") && !token.is(""));
        put("three");
        assert!(token.is("three"));
    }

    #[test]
    fn a_file_without_a_token_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let error = || Token::open(&path).err().map(|error| format!("{error:#}")).unwrap_or_default();
        let name = format!("metrics-token-file {}", path.display());
        assert!(error().starts_with(&format!("{name}: ")));
        for (text, why) in [
            ("", " is empty"),
            (" \n", " is empty"),
            ("two words", " contains white space or characters that an HTTP header cannot have"),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(error(), format!("{name}{why}"));
        }
        fs::write(&path, "x".repeat(4097)).unwrap();
        assert_eq!(error(), format!("{name} is longer than 4096 bytes"));
    }
}
