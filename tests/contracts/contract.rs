//! A vendor's document that requests are held against, and that makes replies.

use std::path::Path;

use midwatch::domain::io::HttpRequest;
use serde_json::Value;
use url::Url;

use crate::document::{self, Operation};
use crate::generate::Generator;
use crate::paths::{base_path, without_base};
use crate::schema::{Direction, Schemas, faults};
use crate::{body, headers, parameters, security};

/// A document of `contracts/specs`.
pub struct Contract {
    schemas: Schemas,
    operations: Vec<Operation>,
    bases: Vec<String>,
}

/// The operation that a request turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The document's `operationId`, which [`Contract::replies`] takes.
    pub operation: String,
    /// The document's path template.
    pub path: String,
    /// What stood before it: the path of a server in the document, of [`Contract::under`], or nothing.
    pub base: String,
}

impl Contract {
    /// The document called `name`, such as `sentry`. Fails the test when there is none, or when any part
    /// of it is not understood.
    pub fn load(name: &str) -> Contract {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/contracts/specs/{name}.json"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Contract::read(&document).unwrap_or_else(|fault| panic!("{name}: {fault}"))
    }

    /// Reads a document; an error says which part of it cannot be checked by.
    pub fn read(document: &Value) -> Result<Contract, String> {
        let schemas = Schemas::read(document)?;
        let (operations, bases) = document::read(document, &schemas)?;
        for operation in &operations {
            if let Some((_, schema)) = &operation.reply {
                schemas
                    .compile(schema, Direction::Reply)
                    .map_err(|fault| format!("reply of {}: {fault}", operation.id))?;
            }
        }
        Ok(Contract { schemas, operations, bases })
    }

    /// The same document, for a server behind the path of `base`: `http://127.0.0.1:9090/prometheus`.
    pub fn under(mut self, base: &str) -> Contract {
        let path = base_path(base);
        let nested: Vec<String> = self.bases.iter().map(|known| format!("{path}{known}")).collect();
        self.bases.extend(nested);
        self.bases.push(path);
        self
    }

    /// The operation a request is, or everything that the document has against it.
    pub fn check(&self, request: &HttpRequest) -> Result<Matched, Vec<String>> {
        let url = Url::parse(&request.url).map_err(|error| vec![format!("{}: {error}", request.url)])?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(vec!["the URL carries credentials".to_owned()]);
        }
        let (base, operation, values) =
            self.find(&request.method, url.path()).map_err(|fault| vec![fault])?;
        let query: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let mut found = parameters::check_path(&operation.parameters, &values);
        found.extend(parameters::check_query(&operation.parameters, &self.schemas, &query));
        found.extend(headers::check(&operation.parameters, &request.headers));
        found.extend(security::check(&operation.security, &request.headers));
        found.extend(body::check(
            operation.body.as_ref(),
            request.body.as_ref(),
            &request.headers,
            &self.schemas,
        ));
        if !found.is_empty() {
            return Err(found.into_iter().map(|fault| format!("{}: {fault}", operation.id)).collect());
        }
        let path = operation.template.text.clone();
        Ok(Matched { operation: operation.id.clone(), path, base: base.to_owned() })
    }

    fn find<'a>(&'a self, method: &str, path: &'a str) -> Result<Found<'a>, String> {
        let mut at_path: Vec<Found<'a>> = Vec::new();
        for (base, rest) in without_base(path, &self.bases) {
            for operation in &self.operations {
                at_path.extend(operation.template.values(rest).map(|values| (base, operation, values)));
            }
        }
        if at_path.is_empty() {
            return Err(format!("the document has no path {path}"));
        }
        // A path without variables is meant before one with them.
        let fewest = at_path.iter().map(|(_, _, values)| values.len()).min();
        at_path.retain(|(_, _, values)| Some(values.len()) == fewest);
        let methods: Vec<&str> = at_path.iter().map(|(_, operation, _)| operation.method.as_str()).collect();
        let words = format!("{path} knows {}, not {method}", methods.join(", "));
        at_path.into_iter().find(|(_, operation, _)| operation.method == method).ok_or(words)
    }

    fn operation(&self, id: &str) -> &Operation {
        let found = self.operations.iter().find(|operation| operation.id == id);
        found.unwrap_or_else(|| panic!("the document has no operation {id}"))
    }

    /// Everything the document can be asked.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The document's components.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The status of an operation's reply with a JSON body; `None` when the document describes no such
    /// body.
    pub fn status(&self, operation: &str) -> Option<u16> {
        self.operation(operation).reply.as_ref().map(|(status, _)| *status)
    }

    /// `count` replies to an operation, as the document allows them, the same for the same seed. Fails
    /// the test when the document describes no JSON body, or one that cannot be made.
    pub fn replies(&self, operation: &str, seed: u64, count: usize) -> Vec<Value> {
        let Some((_, schema)) = &self.operation(operation).reply else {
            panic!("the document describes no JSON reply to {operation}")
        };
        let mut generator = Generator::new(&self.schemas, seed);
        (0..count)
            .map(|place| {
                generator
                    .reply(schema)
                    .unwrap_or_else(|fault| panic!("{operation}, seed {seed}, reply {place}: {fault}"))
            })
            .collect()
    }

    /// What the document has against a reply: nothing, for a fixture that could have come from the vendor.
    pub fn reply_faults(&self, operation: &str, reply: &Value) -> Vec<String> {
        let Some((_, schema)) = &self.operation(operation).reply else {
            return vec![format!("the document describes no JSON reply to {operation}")];
        };
        match self.schemas.compile(schema, Direction::Reply) {
            Ok(validator) => faults(&validator, reply),
            Err(fault) => vec![fault],
        }
    }
}

/// The base, the operation, and the values of the path's variables.
type Found<'a> = (&'a str, &'a Operation, Vec<(String, String)>);
