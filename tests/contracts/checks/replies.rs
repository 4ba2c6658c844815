//! Replies are what their document allows, and vary.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::contract::Contract;

/// Every document there is.
pub const DOCUMENTS: &[&str] = &[
    "fly",
    "github",
    "pagerduty",
    "pagerduty-events",
    "prometheus",
    "resend",
    "sentry",
    "slack",
    "statuspage",
    "stripe",
    "supabase",
    "vercel",
];

#[test]
fn every_document_is_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/specs");
    let files = std::fs::read_dir(folder).expect("the folder is read");
    let names: BTreeSet<String> = files
        .filter_map(|file| Some(file.ok()?.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
        .collect();
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), DOCUMENTS);
}

#[test]
fn every_reply_validates() {
    for name in DOCUMENTS {
        let contract = Contract::load(name);
        let mut made = 0;
        for operation in contract.operations() {
            if contract.status(&operation.id).is_none() {
                continue;
            }
            for seed in 0..4 {
                for reply in contract.replies(&operation.id, seed, 5) {
                    let faults = contract.reply_faults(&operation.id, &reply);
                    assert_eq!(faults, Vec::<String>::new(), "{name} {} seed {seed}: {reply}", operation.id);
                    made += 1;
                }
            }
        }
        assert!(made > 0, "{name} makes no reply");
    }
}

#[test]
fn a_seed_always_makes_the_same_replies() {
    let contract = Contract::load("sentry");
    let again = Contract::load("sentry");
    let made = contract.replies("listOrganizationIssues", 7, 6);
    assert_eq!(made, again.replies("listOrganizationIssues", 7, 6));
    assert_ne!(made, contract.replies("listOrganizationIssues", 8, 6));
    assert_eq!(contract.status("listOrganizationIssues"), Some(200));
}

/// A document whose one reply has this schema.
fn replying(schema: &Value) -> Contract {
    let document = json!({ "openapi": "3.0.3", "paths": { "/a": { "get": {
        "operationId": "getA",
        "responses": {
            "204": {},
            "201": { "content": { "application/vnd.example+json": { "schema": schema } } },
        },
    } } }, "components": { "schemas": {
        "Named": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
        "Tree": { "type": "object", "required": ["children"], "properties": {
            "children": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } },
        } },
        "Endless": { "type": "object", "required": ["next"], "properties": {
            "next": { "$ref": "#/components/schemas/Endless" },
        } },
    } } });
    Contract::read(&document).expect("the document is read")
}

/// A hundred replies of a schema.
fn hundred(schema: &Value) -> Vec<Value> {
    replying(schema).replies("getA", 3, 100)
}

#[test]
fn all_that_a_schema_allows_comes_up() {
    let schema = json!({ "type": "object", "required": ["due"], "properties": {
        "due": { "type": "integer", "minimum": 3, "maximum": 5 },
        "may": { "type": "string", "nullable": true, "enum": ["a", "b"] },
        "list": { "type": "array", "items": { "type": "boolean" } },
    } });
    let made = hundred(&schema);
    let values =
        |name: &str| made.iter().map(|reply| reply.get(name).map(Value::to_string)).collect::<BTreeSet<_>>();
    let texts = |list: &[&str]| list.iter().map(|text| Some((*text).to_owned())).collect::<BTreeSet<_>>();
    assert_eq!(values("due"), texts(&["3", "4", "5"]));
    let mut may = texts(&["\"a\"", "\"b\"", "null"]);
    may.insert(None);
    assert_eq!(values("may"), may);
    let lengths: BTreeSet<usize> =
        made.iter().filter_map(|reply| Some(reply["list"].as_array()?.len())).collect();
    assert_eq!(lengths, BTreeSet::from([0, 1, 2, 3]));
    assert!(made.iter().any(|reply| reply.get("unlisted_0").is_some()), "a field nobody named comes up");
}

#[test]
fn branches_are_taken_in_turn_and_joined() {
    let one_of = json!({ "oneOf": [{ "type": "integer" }, { "type": "number" }, { "type": "string" }] });
    let kinds: BTreeSet<bool> = hundred(&one_of).iter().map(Value::is_string).collect();
    assert_eq!(kinds, BTreeSet::from([true, false]), "a whole number would be two of them, and is not made");
    let all_of = json!({ "allOf": [
        { "$ref": "#/components/schemas/Named" },
        { "required": ["age", "name"], "properties": { "age": { "type": "integer" }, "name": { "enum": ["x"] } } },
    ] });
    assert!(hundred(&all_of).iter().all(|reply| reply["name"] == "x" && reply["age"].is_i64()));
    let pattern = json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" });
    assert!(hundred(&pattern).iter().all(|reply| reply.as_str().is_some_and(|text| text.len() == 32)));
    let map = json!({ "type": "object", "additionalProperties": { "type": "integer" } });
    assert!(hundred(&map).iter().any(|reply| reply["unlisted_2"].is_i64()));
}

#[test]
fn what_chance_gets_wrong_is_made_again() {
    for schema in [
        json!({ "type": "array", "uniqueItems": true, "minItems": 2, "items": { "type": "integer", "enum": [1, 2, 3] } }),
        json!({ "type": "object", "minProperties": 1, "maxProperties": 1, "properties": {
            "a": { "type": "integer" }, "b": { "type": "integer" },
        } }),
        json!({ "type": "integer", "not": { "minimum": 0 } }),
    ] {
        let contract = replying(&schema);
        for reply in contract.replies("getA", 3, 100) {
            assert_eq!(contract.reply_faults("getA", &reply), Vec::<String>::new(), "{schema}: {reply}");
        }
        assert_eq!(contract.status("getA"), Some(201));
    }
}

#[test]
fn a_circle_ends() {
    let tree = json!({ "$ref": "#/components/schemas/Tree" });
    assert!(hundred(&tree).iter().any(|reply| reply["children"][0]["children"].is_array()));
}

#[test]
#[should_panic(expected = "goes on for ever")]
fn a_circle_without_an_end_is_said() {
    hundred(&json!({ "$ref": "#/components/schemas/Endless" }));
}

#[test]
#[should_panic(expected = "describes no JSON reply")]
fn no_reply_is_made_up_where_none_is_described() {
    Contract::load("vercel").replies("requestRollback", 1, 1);
}

#[test]
fn a_reply_that_cannot_have_come_is_told_apart() {
    let contract = Contract::load("stripe");
    for mut reply in contract.replies("GetEventsId", 5, 10) {
        assert!(contract.reply_faults("GetEventsId", &reply).is_empty());
        reply["created"] = json!("yesterday");
        let faults = contract.reply_faults("GetEventsId", &reply);
        assert!(faults.iter().any(|fault| fault.starts_with("/created")), "{faults:?}");
    }
}
