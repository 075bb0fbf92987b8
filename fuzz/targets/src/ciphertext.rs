//! Any bytes as ciphertext of a key, and as a data key of records that is wrapped: taken apart or not, opened by nobody, and never a
//! panic.

use flumen_keys::{check_unopened, check_unopened_key};

pub fn ciphertext(bytes: &[u8]) {
    // Nobody guesses a tag.
    assert!(check_unopened(bytes) && check_unopened_key(bytes));
}
