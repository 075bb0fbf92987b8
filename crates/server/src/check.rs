//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed.

use std::path::Path;

use crate::serve::LOG_DIRECTORY;

pub fn run(dir: &Path) -> anyhow::Result<()> {
    let log = dir.join(LOG_DIRECTORY);
    anyhow::ensure!(log.is_dir(), "{} is not a data directory: it has no {LOG_DIRECTORY} folder", dir.display());
    let report = flumen_storage::check(&log)?;
    println!("{report}");
    anyhow::ensure!(report.damage.is_empty(), "{} is damaged", dir.display());
    Ok(())
}
