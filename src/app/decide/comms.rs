//! Telling the world: which channel, what it says, and the exact request that posts it.

mod filled;
mod post;
mod write;

use tui_input::Input;

use crate::comms;
use crate::domain::board::Board;
use crate::domain::channel::{Channel, Way};
use crate::domain::entry::Entry;
use crate::domain::ids::{ChannelId, PostId};
use crate::domain::runbook::StepRef;
use crate::domain::time::Timestamp;
use crate::state::composing::{ChannelRow, Composing, LEFT, Pick};
use crate::state::{Asking, Dialog, Focus, Model, PostStanding};

use super::{dialog, recordable, say_no};

pub use post::{confirmed, located, put_back, replied, verified};
pub use write::{compare, done, edited, outside, paste, press, redo, undo};

/// In how many minutes the next update is promised where nothing else was said.
const NEXT: u64 = 20;
/// Chosen to begin anew, and not to belong to what was posted before.
const ANEW: &str = "anew";

/// Asks where to: at once to the editor where there is one channel and nothing is left to be sent again.
pub fn open(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    let step = model.ui.step.clone().filter(|_| model.ui.focus == Focus::Runbook);
    let rows = model.channel_rows();
    let named = step.as_ref().and_then(|step| {
        let known = model.plan.step(step)?;
        let channel = model.plan.channels_for(known).next()?.id.clone();
        rows.iter().position(|row| *row == ChannelRow::New(channel.clone()))
    });
    let step = step.filter(|_| named.is_some());
    match rows.as_slice() {
        [] => say_no(model, now, "no channel is configured: add a [[channel]]"),
        [ChannelRow::New(channel)] => compose(model, now, &channel.clone(), step),
        _ => {
            let unsent = rows.iter().any(|row| !matches!(row, ChannelRow::New(_)));
            // What failed stands first, unless a step says where to.
            let cursor = named.filter(|_| !unsent).unwrap_or(0);
            model.ui.dialog = Some(Dialog::Channels { cursor, step });
        }
    }
}

/// Takes the row under the cursor.
pub fn chosen(model: &mut Model, now: Timestamp) {
    let Some(Dialog::Channels { cursor, step }) = &model.ui.dialog else { return };
    let (row, step) = (model.channel_rows().into_iter().nth(*cursor), step.clone());
    match row {
        Some(ChannelRow::New(channel)) => {
            let names = |step: &StepRef| {
                let known = model.plan.step(step);
                known.is_some_and(|known| model.plan.channels_for(known).any(|one| one.id == channel))
            };
            let step = step.filter(names);
            compose(model, now, &channel, step);
        }
        Some(ChannelRow::Again(post)) => post::again(model, now, &post),
        Some(ChannelRow::Verify(post)) => verify(model, &post),
        None => model.ui.dialog = None,
    }
}

fn verify(model: &mut Model, post: &PostId) {
    if let Some(run) = model.watch.posts.get(post).and_then(|post| post.run.clone()) {
        dialog::prompt(model, Asking::Verify(run), "");
    }
}

/// Writes to `channel`: goes on with what was begun, or begins with what its template gives.
pub fn compose(model: &mut Model, now: Timestamp, channel: &ChannelId, step: Option<StepRef>) {
    if !recordable(model, now) {
        return;
    }
    let Some(channel) = model.plan.channel(channel).cloned() else {
        say_no(model, now, format!("no channel is called {channel}"));
        return;
    };
    let incident = model.watch.incident().map(|incident| incident.id.clone());
    let draft = model.ui.drafts.remove(&channel.id);
    if let Some(mut draft) = draft.filter(|draft| draft.incident == incident) {
        draft.step = step.or(draft.step);
        (draft.problem, draft.compares) = (None, false);
        // What nobody has changed says what is true now.
        refill(model, now, &channel, &mut draft);
        model.ui.dialog = Some(Dialog::Compose(draft));
        return;
    }
    let mut composing = Composing::new(&channel, incident.clone(), step);
    let last = model.watch.posts.last_in(incident.as_ref(), &channel.id).cloned();
    if let Some(status) = last.as_ref().and_then(|last| last.status.as_deref())
        && matches!(channel.way, Way::Statuspage { .. })
    {
        composing.status.choose(status);
    }
    composing.target.words = targets(model, &channel);
    let thread =
        model.watch.posts.thread(incident.as_ref(), &channel.id).filter(|_| channel.way.has_threads());
    if let Some(thread) = thread {
        let shown = format!("with what was posted before ({thread})");
        let anew = (ANEW.to_owned(), "anew".to_owned());
        composing.thread = Pick { words: vec![(thread.to_owned(), shown), anew], at: 0 };
    }
    let minutes = last.as_ref().and_then(|last| last.next).map_or(NEXT, |next| next.as_secs() / 60);
    if incident.is_some() {
        composing.next = Input::new(minutes.to_string());
    }
    refill(model, now, &channel, &mut composing);
    composing.title = Input::new(title(model, now, &channel, &composing));
    let failed = model.watch.unposted().into_iter().find(|(post, _)| post.channel == channel.id);
    if let Some((post, PostStanding::Failed(_))) = failed {
        // What was written is not written again.
        composing.begin(&post.text);
        composing.given.clear();
    }
    model.ui.dialog = Some(Dialog::Compose(Box::new(composing)));
}

/// Fills the template in, where nobody has changed what it gave before.
fn refill(model: &Model, now: Timestamp, channel: &Channel, composing: &mut Composing) {
    if !composing.is_given() {
        return;
    }
    let filled = filled::filled(model, now, channel, composing);
    let template = comms::template_of(channel, &model.plan.templates);
    match comms::fill(&template, &filled) {
        Ok((_, text)) => composing.begin(&text),
        Err(unfilled) => {
            let (name, line) = (&template.name, unfilled.line);
            composing.problem = Some(format!("template {name}, line {line}: {}", unfilled.message));
            let usual = comms::template_of(&Channel { template: None, ..channel.clone() }, &[]);
            if let Ok((_, text)) = comms::fill(&usual, &filled) {
                composing.begin(&text);
            }
        }
    }
}

/// The title that the template gives; a page keeps the one that its incident has.
fn title(model: &Model, now: Timestamp, channel: &Channel, composing: &Composing) -> String {
    let filled = filled::filled(model, now, channel, composing);
    let template = comms::template_of(channel, &model.plan.templates);
    comms::fill(&template, &filled).map(|(title, _)| title).unwrap_or_default()
}

/// The incidents at PagerDuty that a post can be about: the configured one, or those that are listed.
fn targets(model: &Model, channel: &Channel) -> Vec<(String, String)> {
    let Way::PagerDuty { incident, .. } = &channel.way else { return Vec::new() };
    if let Some(incident) = incident {
        return vec![(incident.clone(), incident.clone())];
    }
    let listings = model
        .plan
        .listed(Board::Errors)
        .filter(|at| model.plan.signals[*at].source == "pagerduty")
        .filter_map(|at| model.feed.signals[at].listing.as_ref());
    let open = |entry: &&Entry| matches!(entry.state.as_str(), "triggered" | "acknowledged");
    let shown = |entry: &Entry| (entry.key.clone(), format!("{} ({})", entry.title, entry.state));
    listings.flat_map(|listing| listing.entries.iter()).filter(open).map(shown).collect()
}

/// States of components that this post sets, by their ids.
fn components(composing: &Composing) -> Vec<(String, String)> {
    let set = |state: &Pick| state.chosen().filter(|state| *state != LEFT).map(str::to_owned);
    composing.components.iter().filter_map(|one| Some((one.id.clone(), set(&one.state)?))).collect()
}
