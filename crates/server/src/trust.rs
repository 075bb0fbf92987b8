//! `flumen trust`: the certificate that clients put among those they trust.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;

use crate::tls;

pub fn run(data_dir: &Path) -> anyhow::Result<()> {
    let path = tls::authority_path(data_dir);
    let pem = fs::read(&path).with_context(|| {
        format!(
            "no certificate authority at {}; a server with --tls and without --tls-cert creates one",
            path.display()
        )
    })?;
    std::io::stdout().write_all(&pem)?;
    Ok(())
}
