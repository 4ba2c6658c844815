//! Replies spoiled in one place, as a changed API, a broken proxy or an attacker would.

use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// The ways to spoil a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoiling {
    /// A value of another type.
    Type,
    /// A field gone.
    Absent,
    /// A number as text.
    Quoted,
    /// A text of a megabyte.
    Huge,
    /// Lists in lists, a hundred deep: as deep as a parser's patience, not deeper.
    Deep,
    /// Control characters: a screen cleared, a colour, a NUL, a bell, a direction turned round.
    Control,
}

/// All of them.
pub const SPOILINGS: &[Spoiling] =
    &[Spoiling::Type, Spoiling::Absent, Spoiling::Quoted, Spoiling::Huge, Spoiling::Deep, Spoiling::Control];

const CONTROL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{0}\r\n\u{9b}31m\u{202e}txt.exe\u{200b}";

/// The reply with one thing wrong with it, the same for the same seed. Seeds that follow each other spoil
/// it in different ways.
pub fn hostile(reply: &Value, seed: u64) -> Value {
    let start = usize::try_from(seed % SPOILINGS.len() as u64).unwrap_or(0);
    SPOILINGS
        .iter()
        .cycle()
        .skip(start)
        .take(SPOILINGS.len())
        .find_map(|spoiling| spoil(reply, *spoiling, seed))
        .unwrap_or_else(|| json!({ "unexpected": reply }))
}

/// The reply spoiled in one way; `None` when there is nothing in it to spoil so.
pub fn spoil(reply: &Value, spoiling: Spoiling, seed: u64) -> Option<Value> {
    let mut chance = Chance::new(seed);
    let mut places = Vec::new();
    collect(reply, String::new(), &mut places);
    places.retain(|place| reply.pointer(place).is_some_and(|value| applies(spoiling, value)));
    let place = chance.pick(&places)?.clone();
    let mut spoiled = reply.clone();
    let value = spoiled.pointer_mut(&place)?;
    let changed = change(spoiling, value, &mut chance);
    *value = changed;
    Some(spoiled)
}

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                collect(item, format!("{place}/{number}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(field, format!("{place}/{name}"), places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    places.push(place);
}

fn applies(spoiling: Spoiling, value: &Value) -> bool {
    match spoiling {
        Spoiling::Type | Spoiling::Deep => true,
        Spoiling::Absent => value.as_object().is_some_and(|fields| !fields.is_empty()),
        Spoiling::Quoted => value.is_number(),
        Spoiling::Huge | Spoiling::Control => value.is_string(),
    }
}

fn change(spoiling: Spoiling, value: &Value, chance: &mut Chance) -> Value {
    match spoiling {
        Spoiling::Type => {
            let others = [
                Value::Null,
                json!(true),
                json!(-7.5),
                json!("seven"),
                json!([1, "two"]),
                json!({ "code": 500, "message": "Internal Error" }),
            ];
            let others: Vec<&Value> = others.iter().filter(|other| kind(other) != kind(value)).collect();
            chance.pick(&others).map_or(Value::Null, |other| (*other).clone())
        }
        Spoiling::Absent => {
            let fields = value.as_object().cloned().unwrap_or_default();
            let gone = chance.below(fields.len());
            let kept = fields.into_iter().enumerate().filter(|(place, _)| *place != gone);
            Value::Object(kept.map(|(_, field)| field).collect::<Map<_, _>>())
        }
        Spoiling::Quoted => Value::String(value.to_string()),
        Spoiling::Huge => Value::String(value.as_str().unwrap_or("x").to_owned() + &"é💥 ".repeat(150_000)),
        Spoiling::Deep => (0..100).fold(value.clone(), |inner, _| Value::Array(vec![inner])),
        Spoiling::Control => Value::String(format!("{CONTROL}{}", value.as_str().unwrap_or_default())),
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}
