//! What Midwatch asks of a vendor is held against that vendor's own `OpenAPI` document.
//!
//! `contracts/specs` holds the documents, cut down to the calls a console makes. A provider's test builds
//! a request with the provider's own code and hands it to [`contract::Contract::check`]; nothing is sent.
//! [`contract::Contract::replies`] makes answers as the document allows them, and [`hostile::hostile`]
//! spoils them.

#[cfg(test)]
#[path = "contracts/body.rs"]
mod body;
#[cfg(test)]
#[path = "contracts/chance.rs"]
mod chance;
#[cfg(test)]
#[path = "contracts/closed.rs"]
mod closed;
#[cfg(test)]
#[path = "contracts/contract.rs"]
mod contract;
#[cfg(test)]
#[path = "contracts/document.rs"]
mod document;
#[cfg(test)]
#[path = "contracts/flatten.rs"]
mod flatten;
#[cfg(test)]
#[path = "contracts/form.rs"]
mod form;
#[cfg(test)]
#[path = "contracts/generate.rs"]
mod generate;
#[cfg(test)]
#[path = "contracts/headers.rs"]
mod headers;
#[cfg(test)]
#[path = "contracts/hostile.rs"]
mod hostile;
#[cfg(test)]
#[path = "contracts/parameters.rs"]
mod parameters;
#[cfg(test)]
#[path = "contracts/paths.rs"]
mod paths;
#[cfg(test)]
#[path = "contracts/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "contracts/security.rs"]
mod security;
#[cfg(test)]
#[path = "contracts/text.rs"]
mod text;

#[cfg(test)]
#[path = "contracts/checks"]
mod checks {
    //! The checker checked: every part of it is shown to refuse.

    mod bodies;
    mod documents;
    mod queries;
    mod replies;
    mod requests;
    mod schemas;
    mod spoiling;
    mod vendors;
}
