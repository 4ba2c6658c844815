//! Posting: the request on screen, its run, its answer, and trying again. Nothing is posted twice by itself.

use std::time::Duration;

use crate::comms::{self, Answer, Draft};
use crate::domain::action::Risk;
use crate::domain::channel::{Channel, Way};
use crate::domain::fact::Fact;
use crate::domain::ids::{ActionId, ChannelId, PostId, RunId};
use crate::domain::incident::IncidentKind;
use crate::domain::io::{IoReply, IoRequest};
use crate::domain::runbook::StepRef;
use crate::domain::text::clip;
use crate::domain::time::Timestamp;
use crate::state::composing::Composing;
use crate::state::{Dialog, Model, Position, Post, Posting, Run};

use super::super::permit::{self, Asked, Consent};
use super::super::{Effect, Out, action, recordable, reply, say, say_no};
use super::{ANEW, components, filled};

/// Shows the exact request of what is written, and waits for a yes; what is for the clipboard is copied at once.
pub(super) fn show(model: &mut Model, now: Timestamp, out: &mut Out) -> Result<(), String> {
    let Some(Dialog::Compose(composing)) = &model.ui.dialog else { return Ok(()) };
    let composing = composing.clone();
    let channel = model.plan.channel(&composing.channel).cloned();
    let channel = channel.ok_or_else(|| format!("no channel is called {}", composing.channel))?;
    if composing.incident.as_ref() != model.watch.incident().map(|incident| &incident.id) {
        return Err("it was begun in another incident: leave it, and begin anew".into());
    }
    let draft = draft(model, now, &composing);
    let request = comms::request(&channel, &draft)?;
    let status = draft.status.clone();
    let text = if channel.way.carries_text(status.as_deref()) {
        draft.text.trim().to_owned()
    } else {
        // Nothing else goes along.
        status.clone().unwrap_or_default()
    };
    let posting = Posting {
        channel: channel.id.clone(),
        audience: channel.audience,
        text,
        status,
        next: filled::minutes(&composing).map(|minutes| Duration::from_secs(minutes * 60)),
        again: again_of(model, &channel.id),
        guarded: guarded(model, &channel),
    };
    match request {
        Some(request) => {
            if let Some(why) = permit::refusal(model, Risk::Change) {
                return Err(why);
            }
            confirm(model, posting, request, composing.step.clone());
            model.ui.drafts.insert(composing.channel.clone(), composing);
        }
        None => copied(model, now, posting, out),
    }
    Ok(())
}

/// What is written, as it is posted.
fn draft(model: &Model, now: Timestamp, composing: &Composing) -> Draft {
    let incident = model.watch.incident();
    let about = incident.map_or_else(|| now.millis().to_string(), |incident| incident.id.to_string());
    let thread = composing.thread.chosen().filter(|thread| *thread != ANEW).map(str::to_owned);
    Draft {
        title: composing.title.value().to_owned(),
        text: composing.words(),
        status: composing.status.chosen().map(str::to_owned),
        components: components(composing),
        thread,
        target: composing.target.chosen().map(str::to_owned),
        severity: incident.map(|incident| incident.severity),
        dedup: format!("midwatch:{}:{about}", model.plan.environment.console),
        // One key a confirmation: the far side takes a second request with it for the first one sent again.
        once: format!("midwatch-{}-{}-{}", model.plan.seed, model.watch.seq, now.millis()),
    }
}

/// Why the name of `channel` has to be typed: what leaks of a security incident cannot be taken back.
fn guarded(model: &Model, channel: &Channel) -> Option<String> {
    let incident = model.watch.incident()?;
    let secret = incident.kind == IncidentKind::Security;
    (secret && channel.audience.is_outside()).then(|| {
        format!("{} is A SECURITY INCIDENT, and {}", incident.id, channel.audience.sentence().to_lowercase())
    })
}

/// The failed post of `channel` that this one takes the place of.
fn again_of(model: &Model, channel: &ChannelId) -> Option<PostId> {
    model
        .watch
        .unposted()
        .into_iter()
        .find(|(post, _)| post.channel == *channel)
        .map(|(post, _)| post.id.clone())
}

