//! For every document: a right request passes, and every wrong one is refused for what is wrong with it.

use serde_json::Value;

use super::replies::DOCUMENTS;
use super::vendors::{ALL, Wrong, cases};
use crate::contract::Contract;
use crate::document::{Operation, Place};
use crate::form::variants;
use crate::schema::Schemas;

use Wrong::{BodyField, BodyType, Enum, Method, MissingParameter, Misspelt, Path};

#[test]
fn a_right_request_passes() {
    for case in cases() {
        let contract = Contract::load(case.document);
        for (request, operation) in &case.right {
            let matched = contract.check(request);
            let matched = matched.map(|matched| matched.operation);
            assert_eq!(
                matched.as_deref(),
                Ok(*operation),
                "{}: {} {}",
                case.document,
                request.method,
                request.url
            );
        }
    }
}

#[test]
fn a_wrong_request_is_refused_for_what_is_wrong() {
    for case in cases() {
        let contract = Contract::load(case.document);
        for (wrong, request, words) in &case.wrong {
            let place = format!("{} {wrong:?} {} {}", case.document, request.method, request.url);
            let faults = contract.check(request).expect_err(&place);
            // All that is said is about the one thing that is wrong.
            let all = !faults.is_empty() && faults.iter().all(|fault| fault.contains(words));
            assert!(all, "{place}: {faults:?} where {words:?} is wrong");
        }
    }
}

/// No kind of wrong is left untried where a document gives the occasion for it.
#[test]
fn every_occasion_is_taken() {
    let cases = cases();
    let names: Vec<&str> = cases.iter().map(|case| case.document).collect();
    assert_eq!(names, DOCUMENTS);
    for case in cases {
        let contract = Contract::load(case.document);
        for wrong in ALL {
            let tried = case.wrong.iter().any(|(tried, ..)| tried == wrong);
            let possible =
                contract.operations().iter().any(|operation| gives(operation, contract.schemas(), *wrong));
            assert!(tried || !possible, "{}: {wrong:?} is not tried", case.document);
        }
    }
}

fn gives(operation: &Operation, schemas: &Schemas, wrong: Wrong) -> bool {
    let bodies = || operation.body.iter().flat_map(|body| &body.media).map(|(_, schema, _)| schema);
    match wrong {
        Method | Path | Misspelt => true,
        MissingParameter => {
            operation.parameters.iter().any(|parameter| parameter.required && parameter.place != Place::Path)
        }
        Enum => operation
            .parameters
            .iter()
            .map(|parameter| &parameter.schema)
            .chain(bodies())
            .any(|schema| has(schema, schemas, "enum", 0)),
        BodyType => bodies().any(|schema| has(schema, schemas, "properties", 0)),
        BodyField => bodies().any(|schema| has(schema, schemas, "required", 0)),
    }
}

/// Whether a keyword with something in it stands anywhere in a schema.
fn has(schema: &Value, schemas: &Schemas, keyword: &str, depth: usize) -> bool {
    if depth > 12 {
        return false;
    }
    variants(schema, schemas, 0).iter().any(|variant| {
        let here = &variant[keyword];
        let filled = here.as_array().is_some_and(|list| !list.is_empty())
            || here.as_object().is_some_and(|map| !map.is_empty());
        let fields = variant["properties"].as_object().into_iter().flat_map(|fields| fields.values());
        filled || fields.chain([&variant["items"]]).any(|inner| has(inner, schemas, keyword, depth + 1))
    })
}
