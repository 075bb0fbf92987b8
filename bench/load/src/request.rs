//! Requests as bytes, ready to be written: head, signature and body in one buffer.

use std::net::SocketAddr;

use crate::sign::Signer;

#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub stream: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Target {
    /// One whole request in JSON. `records` goes into a header that only the ceiling server reads, which has to know
    /// how long an answer to send without parsing the body.
    pub fn request(&self, operation: &str, body: &str, records: usize) -> Vec<u8> {
        self.encoded("json", operation, body.as_bytes(), records)
    }

    fn encoded(&self, encoding: &str, operation: &str, body: &[u8], records: usize) -> Vec<u8> {
        let media_type = format!("application/x-amz-{encoding}-1.1");
        let host = self.address.to_string();
        let target = format!("Kinesis_20131202.{operation}");
        let signer =
            Signer { service: "kinesis", access_key: &self.access_key, secret_key: &self.secret_key };
        let (authorization, stamp) = signer.authorization(&host, &media_type, Some(&target), body);
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}\r\nX-Amz-Target: {target}\r\n\
             X-Amz-Date: {stamp}\r\nAuthorization: {authorization}\r\nX-Bench-Records: {records}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// One of the services that take forms.
    pub fn form(&self, service: &str, body: &str) -> Vec<u8> {
        let media_type = "application/x-www-form-urlencoded";
        let host = self.address.to_string();
        let signer = Signer { service, access_key: &self.access_key, secret_key: &self.secret_key };
        let (authorization, stamp) = signer.authorization(&host, media_type, None, body.as_bytes());
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}\r\nX-Amz-Date: {stamp}\r\n\
             Authorization: {authorization}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// `count` different puts of `batch` records of `size` random bytes each, with random keys, so that every
    /// shard gets its share.
    pub fn puts(&self, count: usize, batch: usize, size: usize, seed: u64, cbor: bool) -> Vec<Vec<u8>> {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let put = |_| {
            let records: Vec<(String, Vec<u8>)> = (0..batch)
                .map(|_| {
                    let data = (0..size).map(|_| random.next() as u8).collect();
                    (format!("{:016x}", random.next()), data)
                })
                .collect();
            let operation = if batch == 1 { "PutRecord" } else { "PutRecords" };
            if cbor {
                self.encoded("cbor", operation, &cbor::put(&self.stream, &records), batch)
            } else {
                self.request(operation, &json(&self.stream, &records), batch)
            }
        };
        (0..count).map(put).collect()
    }
}

fn json(stream: &str, records: &[(String, Vec<u8>)]) -> String {
    let members = |(key, data): &(String, Vec<u8>)| {
        let data = base64_simd::STANDARD.encode_to_string(data);
        format!(r#""Data":"{data}","PartitionKey":"{key}""#)
    };
    if let [record] = records {
        return format!(r#"{{"StreamName":"{stream}",{}}}"#, members(record));
    }
    let records: Vec<String> = records.iter().map(members).collect();
    format!(r#"{{"StreamName":"{stream}","Records":[{{{}}}]}}"#, records.join("},{"))
}

/// As much of RFC 8949 as a put needs.
mod cbor {
    const BYTES: u8 = 0x40;
    const TEXT: u8 = 0x60;
    const ARRAY: u8 = 0x80;
    const MAP: u8 = 0xa0;

    pub fn put(stream: &str, records: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        let single = records.len() == 1;
        head(&mut out, MAP, if single { 3 } else { 2 });
        text(&mut out, "StreamName");
        text(&mut out, stream);
        if !single {
            text(&mut out, "Records");
            head(&mut out, ARRAY, records.len());
        }
        for (key, data) in records {
            if !single {
                head(&mut out, MAP, 2);
            }
            text(&mut out, "Data");
            head(&mut out, BYTES, data.len());
            out.extend_from_slice(data);
            text(&mut out, "PartitionKey");
            text(&mut out, key);
        }
        out
    }

    fn text(out: &mut Vec<u8>, text: &str) {
        head(out, TEXT, text.len());
        out.extend_from_slice(text.as_bytes());
    }

    fn head(out: &mut Vec<u8>, kind: u8, length: usize) {
        match length {
            0..24 => out.push(kind | length as u8),
            24..256 => out.extend([kind | 24, length as u8]),
            256..65_536 => {
                out.push(kind | 25);
                out.extend((length as u16).to_be_bytes());
            }
            _ => {
                out.push(kind | 26);
                out.extend((length as u32).to_be_bytes());
            }
        }
    }
}

/// xorshift64*: enough to spread keys and to keep data from being compressible.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }
}
