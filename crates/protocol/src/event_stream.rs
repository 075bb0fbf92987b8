//! Frames of an event stream, as SubscribeToShard answers with. Source: `docs/kinesis/wire.md#event-stream`.
//!
//! Only what Kinesis needs: headers are strings. Other types of headers are passed over when read.

use crate::{Encoding, ErrorCode, Fault};

/// The content type of a stream of events.
pub const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";

/// Total length, length of the headers, checksum of the two.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;
/// Clients refuse headers and payloads above these.
const HEADERS_BYTES_MAX: usize = 128 * 1024;
const PAYLOAD_BYTES_MAX: usize = 24 * 1024 * 1024;

const TYPE_STRING: u8 = 7;
/// As in a wire log of events from AWS (aws-sdk-ruby issue 2779).
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const INITIAL_RESPONSE: &str = "initial-response";

/// A frame as a client reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The first frame, without content.
    InitialResponse,
    Event {
        name: &'a str,
        payload: &'a [u8],
    },
    Exception {
        name: &'a str,
        payload: &'a [u8],
    },
    /// An error that is not part of the interface.
    Error {
        code: &'a str,
        message: &'a str,
    },
}

/// The bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the event stream is damaged")
    }
}

impl std::error::Error for Damaged {}

/// Appends the frame that comes first and alone.
pub fn initial_response(out: &mut Vec<u8>) {
    event(INITIAL_RESPONSE, out, |payload| payload.extend_from_slice(b"{}"));
}

/// Appends an event; `write` appends its payload.
pub fn event(name: &str, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let headers = [(":event-type", name), (":content-type", CONTENT_TYPE), (":message-type", "event")];
    frame(&headers, out, write);
}

/// Appends an exception, after which a stream ends.
pub fn exception(fault: &Fault, out: &mut Vec<u8>) {
    let name = match fault.code {
        // The one code whose name in the interface differs from that in answers.
        ErrorCode::InternalFailure => "InternalFailureException",
        code => code.as_str(),
    };
    let headers =
        [(":message-type", "exception"), (":exception-type", name), (":content-type", CONTENT_TYPE)];
    frame(&headers, out, |payload| {
        let message = fault.message.as_deref().unwrap_or_default();
        crate::encode(Encoding::Json, &Message(message), payload);
    });
}

struct Message<'m>(&'m str);

impl crate::Encode for Message<'_> {
    fn encode<E: crate::Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("message");
        to.str(self.0);
        to.end_struct();
    }
}

fn frame(headers: &[(&str, &str)], out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; PRELUDE_BYTES]);
    for (name, value) in headers {
        // Names and values are ours, and shorter than a byte can say.
        out.push(name.len() as u8);
        out.extend_from_slice(name.as_bytes());
        out.push(TYPE_STRING);
        out.extend_from_slice(&(value.len() as u16).to_be_bytes());
        out.extend_from_slice(value.as_bytes());
    }
    let headers_bytes = out.len() - start - PRELUDE_BYTES;
    write(out);
    let total = out.len() - start + CHECKSUM_BYTES;
    let message = &mut out[start..];
    message[..4].copy_from_slice(&(total as u32).to_be_bytes());
    message[4..8].copy_from_slice(&(headers_bytes as u32).to_be_bytes());
    let checksum = crc32fast::hash(&message[..8]);
    message[8..12].copy_from_slice(&checksum.to_be_bytes());
    let checksum = crc32fast::hash(message);
    out.extend_from_slice(&checksum.to_be_bytes());
}

/// The first frame in `bytes` and its length; `None` while it is not all there.
pub fn decode(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Damaged> {
    let Some(prelude) = bytes.first_chunk::<PRELUDE_BYTES>() else { return Ok(None) };
    let word = |at: usize| u32_at(prelude, at).map(|word| word as usize);
    let (total, headers_bytes) = (word(0)?, word(4)?);
    if crc32fast::hash(&prelude[..8]) != u32_at(prelude, 8)? || headers_bytes > HEADERS_BYTES_MAX {
        return Err(Damaged);
    }
    let payload_bytes = total.checked_sub(PRELUDE_BYTES + CHECKSUM_BYTES + headers_bytes).ok_or(Damaged)?;
    if payload_bytes > PAYLOAD_BYTES_MAX {
        return Err(Damaged);
    }
    let Some(message) = bytes.get(..total) else { return Ok(None) };
    let (content, checksum) = message.split_last_chunk::<CHECKSUM_BYTES>().ok_or(Damaged)?;
    if crc32fast::hash(content) != u32::from_be_bytes(*checksum) {
        return Err(Damaged);
    }
    let content = content.get(PRELUDE_BYTES..).ok_or(Damaged)?;
    let (headers, payload) = content.split_at_checked(headers_bytes).ok_or(Damaged)?;
    Ok(Some((Headers::read(headers)?.frame(payload)?, total)))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Damaged> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Damaged)?;
    Ok(u32::from_be_bytes(*word))
}

/// The headers that say what a frame is.
#[derive(Default)]
struct Headers<'a> {
    message_type: Option<&'a str>,
    event_type: Option<&'a str>,
    exception_type: Option<&'a str>,
    error_code: Option<&'a str>,
    error_message: Option<&'a str>,
}

impl<'a> Headers<'a> {
    fn read(mut bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut headers = Headers::default();
        while !bytes.is_empty() {
            let &[name_bytes] = array(&mut bytes)?;
            let name = take(&mut bytes, usize::from(name_bytes))?;
            let &[type_code] = array(&mut bytes)?;
            let value = value(&mut bytes, type_code)?;
            let slot = match name {
                b":message-type" => &mut headers.message_type,
                b":event-type" => &mut headers.event_type,
                b":exception-type" => &mut headers.exception_type,
                b":error-code" => &mut headers.error_code,
                b":error-message" => &mut headers.error_message,
                _ => continue,
            };
            *slot = Some(value.and_then(|value| std::str::from_utf8(value).ok()).ok_or(Damaged)?);
        }
        Ok(headers)
    }

    fn frame(&self, payload: &'a [u8]) -> Result<Frame<'a>, Damaged> {
        match self.message_type.ok_or(Damaged)? {
            "event" => match self.event_type.ok_or(Damaged)? {
                INITIAL_RESPONSE => Ok(Frame::InitialResponse),
                name => Ok(Frame::Event { name, payload }),
            },
            "exception" => Ok(Frame::Exception { name: self.exception_type.ok_or(Damaged)?, payload }),
            "error" => Ok(Frame::Error {
                code: self.error_code.unwrap_or_default(),
                message: self.error_message.unwrap_or_default(),
            }),
            _ => Err(Damaged),
        }
    }
}

/// The value of a header if it is a string.
fn value<'a>(bytes: &mut &'a [u8], type_code: u8) -> Result<Option<&'a [u8]>, Damaged> {
    let length = match type_code {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        6 | TYPE_STRING => usize::from(u16::from_be_bytes(*array(bytes)?)),
        _ => return Err(Damaged),
    };
    let value = take(bytes, length)?;
    Ok((type_code == TYPE_STRING).then_some(value))
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Damaged> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(Damaged)?;
    *bytes = rest;
    Ok(taken)
}

fn array<'a, const N: usize>(bytes: &mut &'a [u8]) -> Result<&'a [u8; N], Damaged> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(Damaged)?;
    *bytes = rest;
    Ok(taken)
}
