//! Lists in pages: a marker is what the page before it ended with.

use base64_simd::URL_SAFE_NO_PAD as BASE64;

use crate::KeyError;

/// Nothing in a list is called longer.
const MARKER_BYTES_MAX: usize = 1024;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    pub limit: usize,
    /// As the page before has given it.
    pub marker: Option<&'a str>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Of the page that follows, if there is one.
    pub marker: Option<String>,
}

impl Page<'_> {
    /// What the page before ended with.
    pub(crate) fn after(&self) -> Result<Option<String>, KeyError> {
        let Some(marker) = self.marker else { return Ok(None) };
        let read = || {
            let bytes = (marker.len() <= MARKER_BYTES_MAX).then(|| BASE64.decode_to_vec(marker).ok())??;
            String::from_utf8(bytes).ok()
        };
        read().map(Some).ok_or(KeyError::Marker)
    }

    /// Of a list by rising names.
    pub(crate) fn of<'t, T: Clone + 't>(
        &self,
        list: impl IntoIterator<Item = &'t T>,
        name: impl Fn(&T) -> String,
    ) -> Result<Listed<T>, KeyError> {
        let after = self.after()?;
        let is_behind = |item: &&T| after.as_ref().is_none_or(|after| name(item) > *after);
        let mut rest = list.into_iter().filter(is_behind);
        let items: Vec<T> = rest.by_ref().take(self.limit).cloned().collect();
        let last = rest.next().and(items.last());
        let marker = last.map(|last| BASE64.encode_to_string(name(last)));
        Ok(Listed { items, marker })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_the_list_and_nothing_is_there_twice() {
        let list: Vec<String> = (0..7).map(|n| format!("n{n}")).collect();
        for limit in 1..9 {
            let (mut found, mut marker) = (Vec::new(), None::<String>);
            loop {
                let page = Page { limit, marker: marker.as_deref() };
                let Listed { items, marker: next } = page.of(&list, String::clone).unwrap();
                assert!(items.len() <= limit);
                found.extend(items);
                marker = next;
                if marker.is_none() {
                    break;
                }
            }
            assert_eq!(found, list, "{limit}");
        }
        assert!(Page { limit: 1, marker: Some("?") }.of(&list, String::clone).is_err());
    }
}
