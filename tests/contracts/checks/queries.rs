//! Queries, paths, headers and credentials, on a small document of our own.

use serde_json::{Value, json};

use super::requests::{request, with};
use crate::contract::Contract;

/// A document with one `GET /things/{id}` and these parameters.
fn contract(parameters: &Value, security: &Value) -> Contract {
    let mut all =
        vec![json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } })];
    all.extend(parameters.as_array().cloned().unwrap_or_default());
    let document = json!({
        "openapi": "3.0.3",
        "servers": [{ "url": "https://api.example.com/v2/" }],
        "paths": { "/things/{id}": { "get": {
            "operationId": "getThing", "parameters": all, "responses": {}, "security": security,
        }, "put": { "operationId": "putThing", "parameters": all, "responses": {} } },
        "/things/mine": { "get": { "operationId": "getMine", "responses": {} } } },
        "components": { "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer" },
            "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
        } },
    });
    Contract::read(&document).expect("the document is read")
}

/// The faults of a `GET /things/7` with this query.
fn asked(parameters: &Value, query: &str) -> Vec<String> {
    let url = format!("http://127.0.0.1:1/things/7?{query}");
    contract(parameters, &json!([])).check(&request("GET", &url)).err().unwrap_or_default()
}

fn passes(parameters: &Value, query: &str) -> bool {
    asked(parameters, query).is_empty()
}

#[test]
fn numbers_and_truth_are_read_from_text() {
    let limit = json!([{ "name": "n", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } }]);
    assert!(passes(&limit, "n=1") && passes(&limit, "n=100"));
    for wrong in ["n=0", "n=101", "n=ten", "n=1.5", "n=", "n=0x10", "n=1&n=2", "n[]=1"] {
        assert!(!passes(&limit, wrong), "{wrong}");
    }
    let open = json!([{ "name": "n", "in": "query", "schema": { "type": "number", "minimum": 0, "exclusiveMinimum": true } }]);
    assert!(passes(&open, "n=0.1") && !passes(&open, "n=0"));
    let truth = json!([{ "name": "t", "in": "query", "schema": { "type": "boolean" } }]);
    assert!(passes(&truth, "t=true") && !passes(&truth, "t=1") && !passes(&truth, "t=True"));
    let text = json!([{ "name": "s", "in": "query", "schema": { "type": "string", "enum": ["0", "1"] } }]);
    assert!(passes(&text, "s=1") && !passes(&text, "s=2"));
}

#[test]
fn lists_are_repeated_or_take_commas_as_the_document_says() {
    let items = json!({ "type": "array", "maxItems": 2, "items": { "type": "string", "enum": ["a", "b"] } });
    let repeated = json!([{ "name": "l", "in": "query", "schema": items }]);
    assert!(passes(&repeated, "l=a&l=b") && passes(&repeated, "l=a"));
    assert!(!passes(&repeated, "l=a,b") && !passes(&repeated, "l=a&l=b&l=a") && !passes(&repeated, "l[]=a"));
    let commas = json!([{ "name": "l", "in": "query", "explode": false, "schema": items }]);
    assert!(passes(&commas, "l=a,b") && passes(&commas, "l=a"));
    assert!(!passes(&commas, "l=a&l=b") && !passes(&commas, "l=a,c"));
    let numbers = json!([{ "name": "l", "in": "query", "schema": { "type": "array", "items": { "type": "integer" } } }]);
    assert!(passes(&numbers, "l=1&l=2") && !passes(&numbers, "l=1&l=two"));
}

#[test]
fn brackets_name_fields_and_places() {
    let range = json!([{ "name": "c", "in": "query", "style": "deepObject", "explode": true, "schema": { "anyOf": [
        { "type": "object", "properties": { "gte": { "type": "integer" }, "lt": { "type": "integer" } } },
        { "type": "integer" },
    ] } }]);
    assert!(passes(&range, "c[gte]=1&c[lt]=2") && passes(&range, "c=1") && passes(&range, "c%5Bgte%5D=1"));
    for wrong in
        ["c[gte]=soon", "c[since]=1", "c=soon", "c[gte]=1&c[gte]=2", "c=1&c[gte]=2", "c[gte=1", "cc[gte]=1"]
    {
        assert!(!passes(&range, wrong), "{wrong}");
    }
    let list = json!([{ "name": "t", "in": "query", "style": "deepObject", "schema": { "type": "array", "items": { "type": "string" } } }]);
    assert!(passes(&list, "t[]=a&t[]=b") && passes(&list, "t[0]=a&t[1]=b"));
    assert!(!passes(&list, "t=a") && !passes(&list, "t[1]=a&t[x]=b"));
}

