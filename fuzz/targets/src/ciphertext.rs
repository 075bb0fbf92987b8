//! Any bytes as ciphertext of a key: taken apart or not, opened by nobody, and never a panic.

use flumen_keys::check_unopened;

pub fn ciphertext(bytes: &[u8]) {
    // Nobody guesses a tag.
    assert!(check_unopened(bytes));
}
