//! The tables of operations of all services, as they are published.

use flumen_access::Published;

/// A service after another.
pub fn published() -> Vec<Published> {
    let services: [&mut dyn Iterator<Item = Published>; 7] = [
        &mut flumen_streams::operations::published(),
        &mut flumen_tables::published(),
        &mut flumen_watch::operations::published(),
        &mut flumen_access::iam::published(),
        &mut flumen_access::sts::published(),
        &mut crate::cloudtrail::published(),
        &mut crate::kms::published(),
    ];
    services.into_iter().flatten().collect()
}
