//! Answers in S3's XML.

use std::fmt::{Display, Write as _};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::ErrorAnswer;
use super::list::{Page, Wanted, written};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// What stays as it is in keys that are written for an address.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'*');

/// Appends text as it stands between tags.
fn push(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => _ = write!(out, "&#x{:x};", u32::from(c)),
            // Nothing in XML stands for these.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

fn element(out: &mut String, name: &str, value: impl Display) {
    let _ = write!(out, "<{name}>");
    push(out, &value.to_string());
    let _ = write!(out, "</{name}>");
}

/// Where a bucket is. What is in the oldest region has no name.
pub(super) fn location(region: &str) -> String {
    match region {
        "us-east-1" => format!("{HEAD}<LocationConstraint xmlns=\"{NAMESPACE}\"/>"),
        region => {
            let mut out = format!("{HEAD}<LocationConstraint xmlns=\"{NAMESPACE}\">");
            push(&mut out, region);
            out + "</LocationConstraint>"
        }
    }
}

pub(super) fn error(told: &ErrorAnswer, path: &str, request_id: &str) -> Vec<u8> {
    let mut out = format!("{HEAD}<Error>");
    element(&mut out, "Code", told.code);
    element(&mut out, "Message", &told.message);
    for (name, value) in &told.about {
        element(&mut out, name, value);
    }
    element(&mut out, "Resource", path);
    element(&mut out, "RequestId", request_id);
    out.push_str("</Error>");
    out.into_bytes()
}

pub(super) fn list(bucket: &str, wanted: &Wanted, page: &Page) -> Vec<u8> {
    let encoded = |text: &str| match wanted.is_encoded {
        true => utf8_percent_encode(text, KEPT).to_string(),
        false => text.to_owned(),
    };
    let mut out = format!("{HEAD}<ListBucketResult xmlns=\"{NAMESPACE}\">");
    element(&mut out, "Name", bucket);
    element(&mut out, "Prefix", encoded(&wanted.prefix));
    if wanted.is_v2 {
        if let Some(start_after) = &wanted.start_after {
            element(&mut out, "StartAfter", encoded(start_after));
        }
        if let Some(token) = &wanted.token {
            element(&mut out, "ContinuationToken", token);
        }
        if let Some(next) = &page.next {
            element(&mut out, "NextContinuationToken", written(next));
        }
        element(&mut out, "KeyCount", page.objects.len() + page.prefixes.len());
    } else {
        element(&mut out, "Marker", encoded(&wanted.after));
        // Otherwise it is the last key.
        if let Some(next) = page.next.as_ref().filter(|_| !wanted.delimiter.is_empty()) {
            element(&mut out, "NextMarker", encoded(next));
        }
    }
    element(&mut out, "MaxKeys", wanted.max);
    if !wanted.delimiter.is_empty() {
        element(&mut out, "Delimiter", encoded(&wanted.delimiter));
    }
    if wanted.is_encoded {
        element(&mut out, "EncodingType", "url");
    }
    element(&mut out, "IsTruncated", page.next.is_some());
    for listed in &page.objects {
        out.push_str("<Contents>");
        element(&mut out, "Key", encoded(&listed.key));
        let ms = i64::try_from(listed.modified_ms).unwrap_or(i64::MAX);
        let modified = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
        element(&mut out, "LastModified", modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"));
        element(&mut out, "ETag", format_args!("\"{}\"", listed.etag));
        element(&mut out, "Size", listed.bytes);
        element(&mut out, "StorageClass", "STANDARD");
        out.push_str("</Contents>");
    }
    for prefix in &page.prefixes {
        out.push_str("<CommonPrefixes>");
        element(&mut out, "Prefix", encoded(prefix));
        out.push_str("</CommonPrefixes>");
    }
    out.push_str("</ListBucketResult>");
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_chose_is_text_and_nothing_else() {
        let mut out = String::new();
        element(&mut out, "Key", "<a>&\"\n\0");
        assert_eq!(out, "<Key>&lt;a&gt;&amp;&quot;&#xa;\u{fffd}</Key>");
        let wanted = Wanted { prefix: "a b/ü<".into(), is_encoded: true, max: 7, ..Wanted::default() };
        let list = String::from_utf8(list("logs", &wanted, &Page::default())).unwrap();
        assert!(list.contains("<Prefix>a%20b/%C3%BC%3C</Prefix>"), "{list}");
        assert!(list.contains("<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"), "{list}");
    }
}
