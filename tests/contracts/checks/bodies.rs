//! Bodies, on a small document of our own.

use midwatch::domain::io::{SecretSource, Value as Text};
use serde_json::{Value, json};

use super::requests::with;
use crate::contract::Contract;

/// A document with one `PUT /thing`, whose body has this schema in this media type.
fn contract(media: &str, required: bool, schema: &Value) -> Contract {
    let document = json!({
        "openapi": "3.0.3",
        "paths": { "/thing": { "put": {
            "operationId": "putThing", "responses": {},
            "requestBody": { "required": required, "content": { media: { "schema": schema } } },
        } } },
        "components": { "schemas": {
            "Reference": { "type": "object", "required": ["id", "self"], "properties": {
                "id": { "type": "string" }, "self": { "type": "string", "readOnly": true },
            } },
        } },
    });
    Contract::read(&document).expect("the document is read")
}

fn put(contract: &Contract, headers: &[(&str, &str)], body: Option<&str>) -> Result<(), String> {
    let request = with("PUT", "http://127.0.0.1:1/thing", headers, body);
    contract.check(&request).map(|_| ()).map_err(|faults| faults.join("; "))
}

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json; charset=utf-8")];
const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

#[test]
fn json_is_held_against_its_schema() {
    let schema = json!({ "type": "object", "required": ["n"], "properties": {
        "n": { "type": "integer", "nullable": true },
        "owner": { "allOf": [{ "$ref": "#/components/schemas/Reference" }, { "properties": { "role": { "type": "string" } } }] },
        "free": { "type": "object" },
    } });
    let contract = contract("application/json", false, &schema);
    for right in
        [r#"{"n":1}"#, r#"{"n":null,"free":{"any":[1]}}"#, r#"{"n":1,"owner":{"id":"U1","role":"lead"}}"#]
    {
        assert_eq!(put(&contract, JSON, Some(right)), Ok(()), "{right}");
    }
    for (wrong, words) in [
        (r#"{"n":"1"}"#, "body /n"),
        ("{}", "n"),
        ("[]", "body"),
        ("{", "not JSON"),
        (r#"{"n":1,"m":2}"#, "'m' was unexpected"),
        (r#"{"n":1,"owner":{"id":"U1","rule":"lead"}}"#, "'rule' was unexpected"),
        (r#"{"n":1,"owner":{"role":"lead"}}"#, "id"),
    ] {
        let fault = put(&contract, JSON, Some(wrong)).expect_err(wrong);
        assert!(fault.contains(words), "{wrong}: {fault}");
    }
    assert!(put(&contract, JSON, None).is_err(), "a body with fields that are due is due");
    assert!(put(&contract, &[], Some(r#"{"n":1}"#)).is_err(), "its type must be said");
    assert!(put(&contract, &[("content-type", "text/plain")], Some(r#"{"n":1}"#)).is_err());
    assert!(put(&contract, &[("content-type", "$")], Some(r#"{"n":1}"#)).is_err());
}

#[test]
fn a_secret_body_cannot_be_checked() {
    let contract = contract("application/json", true, &json!({ "type": "object" }));
    let mut request = with("PUT", "http://127.0.0.1:1/thing", JSON, None);
    request.body = Some(Text::Secret {
        prefix: "{".to_owned(),
        secret: SecretSource::Env("LANTERNFISH_TOKEN".to_owned()),
    });
    let faults = contract.check(&request).expect_err("it is refused");
    assert_eq!(faults, ["putThing: the body is a secret, which cannot be checked"]);
}

#[test]
fn a_form_is_read_as_its_schema_says() {
    let schema = json!({ "type": "object", "required": ["to"], "additionalProperties": false, "properties": {
        "to": { "type": "string" },
        "on": { "type": "boolean" },
        "tries": { "type": "integer", "maximum": 3 },
        "kinds": { "type": "array", "items": { "type": "string", "enum": ["a", "b"] } },
        "marks": { "anyOf": [{ "type": "object", "additionalProperties": { "type": "string" } }, { "type": "string", "enum": [""] }] },
    } });
    let contract = contract("application/x-www-form-urlencoded", true, &schema);
    for right in [
        "to=we_1",
        "to=7&on=false&tries=3",
        "to=x&kinds[]=a&kinds[]=b",
        "to=x&kinds%5B0%5D=a",
        "to=x&marks[team]=shop&marks[n]=7",
        "to=x&marks=",
    ] {
        assert_eq!(put(&contract, FORM, Some(right)), Ok(()), "{right}");
    }
    for wrong in [
        "",
        "on=true",
        "to=x&on=yes",
        "to=x&tries=4",
        "to=x&tries=many",
        "to=x&kinds[]=c",
        "to=x&kinds=a",
        "to=x&marks=shop",
        "to=x&extra=1",
        "to=x&to=y",
        "to[id]=x",
        "to=x&kinds[a=b",
    ] {
        assert!(put(&contract, FORM, Some(wrong)).is_err(), "{wrong}");
    }
    assert!(put(&contract, JSON, Some(r#"{"to":"x"}"#)).is_err());
}

#[test]
fn a_media_type_nobody_can_read_is_refused() {
    let contract = contract("application/octet-stream", true, &json!({ "type": "string" }));
    let fault =
        put(&contract, &[("content-type", "application/octet-stream")], Some("x")).expect_err("refused");
    assert!(fault.contains("cannot be checked"), "{fault}");
}
