//! Writes the inner part of an XML answer: members are elements, items are elements called `member`.

use std::io::Write;

use base64_simd::STANDARD;

use super::super::Encoder;
use crate::Timestamp;

/// Appends XML to a buffer.
pub struct XmlWriter<'o> {
    out: &'o mut Vec<u8>,
    open: Vec<Open>,
}

/// What encloses the value that is written next.
enum Open {
    Struct,
    List,
    /// A member whose value has not ended.
    Member(&'static str),
    /// An entry of a map.
    Entry,
}

impl<'o> XmlWriter<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        XmlWriter { out, open: Vec::new() }
    }

    fn tag(&mut self, name: &str) {
        // Writing to a Vec does not fail, here and below.
        let _ = write!(self.out, "<{name}>");
    }

    fn end_tag(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
    }

    fn begin_value(&mut self) {
        if let Some(Open::List) = self.open.last() {
            self.tag("member");
        }
    }

    fn end_value(&mut self) {
        match self.open.last() {
            Some(Open::List) => self.end_tag("member"),
            Some(&Open::Member(name)) => {
                self.open.pop();
                self.end_tag(name);
            }
            Some(Open::Entry) => {
                self.open.pop();
                self.out.extend_from_slice(b"</value></entry>");
            }
            Some(Open::Struct) | None => {}
        }
    }

    fn begin(&mut self, open: Open) {
        self.begin_value();
        self.open.push(open);
    }

    fn end(&mut self) {
        self.open.pop();
        self.end_value();
    }

    fn scalar(&mut self, value: impl std::fmt::Display) {
        self.begin_value();
        let _ = write!(self.out, "{value}");
        self.end_value();
    }
}

/// Appends text with XML's escapes. What XML cannot hold at all becomes the replacement character.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut buffer = [0; 4];
    for c in text.chars() {
        match c {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' => out.extend_from_slice(b"&quot;"),
            '\r' => out.extend_from_slice(b"&#xD;"),
            '\n' | '\t' => out.push(c as u8),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => out.extend_from_slice("\u{fffd}".as_bytes()),
            c => out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
        }
    }
}

impl Encoder for XmlWriter<'_> {
    fn begin_struct(&mut self) {
        self.begin(Open::Struct);
    }

    fn end_struct(&mut self) {
        self.end();
    }

    fn member(&mut self, name: &'static str) {
        self.tag(name);
        self.open.push(Open::Member(name));
    }

    fn key(&mut self, key: &str) {
        self.out.extend_from_slice(b"<entry><key>");
        push_escaped(self.out, key);
        self.out.extend_from_slice(b"</key><value>");
        self.open.push(Open::Entry);
    }

    fn begin_list(&mut self) {
        self.begin(Open::List);
    }

    fn end_list(&mut self) {
        self.end();
    }

    fn str(&mut self, value: &str) {
        self.begin_value();
        push_escaped(self.out, value);
        self.end_value();
    }

    fn plain(&mut self, ascii: &[u8]) {
        self.begin_value();
        self.out.extend_from_slice(ascii);
        self.end_value();
    }

    fn i64(&mut self, value: i64) {
        self.scalar(value);
    }

    fn f64(&mut self, value: f64) {
        self.scalar(value);
    }

    fn bool(&mut self, value: bool) {
        self.scalar(value);
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.scalar(STANDARD.encode_to_string(bytes));
    }

    fn base64(&mut self, text: &str) {
        // It came from outside, and may be no base64 at all.
        self.str(text);
    }

    fn timestamp(&mut self, Timestamp(ms): Timestamp) {
        match jiff::Timestamp::from_millisecond(ms) {
            Ok(time) => self.scalar(time),
            Err(_) => self.scalar(ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_are_elements() {
        let mut out = Vec::new();
        let mut to = XmlWriter::new(&mut out);
        to.begin_struct();
        to.member("Label");
        to.str("a<b\u{1}&>\"\r\n\t\u{ffff}\u{10ffff}");
        to.member("Points");
        to.begin_list();
        to.begin_struct();
        to.member("Sum");
        to.f64(2.0);
        to.member("Timestamp");
        to.timestamp(Timestamp(1_769_860_800_000));
        to.end_struct();
        to.end_list();
        to.member("Values");
        to.begin_list();
        to.f64(0.5);
        to.bool(true);
        to.blob(b"hi");
        to.base64("<");
        to.end_list();
        to.member("Tags");
        to.begin_struct();
        to.key("k");
        to.str("v");
        to.end_struct();
        to.end_struct();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<Label>a&lt;b\u{fffd}&amp;&gt;&quot;&#xD;\n\t\u{fffd}\u{10ffff}</Label><Points><member><Sum>2</Sum><Timestamp>2026-01-31T12:00:00Z</Timestamp>\
             </member></Points><Values><member>0.5</member><member>true</member>\
             <member>aGk=</member><member>&lt;</member></Values>\
             <Tags><entry><key>k</key><value>v</value></entry></Tags>"
        );
    }
}
