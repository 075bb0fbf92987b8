//! The encryption context: what a caller says beside what is encrypted, and has to say again.

use std::collections::BTreeMap;

use crate::KeyError;

/// Of keys and values together. AWS's guide names 8 KiB.
const BYTES_MAX: usize = 8192;

/// Pairs of a key and a value, by the bytes of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, String>);

impl Context {
    /// # Errors
    /// Where there is too much of it.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, KeyError> {
        let pairs: BTreeMap<String, String> = pairs.into_iter().collect();
        let found: usize = pairs.iter().map(|(key, value)| key.len() + value.len()).sum();
        match found {
            0..=BYTES_MAX => Ok(Context(pairs)),
            _ => Err(KeyError::Validation(format!(
                "The encryption context has {found} bytes in its keys and values, where {BYTES_MAX} are the most."
            ))),
        }
    }

    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Appends the one text of this context: the number of pairs, then each key and value by rising bytes of the keys, with the
    /// length in front (32 bits, little endian).
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        // A context is far shorter than any length that would not fit.
        let length = |bytes: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(&u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes());
        };
        length(self.0.len(), out);
        for text in self.0.iter().flat_map(|(key, value)| [key, value]) {
            length(text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pairs: &[(&str, &str)]) -> Vec<u8> {
        let context = Context::new(pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        let mut out = Vec::new();
        context.unwrap().append_to(&mut out);
        out
    }

    #[test]
    fn a_context_has_one_text_and_others_have_another() {
        assert_eq!(text(&[("b", "2"), ("a", "1")]), text(&[("a", "1"), ("b", "2")]));
        let all = [
            text(&[]),
            text(&[("", "")]),
            text(&[("a", "b")]),
            text(&[("ab", "")]),
            text(&[("", "ab")]),
            text(&[("a", "1"), ("b", "2")]),
            text(&[("a", "1b2")]),
        ];
        for (nth, one) in all.iter().enumerate() {
            assert!(all[nth + 1..].iter().all(|other| other != one), "{nth}");
        }
    }

    #[test]
    fn a_context_is_bounded() {
        let of = |bytes: usize| Context::new([("a".to_owned(), "x".repeat(bytes - 1))]);
        assert!(of(8192).is_ok());
        assert!(of(8193).unwrap_err().to_string().contains("8193 bytes"));
    }
}
