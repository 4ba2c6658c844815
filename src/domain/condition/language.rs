//! What a condition may do with a value: its filters and tests, and the strict ones among them.
//!
//! The engine's own set is cut down to what makes sense over one observation, and whatever would
//! turn a missing or mistyped value into an answer is replaced by something that refuses.

use std::borrow::Cow;

use minijinja::value::{Kwargs, Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, Value, filters, tests};

/// Filters and what they give.
pub const FILTERS: &[(&str, &str)] = &[
    ("abs", "a number without its sign"),
    ("any_degraded", "whether a provider's status is `degraded`"),
    ("default", "the value, or the argument where it is undefined"),
    ("first", "the first of a list"),
    ("float", "a number from a text"),
    ("int", "a whole number from a text"),
    ("items", "the pairs of a mapping"),
    ("last", "the last of a list"),
    ("length", "how many there are in a list, mapping or text"),
    ("list", "a list"),
    ("lower", "a text in lower case"),
    ("map", "a list of `attribute='…'` of each"),
    ("max", "the largest of a list of numbers"),
    ("min", "the smallest of a list of numbers"),
    ("none_unavailable", "whether no provider's status is `unavailable`"),
    ("rejectattr", "those of a list whose attribute does not pass a test"),
    ("reject", "those of a list that do not pass a test"),
    ("replace", "a text with one part replaced by another"),
    ("round", "a number rounded"),
    ("says_on", "whether a switch's text or JSON says on; an error if it says neither on nor off"),
    ("select", "those of a list that pass a test"),
    ("selectattr", "those of a list whose attribute passes a test"),
    ("split", "the parts of a text"),
    ("sum", "the sum of a list of numbers"),
    ("trim", "a text without surrounding white space"),
    ("upper", "a text in upper case"),
];

/// Tests, for `is` and for the filters that take one.
pub const TESTS: &[(&str, &str)] = &[
    ("defined", "the value is there"),
    ("undefined", "the value is not there"),
    ("none", "the value is `null`"),
    ("boolean", "it is `true` or `false`"),
    ("number", "it is a number"),
    ("string", "it is a text"),
    ("sequence", "it is a list"),
    ("mapping", "it is a mapping"),
    ("true", "it is `true`"),
    ("false", "it is `false`"),
    ("equalto", "it equals the argument; also `eq`"),
    ("eq", "it equals the argument"),
    ("ne", "it differs from the argument"),
    ("gt", "it is a number above the argument; also `greaterthan`"),
    ("greaterthan", "it is a number above the argument"),
    ("ge", "it is a number of at least the argument"),
    ("lt", "it is a number below the argument; also `lessthan`"),
    ("lessthan", "it is a number below the argument"),
    ("le", "it is a number of at most the argument"),
    ("in", "it is among the argument's"),
    ("startingwith", "it is a text that begins with the argument"),
    ("endingwith", "it is a text that ends with the argument"),
];

/// Refuses what is not a number.
pub(super) const MEASURE: &str = "measure";
/// Refuses what is not a text.
pub(super) const WORDS: &str = "words";
/// Refuses what is not `true` or `false`.
pub(super) const FLAG: &str = "yes_or_no";

/// The engine with exactly this language.
pub(super) fn environment() -> Environment<'static> {
    let mut language = Environment::empty();
    language.set_undefined_behavior(UndefinedBehavior::Strict);
    // No loops: a condition of the greatest length allowed stays far below this.
    language.set_fuel(Some(50_000));
    add_filters(&mut language);
    add_tests(&mut language);
    language
}

fn add_filters(language: &mut Environment<'static>) {
    language.add_filter("abs", filters::abs);
    language.add_filter("default", filters::default);
    language.add_filter("float", filters::float);
    language.add_filter("int", filters::int);
    language.add_filter("items", filters::items);
    language.add_filter("length", |value: Value| match value.kind() {
        ValueKind::String | ValueKind::Map => filters::length(&value),
        _ => filters::length(listed(&value)?),
    });
    language.add_filter("lower", filters::lower);
    language.add_filter("map", map);
    language.add_filter("replace", filters::replace);
    language.add_filter("round", filters::round);
    language.add_filter("split", filters::split);
    language.add_filter("trim", filters::trim);
    language.add_filter("upper", filters::upper);
    language.add_filter("first", |values: Value| filters::first(listed(&values)?));
    language.add_filter("last", |values: Value| filters::last(listed(&values)?.clone()));
    language.add_filter("list", |state: &State<'_, '_>, values: Value| {
        filters::list(state, listed(&values)?.clone())
    });
    language.add_filter("select", choose::<false>);
    language.add_filter("reject", choose::<true>);
    language.add_filter("selectattr", choose_by_attribute::<false>);
    language.add_filter("rejectattr", choose_by_attribute::<true>);
    language.add_filter("max", |values: Value| fold(&values, f64::max));
    language.add_filter("min", |values: Value| fold(&values, f64::min));
    language.add_filter("sum", |values: Value| numbers(&values).map(|all| all.into_iter().sum::<f64>()));
    language.add_filter("none_unavailable", |providers: Value| {
        statuses(&providers).map(|all| !all.iter().any(|(_, status)| *status == Status::Unavailable))
    });
    language.add_filter("any_degraded", |providers: Value| {
        statuses(&providers).map(|all| all.iter().any(|(_, status)| *status == Status::Degraded))
    });
    language.add_filter("says_on", |value: Value| says_on(&value));
    language.add_filter(MEASURE, |value: Value| number(&value).map(|_| value));
    language.add_filter(WORDS, |value: Value| match value.kind() {
        ValueKind::String => Ok(value),
        _ => Err(wrong(&value, "a text")),
    });
    language.add_filter(FLAG, |value: Value| flag(&value).map(|_| value));
}

