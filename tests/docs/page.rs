//! A page as these tests see it: its links, the anchors others may link to, and its code blocks.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// One page.
#[derive(Debug)]
pub struct Page {
    /// Its path in the repository.
    pub name: String,
    /// Each link and picture, with its line.
    pub links: Vec<(usize, String)>,
    /// What headings are linked by.
    pub anchors: Vec<String>,
    /// Its fenced blocks.
    pub fences: Vec<Fence>,
}

/// A fenced block.
#[derive(Debug)]
pub struct Fence {
    /// The line it opens on.
    pub line: usize,
    /// What stands behind the fence.
    pub info: String,
    /// What is in it.
    pub text: String,
}

impl Page {
    /// Reads a page.
    pub fn read(name: String, text: &str) -> Self {
        let mut page = Self { name, links: Vec::new(), anchors: Vec::new(), fences: Vec::new() };
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let mut heading: Option<String> = None;
        let mut fence: Option<Fence> = None;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((line(range.start), dest_url.into_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors.extend(heading.take().map(|words| anchor(&words)))
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    fence = Some(Fence {
                        line: line(range.start),
                        info: info.into_string(),
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::CodeBlock) => page.fences.extend(fence.take()),
                Event::Text(words) | Event::Code(words) => {
                    if let Some(fence) = &mut fence {
                        fence.text.push_str(&words);
                    } else if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                _ => {}
            }
        }
        page
    }
}

/// What a heading is linked by where pages are read in a browser.
fn anchor(words: &str) -> String {
    words
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => c.to_lowercase().next(),
            _ => None,
        })
        .collect()
}
