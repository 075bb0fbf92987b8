//! Which crate may use which. A new edge fails the test until it is listed here, so that it is decided
//! and not slipped in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("protocol", &["types"]),
    ("storage", &["types"]),
    ("machine", &["storage", "seal"]),
    ("seal", &[]),
    ("access", &["types", "protocol", "storage", "machine", "seal"]),
    ("audit", &["types", "storage", "machine", "seal"]),
    ("keys", &["types", "storage", "machine", "seal", "access", "external-keys"]),
    ("streams", &["types", "protocol", "storage", "access", "machine", "seal", "keys"]),
    ("tables", &["types", "storage", "access", "machine"]),
    ("watch", &["types", "protocol", "access"]),
    ("client", &["types", "protocol"]),
    ("external-keys", &["types", "protocol", "seal", "client"]),
    ("envelope", &["protocol", "client"]),
    ("api", &["types", "protocol", "access", "audit", "keys", "streams", "tables", "watch", "client"]),
    ("producer", &["types", "protocol", "client"]),
    ("consumer", &["types", "protocol", "client"]),
    ("functions", &["types", "protocol", "client", "consumer"]),
    ("delivery", &["types", "protocol", "client", "consumer"]),
    ("analytics", &["types", "protocol", "client", "consumer"]),
    ("console", &["types", "protocol", "client"]),
    ("cli", &["types", "protocol", "client", "producer", "consumer", "envelope"]),
    (
        "server",
        &[
            "types",
            "protocol",
            "storage",
            "machine",
            "seal",
            "access",
            "audit",
            "keys",
            "external-keys",
            "streams",
            "tables",
            "watch",
            "api",
            "client",
            "cli",
            "functions",
            "delivery",
            "console",
        ],
    ),
];

/// Edges from a manifest that its crate may not have.
fn forbidden(name: &str, manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let allowed = ALLOWED.iter().find(|(from, _)| *from == name).map_or(&[][..], |(_, to)| to);
    // What tests use does not shape the product.
    let tables = ["dependencies", "build-dependencies"].map(|table| manifest.get(table));
    let used: BTreeSet<&str> = (tables.into_iter().flatten())
        .filter_map(|table| table.as_table())
        .flat_map(|table| table.keys())
        .filter_map(|dependency| dependency.strip_prefix("flumen-"))
        .collect();
    used.into_iter().filter(|to| !allowed.contains(to)).map(|to| format!("{name} -> {to}")).collect()
}

#[test]
fn crates_use_only_what_they_may() {
    let crates = fs::read_dir(super::root().join("crates")).expect("the workspace has crates");
    let mut edges = Vec::new();
    for folder in crates.map(|entry| entry.expect("a folder can be listed").path()) {
        // A folder without a manifest is not a crate yet.
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let name = folder.file_name().expect("a listed folder has a name").to_string_lossy();
        // The kit for tests may use whatever is tested.
        if name != "testkit" {
            edges.extend(forbidden(&name, &manifest));
        }
    }
    assert!(edges.is_empty(), "new edges between crates, see ALLOWED: {edges:?}");
}

/// The sources below a folder that have a line like this.
fn sources_with(folder: &Path, line: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in
        fs::read_dir(folder).expect("a folder can be listed").map(|entry| entry.expect("an entry").path())
    {
        if path.is_dir() {
            found.extend(sources_with(&path, line));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source is text");
            if text.lines().any(line) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn no_crate_takes_a_file_out_of_another() {
    let takes = |line: &str| line.trim_start().starts_with("#[path = \"../");
    let found = sources_with(&super::root().join("crates"), &takes);
    assert!(found.is_empty(), "what tests share is in crates/testkit: {found:?}");
}

#[test]
fn callers_are_made_in_api_alone() {
    let crates = super::root().join("crates");
    let makes = |line: &str| line.contains("Caller::new(");
    let mut found = sources_with(&crates, &makes);
    assert!(found.contains(&crates.join("api/src/sign_in.rs")), "this would find it");
    let is_test = |path: &PathBuf| {
        path.components().any(|part| ["tests", "tests.rs"].map(Some).contains(&part.as_os_str().to_str()))
    };
    let may = ["api", "access", "testkit"].map(|name| crates.join(name).join("src"));
    found.retain(|path| !is_test(path) && !may.iter().any(|may| path.starts_with(may)));
    assert!(found.is_empty(), "who calls is known where requests come in, and only there: {found:?}");
}

#[test]
fn an_edge_that_is_not_listed_is_found() {
    let manifest =
        "[dependencies]\nflumen-types.workspace = true\nflumen-streams = { path = '../streams' }\n";
    assert_eq!(forbidden("storage", manifest), ["storage -> streams"]);
    // Nothing but the binary starts commands, and only tests use the kit for tests.
    let manifest = "[dependencies]\nflumen-cli.workspace = true\nflumen-testkit.workspace = true\n\
         [dev-dependencies]\nflumen-testkit.workspace = true\n";
    assert_eq!(forbidden("client", manifest), ["client -> cli", "client -> testkit"]);
    assert_eq!(forbidden("server", manifest), ["server -> testkit"]);
}
