//! Which crate may use which. A new edge fails the test until it is listed here, so that it is decided
//! and not slipped in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("protocol", &[]),
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
    ("producer", &["protocol", "client"]),
    ("consumer", &["types", "protocol", "client"]),
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
        ],
    ),
];

/// The crates of the product that a manifest names. What tests use does not shape the product.
fn used(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let tables = ["dependencies", "build-dependencies"].map(|table| manifest.get(table));
    (tables.into_iter().flatten())
        .filter_map(|table| table.as_table())
        .flat_map(|table| table.keys())
        .filter_map(|dependency| dependency.strip_prefix("flumen-").map(str::to_owned))
        .collect()
}

/// Edges from a manifest that its crate may not have.
fn forbidden(name: &str, manifest: &str) -> Vec<String> {
    let allowed = ALLOWED.iter().find(|(from, _)| *from == name).map_or(&[][..], |(_, to)| to);
    let used = used(manifest);
    used.iter().filter(|to| !allowed.contains(&to.as_str())).map(|to| format!("{name} -> {to}")).collect()
}

/// What is allowed and is not there: crates without a manifest, edges that no manifest has.
fn unused(allowed: &[(&str, &[&str])], manifests: &BTreeMap<String, String>) -> Vec<String> {
    let mut unused = Vec::new();
    for (from, to) in allowed {
        let Some(manifest) = manifests.get(*from) else {
            unused.push((*from).to_owned());
            continue;
        };
        let used = used(manifest);
        unused.extend(to.iter().filter(|to| !used.contains(**to)).map(|to| format!("{from} -> {to}")));
    }
    unused
}

/// The manifests of the workspace's crates, by the folder's name.
pub(super) fn manifests() -> BTreeMap<String, String> {
    let crates = fs::read_dir(super::root().join("crates")).expect("the workspace has crates");
    let folders = crates.map(|entry| entry.expect("a folder can be listed"));
    // A folder without a manifest is not a crate yet.
    let manifest = |folder: fs::DirEntry| {
        let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).ok()?;
        Some((folder.file_name().to_string_lossy().into_owned(), manifest))
    };
    folders.filter_map(manifest).collect()
}

#[test]
fn crates_use_only_what_they_may() {
    // The kit for tests may use whatever is tested.
    let crates = manifests().into_iter().filter(|(name, _)| name != "testkit");
    let edges: Vec<String> = crates.flat_map(|(name, manifest)| forbidden(&name, &manifest)).collect();
    assert!(edges.is_empty(), "new edges between crates, see ALLOWED: {edges:?}");
}

#[test]
fn nothing_is_allowed_that_is_not_there() {
    let unused = unused(ALLOWED, &manifests());
    assert!(unused.is_empty(), "take these out of ALLOWED: {unused:?}");
}

#[test]
fn a_crate_or_an_edge_that_is_not_there_is_found() {
    let manifests = BTreeMap::from([(
        "storage".to_owned(),
        "[dependencies]\nflumen-types.workspace = true\n".to_owned(),
    )]);
    let allowed: &[(&str, &[&str])] = &[("storage", &["types", "seal"]), ("console", &["types"])];
    assert_eq!(unused(allowed, &manifests), ["storage -> seal", "console"]);
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
