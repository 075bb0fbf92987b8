//! What operators read of the audit of all accounts and regions, and of what follows from it: events, sums, what a policy
//! would have done, what nobody used. Pages as `/metrics` is one: asked for by GET, signed for the service `flumen`. Each is lines
//! of JSON, and has a bound; one's own account is read through CloudTrail.

mod past;
mod query;
mod replay;
mod search;
mod sums;
mod unused;

use std::sync::Arc;

use flumen_access::Action;
use flumen_audit::AuditError;
use flumen_audit::sums::SumsError;
use flumen_protocol::Fault;
use http::request::Parts;

use crate::{Api, Peer};
use query::PageQuery;

const SEARCH: Action = Action("flumen:SearchAudit");
const SUMS: Action = Action("flumen:GetAuditSums");
/// To be told which policies decide, and what they would.
const SIMULATE: Action = Action("iam:SimulatePrincipalPolicy");
/// A page has no more bytes.
const PAGE_BYTES_MAX: usize = 8 << 20;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditPage {
    Search,
    Sums,
    Replay,
    Unused,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("{0}")]
    Refused(Fault),
    /// Something of the query, which is named.
    #[error("{0}")]
    Wrong(String),
    #[error("another one is under way; try again when that is done")]
    Busy,
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Sums(#[from] SumsError),
    #[error("the work was cut short")]
    CutShort,
}

impl AuditPage {
    pub fn of_path(path: &str) -> Option<Self> {
        Some(match path {
            "/audit/search" => AuditPage::Search,
            "/audit/sums" => AuditPage::Sums,
            "/audit/replay" => AuditPage::Replay,
            "/audit/unused" => AuditPage::Unused,
            _ => return None,
        })
    }

    fn actions(self) -> &'static [Action] {
        match self {
            AuditPage::Search => &[SEARCH],
            AuditPage::Sums => &[SUMS],
            AuditPage::Replay | AuditPage::Unused => &[SEARCH, SUMS, SIMULATE],
        }
    }
}

impl Api {
    /// A page. Who asks has to sign, unless they are `trusted`.
    pub async fn audit_page(
        &self,
        page: AuditPage,
        from: &Arc<Peer>,
        head: &Parts,
        trusted: bool,
    ) -> Result<Vec<u8>, PageError> {
        if !trusted {
            self.operator_who_may(from, head, page.actions(), "audit").map_err(PageError::Refused)?;
        }
        let now_ms = self.clock.now_ms();
        let query =
            PageQuery::parse(head.uri.query().unwrap_or_default(), now_ms).map_err(PageError::Wrong)?;
        let auditor = &*self.resources.auditor;
        match page {
            AuditPage::Search => {
                let tells = trusted || self.operator_who_may(from, head, &[SIMULATE], "audit").is_ok();
                search::page(&auditor.audit, &query, tells).await
            }
            AuditPage::Sums => sums::page(&auditor.sums, &query).await,
            AuditPage::Replay => replay::page(&self.services, auditor, &query).await,
            AuditPage::Unused => unused::page(&self.services, auditor, &query).await,
        }
    }
}

/// Lines of JSON, up to a bound.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// Whether there was room for it.
    fn push(&mut self, line: &str) -> bool {
        let has_room = self.0.len() + line.len() < PAGE_BYTES_MAX;
        if has_room {
            self.0.extend_from_slice(line.as_bytes());
            self.0.push(b'\n');
        }
        has_room
    }

    fn push_json(&mut self, value: &impl serde::Serialize) -> bool {
        let line = serde_json::to_string(value);
        line.is_ok_and(|line| self.push(&line))
    }
}
