//! What can be done to a deploy: publish it again.

use std::time::Duration;

use super::request;
use super::wire::{Deploy, Site};
use crate::domain::action::Risk;
use crate::domain::io::IoRequest;
use crate::domain::offer::{Call, Offer};
use crate::domain::setting::Table;
use crate::sources::effects;

/// Nothing is built: the files are there.
const SOON: Duration = Duration::from_secs(60);

pub(super) fn of(table: &Table, timeout: Duration, site: &Site, deploy: &Deploy) -> Vec<Offer> {
    let id = &deploy.id;
    // An id that could leave its place in a path or in a condition gets no offer.
    if !effects::is_plain(id) {
        return Vec::new();
    }
    let live = site.published_deploy.as_ref().is_some_and(|live| live.id == *id);
    let path = format!("/deploys/{id}/restore");
    let when = format!("body.published_deploy.id == '{id}'");
    let read_back = request(table, "GET", "", &[], timeout);
    let call = Call {
        key: id.clone(),
        title: format!("publish {id} again"),
        request: IoRequest::Http(request(table, "POST", &path, &[], timeout)),
        expect: None,
        check: effects::check(read_back, &when, None, SOON),
    };
    let mut offer = Offer::one("restore", Risk::Change, call);
    offer.about = vec![
        "The site is this deploy again, at once. Nothing is built.".into(),
        "Not undone: the database, and whatever the newer release wrote.".into(),
    ];
    if live {
        offer.refused = Some("it is live".into());
    } else if !deploy.is_ready() {
        offer.refused = Some("it is not ready: there are no files to publish".into());
    }
    vec![offer]
}
