//! Replies as a document allows them: every type, fields there and absent, nulls where they may be, lists
//! of none to three. Each is held against the schema it was made from before it is handed out.

use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Map, Number, Value, json};

use crate::chance::Chance;
use crate::flatten::{flatten, list};
use crate::schema::{Direction, Schemas, faults};
use crate::text;

/// From here on only what must be there is made.
const DEEP: usize = 7;
/// From here on a schema is taken to go on for ever.
const DEEPEST: usize = 40;
/// How often chance is asked again when it hit on something the schema refuses.
const TRIES: usize = 60;

/// Makes replies.
pub struct Generator<'a> {
    schemas: &'a Schemas,
    chance: Chance,
    validators: HashMap<String, Rc<Validator>>,
}

impl<'a> Generator<'a> {
    /// A generator that makes the same replies for the same seed.
    pub fn new(schemas: &'a Schemas, seed: u64) -> Generator<'a> {
        Generator { schemas, chance: Chance::new(seed), validators: HashMap::new() }
    }

    /// A value that validates, or why none could be made.
    pub fn reply(&mut self, schema: &Value) -> Result<Value, String> {
        let validator = self.validator(schema)?;
        let mut last = String::new();
        for _ in 0..TRIES {
            match self.value(schema, 0) {
                Ok(value) if validator.is_valid(&value) => return Ok(value),
                Ok(value) => last = faults(&validator, &value).join("; "),
                Err(fault) => last = fault,
            }
        }
        Err(format!("no reply could be made: {last}"))
    }

    fn validator(&mut self, schema: &Value) -> Result<Rc<Validator>, String> {
        let key = schema.to_string();
        if let Some(known) = self.validators.get(&key) {
            return Ok(Rc::clone(known));
        }
        let validator = Rc::new(self.schemas.compile(schema, Direction::Reply)?);
        self.validators.insert(key, Rc::clone(&validator));
        Ok(validator)
    }

    /// A value; one whose schema chooses between branches is held against it at once, since the branches
    /// of `oneOf` may overlap.
    fn value(&mut self, schema: &Value, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err("the schema goes on for ever".to_owned());
        }
        let chooses = ["anyOf", "oneOf", "allOf", "not"].iter().any(|choice| schema.get(choice).is_some());
        if !chooses {
            return self.once(schema, depth);
        }
        let validator = self.validator(schema)?;
        let mut last = String::new();
        for _ in 0..TRIES {
            match self.once(schema, depth) {
                Ok(value) if validator.is_valid(&value) => return Ok(value),
                Ok(value) => last = format!("{value} is not what it was made as"),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    fn once(&mut self, schema: &Value, depth: usize) -> Result<Value, String> {
        let flat = flatten(schema, self.schemas, &mut self.chance, depth >= DEEP)?;
        if let Some(value) = flat.get("const") {
            return Ok(value.clone());
        }
        let kind = self.kind(&flat);
        if let Some(Value::Array(values)) = flat.get("enum") {
            let fitting: Vec<&Value> =
                values.iter().filter(|value| flat.get("type").is_none() || is_of(&kind, value)).collect();
            return self
                .chance
                .pick(&fitting)
                .map(|value| (*value).clone())
                .ok_or_else(|| format!("no value of {values:?} is {kind}"));
        }
        match kind.as_str() {
            "null" => Ok(Value::Null),
            "boolean" => Ok(Value::Bool(self.chance.one_in(2))),
            "integer" => Ok(Value::Number(self.integer(&flat).into())),
            "number" => self.number(&flat),
            "string" => text::make(&flat, &mut self.chance).map(Value::String),
            "array" => self.array(&flat, depth),
            "object" => self.object(&flat, depth),
            other => Err(format!("there is no type {other}")),
        }
    }

    /// The type to make: the one named, one of several, or what the other keywords are about.
    fn kind(&mut self, flat: &Map<String, Value>) -> String {
        let has = |keywords: &[&str]| keywords.iter().any(|keyword| flat.contains_key(*keyword));
        let kinds = match flat.get("type") {
            Some(kinds) => list(kinds),
            None if has(&["properties", "additionalProperties", "required"]) => vec![json!("object")],
            None if has(&["items", "minItems", "maxItems"]) => vec![json!("array")],
            None if has(&["pattern", "format", "minLength", "maxLength"]) => vec![json!("string")],
            None if has(&["minimum", "maximum"]) => vec![json!("number")],
            None => ["string", "integer", "boolean", "null"].iter().map(|kind| json!(kind)).collect(),
        };
        let null = kinds.iter().any(|kind| kind == "null");
        let others: Vec<Value> = kinds.into_iter().filter(|kind| kind != "null").collect();
        let picked = if null && (others.is_empty() || self.chance.one_in(4)) {
            None
        } else {
            self.chance.pick(&others).and_then(Value::as_str)
        };
        picked.unwrap_or("null").to_owned()
    }

    fn integer(&mut self, flat: &Map<String, Value>) -> i64 {
        let limit = |keyword: &str, step: i64| {
            let number = flat.get(keyword)?;
            #[expect(clippy::cast_possible_truncation, reason = "a limit of a document is a small number")]
            number
                .as_i64()
                .or_else(|| number.as_f64().map(|number| number as i64))
                .map(|number| number + step)
        };
        let low = limit("minimum", 0).or_else(|| limit("exclusiveMinimum", 1));
        let high = limit("maximum", 0).or_else(|| limit("exclusiveMaximum", -1));
        let step = flat.get("multipleOf").and_then(Value::as_i64).unwrap_or(1).max(1);
        let number = match (low, high) {
            (None, None) => {
                let narrow = flat.get("format").is_some_and(|format| format == "int32");
                let ranges: &[(i64, i64)] = &[
                    (0, 0),
                    (1, 100),
                    (-100, -1),
                    (1_700_000_000, 1_900_000_000),
                    (1_700_000_000_000, 1_900_000_000_000),
                    (9_007_199_254_740_000, 9_007_199_254_740_991),
                ];
                let ranges = if narrow { ranges.get(..4).unwrap_or(ranges) } else { ranges };
                let (low, high) = self.chance.pick(ranges).copied().unwrap_or((0, 0));
                self.chance.between(low, high)
            }
            (low, high) => {
                let low = low.unwrap_or_else(|| high.unwrap_or(0).saturating_sub(1000));
                self.chance.between(low, high.unwrap_or_else(|| low.saturating_add(1000)))
            }
        };
        number / step * step
    }

    fn number(&mut self, flat: &Map<String, Value>) -> Result<Value, String> {
        let whole = self.integer(flat);
        let bounded = ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"];
        if self.chance.one_in(2) || bounded.iter().any(|keyword| flat.contains_key(*keyword)) {
            return Ok(Value::Number(whole.into()));
        }
        #[expect(clippy::cast_precision_loss, reason = "any number near it is as good")]
        let number = whole as f64 + [0.25, 0.5, 1e-9].get(self.chance.below(3)).copied().unwrap_or(0.5);
        Number::from_f64(number).map(Value::Number).ok_or_else(|| format!("{number} is not a number"))
    }

    fn array(&mut self, flat: &Map<String, Value>, depth: usize) -> Result<Value, String> {
        let length =
            |keyword: &str| flat.get(keyword).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let least = length("minItems").unwrap_or(0);
        let extra = if depth >= DEEP { 0 } else { self.chance.below(4) };
        let count = (least.max(extra)).min(length("maxItems").unwrap_or(usize::MAX));
        let any = Value::Bool(true);
        let places = flat.get("prefixItems").and_then(Value::as_array);
        let mut items: Vec<Value> = Vec::new();
        for place in 0..count {
            let schema =
                places.and_then(|places| places.get(place)).or_else(|| flat.get("items")).unwrap_or(&any);
            let item = self.value(schema, depth + 1)?;
            if flat.get("uniqueItems") != Some(&Value::Bool(true)) || !items.contains(&item) {
                items.push(item);
            }
        }
        Ok(Value::Array(items))
    }

    fn object(&mut self, flat: &Map<String, Value>, depth: usize) -> Result<Value, String> {
        let none = Map::new();
        let fields = flat.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required: Vec<String> = flat
            .get("required")
            .map(list)
            .unwrap_or_default()
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let most = flat.get("maxProperties").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let least = flat.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
        let more = match flat.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(schema) => Some(schema.clone()),
            None => Some(Value::Bool(true)),
        };
        let mut object = Map::new();
        let has_room = |object: &Map<String, Value>| (object.len() as u64) < most;
        for name in &required {
            let schema =
                fields.get(name).or(more.as_ref()).ok_or_else(|| format!("{name} is due and forbidden"))?;
            object.insert(name.clone(), self.value(schema, depth + 1)?);
        }
        for (name, schema) in fields.iter().filter(|(name, _)| !required.contains(*name)) {
            if depth < DEEP && has_room(&object) && self.chance.one_in(2) {
                object.insert(name.clone(), self.value(schema, depth + 1)?);
            }
        }
        // A map has up to three entries; an object with named fields has one nobody named, now and then.
        let extra = match &more {
            None => 0,
            Some(_) if depth >= DEEP => 0,
            Some(_) if fields.is_empty() => self.chance.below(4) as u64,
            Some(_) => u64::from(self.chance.one_in(8)),
        };
        let wanted = (object.len() as u64 + extra).max(least).min(most);
        let mut place = 0;
        while let Some(schema) = more.as_ref().filter(|_| (object.len() as u64) < wanted) {
            let value = self.value(schema, depth + 1)?;
            object.insert(format!("unlisted_{place}"), value);
            place += 1;
        }
        Ok(Value::Object(object))
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}
