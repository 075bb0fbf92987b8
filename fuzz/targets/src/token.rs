//! Any text as an iterator or a page token: never taken, and never a panic.

#![no_main]

use std::sync::LazyLock;

use flumen_streams::token::{Vault, new_key};
use libfuzzer_sys::fuzz_target;

static VAULT: LazyLock<Vault> = LazyLock::new(|| Vault::new(&new_key().unwrap()).unwrap());

fuzz_target!(|text: &str| {
    // Nobody guesses a seal.
    assert!(VAULT.open_iterator(text, 0).is_err());
    assert!(VAULT.open_page(text, 0).is_err());
});
