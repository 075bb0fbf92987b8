//! `flumen init` with the keys that clients have: what it makes, what it tells, and that what it refuses leaves nothing behind.

use std::fs;
use std::path::PathBuf;

use flumen_testkit::server::{Done, flumen};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn import(&self, sections: &[(&str, &str)], more: &[&str]) -> Done {
        let text: String = sections
            .iter()
            .map(|(name, id)| format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = secret\n"))
            .collect();
        fs::write(self.path("clients.credentials"), text).unwrap();
        let [file, dir] = ["clients.credentials", "data"].map(|name| self.path(name).display().to_string());
        flumen(&[&["init", "--data-dir", &dir, "--import", &file], more].concat())
    }
}

#[test]
fn an_import_that_is_refused_makes_no_account() {
    let place = Place::new();
    let refused = place.import(&[("orders", "AKIAORDERSORDERSORDE"), ("lazy", "any")], &[]);
    assert_eq!((refused.status, &*refused.stdout), (Some(2), ""));
    let why = r#"section [lazy]: the access key "any" must have 16 to 128 letters, digits and underscores"#;
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    let refused = place.import(&[("a b", "AKIAORDERSORDERSORDE")], &[]);
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);

    let made = place.import(&[("orders", "AKIAORDERSORDERSORDE")], &[]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert!(made.stdout.contains("aws_access_key_id = AKIA"), "the root's key is told: {}", made.stdout);
}

#[test]
fn a_root_key_is_told_when_it_is_made_and_then_no_more() {
    let place = Place::new();
    let made = place.import(&[("orders", "AKIAORDERSORDERSORDE")], &[]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let file = place.path("root.credentials");
    let more = place
        .import(&[("billing", "AKIABILLINGBILLINGBI")], &["--write-credentials", file.to_str().unwrap()]);
    assert_eq!((more.status, &*more.stdout), (Some(0), ""), "{}", more.stderr);
    assert!(
        more.stderr.contains("account 000000000000 exists already; its root access key stays as it is"),
        "{}",
        more.stderr
    );
    assert!(!file.exists(), "nobody takes an empty file for a key");
}

#[test]
fn a_key_that_another_has_is_refused() {
    let place = Place::new();
    let made = place.import(&[("orders", "AKIAORDERSORDERSORDE")], &[]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let again = place.import(&[("billing", "AKIAORDERSORDERSORDE")], &[]);
    assert_eq!((again.status, &*again.stdout), (Some(2), ""), "{}", again.stderr);
    assert!(again.stderr.contains("AKIAORDERSORDERSORDE is another's already"), "{}", again.stderr);
}
