//! Where things lie in a data directory, and how files are named.

use std::path::{Path, PathBuf};

use crate::LogId;

/// The highest format of everything below the directory that this program knows: with sealed blocks.
pub(crate) const FORMAT_VERSION: u32 = 6;
/// Without, so that a directory which has none is read by the program before, too.
pub(crate) const FORMAT_IN_CLEAR: u32 = 5;
pub(crate) const FORMAT: &str = "FORMAT";
pub(crate) const FORMAT_WORD: &str = "flumen-storage";
/// In the place of the number while a backup is being made: such a directory is refused.
pub(crate) const FORMAT_UNFINISHED: &str = "unfinished";
pub(crate) const LOCK: &str = "lock";
pub(crate) const CLOSED: &str = "closed";
/// While it is there, what an earlier format held in clear may be.
pub(crate) const CLEAR: &str = "clear";
pub(crate) const JOURNAL: &str = "journal";
/// In the journal's directory: where logs begin that have more in segments of many logs.
pub(crate) const TRIMMED: &str = "trimmed";
pub(crate) const LOGS: &str = "logs";
/// Ends the name of a file that is being made, or removed bit by bit; such files are removed at the next start.
pub(crate) const UNFINISHED: &str = ".new";
const CLEAR_UNFINISHED: &str = ".clear.new";

pub(crate) fn journal_name(generation: u64) -> String {
    format!("{generation:020}.journal")
}

pub(crate) fn journal_path(generation: u64) -> PathBuf {
    Path::new(JOURNAL).join(journal_name(generation))
}

pub(crate) fn parse_journal_name(name: &str) -> Option<u64> {
    let generation = name.strip_suffix(".journal")?.parse().ok()?;
    (journal_name(generation) == name).then_some(generation)
}

/// What a journal file is called that stays as a segment of many logs.
pub(crate) fn common_name(generation: u64) -> String {
    format!("{generation:020}.segment")
}

pub(crate) fn common_path(generation: u64) -> PathBuf {
    Path::new(JOURNAL).join(common_name(generation))
}

/// What a segment of many logs is called while it is removed bit by bit.
pub(crate) fn dying_common_path(generation: u64) -> PathBuf {
    Path::new(JOURNAL).join(format!("{}{UNFINISHED}", common_name(generation)))
}

pub(crate) fn parse_common_name(name: &str) -> Option<u64> {
    let generation = name.strip_suffix(".segment")?.parse().ok()?;
    (common_name(generation) == name).then_some(generation)
}

pub(crate) fn group_dir(group: u32) -> PathBuf {
    Path::new(LOGS).join(group.to_string())
}

pub(crate) fn parse_group(name: &str) -> Option<u32> {
    let group: u32 = name.parse().ok()?;
    (group.to_string() == name).then_some(group)
}

pub(crate) fn segment_name(index: u32, first: u64) -> String {
    format!("{index}-{first:020}.segment")
}

pub(crate) fn segment_path(id: LogId, first: u64) -> PathBuf {
    group_dir(id.group).join(segment_name(id.index, first))
}

/// What a segment is called while it is removed bit by bit.
pub(crate) fn dying_segment_path(id: LogId, first: u64) -> PathBuf {
    group_dir(id.group).join(format!("{}{UNFINISHED}", segment_name(id.index, first)))
}

/// What a segment is called while it is made that will take the place of one, or of sections in segments of many logs.
pub(crate) fn resealed_path(id: LogId, first: u64) -> PathBuf {
    group_dir(id.group).join(format!("{}.sealed{UNFINISHED}", segment_name(id.index, first)))
}

/// What a segment is called that held records in clear, until its bytes are overwritten.
pub(crate) fn clear_path(id: LogId, first: u64) -> PathBuf {
    group_dir(id.group).join(format!("{}{CLEAR_UNFINISHED}", segment_name(id.index, first)))
}

/// Whether a file that is removed is to be overwritten before.
pub(crate) fn is_clear_path(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(CLEAR_UNFINISHED.as_bytes())
}

pub(crate) fn parse_segment_name(name: &str) -> Option<(u32, u64)> {
    let (index, first) = name.strip_suffix(".segment")?.split_once('-')?;
    let (index, first) = (index.parse().ok()?, first.parse().ok()?);
    (segment_name(index, first) == name).then_some((index, first))
}
