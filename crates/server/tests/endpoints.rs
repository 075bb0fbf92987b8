//! What the started program listens on, and who is let in where.

use std::process::Stdio;

use flumen_testkit::server::{finish, program};

#[test]
fn without_credentials_no_other_machine_is_served_and_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = data.to_str().unwrap();
    let refusal = "or this line in flumen.toml: insecure-open = true";
    for kept in [&["--data-dir", data][..], &["--ephemeral"]] {
        for port in ["--listen", "--tls"] {
            let mut command = program();
            command.args(["serve", port, "0.0.0.0:0"]).args(kept).env_clear();
            finish(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).fails(2, refusal);
        }
    }
    assert!(!dir.path().join("data").exists());
}
