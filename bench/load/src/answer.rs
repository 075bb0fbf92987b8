//! Reading HTTP/1.1 answers out of a growing buffer: just enough for servers that answer POSTs with a length
//! or in chunks.

use memchr::memmem;

/// Larger than any GetRecords answer: 10 MiB of data in base64 with its keys and numbers.
pub const ANSWER_BYTES_MAX: usize = 64 << 20;

pub struct Answer<'a> {
    pub status: u16,
    pub body: std::borrow::Cow<'a, [u8]>,
    pub closes: bool,
}

pub enum Progress {
    /// The buffer should be able to hold this many bytes in all before it is looked at again.
    Need(usize),
    Whole(Head),
}

#[derive(Clone, Copy)]
pub struct Head {
    status: u16,
    body_start: usize,
    length: Option<usize>,
    closes: bool,
}

/// Looks at what has arrived: `known` is the head if an earlier look already found it.
pub fn progress(buffer: &[u8], known: &mut Option<Head>) -> std::io::Result<Progress> {
    let head = match *known {
        Some(head) => head,
        None => match memmem::find(buffer, b"\r\n\r\n") {
            None => return Ok(Progress::Need(buffer.len() + 1)),
            Some(end) => *known.insert(parse_head(&buffer[..end], end + 4)?),
        },
    };
    match head.length {
        Some(length) if length > ANSWER_BYTES_MAX => Err(std::io::Error::other("the answer is too long")),
        Some(length) if buffer.len() < head.body_start + length => {
            Ok(Progress::Need(head.body_start + length))
        }
        None if !buffer.ends_with(b"0\r\n\r\n") => Ok(Progress::Need(buffer.len() + 1)),
        _ => Ok(Progress::Whole(head)),
    }
}

impl Head {
    pub fn answer(self, buffer: &[u8]) -> Answer<'_> {
        let body = &buffer[self.body_start..];
        let body = match self.length {
            Some(length) => body[..length].into(),
            None => joined_chunks(body).into(),
        };
        Answer { status: self.status, body, closes: self.closes }
    }
}

fn parse_head(head: &[u8], body_start: usize) -> std::io::Result<Head> {
    let text = std::str::from_utf8(head).map_err(std::io::Error::other)?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("not an HTTP answer"))?;
    let mut found = Head { status, body_start, length: None, closes: false };
    let mut chunked = false;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            found.length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            found.closes = value.eq_ignore_ascii_case("close");
        }
    }
    if found.length.is_none() && !chunked {
        found.length = Some(0);
    }
    Ok(found)
}

fn joined_chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(rest.len());
    while let Some(end) = memmem::find(rest, b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        match size {
            Some(size) if size > 0 && end + 2 + size + 2 <= rest.len() => {
                joined.extend_from_slice(&rest[end + 2..end + 2 + size]);
                rest = &rest[end + 2 + size + 2..];
            }
            _ => break,
        }
    }
    joined
}
