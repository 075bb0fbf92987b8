//! Requests as bytes, ready to be written: head, signature and body in one buffer.

use std::net::SocketAddr;

use crate::sign;

#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub stream: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Target {
    /// One whole request. `records` goes into a header that only the ceiling server reads, which has to know
    /// how long an answer to send without parsing the body.
    pub fn request(&self, operation: &str, body: &str, records: usize) -> Vec<u8> {
        let host = self.address.to_string();
        let target = format!("Kinesis_20131202.{operation}");
        let (authorization, stamp) =
            sign::authorization(&host, &target, body.as_bytes(), &self.access_key, &self.secret_key);
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}\r\n\
             X-Amz-Date: {stamp}\r\nAuthorization: {authorization}\r\nX-Bench-Records: {records}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// `count` different puts of `batch` records of `size` random bytes each, with random keys, so that every
    /// shard gets its share.
    pub fn puts(&self, count: usize, batch: usize, size: usize, seed: u64) -> Vec<Vec<u8>> {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..count)
            .map(|_| {
                let mut records = Vec::with_capacity(batch);
                for _ in 0..batch {
                    let data: Vec<u8> = (0..size).map(|_| random.next() as u8).collect();
                    let data = base64_simd::STANDARD.encode_to_string(&data);
                    let key = random.next();
                    records.push(format!(r#""Data":"{data}","PartitionKey":"{key:016x}""#));
                }
                let stream = &self.stream;
                if batch == 1 {
                    let body = format!(r#"{{"StreamName":"{stream}",{}}}"#, records[0]);
                    self.request("PutRecord", &body, 1)
                } else {
                    let records = records.join("},{");
                    let body = format!(r#"{{"StreamName":"{stream}","Records":[{{{records}}}]}}"#);
                    self.request("PutRecords", &body, batch)
                }
            })
            .collect()
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
