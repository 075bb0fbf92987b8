//! Lists come page by page. A marker is the key of the last thing on the page before.

use base64_simd::URL_SAFE_NO_PAD;

use super::IamError;

const ITEMS_DEFAULT: i32 = 100;

/// Some of a list, and the marker of what follows.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    pub marker: Option<String>,
}

/// `items` by rising keys, as the identities are kept.
pub(super) fn page<'k, T>(
    items: impl Iterator<Item = (&'k str, T)>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<T>, IamError> {
    let after = marker.map(opened).transpose()?;
    let limit = usize::try_from(max_items.unwrap_or(ITEMS_DEFAULT)).unwrap_or(1).max(1);
    let mut rest = items.filter(|(key, _)| after.as_deref().is_none_or(|after| *key > after)).peekable();
    let (mut page, mut last) = (Vec::new(), None);
    while page.len() < limit
        && let Some((key, item)) = rest.next()
    {
        page.push(item);
        last = Some(key);
    }
    let marker = last.filter(|_| rest.peek().is_some()).map(|last| URL_SAFE_NO_PAD.encode_to_string(last));
    Ok(Page { items: page, marker })
}

fn opened(marker: &str) -> Result<String, IamError> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(marker).map_err(|_| IamError::Marker)?;
    String::from_utf8(bytes).map_err(|_| IamError::Marker)
}

/// A page as answers have it, whatever they are called: with a list, whether there is more, and where it goes on.
macro_rules! listed {
    ($Response:ident { $list:ident $(, $member:ident: $value:expr)* }, $page:expr) => {{
        let page = $page;
        let is_truncated = Some(page.marker.is_some());
        $Response { $list: page.items, is_truncated, marker: page.marker.map(Into::into) $(, $member: $value)* }
    }};
    ($Response:ident { some $list:ident $(, $member:ident: $value:expr)* }, $page:expr) => {{
        let page = $page;
        let is_truncated = Some(page.marker.is_some());
        $Response { $list: Some(page.items), is_truncated, marker: page.marker.map(Into::into) $(, $member: $value)* }
    }};
}

pub(super) use listed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let names = ["a", "b", "c", "d", "e"];
        let list =
            |marker: Option<&str>, max| page(names.iter().map(|name| (*name, *name)), marker, max).unwrap();
        let (mut marker, mut pages) = (None, Vec::new());
        loop {
            let page = list(marker.as_deref(), Some(2));
            pages.push(page.items.concat());
            marker = page.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(pages, ["ab", "cd", "e"]);
        assert_eq!(list(None, None).items.len(), 5);
        assert!(list(None, Some(5)).marker.is_none());
        assert!(matches!(page([("a", 1)].into_iter(), Some("!"), None), Err(IamError::Marker)));
    }
}
