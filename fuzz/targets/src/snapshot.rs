//! Any bytes as a command or a snapshot of the control log: what is taken is written and read as the same.

use flumen_streams::state::{Command, State};

pub fn snapshot(bytes: &[u8]) {
    if let Ok(command) = serde_json::from_slice::<Command>(bytes) {
        let written = serde_json::to_vec(&command).unwrap();
        assert_eq!(serde_json::from_slice::<Command>(&written).unwrap(), command);
    }
    if let Ok(state) = serde_json::from_slice::<State>(bytes) {
        let written = serde_json::to_vec(&state).unwrap();
        assert_eq!(serde_json::from_slice::<State>(&written).unwrap(), state);
    }
}
