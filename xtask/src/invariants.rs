//! Invariants of `docs/ARCHITECTURE.md` that the text of the sources can hold: which file alone may have a line of some kind, and which words
//! a crate does not know; and that the files which the document names are there. Those that need a program to run are held by tests beside the code, which the document names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::arrows::manifests;

/// The files below a folder of the workspace that have such a line of code; comments are not looked at. By their paths in the workspace.
fn sources_with(folder: &str, has: impl Fn(&str) -> bool) -> BTreeSet<String> {
    files_with(folder, &|text| has_in(text, &has))
}

/// The same without unit tests: a file that is one, and what stands in `mod tests` at a file's end.
fn product_with(folder: &str, has: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let product = |text: &str| has_in(without_tests(text), &has);
    let mut found = files_with(folder, &product);
    found.retain(|path| !path.ends_with("/tests.rs"));
    found
}

fn has_in(text: &str, has: &dyn Fn(&str) -> bool) -> bool {
    text.lines().map(without_comment).any(has)
}

fn without_tests(text: &str) -> &str {
    text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(product, _)| product)
}

fn files_with(folder: &str, has: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let folder = super::root().join(folder);
    assert!(folder.is_dir(), "{} is not there", folder.display());
    search(&folder, has, &mut found);
    found
}

fn search(folder: &Path, has: &dyn Fn(&str) -> bool, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            search(&path, has, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source is text");
            if has(&text) {
                let path = path.strip_prefix(super::root()).expect("it lies in the workspace");
                found.insert(path.to_string_lossy().into_owned());
            }
        }
    }
}

/// A line up to its comment. An address in a string ends it too, which does no harm here.
fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether a line has one of these words, whatever letters are large. Letters and digits alone make a word.
fn has_word(line: &str, words: &[&str]) -> bool {
    line.split(|c: char| !c.is_alphanumeric())
        .flat_map(humps)
        .any(|word| words.iter().any(|wanted| wanted.eq_ignore_ascii_case(word)))
}

/// `OpenShard` is `Open` and `Shard`.
fn humps(word: &str) -> Vec<&str> {
    let mut begins: Vec<usize> = word
        .char_indices()
        .zip(word.chars().skip(1))
        .filter(|((_, before), next)| before.is_lowercase() && next.is_uppercase())
        .map(|((at, before), _)| at + before.len_utf8())
        .collect();
    begins.insert(0, 0);
    begins.push(word.len());
    begins.windows(2).filter_map(|ends| word.get(ends[0]..ends[1])).collect()
}

fn assert_only(found: BTreeSet<String>, may: &[&str], why: &str) {
    let may: BTreeSet<String> = may.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(found, may, "{why}");
}

#[test]
fn storage_holds_no_kinesis_noun() {
    const NOUNS: &[&str] = &[
        "kinesis",
        "shard",
        "shards",
        "stream",
        "streams",
        "consumer",
        "consumers",
        "iterators",
        "producer",
    ];
    let found = sources_with("crates/storage/src", |line| has_word(line, NOUNS));
    assert_only(found, &[], "a log knows nothing of what is stored in it");
    let would = sources_with("crates/streams/src", |line| has_word(line, NOUNS));
    assert!(would.contains("crates/streams/src/ops/list_shards.rs"), "this would find it");
}

#[test]
fn producer_and_consumer_print_nothing() {
    const PRINTS: &[&str] =
        &["print!", "println!", "eprint!", "eprintln!", "dbg!", "stdout(", "stderr(", "tracing::", "log::"];
    let prints = |line: &str| PRINTS.iter().any(|print| line.contains(print));
    for folder in ["crates/producer/src", "crates/consumer/src"] {
        assert_only(sources_with(folder, prints), &[], "what people may want to know is in what they answer");
    }
    assert!(!sources_with("crates/cli/src", prints).is_empty(), "this would find it");
}

#[test]
fn unsafe_code_is_in_two_files() {
    let is_unsafe = |line: &str| line.contains("unsafe_code") || line.contains("unsafe ");
    assert_only(
        sources_with("crates", is_unsafe),
        &["crates/server/src/allocator.rs", "crates/types/src/hash_key/lanes.rs"],
        "unsafe code is decided on and not slipped in",
    );
    for (name, manifest) in manifests() {
        let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(lints, Some(&toml::Value::Boolean(true)), "{name} has the lints of the workspace");
    }
    let workspace =
        fs::read_to_string(super::root().join("Cargo.toml")).expect("the workspace has a manifest");
    let workspace: toml::Table = workspace.parse().expect("a manifest is TOML");
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("deny"));
}

#[test]
fn no_crate_takes_a_file_out_of_another() {
    let found = sources_with("crates", |line| line.trim_start().starts_with("#[path = \"../"));
    assert_only(found, &[], "what tests share is in crates/testkit");
}

#[test]
fn callers_are_made_in_api_alone() {
    let mut found = sources_with("crates", |line| line.contains("Caller::new("));
    assert!(found.contains("crates/api/src/sign_in.rs"), "this would find it");
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("/tests.rs");
    let may = ["crates/api/src/", "crates/access/src/", "crates/testkit/src/"];
    found.retain(|path| !is_test(path) && !may.iter().any(|may| path.starts_with(may)));
    assert_only(found, &[], "who calls is known where requests come in, and only there");
}

