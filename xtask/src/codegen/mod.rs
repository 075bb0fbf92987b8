//! Rust from interface descriptions.

mod emit;
mod model;
mod names;
mod shapes;

use std::path::Path;
use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};

use model::{ErrorShape, Model};

const FOLDER: &str = "crates/protocol";

/// Each has its description in `model/` and its module in `src/`.
const SERVICES: [&str; 6] = ["kinesis", "cloudwatch", "iam", "sts", "cloudtrail", "kms"];

pub(super) fn write(root: &Path) -> Result<()> {
    SERVICES.iter().try_for_each(|service| {
        let (path, text) = generated(root, service)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    })
}

pub(super) fn check(root: &Path) -> Result<()> {
    SERVICES.iter().try_for_each(|service| {
        let (path, text) = generated(root, service)?;
        let found = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(found == text, "{} is stale: run `cargo xtask codegen`", path.display());
        Ok(())
    })
}

fn generated(root: &Path, service: &str) -> Result<(PathBuf, String)> {
    #[derive(serde::Deserialize)]
    struct Common {
        errors: Vec<ErrorShape>,
    }
    let folder = root.join(FOLDER);
    let model: Model = read(&folder.join(format!("model/{service}.json")))?;
    let common: Common = read(&folder.join("model/common.json"))?;
    Ok((folder.join(format!("src/{service}/generated.rs")), emit::file(&model, &common.errors)?))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no interface description", path.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_code_follows_from_the_descriptions() {
        super::check(crate::root()).expect("generated code is up to date");
    }
}
