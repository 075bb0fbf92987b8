//! From a body to a checked input, and from a value to a body.
//!
//! The order of refusals is AWS's (`docs/kinesis/wire.md#order-of-checks`): a body that does not parse, then a
//! value of the wrong type, bad base64 included, then constraints.

use crate::codec::{Abort, CborReader, CborWriter, Decode, Decoder, Encode, JsonReader, JsonWriter};
use crate::constraint::{Path, Violations};
use crate::{ErrorCode, Fault};

/// The two encodings of the protocol; an answer uses that of its request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Json,
    Cbor,
}

impl Encoding {
    pub fn content_type(self) -> &'static str {
        match self {
            Encoding::Json => "application/x-amz-json-1.1",
            Encoding::Cbor => "application/x-amz-cbor-1.1",
        }
    }
}

/// The input of an operation.
pub trait Input<'a>: Decode<'a> {
    type Operation;
    const OPERATION: Self::Operation;
    /// What answers it: nothing for some operations, and of a stream of events one of them.
    type Output<'o>: Decode<'o>;
    /// The same type where it borrows from nothing, by which what outlives an input says whose it is.
    type Static: Input<'static>;

    /// Whether all blobs are proper base64. Only asked when the input is refused anyway: the handler
    /// decodes each blob once, into its last place, and meets the same error there.
    fn check_blobs(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// Reads the input of an operation and checks the constraints of its interface.
pub fn decode<'a, I: Input<'a>>(encoding: Encoding, body: &'a [u8]) -> Result<I, Fault> {
    let mut violations = Violations::default();
    let input: I = read(encoding, body, &mut violations)?;
    match violations.into_fault() {
        None => Ok(input),
        Some(violated) => input.check_blobs().and(Err(violated)),
    }
}

/// Reads an output or an event, as a client does. Nothing is checked but that required members are
/// there and that names of enumerations are known.
pub fn decode_output<'a, T: Decode<'a>>(encoding: Encoding, body: &'a [u8]) -> Result<T, Fault> {
    let mut violations = Violations::default();
    let body: &[u8] = match (body, encoding) {
        // An answer without members has no body at all.
        ([], Encoding::Json) => b"{}",
        ([], Encoding::Cbor) => &[0xa0],
        (body, _) => body,
    };
    let output = read(encoding, body, &mut violations)?;
    violations.into_fault().map_or(Ok(output), Err)
}

/// Appends the value to `out`.
pub fn encode<T: Encode>(encoding: Encoding, value: &T, out: &mut Vec<u8>) {
    match encoding {
        Encoding::Json => value.encode(&mut JsonWriter::new(out)),
        Encoding::Cbor => value.encode(&mut CborWriter::new(out)),
    }
}

/// Whether the body is one well-formed value with an object or an array at the top.
pub fn check_syntax(encoding: Encoding, body: &[u8]) -> Result<(), Fault> {
    let checked = match encoding {
        Encoding::Json => JsonReader::new(body).and_then(skip_all),
        Encoding::Cbor => skip_all(CborReader::new(body)),
    };
    checked.map_err(|_| unreadable())
}

fn skip_all<'a>(mut reader: impl Decoder<'a>) -> Result<(), Abort> {
    reader.expect_container()?;
    reader.skip()?;
    reader.finish()
}

fn read<'a, T: Decode<'a>>(
    encoding: Encoding,
    body: &'a [u8],
    violations: &mut Violations,
) -> Result<T, Fault> {
    let value = match encoding {
        Encoding::Json => JsonReader::new(body).and_then(|reader| read_all(reader, violations)),
        Encoding::Cbor => read_all(CborReader::new(body), violations),
    };
    match value {
        Ok(value) => Ok(value),
        Err(Abort::Syntax) => Err(unreadable()),
        Err(Abort::Type(text)) => {
            // The rest has not been read yet, and a body that does not parse has no types.
            check_syntax(encoding, body)?;
            Err(Fault::new(ErrorCode::SerializationException, text))
        }
    }
}

pub(crate) fn read_all<'a, T: Decode<'a>>(
    mut reader: impl Decoder<'a>,
    violations: &mut Violations,
) -> Result<T, Abort> {
    reader.expect_container()?;
    let value = T::decode(&mut reader, &Path::Root, violations)?;
    reader.finish()?;
    value.ok_or(Abort::Syntax)
}

fn unreadable() -> Fault {
    Fault::bare(ErrorCode::SerializationException)
}