#[test]
fn callers_from_inside_are_made_by_a_client_of_the_api_alone() {
    let found = sources_with("crates", |line| line.contains("Peer::Inside(Inside("));
    assert_only(found, &["crates/api/src/inside.rs"], "a peer from inside is made by Api::client");
}

#[test]
fn policies_are_evaluated_without_io() {
    const IO: &[&str] =
        &["std::fs", "std::io", "tokio", "async ", ".await", "TcpStream", "UdpSocket", "Command"];
    let does = |line: &str| IO.iter().any(|io| line.contains(io));
    assert_only(sources_with("crates/access/src/policy", does), &[], "an evaluation waits for nothing");
    assert!(!sources_with("crates/access/src/identity", does).is_empty(), "this would find it");
}

#[test]
fn tables_are_changed_where_the_log_s_commands_are_applied_alone() {
    let runs = product_with("crates/tables/src", |line| line.contains("engine") && line.contains(".run("));
    assert_only(runs, &["crates/tables/src/inner.rs"], "requests reach an engine through `Inner`");
    let applies = sources_with("crates/tables/src", |line| line.contains("self.0.apply("));
    assert_only(applies, &["crates/tables/src/fold.rs"], "`Inner::apply` is given what is on the log");
    let takes = sources_with("crates/tables/src", |line| line.contains("pub fn apply("));
    assert_only(takes, &["crates/tables/src/inner.rs"], "there is one `Inner::apply`");
}

#[test]
fn the_state_of_streams_is_changed_by_commands_alone() {
    let changes = |line: &str| {
        let parts = ["streams", "accounts", "marks", "token_keys", "signatures"];
        let ways = ["insert", "remove", "entry", "get_mut", "retain", "push", "clear"];
        let is_change = |part: &str| ways.iter().any(|way| line.contains(&format!("state.{part}.{way}(")));
        parts.into_iter().any(is_change)
    };
    let mut found = product_with("crates/streams/src", changes);
    found.retain(|path| !path.starts_with("crates/streams/src/state/"));
    assert_only(found, &[], "nothing changes a `State` but `State::apply`");
}

#[test]
fn one_function_writes_to_the_journal() {
    let writes = |line: &str| line.contains("arena.write(");
    assert_only(
        sources_with("crates/storage/src", writes),
        &["crates/storage/src/writer.rs"],
        "the writer writes",
    );
    let writer =
        fs::read_to_string(super::root().join("crates/storage/src/writer.rs")).expect("source is text");
    assert_eq!(writer.lines().filter(|line| writes(line)).count(), 1, "and in one place");
    // A file that is begun gets its header before it is a journal file.
    let others = sources_with("crates/storage/src/journal", |line| {
        ["write_at(", "write_all_at(", "write_direct("].iter().any(|write| line.contains(write))
    });
    assert_only(others, &["crates/storage/src/journal/file.rs"], "a new file has its header written");
}

/// The names of source files in code spans of a document.
fn named_sources(document: &str) -> Vec<&str> {
    document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.ends_with(".rs") && !name.contains(' '))
        .collect()
}

#[test]
fn source_files_that_the_architecture_names_are_there() {
    let mut there = sources_with("crates", |_| true);
    there.extend(sources_with("xtask", |_| true));
    // The document leaves out what is the same of all: `streams/door.rs` is `crates/streams/src/door.rs`.
    let short = |path: &String| format!("/{}", path.trim_start_matches("crates/").replacen("/src/", "/", 1));
    let there: Vec<String> = there.iter().flat_map(|path| [short(path), format!("/{path}")]).collect();
    let document = fs::read_to_string(super::root().join("docs/ARCHITECTURE.md")).expect("the map is there");
    let gone: Vec<&str> = (named_sources(&document).into_iter())
        .filter(|name| !there.iter().any(|path| path.ends_with(&format!("/{name}"))))
        .collect();
    assert!(gone.is_empty(), "docs/ARCHITECTURE.md names files that are not there: {gone:?}");
}

#[test]
fn a_document_names_sources_in_code_spans() {
    assert_eq!(named_sources("see `a/b.rs` and `c.rs`, not d.rs or `x`"), ["a/b.rs", "c.rs"]);
}

#[test]
fn words_are_found_in_names_of_code() {
    assert!(has_word("struct OpenShard;", &["shard"]) && has_word("let shard_id = 1;", &["shard"]));
    assert!(
        has_word("SHARD", &["shard"]) && !has_word("sharded partition_point", &["shard", "partition key"])
    );
    assert_eq!(humps("openShardId"), ["open", "Shard", "Id"]);
}

#[test]
fn tests_at_the_end_of_a_file_are_no_product() {
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\n b\n}\n"), "a\n");
    assert_eq!(without_tests("#[cfg(test)]\nmod tests;\na\n"), "#[cfg(test)]\nmod tests;\na\n");
}
