//! Links that lead nowhere: files that are not there, headings that this file does not have, sections with numbers
//! that no heading has. The network is not asked.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::domain::diagnostic::did_you_mean;
use crate::domain::text::head;

use super::codes::{DEAD_LINK, NO_SUCH_SECTION};
use super::known::Known;
use super::sink::Sink;

/// More links than these are not followed.
const MOST: usize = 2000;

/// So many headings are compared with one that is not there.
const NEAR: usize = 300;

/// Lines and columns of bytes.
struct Places<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Places<'a> {
    fn of_text(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    fn of(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (line, self.text.get(start..offset).unwrap_or_default().chars().count() + 1)
    }
}

/// What of a page can be led to, and where it leads.
#[derive(Default)]
struct Page {
    /// Byte and target of each link.
    links: Vec<(usize, String)>,
    anchors: BTreeSet<String>,
    /// The numbers that headings begin with.
    numbers: BTreeSet<String>,
    /// Bytes of prose, heading and code left out, and the prose.
    prose: Vec<(usize, String)>,
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut in_code = false;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                if page.links.len() < MOST =>
            {
                page.links.push((range.start, dest_url.into_string()));
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let words = heading.take().unwrap_or_default();
                let first =
                    words.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ')', ':']);
                if first.starts_with(|c: char| c.is_ascii_digit()) {
                    page.numbers.insert(first.to_owned());
                }
                let slug = slug(&words);
                let count = seen.entry(slug.clone()).or_default();
                page.anchors.insert(if *count == 0 { slug.clone() } else { format!("{slug}-{count}") });
                *count += 1;
            }
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::Text(words) if !in_code => match &mut heading {
                Some(heading) => heading.push_str(&words),
                None => page.prose.push((range.start, words.into_string())),
            },
            Event::Html(html) | Event::InlineHtml(html) => page.anchors.extend(named(&html)),
            _ => {}
        }
    }
    page
}

/// What GitHub links a heading by.
fn slug(words: &str) -> String {
    let kept = words.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Anchors that an author set: `<a name="x">`, `<a id="x">`.
fn named(html: &str) -> impl Iterator<Item = String> {
    ["name=\"", "id=\""].into_iter().flat_map(move |key| {
        html.split(key).skip(1).filter_map(|rest| rest.split('"').next().map(str::to_lowercase))
    })
}

/// The file that a link leads to, relative to the runbook, and its anchor.
fn relative(target: &str) -> Option<(String, Option<&str>)> {
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let path = path.split('?').next().unwrap_or_default();
    let scheme = path
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let template = path.contains(['<', '>', '{', '}', '$', '\0']);
    // Where a path from the root begins depends on who shows the page.
    if scheme || template || path.starts_with(['/', '\\', '~']) || path.contains('@') || path.len() > 1024 {
        return None;
    }
    Some((decoded(path), anchor))
}

/// `%20` as a blank.
fn decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = path
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the links of a page lead.
pub(super) fn wanted(text: &str) -> BTreeSet<String> {
    let page = read(text);
    page.links
        .iter()
        .filter_map(|(_, target)| relative(target))
        .map(|(path, _)| path)
        .filter(|path| !path.is_empty())
        .collect()
}

/// Looks at links and at sections that are spoken of.
pub(super) fn check(text: &str, known: &Known, sink: &mut Sink<'_>) {
    let page = read(text);
    let places = Places::of_text(text);
    for (at, target) in &page.links {
        let Some((path, anchor)) = relative(target) else { continue };
        if !path.is_empty() {
            if known.files.get(&path) == Some(&false) {
                let said = format!("the link leads to {:?}, which is not there", head(target, 200));
                sink.add(
                    sink.finding(&DEAD_LINK, places.of(*at), said)
                        .hint("the path is meant from the runbook's own directory"),
                );
            }
            continue;
        }
        let Some(anchor) = anchor.filter(|anchor| !anchor.is_empty()) else { continue };
        let anchor = decoded(anchor).to_lowercase();
        // `#top` is the page, `#L10` a line of it.
        if anchor == "top" || page.anchors.contains(&anchor) || anchor.starts_with("user-content-") {
            continue;
        }
        let said = format!("no heading of this file is linked by {:?}", format!("#{}", head(&anchor, 200)));
        let meant = did_you_mean(&anchor, page.anchors.iter().map(String::as_str).take(NEAR));
        let hint = meant
            .map_or("anchors are the heading's words in lower case, joined by dashes".to_owned(), |meant| {
                format!("did you mean #{meant}?")
            });
        sink.add(sink.finding(&DEAD_LINK, places.of(*at), said).hint(hint));
    }
    // Numbers mean headings only where headings are numbered.
    if page.numbers.len() >= 2 {
        for (at, words) in &page.prose {
            sections(&places, *at, words, &page.numbers, sink);
        }
    }
}

fn sections(places: &Places<'_>, at: usize, words: &str, numbers: &BTreeSet<String>, sink: &mut Sink<'_>) {
    let lower = words.to_ascii_lowercase();
    for (begin, said) in
        ["see section ", "in section ", "to section "].iter().flat_map(|said| lower.match_indices(said))
    {
        let rest = &lower[begin + said.len()..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('.');
        // "section 5 of the handbook" is one of another paper.
        let other =
            rest[end..].trim_start().starts_with("of ") || rest[end..].trim_start().starts_with("in ");
        if number.is_empty() || other || numbers.contains(number) {
            continue;
        }
        let offset = at + begin + said.find("section").unwrap_or(0);
        let told = format!("no heading of this file has the number {number}");
        sink.add(
            sink.finding(&NO_SUCH_SECTION, places.of(offset), told)
                .hint("correct the number, or link the heading"),
        );
    }
}
