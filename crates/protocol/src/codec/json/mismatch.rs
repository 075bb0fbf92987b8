//! AWS's words for a value of the wrong type. Source: `docs/kinesis/wire.md#type-errors`.

use super::super::{Abort, Kind};

/// What the shape asks for.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    String,
    Integer,
    Long,
    Boolean,
    Double,
    Blob,
    Timestamp,
    Container(Kind),
}

/// The error for a value that starts with `first`.
#[cold]
pub(super) fn mismatch(expected: Expected, first: u8) -> Abort {
    let class = match first {
        b'[' => return text("Start of list found where not expected"),
        b'{' => return text("Start of structure or map found where not expected."),
        b'"' => "java.lang.String",
        b't' | b'f' => "java.lang.Boolean",
        b'-' | b'0'..=b'9' => "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
        _ => return Abort::Syntax,
    };
    let target = match expected {
        Expected::Container(Kind::Structure) => return text("Expected null"),
        Expected::Container(Kind::List) => return text("Expected list or null"),
        Expected::Container(Kind::Map) => return text("Expected map or null"),
        Expected::String => "an String",
        Expected::Integer => "an Integer",
        Expected::Long => "an Long",
        Expected::Boolean => "an Boolean",
        Expected::Double => "an Double",
        Expected::Blob => "a Blob",
        Expected::Timestamp => "milliseconds since epoch",
    };
    text(&format!("class {class} can not be converted to {target}"))
}

#[cold]
pub(super) fn not_a_boolean(word: &str) -> Abort {
    text(&format!("'{}' can not be converted to an Boolean", word.to_uppercase()))
}

fn text(text: &str) -> Abort {
    Abort::Type(text.into())
}
