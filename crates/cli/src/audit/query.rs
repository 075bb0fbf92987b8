//! Paths of Flumen's pages of the audit, with what is asked for.

use super::event::{Event, Wanted};
use crate::Target;

/// A path with its query.
pub struct Path(String);

impl Path {
    pub fn new(page: &str) -> Self {
        Path(format!("/audit/{page}?"))
    }

    pub fn and(mut self, name: &str, value: impl ToString) -> Self {
        if !self.0.ends_with('?') {
            self.0.push('&');
        }
        self.0.extend([name, "="]);
        for byte in value.to_string().bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    self.0.push(byte.into())
                }
                _ => self.0 += &format!("%{byte:02X}"),
            }
        }
        self
    }

    pub fn and_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.and(name, value),
            None => self,
        }
    }

    pub fn wanted(self, wanted: &Wanted) -> Self {
        let Wanted { who, what, denied } = wanted;
        let path = self.and_some("who", who.as_ref()).and_some("what", what.as_ref());
        if *denied { path.and("denied", 1) } else { path }
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

/// A page of events, the newest first, and what the next one is asked for by.
pub async fn search(
    target: &Target,
    path: Path,
    after: Option<String>,
) -> anyhow::Result<(Vec<Event>, Option<String>)> {
    let text = target.page(path.and_some("after", after).text()).await?;
    let mut lines: Vec<&str> = text.lines().collect();
    let next = lines.last().and_then(|last| serde_json::from_str::<serde_json::Value>(last).ok());
    let next = next.and_then(|last| last.get("next")?.as_str().map(str::to_owned));
    if next.is_some() {
        lines.pop();
    }
    Ok((lines.into_iter().filter_map(|line| Event::of(line.to_owned())).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_stays_within_its_value() {
        let wanted = Wanted { who: Some("a&b=ü/c".to_owned()), what: None, denied: true };
        let path = Path::new("search").and("since", 5).wanted(&wanted);
        assert_eq!(path.text(), "/audit/search?since=5&who=a%26b%3D%C3%BC%2Fc&denied=1");
    }
}
