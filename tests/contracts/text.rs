//! Text for replies: by format, by pattern, and the odd text that people and machines really write.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value};

use crate::chance::Chance;

const ODD: &[&str] = &[
    "ok",
    "Lanternfish checkout",
    "größer als erwartet",
    "数据库连接超时",
    "🔥 burning",
    "line one\nline two",
    "a \"quoted\" word",
    "<b>not markup</b>",
    "null",
    "0",
    "-1",
    "https://lanternfish.example.com/a?b=c&d=e",
    " spaces at both ends ",
    "count() > 12 AND message:\"alert:*\"",
];

/// Text that a flat schema allows, or an error when its pattern cannot be followed.
pub fn make(flat: &Map<String, Value>, chance: &mut Chance) -> Result<String, String> {
    let length = |keyword: &str| {
        flat.get(keyword).and_then(Value::as_u64).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    };
    let (least, most) = (length("minLength").unwrap_or(0), length("maxLength"));
    let text = match (flat.get("pattern").and_then(Value::as_str), flat.get("format").and_then(Value::as_str))
    {
        (Some(pattern), _) => return by_pattern(pattern, least, most, chance),
        (None, Some(format)) => by_format(format, chance),
        (None, None) => None,
    };
    Ok(text.unwrap_or_else(|| {
        let words = if chance.one_in(8) { "" } else { chance.pick(ODD).copied().unwrap_or_default() };
        let mut text: Vec<char> = words.chars().collect();
        while text.len() < least {
            text.extend(chance.pick(&['a', 'é', '7', ' ']));
        }
        text.truncate(most.unwrap_or(usize::MAX).max(least));
        text.into_iter().collect()
    }))
}

fn by_format(format: &str, chance: &mut Chance) -> Option<String> {
    let day = format!(
        "{:04}-{:02}-{:02}",
        chance.between(1999, 2031),
        chance.between(1, 12),
        chance.between(1, 28)
    );
    let clock =
        format!("{:02}:{:02}:{:02}", chance.between(0, 23), chance.between(0, 59), chance.between(0, 59));
    let zone = *chance.pick(&["Z", ".123456Z", "+02:00", ".5-08:00"])?;
    let hexadecimal = format!("{:016x}{:016x}", chance.next(), chance.next());
    Some(match format {
        "date-time" => format!("{day}T{clock}{zone}"),
        "date" => day,
        "time" => format!("{clock}{zone}"),
        "uri" | "url" | "uri-reference" => {
            format!("https://{}.example.com/{}", &hexadecimal[..4], &hexadecimal[4..9])
        }
        "email" => format!("ann+{}@example.com", &hexadecimal[..4]),
        "uuid" => format!(
            "{}-{}-4{}-a{}-{}",
            &hexadecimal[..8],
            &hexadecimal[8..12],
            &hexadecimal[12..15],
            &hexadecimal[15..18],
            &hexadecimal[18..30]
        ),
        "ipv4" => format!("192.0.2.{}", chance.between(0, 255)),
        "ipv6" => format!("2001:db8::{:x}", chance.between(0, 0xffff)),
        "hostname" => format!("{}.example.com", &hexadecimal[..6]),
        "duration" => format!("{}m{}s", chance.between(0, 59), chance.between(0, 59)),
        _ => return None,
    })
}

/// Text that a pattern matches. Patterns speak of ASCII, as ECMAScript's do.
fn by_pattern(
    pattern: &str,
    least: usize,
    most: Option<usize>,
    chance: &mut Chance,
) -> Result<String, String> {
    let bare = pattern.trim_start_matches('^').trim_end_matches('$');
    let strategy = string_regex(&format!("(?-u:{bare})"))
        .map_err(|error| format!("text for the pattern {pattern} cannot be made: {error}"))?;
    let seed: Vec<u8> = (0..4).flat_map(|_| chance.next().to_le_bytes()).collect();
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    for _ in 0..200 {
        let text = strategy.new_tree(&mut runner).map_err(|reason| reason.to_string())?.current();
        let letters = text.chars().count();
        if letters >= least && most.is_none_or(|most| letters <= most) {
            return Ok(text);
        }
        if letters < least && !text.is_empty() && bare.ends_with(['+', '*']) {
            return Ok(text.chars().cycle().take(least).collect());
        }
    }
    Err(format!("no text of {least} letters and more for the pattern {pattern} was found"))
}
