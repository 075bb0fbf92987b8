//! Bytes from disk as commands and snapshots of lease tables. Whole records behind a valid frame are what is damaged
//! here; frames are the log's own. Opening refuses or serves, and nothing panics.

use crate::tables::{COMMANDS, OPERATIONS, Record, SNAPSHOTS, Service, run, written};

pub fn table_log(input: &[u8]) {
    let Some((way, rest)) = input.split_first() else { return };
    run(async {
        let (mut commands, mut snapshot) = written().await;
        match way % 4 {
            0 => change(&mut commands, rest),
            1 => {
                commands.clear();
                change(&mut snapshot, rest);
            }
            2 => {
                let cut = rest.iter().position(|byte| *byte == 0xff).unwrap_or(rest.len());
                let (key, value) = rest.split_at(cut);
                commands.push(Record { attributes: 0, key: key.to_vec(), value: value.to_vec() });
            }
            _ => {
                // A head that is taken, with any body.
                let operation = OPERATIONS[usize::from(way / 4) % OPERATIONS.len()];
                let head = serde_json::json!({"v": 1, "at_ms": 1, "account": "0", "region": "r", "operation": operation});
                commands.push(Record { attributes: 0, key: head.to_string().into(), value: rest.to_vec() });
            }
        }
        let service = Service::on(&[
            (COMMANDS, commands),
            (SNAPSHOTS, if way % 4 == 1 { snapshot } else { Vec::new() }),
        ])
        .await;
        if let Ok(service) = service {
            let _ = service.contents().await;
            service.tables.close().await;
        }
    });
}

/// Four bytes of input a change: which record, where (two), and what.
fn change(records: &mut Vec<Record>, input: &[u8]) {
    for change in input.chunks_exact(4) {
        let nth = usize::from(change[0]) % records.len().max(1);
        let Some(record) = records.get_mut(nth) else { return };
        let bytes =
            if change[0] >= 128 && !record.key.is_empty() { &mut record.key } else { &mut record.value };
        let at = usize::from(u16::from_be_bytes([change[1], change[2]])) % bytes.len().max(1);
        match change[3] {
            0 => bytes.truncate(at),
            1 => drop(records.remove(nth)),
            flip => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= flip;
                }
            }
        }
    }
}