fn add_tests(language: &mut Environment<'static>) {
    language.add_test("defined", tests::is_defined);
    language.add_test("undefined", tests::is_undefined);
    language.add_test("none", |value: Value| there(&value).map(|()| value.is_none()));
    language.add_test("boolean", kind_test(ValueKind::Bool));
    language.add_test("number", kind_test(ValueKind::Number));
    language.add_test("string", kind_test(ValueKind::String));
    language.add_test("sequence", kind_test(ValueKind::Seq));
    language.add_test("mapping", kind_test(ValueKind::Map));
    language.add_test("true", |value: Value| flag(&value));
    language.add_test("false", |value: Value| flag(&value).map(|yes| !yes));
    for name in ["eq", "equalto"] {
        language.add_test(name, |value: Value, other: Value| there(&value).map(|()| value == other));
    }
    language.add_test("ne", |value: Value, other: Value| there(&value).map(|()| value != other));
    for name in ["gt", "greaterthan"] {
        language.add_test(name, |value: Value, other: Value| Ok(number(&value)? > number(&other)?));
    }
    for name in ["lt", "lessthan"] {
        language.add_test(name, |value: Value, other: Value| Ok(number(&value)? < number(&other)?));
    }
    language.add_test("ge", |value: Value, other: Value| Ok(number(&value)? >= number(&other)?));
    language.add_test("le", |value: Value, other: Value| Ok(number(&value)? <= number(&other)?));
    language.add_test("in", |state: &State<'_, '_>, value: Value, others: Value| {
        there(&value)?;
        tests::is_in(state, &value, &others)
    });
    language.add_test("startingwith", |value: Value, start: &str| Ok(text(&value)?.starts_with(start)));
    language.add_test("endingwith", |value: Value, end: &str| Ok(text(&value)?.ends_with(end)));
}

fn kind_test(kind: ValueKind) -> impl Fn(Value) -> Result<bool, Error> + Send + Sync + 'static {
    move |value| there(&value).map(|()| value.kind() == kind)
}

/// A list, and nothing that merely iterates: the engine takes `null` for an empty list.
fn listed(value: &Value) -> Result<&Value, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => Ok(value),
        _ => Err(wrong(value, "a list")),
    }
}

type Arguments = Rest<ValueOrKwargs>;

fn choose<const INVERT: bool>(
    state: &mut State<'_, '_>,
    values: Value,
    test: Option<Cow<'_, str>>,
    arguments: Arguments,
) -> Result<Vec<Value>, Error> {
    listed(&values)?;
    let test = test.or(Some(Cow::Borrowed("true")));
    if INVERT {
        filters::reject(state, values, test, arguments)
    } else {
        filters::select(state, values, test, arguments)
    }
}

fn choose_by_attribute<const INVERT: bool>(
    state: &mut State<'_, '_>,
    values: Value,
    attribute: Cow<'_, str>,
    test: Option<Cow<'_, str>>,
    arguments: Arguments,
) -> Result<Vec<Value>, Error> {
    listed(&values)?;
    let test = test.or(Some(Cow::Borrowed("true")));
    if INVERT {
        filters::rejectattr(state, values, attribute, test, arguments)
    } else {
        filters::selectattr(state, values, attribute, test, arguments)
    }
}

/// The engine's `map`, which would hand on attributes that are not there.
fn map(state: &mut State<'_, '_>, values: Value, attribute: Kwargs) -> Result<Vec<Value>, Error> {
    listed(&values)?;
    let arguments = Rest(vec![Value::from(attribute).into()]);
    let mapped = filters::map(state, values, arguments)?;
    mapped.iter().try_for_each(there)?;
    Ok(mapped)
}

fn there(value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        Err(Error::new(ErrorKind::UndefinedError, "a value is missing"))
    } else {
        Ok(())
    }
}

fn number(value: &Value) -> Result<f64, Error> {
    match value.kind() {
        ValueKind::Number => f64::try_from(value.clone()),
        _ => Err(wrong(value, "a number")),
    }
}

