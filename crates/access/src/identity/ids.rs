//! Ids and secrets. An id has 80 random bits, which nobody guesses or meets twice.

use aws_lc_rs::rand;
use base64_simd::STANDARD;
use flumen_seal::SecretString;

const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// With five bits each.
const ID_DIGITS: usize = 16;
/// Forty characters of base64.
const SECRET_BYTES: usize = 30;

/// `prefix` and sixteen digits; `None` if there are no random numbers to be had.
pub(crate) fn new_id(prefix: &str) -> Option<String> {
    let mut random = [0; ID_DIGITS];
    rand::fill(&mut random).ok()?;
    let digits = random.iter().map(|byte| char::from(DIGITS[usize::from(byte & 31)]));
    Some(prefix.chars().chain(digits).collect())
}

/// The secret of an access key.
pub(crate) fn new_secret() -> Option<SecretString> {
    let mut random = [0; SECRET_BYTES];
    rand::fill(&mut random).ok()?;
    Some(SecretString::new(STANDARD.encode_to_string(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_secrets_look_as_aws_gives_them() {
        let id = new_id("AKIA").unwrap();
        assert!(id.len() == 20 && id.bytes().all(|b| DIGITS.contains(&b)), "{id}");
        assert_ne!(id, new_id("AKIA").unwrap());
        let secret = new_secret().unwrap();
        assert_eq!(secret.expose().len(), 40);
    }
}
