//! Any text as an iterator or a page token: never taken, and never a panic.

use std::sync::LazyLock;

use flumen_streams::token::{LiveKeys, Vault, new_key};

static VAULT: LazyLock<Vault> =
    LazyLock::new(|| Vault::new(&LiveKeys { newest: new_key().unwrap(), before: None }).unwrap());

pub fn token(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    // Nobody guesses a seal.
    assert!(VAULT.open_iterator(text, 0).is_err());
    assert!(VAULT.open_page(text, 0).is_err());
}
