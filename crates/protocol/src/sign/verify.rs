//! Whether a signature is right, current, and meant for this service.

use aws_lc_rs::hmac;

use super::canonical::{HOST_NAMES, Scope, string_to_sign};
use super::text::{basic_date, parse_hex};
use super::{Request, Signed, SigningKeys, TERMINATOR, keys, refusals};
use crate::Fault;

/// How far the clocks of a client and ours may be apart.
const SKEW_MS: i64 = 5 * 60_000;

/// What must be signed beside the host, if it is there: for which operation the host is asked.
const TARGET: &str = "x-amz-target";

impl Signed<'_> {
    /// Checks the signature with the secret of [`Signed::access_key`]. Which regions are ours the caller
    /// decides.
    pub fn verify(
        &self,
        request: &Request<'_>,
        secret: &str,
        keys: &SigningKeys,
        now_ms: i64,
        service: &str,
    ) -> Result<(), Fault> {
        self.check_scope(service)?;
        self.check_time(now_ms)?;
        self.check_headers(request)?;
        let scope = self.scope();
        let text = string_to_sign(request, &self.signed_headers, &scope);
        let (Some(text), Some(signature)) = (text, parse_hex(&self.signature)) else {
            return Err(refusals::mismatch());
        };
        let name = keys::name(&self.access_key, &scope);
        let key = keys.get(&name, secret, &scope);
        hmac::verify(&key, text.as_bytes(), &signature).map_err(|_| refusals::mismatch())?;
        keys.keep(name, secret, &key);
        Ok(())
    }

    fn scope(&self) -> Scope<'_> {
        Scope { date: &self.date, region: &self.region, service: &self.service, signed_ms: self.signed_ms }
    }

    fn check_scope(&self, service: &str) -> Result<(), Fault> {
        if self.terminator != TERMINATOR {
            return Err(refusals::terminator(&self.terminator));
        }
        if self.service != service {
            return Err(refusals::service(service));
        }
        let signed = basic_date(self.signed_ms);
        if !signed.starts_with(&*self.date) || self.date.len() != 8 {
            return Err(refusals::scope_date(&self.date, &signed));
        }
        Ok(())
    }

    fn check_time(&self, now_ms: i64) -> Result<(), Fault> {
        let good_for_ms = self.expires_s.map_or(SKEW_MS, |seconds| i64::from(seconds) * 1000);
        let (earliest, latest) = (now_ms - good_for_ms, now_ms + SKEW_MS);
        let date = basic_date;
        if self.signed_ms < earliest {
            let minutes = good_for_ms / 60_000;
            return Err(refusals::expired(&date(self.signed_ms), &date(earliest), &date(now_ms), minutes));
        }
        if self.signed_ms > latest {
            return Err(refusals::not_yet_current(&date(self.signed_ms), &date(latest), &date(now_ms)));
        }
        Ok(())
    }

    fn check_headers(&self, request: &Request<'_>) -> Result<(), Fault> {
        let is_signed = |name: &str| self.signed_headers.split(';').any(|signed| signed == name);
        if !HOST_NAMES.iter().any(|name| is_signed(name)) {
            return Err(refusals::header_not_signed("host"));
        }
        if request.headers.contains_key(TARGET) && !is_signed(TARGET) {
            return Err(refusals::header_not_signed(TARGET));
        }
        Ok(())
    }

    /// Whether the signature is in the query.
    pub fn is_in_query(&self) -> bool {
        self.in_query
    }
}
