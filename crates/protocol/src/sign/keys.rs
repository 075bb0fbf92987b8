//! Signing keys: four HMACs away from the secret, and the same for a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

use super::TERMINATOR;
use super::canonical::Scope;

/// Keys kept. When there is no room all are dropped: deriving one again costs two microseconds.
const KEYS_MAX: usize = 1024;

/// The signing keys of those who signed lately.
#[derive(Default)]
pub struct SigningKeys(Mutex<HashMap<String, Entry>>);

struct Entry {
    /// The secret that the key was made of, since an access key may get another.
    secret: String,
    key: Arc<Key>,
}

impl SigningKeys {
    /// The key, and whether it was kept or is made now. A made one is kept only by [`SigningKeys::keep`], so that only those who
    /// know a secret fill the cache.
    pub(super) fn get(&self, name: &str, secret: &str, scope: &Scope<'_>) -> (Arc<Key>, bool) {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(name) {
            Some(entry) if verify_slices_are_equal(entry.secret.as_bytes(), secret.as_bytes()).is_ok() => {
                (entry.key.clone(), true)
            }
            _ => {
                drop(entries);
                (Arc::new(derive(secret, scope)), false)
            }
        }
    }

    pub(super) fn keep(&self, name: String, secret: &str, key: &Arc<Key>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.get(&name).is_some_and(|entry| Arc::ptr_eq(&entry.key, key)) {
            return;
        }
        if entries.len() >= KEYS_MAX {
            entries.clear();
        }
        entries.insert(name, Entry { secret: secret.to_owned(), key: key.clone() });
    }
}

/// Under which name a key is kept.
pub(super) fn name(access_key: &str, scope: &Scope<'_>) -> String {
    [access_key, scope.date, scope.region, scope.service].join("/")
}

pub(super) fn derive(secret: &str, scope: &Scope<'_>) -> Key {
    #[cfg(test)]
    tests::DERIVED.set(tests::DERIVED.get() + 1);
    let mut key = Key::new(HMAC_SHA256, format!("AWS4{secret}").as_bytes());
    for part in [scope.date, scope.region, scope.service, TERMINATOR] {
        key = Key::new(HMAC_SHA256, sign(&key, part.as_bytes()).as_ref());
    }
    key
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many keys were made.
        pub static DERIVED: Cell<u32> = const { Cell::new(0) };
    }

    const SCOPE: Scope<'_> =
        Scope { date: "20150830", region: "us-east-1", service: "kinesis", signed_ms: 0 };

    #[test]
    fn a_key_is_kept_for_its_secret_only() {
        let keys = SigningKeys::default();
        let (key, kept) = keys.get("a", "secret", &SCOPE);
        assert!(!kept);
        assert!(!Arc::ptr_eq(&keys.get("a", "secret", &SCOPE).0, &key));
        keys.keep("a".into(), "secret", &key);
        assert!(keys.get("a", "secret", &SCOPE).1 && !keys.get("a", "another", &SCOPE).1);
        assert!(Arc::ptr_eq(&keys.get("a", "secret", &SCOPE).0, &key));
        assert!(!Arc::ptr_eq(&keys.get("a", "another", &SCOPE).0, &key));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let keys = SigningKeys::default();
        let (key, _) = keys.get("a", "secret", &SCOPE);
        for i in 0..=2 * KEYS_MAX {
            keys.keep(i.to_string(), "secret", &key);
            assert!(keys.0.lock().unwrap().len() <= KEYS_MAX);
        }
    }
}