fn confirm(model: &mut Model, posting: Posting, request: IoRequest, step: Option<StepRef>) {
    let asked = asked(model, &posting, request, step);
    let mut confirm = action::confirm(model, asked, Position::None, false);
    if let Some(channel) = model.plan.channel(&posting.channel) {
        confirm.notes.extend(reach(&channel.way, posting.status.as_deref()));
    }
    confirm.notes.extend(posting.guarded.clone());
    confirm.post = Some(Box::new(posting));
    model.ui.dialog = Some(Dialog::Confirm(Box::new(confirm)));
}

/// Whom a post reaches besides those who look.
fn reach(way: &Way, status: Option<&str>) -> Option<String> {
    match way {
        Way::Statuspage { deliver: true, .. } => Some("Every subscriber of the page gets a mail.".into()),
        Way::Resend { to, bcc, .. } => {
            let count = to.len() + bcc.len();
            Some(if count == 1 {
                "It goes to 1 address.".into()
            } else {
                format!("It goes to {count} addresses.")
            })
        }
        Way::PagerDutyEvents { .. } if status == Some("trigger") => {
            Some("It pages whoever is on call, unless it is triggered already.".into())
        }
        Way::Statuspage { .. }
        | Way::PagerDutyEvents { .. }
        | Way::PagerDuty { .. }
        | Way::SlackWebhook { .. }
        | Way::Slack { .. }
        | Way::Clipboard => None,
    }
}

fn asked(model: &Model, posting: &Posting, request: IoRequest, step: Option<StepRef>) -> Asked {
    let id = model.watch.posts.next_id(0);
    let title = format!("post {id} to {}", posting.channel);
    let action = ActionId::from(format!("post:{}", posting.channel));
    let mut asked = Asked::of_request(action, title, Risk::Change, request);
    asked.target = posting.channel.to_string();
    asked.by_name = posting.guarded.is_some();
    asked.step = step;
    asked
}

/// The confirming key was pressed, or the channel's name typed, with the request on screen.
pub fn confirmed(model: &mut Model, now: Timestamp, typed: Option<&str>, out: &mut Out) {
    let Some(Dialog::Confirm(confirm)) = &model.ui.dialog else { return };
    let Some(posting) = confirm.post.clone() else { return };
    let mut asked = asked(model, &posting, confirm.request.clone(), confirm.step.clone());
    // It may have become a security incident since it was shown.
    let channel = model.plan.channel(&posting.channel);
    asked.by_name |= channel.is_some_and(|channel| guarded(model, channel).is_some());
    match permit::request(model, now, asked, typed.map_or(Consent::Key, Consent::Typed), out) {
        Ok(run) => {
            let post = model.watch.posts.next_id(0);
            say(model, now, format!("{post} to {}: requested", posting.channel));
            model.ui.dialog = None;
            model.ui.drafts.remove(&posting.channel);
            requested(model, post, Some(run), *posting, out);
        }
        Err(why) => {
            if let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
                confirm.problem = Some(why);
            }
        }
    }
}

fn requested(model: &Model, post: PostId, run: Option<RunId>, posting: Posting, out: &mut Out) {
    out.fact(Fact::PostRequested {
        post,
        run,
        channel: posting.channel,
        audience: posting.audience.word().to_owned(),
        text: posting.text,
        status: posting.status,
        next: posting.next,
        again: posting.again,
        by: model.plan.environment.operator.clone(),
    });
}

/// Goes back from the confirmation to what was written.
pub fn put_back(model: &mut Model) {
    let Some(Dialog::Confirm(confirm)) = &model.ui.dialog else { return };
    let draft = confirm.post.as_ref().and_then(|post| model.ui.drafts.remove(&post.channel));
    model.ui.dialog = draft.map(Dialog::Compose);
}

fn copied(model: &mut Model, now: Timestamp, posting: Posting, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let post = model.watch.posts.next_id(0);
    say(model, now, format!("{post} is on the clipboard: paste it where it belongs"));
    out.effect(Effect::Copy(posting.text.clone()));
    model.ui.dialog = None;
    model.ui.drafts.remove(&posting.channel);
    requested(model, post.clone(), None, posting, out);
    out.fact(Fact::Posted { post, link: None, reference: None });
}

