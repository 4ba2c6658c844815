//! Text from elsewhere, as Markdown that shows it as it is.

use crate::domain::text::{clean, is_hostile};

/// `text` on one line, harmless, with every mark of Markdown and HTML as a character like others.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let cleaned = clean(text.trim());
    let (mut before, mut rest) = (' ', cleaned.chars().peekable());
    while let Some(c) = rest.next() {
        // Within a word an underscore begins and ends nothing (CommonMark 0.31.2, rules 2 and 4 of emphasis).
        let within = c == '_' && before.is_alphanumeric() && rest.peek().is_some_and(|c| c.is_alphanumeric());
        before = c;
        // Every mark of ASCII may be escaped; those that are none would only be harder to read.
        if c.is_ascii_punctuation()
            && !within
            && !matches!(c, ',' | ';' | '\'' | '"' | '%' | '?' | '/' | '(' | ')' | '=')
        {
            match c {
                // Between these nothing begins.
                '.' | '-' | '+' | ':' | '{' | '}' | '^' => {}
                _ => out.push('\\'),
            }
        }
        out.push(c);
    }
    // At the beginning of an item a dash or a number would begin a list.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if out.starts_with(['-', '+']) || (digits > 0 && out[digits..].starts_with(['.', ')'])) {
        out.insert(digits, '\\');
    }
    // What would be made a link by itself is text.
    for scheme in ["https:", "http:", "ftp:", "mailto:", "xmpp:"] {
        out = out.replace(scheme, &scheme.replace(':', "\\:"));
    }
    out.replace("www.", "www\\.")
}

/// `url` as a link that says where it leads; `None` where it is no address of the web, or not all of one.
pub fn link(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let bad = |c: char| c.is_whitespace() || is_hostile(c) || matches!(c, '<' | '>' | '\\' | '`' | '|' | '"');
    (!rest.is_empty() && !url.contains(bad)).then(|| format!("<{url}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_means_anything() {
        for (text, wanted) in [
            ("api is down (status 503)", "api is down (status 503)"),
            ("error_rate('api', '5m') is 0.4 %", "error_rate('api', '5m') is 0.4 %"),
            ("_set_ a__b _ __all__", "\\_set\\_ a\\_\\_b \\_ \\_\\_all\\_\\_"),
            ("**bold** `code` | cell", "\\*\\*bold\\*\\* \\`code\\` \\| cell"),
            ("[click](https://evil.example)", "\\[click\\](https\\://evil.example)"),
            ("<script>alert(1)</script> &amp; #1", "\\<script\\>alert(1)\\</script\\> \\&amp; \\#1"),
            ("ann@example.com ~~no~~ back\\slash", "ann\\@example.com \\~\\~no\\~\\~ back\\\\slash"),
            ("two\nlines\u{1b}[31m\u{202e}", "two lines\u{fffd}\\[31m\u{fffd}"),
            ("see www.evil.example", "see www\\.evil.example"),
            ("- 1. x", "\\- 1. x"),
            ("12. Deploy for $5", "12\\. Deploy for \\$5"),
        ] {
            assert_eq!(escaped(text), wanted);
        }
    }

    #[test]
    fn a_link_is_an_address_and_nothing_else() {
        let shown = link("https://vercel.example/shop/d-1?a=b");
        assert_eq!(shown.as_deref(), Some("<https://vercel.example/shop/d-1?a=b>"));
        for bad in [
            "javascript:alert(1)",
            "https://",
            "https://a> <b",
            "https://a b",
            "https://a\u{202e}",
            "/x",
            "https://a|b",
        ] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }
}
