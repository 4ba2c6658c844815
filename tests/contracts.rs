//! What Midwatch asks of a vendor is held against that vendor's own `OpenAPI` document.
//!
//! `contracts/specs` holds the documents, cut down to the calls a console makes. A provider's test builds
//! a request with the provider's own code and hands it to [`contract::Contract::check`]; nothing is sent.
//! [`contract::Contract::replies`] makes answers as the document allows them, and [`hostile::hostile`]
//! spoils them.
//!
//! Every source that asks a vendor with a document has a file here. Of `PostHog`'s private
//! API and of the vendors' status pages there is no document here: what those two sources ask is held against
//! nothing but their own tests.

#[cfg(test)]
#[path = "contracts/body.rs"]
mod body;
#[cfg(test)]
#[path = "contracts/chance.rs"]
mod chance;
#[cfg(test)]
#[path = "support/channels.rs"]
mod channels;
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
#[path = "contracts/polling.rs"]
mod polling;
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
#[path = "contracts/comms.rs"]
mod comms;
#[cfg(test)]
#[path = "contracts/fly.rs"]
mod fly;
#[cfg(test)]
#[path = "contracts/github.rs"]
mod github;
#[cfg(test)]
#[path = "contracts/pagerduty.rs"]
mod pagerduty;
#[cfg(test)]
#[path = "contracts/prometheus.rs"]
mod prometheus;
#[cfg(test)]
#[path = "contracts/sentry.rs"]
mod sentry;
#[cfg(test)]
#[path = "contracts/stripe.rs"]
mod stripe;
#[cfg(test)]
#[path = "contracts/supabase.rs"]
mod supabase;
#[cfg(test)]
#[path = "contracts/vercel.rs"]
mod vercel;

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
