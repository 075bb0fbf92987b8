//! Every input in `fuzz/corpus` once: what fuzzing has found stays tested where nobody fuzzes.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use flumen_fuzz_targets::TARGETS;

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.sort();
    paths
}

fn names(folder: &Path) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    below(folder).into_iter().filter_map(stem).collect()
}

fn fuzz() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in a folder of the fuzzer's workspace")
}

#[test]
fn no_input_that_is_kept_panics() {
    let mut failed = Vec::new();
    for (name, target) in TARGETS {
        let inputs = below(&fuzz().join("corpus").join(name));
        assert!(!inputs.is_empty(), "{name} has inputs");
        for path in inputs {
            let input = fs::read(&path).expect("an input can be read");
            if catch_unwind(|| target(&input)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn each_target_has_a_program_and_a_corpus() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), targets);
    assert_eq!(names(&fuzz().join("corpus")), targets);
}
