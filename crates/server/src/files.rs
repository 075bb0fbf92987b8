//! Descriptors: which of them connections may take, and which are the server's own. A connection is refused rather
//! than that the log finds none.

use anyhow::ensure;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Poll, waker and signals of each group of threads.
const OF_RUNTIME: usize = 4;
/// Listeners, a connection that each of them has yet to refuse, signals, a certificate or a page's file being read.
const OF_REST: usize = 16;
/// Open segment files for reading. An eighth of what there is, within these.
pub const OF_READERS_MIN: usize = 8;
const OF_READERS_MAX: usize = 512;

/// How many descriptors there are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Files {
    /// Connections at once.
    pub connections: usize,
    /// Segment files being read, or kept open for it.
    pub readers: usize,
}

impl Files {
    /// Raises the process's own limit as far as `connections` need it, and shares out what that gives.
    ///
    /// # Errors
    /// If the limit leaves no connection.
    pub fn provide(connections: usize, runtimes: usize) -> anyhow::Result<Files> {
        let open = open_now();
        let wanted = connections.saturating_add(own(open, runtimes) + OF_READERS_MAX);
        let limit = raise_limit(wanted);
        let files = Files::within(limit, connections, own(open, runtimes))?;
        if files.connections < connections {
            tracing::warn!(
                "max-connections is {connections}, but this process may only have {limit} open files: at most {} \
                 connections are served",
                files.connections
            );
        }
        Ok(files)
    }

    fn within(limit: usize, connections: usize, own: usize) -> anyhow::Result<Files> {
        let readers = (limit / 8).clamp(OF_READERS_MIN, OF_READERS_MAX);
        let reserved = own + readers;
        ensure!(
            limit > reserved,
            "this process may have {limit} open files; it needs {reserved}, and one for each connection"
        );
        Ok(Files { connections: connections.min(limit - reserved), readers })
    }
}

/// Whatever is open already, the log's, and the server's.
fn own(open: usize, runtimes: usize) -> usize {
    open + runtimes * OF_RUNTIME + flumen_storage::FILES + OF_REST
}

/// What was inherited too.
fn open_now() -> usize {
    std::fs::read_dir("/dev/fd").map_or(OF_REST, |entries| entries.count())
}

/// Answers with what the limit is now; a hard limit below what is wanted stays.
fn raise_limit(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = wanted as u64;
    let reach = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if limit.current.is_some_and(|current| current < reach) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(reach), maximum: limit.maximum });
    }
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |current| current as usize)
}

const _: () = assert!(OF_READERS_MIN >= 2 && OF_READERS_MIN <= OF_READERS_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_get_what_the_server_does_not_need() {
        let own = own(5, 3);
        let within = |limit| Files::within(limit, 16_384, own);
        assert_eq!(within(usize::MAX).unwrap(), Files { connections: 16_384, readers: 512 });
        assert_eq!(within(20_000).unwrap(), Files { connections: 16_384, readers: 512 });
        let few = within(256).unwrap();
        assert_eq!(few, Files { connections: 256 - 32 - own, readers: 32 });
        assert_eq!(within(own + 9).unwrap(), Files { connections: 1, readers: 8 });
        let error = within(own + 8).unwrap_err().to_string();
        assert!(error.contains(&format!("{} open files", own + 8)), "{error}");
    }
}
