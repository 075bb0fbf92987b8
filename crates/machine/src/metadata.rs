//! What every command says beside what it is: the version of its rules, its time, and who asked for it.
//!
//! The members stand in one JSON object with the command's own, which is the record's key or, where that is empty, its
//! value.

use serde::{Deserialize, Serialize};

use crate::carried::CallEvent;

/// Beside a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandMetadata {
    /// The command is carried out by the rules of this version, also by later programs. The first one is not always
    /// written.
    #[serde(rename = "v", default = "first_version")]
    pub version: u32,
    /// Milliseconds since the epoch; all the time that the command knows.
    pub at_ms: u64,
    #[serde(flatten)]
    pub origin: Origin,
}

/// Who asked for a command, as far as it is known. The service's own have none of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The caller's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// SHA-256 of the signature that asked for it, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_sha256: Option<String>,
    /// What the audit says of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<CallEvent>>,
}

fn first_version() -> u32 {
    1
}

impl CommandMetadata {
    /// The object: these members, then those of `command`.
    pub fn encode_with(&self, command: &impl Serialize) -> Vec<u8> {
        const WRITTEN: &str = "commands have string keys and no foreign types";
        let mut object = Vec::with_capacity(512);
        serde_json::to_writer(&mut object, self).expect(WRITTEN);
        // Two objects become one where one ends and the other begins; members of members are slow to write.
        object.pop();
        let end = object.len();
        serde_json::to_writer(&mut object, command).expect(WRITTEN);
        match object.get_mut(end..) {
            Some([b'{', b'}']) => _ = object.remove(end),
            Some([begin @ b'{', ..]) => *begin = b',',
            _ => unreachable!("a command is an object"),
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_the_service_says_nothing_of_who_asked() {
        let metadata = CommandMetadata { version: 3, at_ms: 5, origin: Origin::default() };
        let command = serde_json::json!({"change": "x"});
        assert_eq!(metadata.encode_with(&command), br#"{"v":3,"at_ms":5,"change":"x"}"#);
    }

    #[test]
    fn who_asked_comes_back() {
        let origin = Origin {
            principal: Some("arn:aws:iam::000000000000:user/ana".to_owned()),
            request_id: Some("id".to_owned()),
            signature_sha256: Some("00".repeat(32)),
            event: Some(Box::new(CallEvent {
                id: "id".to_owned(),
                line: r#"{"eventName":"CreateStream"}"#.to_owned(),
                resources: vec!["arn".to_owned()],
                decided: None,
            })),
        };
        let metadata = CommandMetadata { version: 3, at_ms: 5, origin };
        let written = metadata.encode_with(&serde_json::json!({"change": "x"}));
        assert_eq!(serde_json::from_slice::<CommandMetadata>(&written).unwrap(), metadata);
        let first: CommandMetadata = serde_json::from_str(r#"{"at_ms":5}"#).unwrap();
        assert_eq!(first, CommandMetadata { version: 1, at_ms: 5, origin: Origin::default() });
    }
}