/// Shows a failed post again, exactly as it was.
pub(super) fn again(model: &mut Model, now: Timestamp, id: &PostId) {
    let Some(post) = model.watch.posts.get(id).cloned() else { return };
    let run = post.run.as_ref().and_then(|run| model.watch.run(run)).cloned();
    let (Some(run), Some(channel)) = (run, model.plan.channel(&post.channel).cloned()) else {
        model.ui.dialog = None;
        say_no(model, now, format!("{id} cannot be sent again: write it anew with M"));
        return;
    };
    let posting = Posting {
        channel: channel.id.clone(),
        audience: channel.audience,
        text: post.text,
        status: post.status,
        next: post.next,
        again: Some(post.id),
        guarded: guarded(model, &channel),
    };
    confirm(model, posting, run.request, run.step);
}

/// The channel answered; whether `run` posts something.
pub fn replied(model: &mut Model, now: Timestamp, run: &Run, answer: &IoReply, out: &mut Out) -> bool {
    let Some(post) = model.watch.posts.of_run(&run.id).cloned() else { return false };
    let Some(channel) = model.plan.channel(&post.channel).cloned() else {
        out.fact(Fact::RunUnknown {
            run: run.id.clone(),
            detail: "its channel is not configured any more".into(),
        });
        return true;
    };
    match comms::read(&channel, &run.request, answer) {
        Answer::Posted { reference, link, detail, place } => {
            out.fact(Fact::RunAccepted { run: run.id.clone(), detail: detail.clone() });
            let asks = place.zip(reference.clone());
            let asks = asks.and_then(|(place, reference)| comms::permalink(&channel, &place, &reference));
            match asks {
                Some(request) => {
                    model.feed.links.insert(run.id.clone(), reference);
                    out.effect(Effect::Check { run: run.id.clone(), request });
                }
                None => there(model, now, run, &post, (reference, link), detail, out),
            }
        }
        Answer::Failed(detail) => {
            let text = format!("{} to {} FAILED: {detail}: M sends it again", post.id, post.channel);
            say_no(model, now, clip(&text, 300).into_owned());
            out.effect(Effect::Bell);
            out.fact(Fact::RunFailed { run: run.id.clone(), detail });
        }
        Answer::Unknown(detail) => {
            let text = format!(
                "{} to {} unknown: {detail}: look whether it is there, then M",
                post.id, post.channel
            );
            say_no(model, now, clip(&text, 300).into_owned());
            out.effect(Effect::Bell);
            out.fact(Fact::RunUnknown { run: run.id.clone(), detail });
        }
        Answer::Cancelled(detail) => {
            say(model, now, format!("{} to {} cancelled", post.id, post.channel));
            // It may have been taken before it was stopped.
            out.fact(Fact::RunUnknown {
                run: run.id.clone(),
                detail: format!("{detail}, after it had left"),
            });
        }
    }
    true
}

/// A link was asked for, and came or did not: it is there either way. Whether it was one.
pub fn located(model: &mut Model, now: Timestamp, run: &RunId, answer: &IoReply, out: &mut Out) -> bool {
    let Some(reference) = model.feed.links.remove(run) else { return false };
    let run = model.watch.run(run).cloned();
    let Some(run) = run else { return true };
    let Some(post) = model.watch.posts.of_run(&run.id).cloned() else { return true };
    there(model, now, &run, &post, (reference, comms::located(answer)), "ok".into(), out);
    true
}

fn there(
    model: &mut Model,
    now: Timestamp,
    run: &Run,
    post: &Post,
    (reference, link): (Option<String>, Option<String>),
    detail: String,
    out: &mut Out,
) {
    reply::observed(model, now, run, detail, out);
    say(model, now, format!("{} is in {}", post.id, post.channel));
    out.fact(Fact::Posted { post: post.id.clone(), link, reference });
}

/// Takes what the operator found of a post whose answer was lost: whether it is there. `None` where `run` posts nothing.
pub fn verified(model: &Model, run: &RunId, detail: &str, out: &mut Out) -> Option<Result<bool, String>> {
    let post = model.watch.posts.of_run(run)?;
    let words = detail.to_lowercase();
    let mut words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    Some(match (words.next(), words.next()) {
        (Some("posted"), _) => {
            out.fact(Fact::Posted { post: post.id.clone(), link: None, reference: None });
            Ok(true)
        }
        (Some("not"), Some("posted")) => Ok(false),
        _ => Err("begin with posted, or with not posted".into()),
    })
}
