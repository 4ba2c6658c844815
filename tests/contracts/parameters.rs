//! Path and query parameters: every one known, every due one there, every value as its schema says.

use serde_json::Value;

use crate::document::{Parameter, Place, Style};
use crate::form::{Tree, allows, readings, variants};
use crate::schema::{Schemas, faults};

/// What is wrong with the values that stand in the path.
pub fn check_path(parameters: &[Parameter], values: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in values {
        let known = parameters.iter().find(|known| known.place == Place::Path && known.name == *name);
        match known {
            Some(parameter) => found.extend(check_text(parameter, text)),
            None => found.push(format!("path parameter {name} is not described")),
        }
    }
    found
}

/// What is wrong with a query.
pub fn check_query(parameters: &[Parameter], schemas: &Schemas, pairs: &[(String, String)]) -> Vec<String> {
    let known: Vec<&Parameter> =
        parameters.iter().filter(|parameter| parameter.place == Place::Query).collect();
    let mut found = Vec::new();
    for (name, _) in pairs {
        if !known.iter().any(|parameter| is_of(parameter, name)) {
            let names: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
            found.push(format!("unknown query parameter {name}; the document has: {}", names.join(", ")));
        }
    }
    for parameter in known {
        let mine: Vec<(String, String)> =
            pairs.iter().filter(|(name, _)| is_of(parameter, name)).cloned().collect();
        if !mine.is_empty() {
            found.extend(check_one(parameter, schemas, &mine));
        } else if parameter.required {
            found.push(format!("query parameter {} is missing", parameter.name));
        }
    }
    found
}

/// Whether a name in a query belongs to a parameter.
fn is_of(parameter: &Parameter, name: &str) -> bool {
    let bracketed = || name.strip_prefix(&parameter.name).is_some_and(|rest| rest.starts_with('['));
    name == parameter.name || (parameter.style == Style::Brackets && bracketed())
}

fn check_one(parameter: &Parameter, schemas: &Schemas, pairs: &[(String, String)]) -> Vec<String> {
    let variants = variants(&parameter.schema, schemas, 0);
    let is_list = allows(&variants, "array");
    if allows(&variants, "object") && parameter.style != Style::Brackets {
        return vec![format!(
            "query parameter {}: an object in this style is not understood",
            parameter.name
        )];
    }
    let texts: Vec<String> = pairs.iter().map(|(_, text)| text.clone()).collect();
    let value = match (parameter.style, texts.as_slice()) {
        (Style::Brackets, _) => {
            let tree = match Tree::read(pairs) {
                Ok(Tree::Map(fields)) => fields.into_iter().next().map(|(_, tree)| tree),
                Ok(Tree::Leaf(_) | Tree::List(_)) => None,
                Err(fault) => return vec![format!("query parameter {fault}")],
            };
            tree.map_or(Value::Null, |tree| tree.value(&parameter.schema, schemas))
        }
        (Style::Repeated, _) if is_list => list(texts, parameter, schemas),
        (Style::Commas, [text]) if is_list => {
            list(text.split(',').map(str::to_owned).collect(), parameter, schemas)
        }
        // PagerDuty describes its lists by their elements, and says `explode` to mean a list.
        (Style::Repeated, _) if parameter.exploded && parameter.name.ends_with("[]") => {
            return texts.iter().flat_map(|text| check_text(parameter, text)).collect();
        }
        (Style::Repeated | Style::Commas, [text]) => return check_text(parameter, text),
        (Style::Repeated | Style::Commas, _) => {
            return vec![format!("query parameter {} is given {} times", parameter.name, texts.len())];
        }
    };
    said_of(parameter, faults(&parameter.validator, &value))
}

fn list(texts: Vec<String>, parameter: &Parameter, schemas: &Schemas) -> Value {
    Tree::List(texts.into_iter().map(Tree::Leaf).collect()).value(&parameter.schema, schemas)
}

/// Text fits if anything it can mean fits.
pub fn check_text(parameter: &Parameter, text: &str) -> Vec<String> {
    let readings = readings(text);
    if readings.iter().any(|reading| parameter.validator.is_valid(reading)) {
        return Vec::new();
    }
    let last = readings.last().map_or_else(Vec::new, |reading| faults(&parameter.validator, reading));
    said_of(parameter, last)
}

fn said_of(parameter: &Parameter, faults: Vec<String>) -> Vec<String> {
    let place = match parameter.place {
        Place::Path => "path parameter",
        Place::Query => "query parameter",
        Place::Header => "header",
    };
    faults.into_iter().map(|fault| format!("{place} {}: {fault}", parameter.name)).collect()
}
