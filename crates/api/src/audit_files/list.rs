//! A page of a bucket: keys in their order, or what they have in common up to a delimiter. Source:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use base64_simd::URL_SAFE_NO_PAD;
use flumen_audit::{Listed, ObjectError, Objects};

use super::errors::Refused;
use super::request::{Operation, S3Request};

const PAGE_MAX: usize = 1000;

/// What is asked of a bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub is_v2: bool,
    pub prefix: String,
    pub delimiter: String,
    /// As it was asked: where a page begins.
    pub after: String,
    pub start_after: Option<String>,
    pub token: Option<String>,
    /// As it was asked for; no page is longer than a thousand.
    pub max: usize,
    /// Keys are written as they would be in an address.
    pub is_encoded: bool,
}

#[derive(Debug, Default)]
pub(super) struct Page {
    pub objects: Vec<Listed>,
    /// What keys have in common.
    pub prefixes: Vec<String>,
    /// Behind what the next page goes on, where there is one.
    pub next: Option<String>,
}

impl Wanted {
    pub fn of(s3: &S3Request) -> Result<Self, Refused> {
        let text = |name: &str| s3.parameter(name).unwrap_or_default().to_owned();
        let max = match s3.parameter("max-keys").filter(|value| !value.is_empty()) {
            None => PAGE_MAX,
            Some(value) => {
                let parsed = value.parse::<i32>().ok().and_then(|number| usize::try_from(number).ok());
                let refused = || Refused::NotANumber { name: "maxKeys", value: value.to_owned() };
                parsed.ok_or_else(refused)?.min(PAGE_MAX)
            }
        };
        let is_encoded = match s3.parameter("encoding-type") {
            None | Some("") => false,
            Some("url") => true,
            Some(value) => return Err(Refused::Encoding { value: value.to_owned() }),
        };
        let is_v2 = s3.operation == Operation::ListObjectsV2;
        let token = s3.parameter("continuation-token").filter(|_| is_v2).map(str::to_owned);
        let start_after = s3.parameter("start-after").filter(|_| is_v2).map(str::to_owned);
        let after = match (&token, is_v2) {
            (Some(token), _) => read(token).ok_or_else(|| Refused::Token { value: token.clone() })?,
            (None, true) => start_after.clone().unwrap_or_default(),
            (None, false) => text("marker"),
        };
        let (prefix, delimiter) = (text("prefix"), text("delimiter"));
        Ok(Wanted { is_v2, prefix, delimiter, after, start_after, token, max, is_encoded })
    }
}

/// A token of version 2, which says behind what it goes on.
pub(super) fn written(next: &str) -> String {
    URL_SAFE_NO_PAD.encode_to_string(next)
}

fn read(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode_to_vec(token).ok()?).ok()
}

/// Behind all keys that begin with it.
fn behind(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

pub(super) fn page(objects: &Objects, bucket: &str, wanted: &Wanted) -> Result<Page, ObjectError> {
    let Wanted { prefix, delimiter, after, max, .. } = wanted;
    let common = |key: &str| {
        let rest = key.strip_prefix(prefix.as_str())?;
        let end = rest.find(delimiter.as_str()).filter(|_| !delimiter.is_empty())?;
        Some(key[..prefix.len() + end + delimiter.len()].to_owned())
    };
    let mut page = Page::default();
    // What a page before ended with is not told again.
    let mut from = match common(after).filter(|of| of == after) {
        Some(of) => behind(&of),
        None => after.clone(),
    };
    let mut last = None;
    if *max == 0 {
        return Ok(page);
    }
    loop {
        let room = max - page.objects.len() - page.prefixes.len();
        let found = objects.list(bucket, prefix, &from, room + 1)?;
        let is_end = found.len() <= room;
        let mut skips = false;
        for listed in found {
            if page.objects.len() + page.prefixes.len() == *max {
                page.next = last;
                return Ok(page);
            }
            match common(&listed.key) {
                Some(of) => {
                    from = behind(&of);
                    last = Some(of.clone());
                    page.prefixes.push(of);
                    skips = true;
                    break;
                }
                None => {
                    from.clone_from(&listed.key);
                    last = Some(listed.key.clone());
                    page.objects.push(listed);
                }
            }
        }
        if is_end && !skips {
            return Ok(page);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flumen_audit::Object;

    use super::*;

    fn objects(keys: &[&str]) -> Objects {
        let objects = Objects::in_memory(1 << 20);
        for key in keys {
            let object = Object { content: vec![1], metadata: BTreeMap::new(), modified_ms: 1 };
            objects.put("b", key, &object).unwrap();
        }
        objects
    }

    /// All pages of that length: keys, and what is common with an asterisk.
    fn all(objects: &Objects, prefix: &str, delimiter: &str, max: usize) -> Vec<String> {
        let (mut told, mut after) = (Vec::new(), String::new());
        loop {
            let wanted = Wanted {
                prefix: prefix.into(),
                delimiter: delimiter.into(),
                after,
                max,
                ..Wanted::default()
            };
            let page = page(objects, "b", &wanted).unwrap();
            assert!(page.objects.len() + page.prefixes.len() <= max);
            let mut of_page: Vec<String> = page.objects.into_iter().map(|listed| listed.key).collect();
            of_page.extend(page.prefixes.into_iter().map(|prefix| format!("{prefix}*")));
            of_page.sort();
            told.extend(of_page);
            match page.next {
                Some(next) => after = next,
                None => return told,
            }
        }
    }

    #[test]
    fn pages_of_any_length_hold_all_of_a_bucket_once() {
        let objects = objects(&["a", "b/1", "b/2", "b/c/3", "d", "e/f/1", "e/f/2", "é/1", "z"]);
        let flat = ["a", "b/1", "b/2", "b/c/3", "d", "e/f/1", "e/f/2", "z", "é/1"];
        for max in 1..12 {
            assert_eq!(all(&objects, "", "", max), flat, "{max}");
            assert_eq!(all(&objects, "", "/", max), ["a", "b/*", "d", "e/*", "z", "é/*"], "{max}");
            assert_eq!(all(&objects, "b/", "/", max), ["b/1", "b/2", "b/c/*"], "{max}");
            assert_eq!(all(&objects, "e", "f/", max), ["e/f/*"], "{max}");
            assert!(all(&objects, "x", "/", max).is_empty());
        }
    }

    #[test]
    fn a_page_begins_behind_what_is_named_whether_or_not_it_is_there() {
        let objects = objects(&["a", "c", "d/1", "d/2", "e"]);
        let keys = |after: &str, delimiter: &str| {
            let wanted =
                Wanted { after: after.into(), delimiter: delimiter.into(), max: 9, ..Wanted::default() };
            let page = page(&objects, "b", &wanted).unwrap();
            (page.objects.into_iter().map(|listed| listed.key).collect::<Vec<_>>(), page.prefixes)
        };
        assert_eq!(keys("b", "").0, ["c", "d/1", "d/2", "e"]);
        assert_eq!(keys("d/", "/"), (vec!["e".into()], vec![]));
        assert_eq!(keys("d/1", "/"), (vec!["e".into()], vec!["d/".into()]));
        let none = Wanted { max: 0, ..Wanted::default() };
        assert!(page(&objects, "b", &none).unwrap().next.is_none());
    }
}
