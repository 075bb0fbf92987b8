//! Pages that are named in sources, scripts and documents. Whoever reads a name must be able to open the page: a page that
//! is not in the repository, or a heading that the page does not have, fails the test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of what is built, fetched or generated.
const NOT_OURS: &[&str] = &[".git", "target", "out", "node_modules", "corpus", "artifacts", "__pycache__"];

/// Pages that programs write.
const WRITTEN: &[&str] = &["table.md"];

/// Every file of ours that is text, by its path in the repository.
fn texts(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be listed") {
            let path = entry.expect("an entry of a folder can be read").path();
            if path.is_dir() {
                if !NOT_OURS.iter().any(|name| path.ends_with(name)) {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root).expect("it was found below the root");
                found.insert(path.to_owned(), text);
            }
        }
    }
    found
}

/// The pages that a text names: `docs/format.md`, `format.md#ciphertext`. Addresses on other machines are left out.
fn pages(text: &str) -> Vec<&str> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let mut found = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || "`'\"()<>[]|,;".contains(c)) {
        if word.contains("://") {
            continue;
        }
        let Some(at) = word.find(".md") else { continue };
        let begin = word[..at].rfind(|c| !of_name(c)).map_or(0, |before| before + 1);
        let after = &word[at + 3..];
        let is_named = word[begin..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if !is_named || after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let heading = after.strip_prefix('#').map_or(0, |heading| {
            1 + heading.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(heading.len())
        });
        found.push(&word[begin..at + 3 + heading]);
    }
    found
}

/// What links of Markdown lead to, other than addresses on other machines.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String =
            kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = found.iter().filter(|one| **one == anchor).count();
        found.push(if again == 0 { anchor } else { format!("{anchor}-{again}") });
    }
    found
}

/// `folder/name`, without `..` in it.
fn joined(folder: &Path, name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in folder.join(name).components() {
        match part {
            std::path::Component::ParentDir => drop(path.pop()),
            std::path::Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}

/// Why a page or link that `file` names cannot be opened, if it cannot.
fn broken(texts: &BTreeMap<PathBuf, String>, file: &Path, named: &str, from: &[&Path]) -> Option<String> {
    let (name, heading) =
        named.split_once('#').map_or((named, None), |(name, heading)| (name, Some(heading)));
    if WRITTEN.contains(&name) {
        return None;
    }
    let is_there = |path: &PathBuf| texts.keys().any(|known| known.starts_with(path));
    let page = if name.is_empty() {
        file.to_owned()
    } else {
        match from.iter().map(|folder| joined(folder, name)).find(is_there) {
            Some(page) => page,
            None => return Some(format!("{}: there is no {name}", file.display())),
        }
    };
    let heading = heading?;
    let has_it = texts.get(&page).is_some_and(|text| anchors(text).iter().any(|anchor| anchor == heading));
    (!has_it).then(|| format!("{}: {} has no heading #{heading}", file.display(), page.display()))
}

fn all_broken(texts: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in texts {
        let own = file.parent().expect("a file lies in a folder");
        let from = [own, Path::new(""), Path::new("docs")];
        found.extend(pages(text).into_iter().filter_map(|page| broken(texts, file, page, &from)));
        // A link is followed from its own folder only.
        if file.extension().is_some_and(|extension| extension == "md") {
            found.extend(links(text).into_iter().filter_map(|link| broken(texts, file, link, &[own])));
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_page_that_is_named_can_be_opened() {
    let texts = texts(super::root());
    assert!(texts.len() > 500, "this looks at the sources: {}", texts.len());
    let found = all_broken(&texts);
    assert!(found.is_empty(), "a reader cannot open these:\n{}", found.join("\n"));
}

#[test]
fn what_cannot_be_opened_is_found() {
    // Written apart, so that this file does not name pages that are not there.
    let text = |text: &str| text.replace("@", ".md");
    let texts = BTreeMap::from([
        (
            PathBuf::from("README.md"),
            text("# Top\n[a](docs/a@#two-words) [b](#top) [c](#bottom) [d](docs)\n"),
        ),
        (
            PathBuf::from(text("docs/a@")),
            text("## Two, words!\n```\n# no heading\n```\nSee c@. [e](../README@#none)\n"),
        ),
        (
            PathBuf::from("src/lib.rs"),
            text("//! `docs/a@#no-heading`, `a@#two-words`, <https://example.com/b@>, *@\n"),
        ),
    ]);
    let found = [
        "README.md: README.md has no heading #bottom",
        "docs/a@: README.md has no heading #none",
        "docs/a@: there is no c@",
        "src/lib.rs: docs/a@ has no heading #no-heading",
    ];
    assert_eq!(all_broken(&texts), found.map(text));
}
