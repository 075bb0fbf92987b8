//! Any bytes as requests for lease tables, one after the other: the first byte of each says which operation, and 0xff
//! ends it. Nothing panics but what the engine's guard catches, and a replay of the log gives the same tables.

use crate::tables::{OPERATIONS, Service, run};

pub fn table_body(input: &[u8]) {
    run(async {
        let first = Service::start().await;
        for request in input.split(|byte| *byte == 0xff).take(8) {
            let Some((operation, body)) = request.split_first() else { continue };
            first.call(OPERATIONS[usize::from(*operation) % OPERATIONS.len()], body).await;
        }
        let replayed = first.opened_beside().await.expect("what was answered is replayed");
        assert_eq!(replayed.contents().await, first.contents().await);
        replayed.tables.close().await;
        first.tables.close().await;
        let restarted = first.opened_beside().await.expect("a snapshot that was just written is read");
        assert_eq!(restarted.contents().await, replayed.contents().await);
        restarted.tables.close().await;
    });
}
