//! Schemas are translated whole, or not at all.

use serde_json::{Value, json};

use crate::contract::Contract;
use crate::schema::{Direction, Schemas};

fn schemas(version: &str) -> Schemas {
    let document = json!({ "openapi": version, "components": { "schemas": {
        "Name": { "type": "string", "minLength": 2, "readOnly": true },
        "Tree": { "type": "object", "properties": { "children": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } } } },
    } } });
    Schemas::read(&document).expect("the components are read")
}

/// Whether a value is what a schema of a document of that version says.
fn is_valid(version: &str, schema: &Value, value: &Value) -> Result<bool, String> {
    let schemas = schemas(version);
    let translated = schemas.translate(schema, Direction::Reply)?;
    Ok(schemas.compile(&translated, Direction::Reply)?.is_valid(value))
}

#[test]
fn version_3_0_says_some_things_differently() {
    let old = |schema: Value, value: Value| is_valid("3.0.1", &schema, &value);
    let nullable = json!({ "type": "string", "nullable": true, "enum": ["a"] });
    assert_eq!(old(nullable.clone(), json!(null)), Ok(true));
    assert_eq!(old(nullable.clone(), json!("a")), Ok(true));
    assert_eq!(old(nullable, json!("b")), Ok(false));
    assert_eq!(old(json!({ "type": "string" }), json!(null)), Ok(false));
    assert_eq!(old(json!({ "type": "string", "nullable": false }), json!(null)), Ok(false));
    let either = json!({ "nullable": true, "oneOf": [{ "type": "integer" }, { "$ref": "#/components/schemas/Name" }] });
    assert_eq!(old(either.clone(), json!(null)), Ok(true));
    assert_eq!(old(either.clone(), json!("ab")), Ok(true));
    assert_eq!(old(either, json!(true)), Ok(false));
    let typed = json!({ "type": "object", "nullable": true, "allOf": [{ "required": ["a"] }] });
    assert_eq!(old(typed.clone(), json!(null)), Ok(true));
    assert_eq!(old(typed, json!({})), Ok(false));
    let above = json!({ "type": "number", "minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": false });
    assert_eq!(old(above.clone(), json!(1)), Ok(false));
    assert_eq!(old(above, json!(2)), Ok(true));
    let silenced = json!({ "$ref": "#/components/schemas/Name", "maxLength": 1 });
    assert_eq!(old(silenced, json!("long")), Ok(true), "what stands beside a $ref is silent in 3.0");
}

#[test]
fn version_3_1_is_json_schema() {
    let new = |schema: Value, value: Value| is_valid("3.1.0", &schema, &value);
    assert_eq!(new(json!({ "type": ["string", "null"] }), json!(null)), Ok(true));
    assert_eq!(new(json!({ "type": "integer", "exclusiveMinimum": 3 }), json!(3)), Ok(false));
    let beside = json!({ "$ref": "#/components/schemas/Name", "maxLength": 3 });
    assert_eq!(new(beside, json!("long")), Ok(false));
    assert!(new(json!({ "type": "string", "nullable": true }), json!("x")).is_err(), "3.1 knows no nullable");
}

#[test]
fn references_and_circles_are_followed() {
    let tree = json!({ "$ref": "#/components/schemas/Tree" });
    assert_eq!(is_valid("3.0.0", &tree, &json!({ "children": [{ "children": [] }] })), Ok(true));
    assert_eq!(is_valid("3.0.0", &tree, &json!({ "children": [{ "children": [7] }] })), Ok(false));
}

#[test]
fn formats_are_held() {
    let is = |format: &str, text: &str| {
        is_valid("3.0.0", &json!({ "type": "string", "format": format }), &json!(text))
    };
    for (format, right, wrong) in [
        ("date-time", "2026-01-02T03:04:05Z", "yesterday"),
        ("uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8", "67e55044"),
        ("uri", "https://example.com/a", "not a uri"),
        ("url", "https://example.com/a", "example"),
        ("email", "ann@example.com", "ann"),
        ("duration", "1h30m", "soon"),
        ("duration", "P1D", "1h30"),
    ] {
        assert_eq!(is(format, right), Ok(true), "{format} {right}");
        assert_eq!(is(format, wrong), Ok(false), "{format} {wrong}");
    }
}

#[test]
fn what_is_not_understood_is_an_error_and_never_a_pass() {
    for (schema, words) in [
        (json!({ "type": "string", "minLenght": 2 }), "minLenght"),
        (json!({ "type": "text" }), "cannot be compiled"),
        (json!({ "type": "string", "pattern": "(" }), "cannot be compiled"),
        (json!({ "type": "object", "properties": { "a": { "maximum": "7" } } }), "cannot be compiled"),
        (json!({ "$ref": "#/components/schemas/Absent" }), "Absent"),
        (json!({ "$ref": "https://example.com/schema.json" }), "https://example.com"),
        (json!({ "items": [] }), "is not a schema"),
        (json!({ "minimum": 1, "exclusiveMinimum": 1 }), "exclusiveMinimum"),
        (json!("string"), "is not a schema"),
    ] {
        let fault = is_valid("3.0.0", &schema, &json!("x")).expect_err("it is refused");
        assert!(fault.contains(words), "{schema}: {fault}");
    }
}

/// A document with one operation, changed at one place.
fn document(place: &str, value: Value) -> Value {
    let mut document = json!({
        "openapi": "3.0.0",
        "paths": { "/a/{b}": { "post": {
            "operationId": "postA",
            "parameters": [{ "name": "b", "in": "path", "schema": { "type": "string" } }],
            "requestBody": { "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": { "200": { "content": { "application/json": { "schema": { "type": "string" } } } } },
            "security": [{ "token": [] }],
        } } },
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } }, "schemas": {} },
    });
    *document.pointer_mut(place).expect(place) = value;
    document
}

#[test]
fn a_document_that_cannot_be_checked_by_is_not_loaded() {
    let operation = "/paths/~1a~1{b}/post";
    let parameter = format!("{operation}/parameters/0");
    let body = format!("{operation}/requestBody/content/application~1json/schema");
    let reply = format!("{operation}/responses/200/content/application~1json/schema");
    assert!(Contract::read(&document("/openapi", json!("3.0.3"))).is_ok());
    for (place, value) in [
        ("/openapi".to_owned(), json!("2.0")),
        ("/paths".to_owned(), json!([])),
        (format!("{operation}/operationId"), json!(null)),
        (format!("{parameter}/name"), json!("c")),
        (format!("{parameter}/in"), json!("cookie")),
        (format!("{parameter}/schema"), json!(null)),
        (format!("{parameter}/schema"), json!({ "type": "text" })),
        (parameter, json!({ "name": "b", "in": "path", "style": "matrix", "schema": { "type": "string" } })),
        (body, json!({ "type": "object", "needs": ["a"] })),
        (reply, json!({ "type": "string", "pattern": "[" })),
        ("/components/securitySchemes/token/type".to_owned(), json!("mutualTLS")),
        ("/components/schemas".to_owned(), json!({ "A": { "type": "object", "shape": "round" } })),
    ] {
        assert!(Contract::read(&document(&place, value.clone())).is_err(), "{place} as {value}");
    }
}
