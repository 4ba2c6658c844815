//! Path templates such as `/v1/events/{id}`, and which of them a URL's path is.

use percent_decode::decode;

/// A path template of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// As the document writes it.
    pub text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
}

impl Template {
    /// Reads a template. A variable that is only a part of a segment is an error: it would need guessing.
    pub fn read(text: &str) -> Result<Template, String> {
        let rest = text.strip_prefix('/').ok_or_else(|| format!("{text} does not begin with /"))?;
        let segments = rest
            .split('/')
            .map(|segment| match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
                Some(name) if !name.is_empty() && !name.contains(['{', '}']) => {
                    Ok(Segment::Variable(name.to_owned()))
                }
                None if !segment.contains(['{', '}']) => Ok(Segment::Literal(segment.to_owned())),
                _ => Err(format!("{text}: the segment {segment} is not understood")),
            })
            .collect::<Result<_, _>>()?;
        Ok(Template { text: text.to_owned(), segments })
    }

    /// The names in braces, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Variable(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// The variables' values, decoded, if `path` is this template to the last slash.
    pub fn values(&self, path: &str) -> Option<Vec<(String, String)>> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if parts.len() != self.segments.len() {
            return None;
        }
        let mut values = Vec::new();
        for (segment, part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Literal(text) if *text == part => {}
                Segment::Variable(name) if !part.is_empty() => values.push((name.clone(), decode(part)?)),
                Segment::Literal(_) | Segment::Variable(_) => return None,
            }
        }
        Some(values)
    }
}

/// `path` without each of `bases`, the longest first, and with no base at all last: the pairs of base and
/// rest that a document's path may be looked for in.
pub fn without_base<'a>(path: &'a str, bases: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let mut pairs: Vec<(&str, &str)> = bases
        .iter()
        .filter(|base| !base.is_empty())
        .filter_map(|base| Some((base.as_str(), path.strip_prefix(base.as_str())?)))
        .filter(|(_, rest)| rest.starts_with('/'))
        .collect();
    pairs.sort_by_key(|(base, _)| std::cmp::Reverse(base.len()));
    pairs.push(("", path));
    pairs
}

/// The path of a server's URL, without a slash at its end: `https://api.machines.dev/v1` is `/v1`.
pub fn base_path(server: &str) -> String {
    let path = match server.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => server,
    };
    path.trim_end_matches('/').to_owned()
}

mod percent_decode {
    //! `%2F` and its like.

    /// The text of one segment; `None` when an escape is broken or is not UTF-8.
    pub fn decode(segment: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let mut rest = segment.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).ok()
    }
}
