//! Compressed files, whose comment says what S3 keeps beside them: a copy on disk has it with it, and no reader of the
//! content sees it.

use std::io::{self, Read as _, Write as _};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    #[error("is no whole file of gzip ({0})")]
    Gzip(io::Error),
    #[error("has something behind its end")]
    Trailing,
    #[error("has more than {0} bytes when it is unpacked")]
    Large(u64),
}

pub(super) fn pack(content: &[u8], comment: &str) -> Vec<u8> {
    let mut packed = GzBuilder::new().comment(comment).write(Vec::new(), Compression::default());
    packed.write_all(content).and_then(|()| packed.finish()).expect("a vector takes whatever is written")
}

/// Shows the content bit by bit; answers with the comment.
pub(super) fn unpack(
    packed: &[u8],
    bytes_max: u64,
    mut show: impl FnMut(&[u8]),
) -> Result<Option<String>, NotRead> {
    let mut decoder = GzDecoder::new(packed);
    let mut part = vec![0; 64 << 10];
    let mut total = 0;
    loop {
        match decoder.read(&mut part).map_err(NotRead::Gzip)? {
            0 => break,
            read => {
                total += read as u64;
                if total > bytes_max {
                    return Err(NotRead::Large(bytes_max));
                }
                show(&part[..read]);
            }
        }
    }
    let comment = decoder.header().and_then(|header| header.comment());
    let comment = comment.map(|comment| String::from_utf8_lossy(comment).into_owned());
    if decoder.into_inner().is_empty() { Ok(comment) } else { Err(NotRead::Trailing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_unpacks_to_so_many_bytes_and_to_none_more() {
        // Of more than one part.
        let content: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        let packed = pack(&content, "comment");
        let mut seen = Vec::new();
        let comment = unpack(&packed, 200_000, |part| seen.extend_from_slice(part)).unwrap();
        assert_eq!((comment.as_deref(), seen == content), (Some("comment"), true));
        for bytes_max in [0, 1, 65_536, 199_999] {
            let mut shown = 0;
            let error = unpack(&packed, bytes_max, |part| shown += part.len() as u64).unwrap_err();
            assert_eq!(error.to_string(), format!("has more than {bytes_max} bytes when it is unpacked"));
            assert!(shown <= bytes_max, "{shown} of {bytes_max}");
        }
        assert!(unpack(&packed, 200_001, |_| ()).is_ok());
        assert!(unpack(&pack(b"", ""), 0, |_| ()).is_ok());
    }
}
