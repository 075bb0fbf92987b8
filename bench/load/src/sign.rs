//! Signature version 4, header form, for the two kinds of request sent here: POST / in JSON or CBOR, and as a form.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

const REGION: &str = "us-east-1";

/// Who signs.
pub struct Signer<'a> {
    /// What the service is called in signatures.
    pub service: &'a str,
    pub access_key: &'a str,
    pub secret_key: &'a str,
}

impl Signer<'_> {
    /// The `Authorization` header for a body, together with the `X-Amz-Date` that it covers. Without a target the request
    /// has no such header.
    pub fn authorization(
        &self,
        host: &str,
        media_type: &str,
        target: Option<&str>,
        body: &[u8],
    ) -> (String, String) {
        let stamp = timestamp(SystemTime::now());
        let day = &stamp[..8];
        let scope = format!("{day}/{REGION}/{}/aws4_request", self.service);
        let (line, name) = match target {
            Some(target) => (format!("x-amz-target:{target}\n"), ";x-amz-target"),
            None => (String::new(), ""),
        };
        let signed_headers = format!("content-type;host;x-amz-date{name}");
        let canonical = format!(
            "POST\n/\n\ncontent-type:{media_type}\nhost:{host}\nx-amz-date:{stamp}\n{line}\n{signed_headers}\n{}",
            hex(&Sha256::digest(body))
        );
        let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(&canonical)));
        let mut key = hmac(format!("AWS4{}", self.secret_key).as_bytes(), day);
        for part in [REGION, self.service, "aws4_request"] {
            key = hmac(&key, part);
        }
        let signature = hex(&hmac(&key, &to_sign));
        let header = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed_headers}, Signature={signature}",
            self.access_key
        );
        (header, stamp)
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `YYYYMMDDTHHMMSSZ`. The date comes from the day number by the usual shift of the year's start to March.
fn timestamp(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds| timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "19700101T000000Z");
        assert_eq!(at(951_782_399), "20000228T235959Z");
        assert_eq!(at(951_782_400), "20000229T000000Z");
        assert_eq!(at(1_735_689_599), "20241231T235959Z");
    }
}
