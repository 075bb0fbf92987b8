//! What was done: events of calls as CloudTrail writes them, where they are written, and the chain of digests that shows
//! when one is missing or changed.
//!
//! An [`Event`] is made where a call ends, and is one line of JSON from then on. Who calls and what an operation means is
//! known where calls are (`flumen-api`); who may read what is here is decided there too.

pub mod chain;
mod event;
mod history;
mod lines;
mod objects;
mod own;
mod recent;
mod recorder;
pub mod sums;
pub mod trails;

pub use event::{
    Attributes, ELEMENTS_BYTES_MAX, Event, Federation, Identity, IdentityAttributes, Line, Resource,
    ResourceAttributes, SessionAttributes, SessionContext, SessionIssuer, completed, is_denial, new_event_id,
    time, time_of_event_id, without_own,
};
pub use flumen_machine::Carried;
pub use history::{Also, Attribute, Chunk, Found, HistoryError, Lookup, PageToken};
pub use lines::Unread;
pub use objects::{Damaged, Listed, Metadata, Object, ObjectError, Objects, Removed, check_objects};
pub use own::{Owner, SERVICE};
pub use recent::Completeness;
pub use recorder::{Audit, AuditError, AuditSettings, Status};

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
