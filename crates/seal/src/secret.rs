//! What must not be seen: prints nothing, is wiped when it goes, and compares in a time that tells nothing.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

/// Bytes that are secret.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Text that is secret.
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl Secret {
    pub fn new(bytes: Vec<u8>) -> Secret {
        Secret(Zeroizing::new(bytes))
    }

    /// The bytes, for whoever uses them and lets nobody see them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// `None` unless it is UTF-8.
    pub fn into_string(self) -> Option<SecretString> {
        let text = std::str::from_utf8(&self.0).ok()?;
        Some(SecretString::new(text.to_owned()))
    }
}

impl SecretString {
    pub fn new(text: String) -> SecretString {
        SecretString(Zeroizing::new(text))
    }

    /// The text, for whoever uses it and lets nobody see it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> SecretString {
        SecretString::new(text)
    }
}

/// In a time that depends on the lengths alone.
impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Secret {}

/// In a time that depends on the lengths alone.
impl PartialEq for SecretString {
    fn eq(&self, other: &SecretString) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl Eq for SecretString {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_print_nothing_and_are_what_they_were() {
        let secret = Secret::new(b"hunter2".to_vec());
        let text = secret.clone().into_string().unwrap();
        assert_eq!(format!("{secret:?} {text:?} {:#?}", Some(&text)).find("hunter2"), None);
        assert_eq!((secret.expose(), text.expose()), (&b"hunter2"[..], "hunter2"));
        assert_eq!(secret, Secret::new(b"hunter2".to_vec()));
        assert_ne!(secret, Secret::new(b"hunter3".to_vec()));
        assert_ne!(text, SecretString::from("hunter22".to_owned()));
        assert!(Secret::new(vec![0xff]).into_string().is_none());
    }
}