fn numbers(values: &Value) -> Result<Vec<f64>, Error> {
    listed(values)?.try_iter()?.map(|value| number(&value)).collect()
}

fn fold(values: &Value, choose: fn(f64, f64) -> f64) -> Result<f64, Error> {
    numbers(values)?
        .into_iter()
        .reduce(choose)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the list is empty"))
}

fn text(value: &Value) -> Result<&str, Error> {
    value.as_str().ok_or_else(|| wrong(value, "a text"))
}

/// `true` or `false`; everything else is an error, whatever a template would make of it.
pub(super) fn flag(value: &Value) -> Result<bool, Error> {
    match value.kind() {
        ValueKind::Bool => Ok(value.is_true()),
        _ => Err(wrong(value, "yes or no")),
    }
}

/// A text as it stands, a number, yes or no.
pub(super) fn one_value(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Number => Ok(value.to_string()),
        ValueKind::Bool => Ok(value.is_true().to_string()),
        _ => Err(wrong(value, "one value")),
    }
}

fn wrong(value: &Value, wanted: &str) -> Error {
    let kind = if value.is_undefined() { ErrorKind::UndefinedError } else { ErrorKind::InvalidOperation };
    Error::new(kind, format!("{} is not {wanted}", show(value)))
}

/// A value in a few words.
pub(super) fn show(value: &Value) -> String {
    match value.kind() {
        ValueKind::Undefined => "a missing value".into(),
        ValueKind::None => "null".into(),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            format!("\"{}\"", crate::domain::text::clip(&crate::domain::text::clean(text), 40))
        }
        ValueKind::Seq | ValueKind::Iterable => format!("a list of {}", value.len().unwrap_or(0)),
        ValueKind::Map => "a mapping".into(),
        _ => value.to_string(),
    }
}

/// How one provider in a health body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Healthy,
    Degraded,
    Unavailable,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Status::Healthy => "healthy",
            Status::Degraded => "degraded",
            Status::Unavailable => "unavailable",
        }
    }
}

/// The status of each provider, by name: of a list of `{ name, status }`, of a mapping from names
/// to `{ status }`, or of a mapping from names to words.
pub(super) fn statuses(providers: &Value) -> Result<Vec<(String, Status)>, Error> {
    let list = providers.kind() == ValueKind::Seq;
    if !list && providers.kind() != ValueKind::Map {
        return Err(wrong(providers, "a list or mapping of providers"));
    }
    let mut all = Vec::new();
    for (index, entry) in providers.try_iter()?.enumerate() {
        let (name, value) = if list {
            let name = entry.get_attr("name").ok().filter(|name| name.kind() == ValueKind::String);
            (name.map_or_else(|| format!("provider {index}"), |name| name.to_string()), entry)
        } else {
            (entry.to_string(), providers.get_item(&entry)?)
        };
        let word = if value.kind() == ValueKind::Map { value.get_attr("status")? } else { value };
        let status = match word.as_str() {
            Some("healthy") => Status::Healthy,
            Some("degraded") => Status::Degraded,
            Some("unavailable") => Status::Unavailable,
            _ => {
                let name = crate::domain::text::clean(&name).into_owned();
                let message = if word.is_undefined() {
                    format!("{name} has no status")
                } else {
                    format!("{name} is {}", show(&word))
                };
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        };
        all.push((name, status));
    }
    if all.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "there are no providers"));
    }
    Ok(all)
}

/// What a switch says: `on`, `true`, `1`, `yes`, `enabled` or JSON `true`, also inside
/// `{ "value": … }` or `{ "enabled": … }`; and the opposites.
fn says_on(value: &Value) -> Result<bool, Error> {
    let refused = || wrong(value, "on or off");
    if let Some(text) = value.as_str() {
        let text = text.trim();
        return match word_says_on(text) {
            Some(on) => Ok(on),
            None => match serde_json::from_str::<Value>(text) {
                Ok(json) if json.kind() != ValueKind::Number => json_says_on(&json).ok_or_else(refused),
                _ => Err(refused()),
            },
        };
    }
    json_says_on(value).ok_or_else(refused)
}

fn word_says_on(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" | "enabled" => Some(true),
        "off" | "false" | "0" | "no" | "disabled" => Some(false),
        _ => None,
    }
}

fn json_says_on(json: &Value) -> Option<bool> {
    match json.kind() {
        ValueKind::Bool => Some(json.is_true()),
        ValueKind::String => word_says_on(json.as_str()?.trim()),
        ValueKind::Number => word_says_on(&json.to_string()),
        ValueKind::Map => ["value", "enabled", "on"]
            .iter()
            .filter_map(|key| json.get_attr(key).ok())
            .find(|inner| !inner.is_undefined())
            .filter(|inner| inner.kind() != ValueKind::Map)
            .and_then(|inner| json_says_on(&inner)),
        _ => None,
    }
}
