//! AWS's names as Rust writes them.

/// `StreamARN` as `stream_arn`.
pub(super) fn snake(name: &str) -> String {
    // Units are one word.
    let name = name.replace("KiB", "Kib").replace("MiB", "Mib");
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let after_lower = i > 0 && !letters[i - 1].is_uppercase();
        let before_lower = letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if i > 0 && letter.is_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The name of a field; `Type` is a word of Rust's.
pub(super) fn field(name: &str) -> String {
    match snake(name).as_str() {
        "type" => "r#type".into(),
        name => name.into(),
    }
}

pub(super) fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `AT_TIMESTAMP` as `AtTimestamp`; names in camel case stay but for their first letter, `Bytes/Second` as
/// `BytesPerSecond`, `aws-managed` as `AwsManaged`. `Self` is a word of Rust's.
pub(super) fn variant(value: &str) -> String {
    if value.chars().any(char::is_lowercase) {
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        return value.replace('/', "Per").split('-').map(capital).collect();
    }
    let word = |word: &str| word[..1].to_owned() + &word[1..].to_lowercase();
    match value.split('_').map(word).collect::<String>() {
        name if name == "Self" => "Own".to_owned(),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_words_in_them() {
        let cases = [
            ("StreamARN", "stream_arn"),
            ("MaxRecordSizeInKiB", "max_record_size_in_kib"),
            ("WarmThroughputMiBps", "warm_throughput_mibps"),
            ("KMSKeyId", "kms_key_id"),
        ];
        for (name, expected) in cases {
            assert_eq!(snake(name), expected);
        }
        assert_eq!(variant("AT_SEQUENCE_NUMBER"), "AtSequenceNumber");
        assert_eq!(variant("IncomingBytes"), "IncomingBytes");
        assert_eq!(variant("Bytes/Second"), "BytesPerSecond");
        assert_eq!(variant("aws-managed"), "AwsManaged");
        assert_eq!(variant("explicitDeny"), "ExplicitDeny");
        assert_eq!(variant("SELF"), "Own");
    }
}
