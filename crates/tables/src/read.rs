//! Reading a request's body, and what to say of one that cannot be read. The engine's shapes mark their
//! own refusals with a prefix; what serde says of other mistakes is put into AWS's words.

use dynoxide::DynoxideError;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::operation::Operation;

const COUNTED_PREFIX: &str = "1 validation error detected: ";

pub(crate) fn read<T: DeserializeOwned>(operation: Operation, body: &[u8]) -> Result<T, Answer> {
    serde_json::from_slice(body).map_err(|error| refusal(operation, &error.to_string()).into())
}

fn refusal(operation: Operation, text: &str) -> DynoxideError {
    let prefix = |marker| text.strip_prefix(marker);
    if let Some(rest) = prefix("SERIALIZATION_AS_READ:") {
        return DynoxideError::SerializationException(rest.to_owned());
    }
    if let Some(rest) = prefix("VALIDATION_AS_READ:") {
        return DynoxideError::ValidationException(rest.to_owned());
    }
    if let Some(rest) = prefix("SERIALIZATION:") {
        return DynoxideError::SerializationException(without_place(rest).to_owned());
    }
    if let Some(rest) = prefix("VALIDATION_REQUEST:") {
        // Three operations count their mistakes.
        let counts = matches!(operation, Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem);
        let counted = if counts { COUNTED_PREFIX } else { "" };
        return DynoxideError::ValidationException(format!("{counted}{}", without_place(rest)));
    }
    if let Some(rest) = prefix("VALIDATION:") {
        return DynoxideError::ValidationException(without_place(rest).to_owned());
    }
    if text.contains("empty AttributeValue") {
        return DynoxideError::ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                .to_owned(),
        );
    }
    let said_of_values =
        ["Supplied AttributeValue", "missing field", "unknown variant", "invalid type: null"];
    if said_of_values.iter().any(|said| text.contains(said)) {
        return DynoxideError::ValidationException(without_place(text).to_owned());
    }
    DynoxideError::SerializationException(in_aws_words(without_place(text)))
}

/// Without the line and column that serde adds.
fn without_place(text: &str) -> &str {
    text.rfind(" at line ").map_or(text, |place| &text[..place])
}

/// `invalid type: integer 23, expected a string` as AWS says it.
fn in_aws_words(text: &str) -> String {
    let Some((found, expected)) =
        text.strip_prefix("invalid type: ").and_then(|t| t.split_once(", expected "))
    else {
        return text.to_owned();
    };
    let class = match expected {
        "a string" => "String",
        "a boolean" => "Boolean",
        "i64" | "u64" | "i32" | "u32" => "Long",
        _ => "",
    };
    let token = match found.split(' ').next().unwrap_or_default() {
        "map" => return "Start of structure or map found where not expected".to_owned(),
        "sequence" if class.is_empty() => return "Unexpected field type".to_owned(),
        "sequence" => return format!("Unrecognized collection type class java.lang.{class}"),
        "integer" => "NUMBER_VALUE",
        "floating" => "DECIMAL_VALUE",
        "string" => "STRING_VALUE",
        _ if found == "boolean `true`" => "TRUE_VALUE",
        _ if found == "boolean `false`" => "FALSE_VALUE",
        _ => return text.to_owned(),
    };
    match class {
        "" => "Unexpected field type".to_owned(),
        "Boolean" if token == "STRING_VALUE" => "Unexpected token received from parser".to_owned(),
        class => format!("{token} cannot be converted to {class}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        let read: Result<dynoxide::actions::get_item::GetItemRequest, Answer> =
            read(Operation::GetItem, body.as_bytes());
        read.unwrap_err().body
    }

    #[test]
    fn mistakes_of_type_are_told_in_aws_words() {
        let body = said(r#"{"TableName": 23, "Key": {}}"#);
        assert!(body.contains("SerializationException"), "{body}");
        assert!(body.contains("NUMBER_VALUE cannot be converted to String"), "{body}");
        let body = said(r#"{"TableName": "abc", "Key": {"a": {"S": ["x"]}}}"#);
        assert!(!body.contains("SERIALIZATION:") && !body.contains("at line"), "{body}");
    }

    #[test]
    fn bodies_that_are_not_json_are_refused() {
        for body in ["", "{", "[]", "{\"TableName\": \"abc\" \"Key\"}", "nothing"] {
            assert!(said(body).contains("Exception"), "{body}");
        }
        let deep = format!("{{\"Key\": {}{}}}", "{\"M\":".repeat(500), "}".repeat(500));
        assert!(said(&deep).contains("Exception"));
    }
}
