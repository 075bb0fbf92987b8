//! Any bytes as what is sealed, as a file of data keys, as a root key, and as one that is wrapped: never taken for one, and never a panic.

use std::sync::LazyLock;

use flumen_seal::{RootKey, Seal, verify_data_keys, verify_wrapped_root_key};

static SEAL: LazyLock<Seal> = LazyLock::new(|| Seal::in_memory().unwrap());

pub fn sealed(bytes: &[u8]) {
    // Nobody guesses a seal.
    assert!(SEAL.open("fuzz", bytes).is_err());
    let _ = verify_data_keys(bytes);
    let _ = verify_wrapped_root_key(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(key) = RootKey::parse(text)
    {
        assert_eq!(RootKey::parse(key.text().expose()).unwrap().text(), key.text());
    }
}
