//! AWS's two files of settings, as far as they are needed: `[section]` and `key = value`.
//!
//! Read as leniently as AWS's own clients do: what is not understood is passed over, nested settings
//! (indented lines) included.

/// The value of a key in a section.
pub fn value<'t>(text: &'t str, section: &str, key: &str) -> Option<&'t str> {
    let mut inside = false;
    let mut found = None;
    for line in text.lines() {
        let nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name.split_whitespace().eq(section.split_whitespace());
        } else if inside && !nested && !line.starts_with(['#', ';']) {
            found = match line.split_once('=') {
                Some((name, value)) if name.trim() == key => Some(value.trim()),
                _ => found,
            };
        }
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_key_is_found_in_its_section_only() {
        let text = "x = 0\n[default]\nx=1\n# x=2\ns3 =\n  x = 3\n[profile  a]\nx = a=b # c\n";
        assert_eq!(value(text, "default", "x"), Some("1"));
        assert_eq!(value(text, "profile a", "x"), Some("a=b # c"));
        assert_eq!(value(text, "default", "s3"), None);
        assert_eq!(value(text, "b", "x"), None);
    }
}
