//! `flumen completions` and `flumen man`: what the definitions of the commands say, for shells and `man`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

/// Print completions for a shell
///
/// For bash: flumen completions bash > ~/.local/share/bash-completion/completions/flumen
#[derive(Debug, clap::Args)]
pub struct Completions {
    shell: Shell,
}

/// Write a manual page for each command
#[derive(Debug, clap::Args)]
pub struct Man {
    /// Directory to write to, such as ~/.local/share/man/man1
    dir: PathBuf,
}

pub fn completions(args: &Completions, mut program: Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let name = program.get_name().to_owned();
    clap_complete::generate(args.shell, &mut program, name, &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}

pub fn man(args: &Man, program: Command) -> anyhow::Result<()> {
    let dir = &args.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("folder {}", dir.display()))?;
    clap_mangen::generate_to(program, dir).with_context(|| format!("pages in {}", dir.display()))
}
