//! A bucket's objects in a directory in order of their keys. One folder at a time is in memory, less what is not asked for.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::ObjectError;
use super::names::{self, Named};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListParams<'a> {
    pub bucket: &'a str,
    /// Keys begin with it.
    pub prefix: &'a str,
    /// Keys are greater.
    pub after: &'a str,
}

impl ListParams<'_> {
    fn may_hold(&self, Named { part, is_folder, .. }: &Named) -> bool {
        let (part, is_folder) = (part.as_str(), *is_folder);
        let has_prefix = part.starts_with(self.prefix) || is_folder && self.prefix.starts_with(part);
        has_prefix && (part > self.after || is_folder && self.after.starts_with(part))
    }
}

/// Where files lie, and how their names end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectDir<'a> {
    pub root: &'a Path,
    pub suffix: &'a str,
}

impl ObjectDir<'_> {
    /// The buckets that have a folder.
    pub fn buckets(&self, strangers: &mut Vec<PathBuf>) -> Result<Vec<String>, ObjectError> {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        names::within(self.root, self.suffix, &mut found, &mut others).map_err(ObjectError::at(self.root))?;
        let mut buckets = Vec::new();
        let own = [self.root.join(names::PUBLIC_KEYS), names::retention(self.root, self.suffix)];
        strangers.extend(others.into_iter().filter(|path| !own.contains(path)));
        for Named { part, is_folder, path } in found {
            match part.strip_suffix('/') {
                Some(bucket) if is_folder && names::of_bucket(self.root, bucket, self.suffix) == path => {
                    buckets.push(bucket.to_owned());
                }
                _ if own.contains(&path) => {}
                _ => strangers.push(path),
            }
        }
        buckets.sort();
        Ok(buckets)
    }

    /// Shows each object with its file, until told to stop. Files that are none of ours are put aside.
    pub fn walk(
        &self,
        params: &ListParams<'_>,
        strangers: &mut Vec<PathBuf>,
        visit: &mut impl FnMut(&str, &Path) -> Result<ControlFlow<()>, ObjectError>,
    ) -> Result<(), ObjectError> {
        let folder = names::of_bucket(self.root, params.bucket, self.suffix);
        self.folder(&folder, "", params, strangers, visit).map(drop)
    }

    fn folder(
        &self,
        folder: &Path,
        at: &str,
        params: &ListParams<'_>,
        strangers: &mut Vec<PathBuf>,
        visit: &mut impl FnMut(&str, &Path) -> Result<ControlFlow<()>, ObjectError>,
    ) -> Result<ControlFlow<()>, ObjectError> {
        let mut found = Vec::new();
        names::within(folder, self.suffix, &mut found, strangers).map_err(ObjectError::at(folder))?;
        for named in &mut found {
            named.part.insert_str(0, at);
        }
        found.retain(|named| params.may_hold(named));
        found.sort();
        for Named { part, is_folder, path } in found {
            let flow = match is_folder {
                true => self.folder(&path, &part, params, strangers, visit)?,
                // A name that could be written in another way too is not ours.
                false if names::of_object(self.root, params.bucket, &part, self.suffix) == path => {
                    visit(&part, &path)?
                }
                false => {
                    strangers.push(path);
                    ControlFlow::Continue(())
                }
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
