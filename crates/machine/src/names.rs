//! The registry: every log of group 0, which is the services' own, by index and owner. Other groups are streams'.
//!
//! Whoever makes a log for itself names it here. An index is given once: what is on disk under it stays its owner's.
//!
//! Invariant: nobody deletes a log that is not his by this list, or in a group that he has named himself.

use flumen_storage::LogId;

/// Of logs that are named here.
pub const GROUP: u32 = 0;

/// The two logs of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    pub commands: LogId,
    pub snapshots: LogId,
}

/// Of `streams`: what there is apart from records.
pub const CONTROL: Names = Names { commands: log(0), snapshots: log(1) };
/// Of `streams`: hours that are over, and the one that runs.
pub const USAGE_PAST: LogId = log(2);
pub const USAGE_RUNNING: LogId = log(3);
/// Of `tables`.
pub const TABLES: Names = Names { commands: log(4), snapshots: log(5) };
/// Of `access`.
pub const IDENTITIES: Names = Names { commands: log(6), snapshots: log(7) };

/// Of `audit`: events that are not in its history yet, the history, and where in it what lies.
pub const AUDIT_RECENT: LogId = log(8);
pub const AUDIT_HISTORY: LogId = log(9);
pub const AUDIT_INDEX: LogId = log(10);
/// Of `audit`: sums of calls, by the minute and by the hour.
pub const AUDIT_MINUTES: LogId = log(11);
pub const AUDIT_HOURS: LogId = log(12);
/// Of `audit`: what trails there are, and how far they have come.
pub const TRAILS: Names = Names { commands: log(13), snapshots: log(14) };

/// Of `keys`: which keys, aliases and grants there are.
pub const KEYS: Names = Names { commands: log(15), snapshots: log(16) };

/// Each with its owner.
pub const ALL: [(LogId, &str); 17] = [
    (CONTROL.commands, "streams: commands"),
    (CONTROL.snapshots, "streams: snapshots"),
    (USAGE_PAST, "streams: usage of past hours"),
    (USAGE_RUNNING, "streams: usage of the running hour"),
    (TABLES.commands, "tables: commands"),
    (TABLES.snapshots, "tables: snapshots"),
    (IDENTITIES.commands, "access: commands"),
    (IDENTITIES.snapshots, "access: snapshots"),
    (AUDIT_RECENT, "audit: recent events"),
    (AUDIT_HISTORY, "audit: history"),
    (AUDIT_INDEX, "audit: index of the history"),
    (AUDIT_MINUTES, "audit: sums of minutes"),
    (AUDIT_HOURS, "audit: sums of hours"),
    (TRAILS.commands, "audit: commands of trails"),
    (TRAILS.snapshots, "audit: snapshots of trails"),
    (KEYS.commands, "keys: commands"),
    (KEYS.snapshots, "keys: snapshots"),
];

const fn log(index: u32) -> LogId {
    LogId { group: GROUP, index }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_the_index_that_it_has_on_disk() {
        let named: Vec<String> = ALL.iter().map(|(id, owner)| format!("{id} {owner}")).collect();
        let wanted = [
            "0/0 streams: commands",
            "0/1 streams: snapshots",
            "0/2 streams: usage of past hours",
            "0/3 streams: usage of the running hour",
            "0/4 tables: commands",
            "0/5 tables: snapshots",
            "0/6 access: commands",
            "0/7 access: snapshots",
            "0/8 audit: recent events",
            "0/9 audit: history",
            "0/10 audit: index of the history",
            "0/11 audit: sums of minutes",
            "0/12 audit: sums of hours",
            "0/13 audit: commands of trails",
            "0/14 audit: snapshots of trails",
            "0/15 keys: commands",
            "0/16 keys: snapshots",
        ];
        assert_eq!(named, wanted);
    }
}
