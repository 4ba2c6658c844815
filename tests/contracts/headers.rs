//! Header parameters: every due one there, and as its schema says unless it is a secret.

use midwatch::domain::io::Value as Text;

use crate::document::{Parameter, Place};
use crate::parameters::check_text;

/// What is wrong with the headers.
pub fn check(parameters: &[Parameter], headers: &[(String, Text)]) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in parameters.iter().filter(|parameter| parameter.place == Place::Header) {
        match named(headers, &parameter.name).as_slice() {
            [] if parameter.required => found.push(format!("header {} is missing", parameter.name)),
            [] | [Text::Secret { .. }] => {}
            [Text::Plain(text)] => found.extend(check_text(parameter, text)),
            several => found.push(format!("header {} is given {} times", parameter.name, several.len())),
        }
    }
    found
}

/// The values of a header.
pub fn named<'a>(headers: &'a [(String, Text)], name: &str) -> Vec<&'a Text> {
    headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}
