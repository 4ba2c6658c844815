//! `[[channel]]` and `[[template]]`: where updates are posted, and what their text begins with.

use crate::comms::{self, BUILT_IN};
use crate::domain::channel::{Channel, Template};
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::setting::Table;
use crate::domain::text::clean;

/// What a channel is, for the reference.
pub(super) const ABOUT: &str = "Where updates are posted. These keys are every channel's; those of its kind follow. \
    Nothing is posted by itself: each post is shown in full and confirmed.";

/// What a template is, for the reference.
pub(super) const TEMPLATE_ABOUT: &str = "What the text of an update begins with, in the language of Jinja, filled in from \
    what the console knows. [Comms](comms.md) lists what it can name. `team` and `public` are built in.";

/// A channel's template is there.
pub(super) fn has_template(
    channel: &Channel,
    table: &Table,
    templates: &[Template],
    found: &mut Vec<Diagnostic>,
) {
    let Some(wanted) = &channel.template else { return };
    let names = || {
        let own = templates.iter().map(|template| template.name.as_str());
        own.chain(BUILT_IN.iter().map(|(name, ..)| *name))
    };
    if names().any(|name| name == wanted) {
        return;
    }
    let hint = match did_you_mean(wanted, names()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("there is no template called {:?}", clean(wanted));
    found.push(table.error("template", "unknown-template", message).hint(hint));
}

/// The channel of one checked table.
pub(super) fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Channel> {
    comms::plan(table, found)
}
