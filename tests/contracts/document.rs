//! A vendor's document as operations: what they take, where, and what they answer.

use jsonschema::Validator;
use serde_json::Value;

use crate::paths::{Template, base_path};
use crate::schema::{Direction, Schemas};
use crate::security::{Security, read_security};

/// One operation of a document.
pub struct Operation {
    /// The document's `operationId`.
    pub id: String,
    /// `GET`, `PUT` …, upper case.
    pub method: String,
    /// Where it is.
    pub template: Template,
    /// What it takes in path, query and headers.
    pub parameters: Vec<Parameter>,
    /// What it takes as a body.
    pub body: Option<Body>,
    /// Who may call it.
    pub security: Security,
    /// The success with a JSON body that the document lists first: its status and its schema.
    pub reply: Option<(u16, Value)>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A segment of the path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
}

/// How a list or an object is written in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `a=1&a=2`.
    Repeated,
    /// `a=1,2`.
    Commas,
    /// `a[gte]=1` or `a[]=1`.
    Brackets,
}

/// A parameter.
pub struct Parameter {
    /// Its name, as the document writes it.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// How it is written when it is more than one value.
    pub style: Style,
    /// Whether the document says `explode: true` in so many words.
    pub exploded: bool,
    /// Its translated schema.
    pub schema: Value,
    /// The same, compiled.
    pub validator: Validator,
}

/// A request body.
pub struct Body {
    /// Whether it must be there.
    pub required: bool,
    /// The media types it may have, each with its translated schema and the validator of it.
    pub media: Vec<(String, Value, Validator)>,
}

/// The operations of a document, and the paths its servers stand under.
pub fn read(document: &Value, schemas: &Schemas) -> Result<(Vec<Operation>, Vec<String>), String> {
    let bases = document["servers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|server| Some(base_path(server["url"].as_str()?)))
        .collect();
    let mut operations: Vec<Operation> = Vec::new();
    for (path, methods) in document["paths"].as_object().ok_or("the document has no paths")? {
        for (method, operation) in methods.as_object().ok_or_else(|| format!("{path} is not a map"))? {
            let operation = read_operation(document, schemas, path, method, operation)
                .map_err(|fault| format!("{} {path}: {fault}", method.to_uppercase()))?;
            if operations.iter().any(|known| known.id == operation.id) {
                return Err(format!("two operations are called {}", operation.id));
            }
            operations.push(operation);
        }
    }
    Ok((operations, bases))
}

fn read_operation(
    document: &Value,
    schemas: &Schemas,
    path: &str,
    method: &str,
    operation: &Value,
) -> Result<Operation, String> {
    if !["get", "put", "post", "patch", "delete"].contains(&method) {
        return Err("this method is not understood".to_owned());
    }
    let template = Template::read(path)?;
    let mut parameters = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        parameters.extend(read_parameter(schemas, parameter)?);
    }
    for name in template.variables() {
        if !parameters.iter().any(|known| known.place == Place::Path && known.name == name) {
            return Err(format!("{{{name}}} is not described"));
        }
    }
    Ok(Operation {
        id: operation["operationId"].as_str().ok_or("it has no operationId")?.to_owned(),
        method: method.to_uppercase(),
        template,
        parameters,
        body: read_body(schemas, &operation["requestBody"])?,
        security: read_security(document, operation)?,
        reply: read_reply(schemas, &operation["responses"])?,
    })
}

/// `None` for the headers that `OpenAPI` describes elsewhere: `Authorization` is the security's, and
/// `Content-Type` the body's. `Accept` is kept, since `PagerDuty` tells its versions apart by it.
fn read_parameter(schemas: &Schemas, parameter: &Value) -> Result<Option<Parameter>, String> {
    let name = parameter["name"].as_str().ok_or("a parameter has no name")?.to_owned();
    let fault = |words: &str| Err(format!("parameter {name}: {words}"));
    let place = match parameter["in"].as_str() {
        Some("path") => Place::Path,
        Some("query") => Place::Query,
        Some("header") if ["authorization", "content-type"].contains(&name.to_lowercase().as_str()) => {
            return Ok(None);
        }
        Some("header") => Place::Header,
        _ => return fault("its place is not understood"),
    };
    let explode = &parameter["explode"];
    let style = match (place, parameter["style"].as_str()) {
        (Place::Query, None | Some("form")) if explode == false => Style::Commas,
        (Place::Query, None | Some("form")) => Style::Repeated,
        (Place::Query, Some("deepObject")) => Style::Brackets,
        (Place::Path | Place::Header, None | Some("simple")) => Style::Commas,
        _ => return fault("its style is not understood"),
    };
    if parameter["schema"].is_null() {
        return fault("it has no schema");
    }
    let schema = schemas
        .translate(&parameter["schema"], Direction::Request)
        .map_err(|words| format!("parameter {name}: {words}"))?;
    let validator =
        schemas.compile(&schema, Direction::Request).map_err(|words| format!("parameter {name}: {words}"))?;
    let required = place == Place::Path || parameter["required"] == true;
    Ok(Some(Parameter { name, place, required, style, exploded: explode == true, schema, validator }))
}

fn read_body(schemas: &Schemas, body: &Value) -> Result<Option<Body>, String> {
    let Some(content) = body["content"].as_object() else { return Ok(None) };
    let mut media = Vec::new();
    for (kind, described) in content {
        let schema = schemas.translate(&described["schema"], Direction::Request)?;
        let validator = schemas.compile(&schema, Direction::Request)?;
        media.push((kind.clone(), schema, validator));
    }
    Ok(Some(Body { required: body["required"] == true, media }))
}

fn read_reply(schemas: &Schemas, responses: &Value) -> Result<Option<(u16, Value)>, String> {
    for (status, response) in responses.as_object().into_iter().flatten() {
        let Some(status) = status.parse().ok().filter(|status| (200..300).contains(status)) else { continue };
        for (kind, described) in response["content"].as_object().into_iter().flatten() {
            if is_json(kind) {
                return Ok(Some((status, schemas.translate(&described["schema"], Direction::Reply)?)));
            }
        }
    }
    Ok(None)
}

/// Whether a media type is JSON, whatever stands behind its semicolon.
pub fn is_json(media: &str) -> bool {
    let kind = media.split(';').next().unwrap_or_default().trim().to_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}
