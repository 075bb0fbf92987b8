//! Copies in clear, for collectors. A copy that cannot be made holds up nothing: a mark beside the sealed files says that
//! it is wanted, over restarts too, and it is made when it can be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::hex;
use aws_lc_rs::digest::{SHA256, digest};

use super::{ObjectError, files, names};

/// Copies are in clear, so their names end as their keys do.
pub(crate) const SUFFIX: &str = "";
/// Marks, within the directory of sealed files.
const MARKS: &str = ".plain";
const MARK_BYTES_MAX: u64 = 8 << 10;

#[derive(Debug)]
pub(super) struct Plain {
    pub root: PathBuf,
    sealed: PathBuf,
    /// There may be marks of earlier ones.
    is_behind: AtomicBool,
}

impl Plain {
    /// What an earlier process left to be copied is copied with the next object.
    pub fn new(root: PathBuf, sealed: &Path) -> Plain {
        Plain { root, sealed: sealed.to_owned(), is_behind: AtomicBool::new(true) }
    }

    fn mark(&self, bucket: &str, key: &str) -> PathBuf {
        let name = digest(&SHA256, format!("{bucket}/{key}").as_bytes());
        self.sealed.join(MARKS).join(hex(&name.as_ref()[..16]))
    }

    /// Before the sealed file is there; durable on return.
    pub fn want(&self, bucket: &str, key: &str) -> io::Result<()> {
        let mark = format!("{bucket}/{key}");
        files::write(&self.sealed, &self.mark(bucket, key), &[mark.as_bytes()], files::SEALED)
    }

    /// When the sealed one is there.
    pub fn copy(&self, bucket: &str, key: &str, content: &[u8]) -> Result<(), ObjectError> {
        let path = names::of_object(&self.root, bucket, key, SUFFIX);
        let written = files::write(&self.root, &path, &[content], files::PLAIN);
        written.map_err(ObjectError::at(&path)).inspect_err(|error| {
            self.is_behind.store(true, Ordering::Relaxed);
            tracing::warn!(%error, "a copy of the audit's files was not written; it is tried again with the next one");
        })?;
        // One that stays has the copy made again.
        let _ = files::remove(&self.mark(bucket, key));
        Ok(())
    }

    /// Up to so many bucket and key of copies that are wanted still.
    pub fn wanted(&self, max: usize) -> Vec<(String, String)> {
        if !self.is_behind.swap(false, Ordering::Relaxed) {
            return Vec::new();
        }
        let Ok(marks) = fs::read_dir(self.sealed.join(MARKS)) else { return Vec::new() };
        let mut wanted = Vec::new();
        for mark in marks.flatten() {
            if wanted.len() == max {
                self.is_behind.store(true, Ordering::Relaxed);
                break;
            }
            let text = files::read(&mark.path(), MARK_BYTES_MAX).ok().flatten();
            let text = text.and_then(|text| String::from_utf8(text).ok());
            if let Some((bucket, key)) = text.as_deref().and_then(|text| text.split_once('/')) {
                wanted.push((bucket.to_owned(), key.to_owned()));
            }
        }
        wanted
    }

    /// It is not there to be copied any more.
    pub fn forget(&self, bucket: &str, key: &str) {
        let _ = files::remove(&self.mark(bucket, key));
    }
}