#[test]
fn a_parameter_that_is_due_must_be_there() {
    let due = json!([{ "name": "q", "in": "query", "required": true, "schema": { "type": "string" } }]);
    assert_eq!(asked(&due, ""), ["getThing: query parameter q is missing"]);
    assert!(passes(&due, "q="));
    assert_eq!(asked(&due, "q=1&Q=2"), ["getThing: unknown query parameter Q; the document has: q"]);
}

#[test]
fn the_path_is_the_documents_or_behind_a_base() {
    let contract = contract(&json!([]), &json!([])).under("http://127.0.0.1:1/proxy/");
    let found =
        |url: &str| contract.check(&request("GET", url)).map(|matched| (matched.operation, matched.base));
    let thing = |base: &str| Ok(("getThing".to_owned(), base.to_owned()));
    assert_eq!(found("http://127.0.0.1:1/things/7"), thing(""));
    assert_eq!(found("https://api.example.com/v2/things/7"), thing("/v2"));
    assert_eq!(found("http://127.0.0.1:1/proxy/things/7"), thing("/proxy"));
    assert_eq!(found("http://127.0.0.1:1/proxy/v2/things/7"), thing("/proxy/v2"));
    assert_eq!(found("http://127.0.0.1:1/things/mine").map(|found| found.0), Ok("getMine".to_owned()));
    let put = |url: &str| contract.check(&request("PUT", url)).map(|matched| matched.path);
    assert_eq!(put("http://127.0.0.1:1/things/7"), Ok("/things/{id}".to_owned()));
    assert!(put("http://127.0.0.1:1/things/mine").is_err(), "it is not the thing called mine");
    for wrong in [
        "http://127.0.0.1:1/v1/things/7",
        "http://127.0.0.1:1/v2/proxy/things/7",
        "http://127.0.0.1:1/things/7/",
        "http://127.0.0.1:1/things/",
        "http://127.0.0.1:1//things/7",
        "http://127.0.0.1:1/things/seven",
        "http://127.0.0.1:1/things/%zz",
        "/things/7",
        "http://ann:secret@127.0.0.1:1/things/7",
    ] {
        assert!(found(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn headers_that_are_due_are_known_by_name() {
    let from = json!([
        { "name": "From", "in": "header", "required": true, "schema": { "type": "string", "format": "email" } },
        { "name": "Content-Type", "in": "header", "required": true, "schema": { "type": "string" } },
    ]);
    let contract = contract(&from, &json!([]));
    let sent =
        |headers: &[(&str, &str)]| contract.check(&with("GET", "http://127.0.0.1:1/things/7", headers, None));
    assert!(sent(&[("FROM", "ann@example.com")]).is_ok());
    assert!(sent(&[("from", "$")]).is_ok(), "a secret is not looked into");
    assert!(sent(&[]).is_err() && sent(&[("From", "ann")]).is_err());
    assert!(sent(&[("from", "ann@example.com"), ("From", "ann@example.com")]).is_err());
}

#[test]
fn credentials_are_looked_for() {
    let contract = contract(&json!([]), &json!([{ "bearer": [] }, { "key": [] }]));
    let sent = |headers: &[(&str, &str)]| {
        contract.check(&with("GET", "http://127.0.0.1:1/things/7", headers, None)).map(|_| ())
    };
    for right in
        [("Authorization", "Bearer $"), ("authorization", "bearer x"), ("authorization", "$"), ("x-key", "$")]
    {
        assert_eq!(sent(&[right]), Ok(()), "{right:?}");
    }
    for wrong in [("Authorization", "Token $"), ("authorization", "Bearer"), ("x-keys", "$"), ("x-key", "")] {
        let lacks = "getThing: the request lacks the header Authorization: bearer …, or the header X-Key";
        assert_eq!(sent(&[wrong]), Err(vec![lacks.to_owned()]), "{wrong:?}");
    }
}
