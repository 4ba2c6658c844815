//! Updates that were posted, and what became of each: by incident and channel the last one, the thread it is in, and
//! when the next is promised.

use std::time::Duration;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{ChannelId, IncidentId, PostId, RunId};
use crate::domain::time::Timestamp;

use super::parts::{Incident, RunState};
use super::watch::Watch;

/// One update to one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Its name.
    pub id: PostId,
    /// The run that posts it; none where it was copied.
    pub run: Option<RunId>,
    /// Where to.
    pub channel: ChannelId,
    /// Who reads it there.
    pub audience: String,
    /// What it says.
    pub text: String,
    /// What it sets.
    pub status: Option<String>,
    /// In how long the next is promised.
    pub next: Option<Duration>,
    /// The post that it tries again.
    pub again: Option<PostId>,
    /// Who posts it.
    pub by: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// That it is there.
    pub posted: Option<There>,
}

/// A post that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct There {
    /// Since when.
    pub at: Timestamp,
    /// Where it can be read.
    pub link: Option<String>,
    /// What the channel calls it.
    pub reference: Option<String>,
}

/// How a post stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostStanding {
    /// It is on its way.
    Sending,
    /// It is there.
    Posted(There),
    /// It is not, and why.
    Failed(String),
    /// Nobody knows.
    Unknown(String),
}

impl PostStanding {
    /// In a word, with what stands for it.
    pub const fn word(&self) -> &'static str {
        match self {
            PostStanding::Sending => "◌ on its way",
            PostStanding::Posted(_) => "✔ posted",
            PostStanding::Failed(_) => "✖ failed",
            PostStanding::Unknown(_) => "? unknown",
        }
    }
}

/// What was posted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posts {
    /// The last fact that said something of it.
    pub seq: u64,
    /// In the order they were asked for.
    pub all: Vec<Post>,
}

impl Posts {
    /// Applies one fact.
    pub(super) fn apply(&mut self, logged: &Logged) {
        self.seq = logged.seq;
        match &logged.fact {
            Fact::PostRequested { post, run, channel, audience, text, status, next, again, by } => {
                self.all.push(Post {
                    id: post.clone(),
                    run: run.clone(),
                    channel: channel.clone(),
                    audience: audience.clone(),
                    text: text.clone(),
                    status: status.clone(),
                    next: *next,
                    again: again.clone(),
                    by: by.clone(),
                    at: logged.at,
                    incident: logged.incident.clone(),
                    posted: None,
                });
            }
            Fact::Posted { post, link, reference } => {
                if let Some(known) = self.all.iter_mut().rev().find(|known| known.id == *post) {
                    let (link, reference) = (link.clone(), reference.clone());
                    known.posted = Some(There { at: logged.at, link, reference });
                }
            }
            _ => {}
        }
    }

    /// The system clock was set: what is promised goes with it.
    pub(super) fn shift(&mut self, by_millis: i64) {
        for post in &mut self.all {
            post.at = post.at.shifted(by_millis);
            post.posted.iter_mut().for_each(|there| there.at = there.at.shifted(by_millis));
        }
    }

    /// The name of the next one; `pending` were asked for and are not applied yet.
    pub fn next_id(&self, pending: usize) -> PostId {
        PostId::from(format!("M-{}", self.all.len() + pending + 1))
    }

    /// The post called `id`.
    pub fn get(&self, id: &PostId) -> Option<&Post> {
        self.all.iter().rev().find(|post| post.id == *id)
    }

    /// The post that `run` posts.
    pub fn of_run(&self, run: &RunId) -> Option<&Post> {
        self.all.iter().rev().find(|post| post.run.as_ref() == Some(run))
    }

    /// Those of `incident`, oldest first.
    pub fn of<'a>(
        &'a self,
        incident: Option<&IncidentId>,
    ) -> impl DoubleEndedIterator<Item = &'a Post> + use<'a> {
        let incident = incident.cloned();
        self.all.iter().filter(move |post| post.incident == incident)
    }

    /// The newest that is there of `incident` in `channel`.
    pub fn last_in(&self, incident: Option<&IncidentId>, channel: &ChannelId) -> Option<&Post> {
        self.of(incident).rev().find(|post| post.channel == *channel && post.posted.is_some())
    }

    /// What the channel calls the first post of `incident` in it: what the next belongs to. Outside of an incident
    /// nothing belongs together.
    pub fn thread(&self, incident: Option<&IncidentId>, channel: &ChannelId) -> Option<&str> {
        let incident = incident?;
        let referred = |post: &'_ Post| post.channel == *channel && post.reference().is_some();
        self.of(Some(incident)).find(|post| referred(post)).and_then(Post::reference)
    }
}

impl Post {
    /// What the channel calls it, once it is there.
    pub fn reference(&self) -> Option<&str> {
        self.posted.as_ref()?.reference.as_deref()
    }
}

impl Watch {
    /// When people were last told of `incident` by a post since it was declared or opened again, and in how long they
    /// were promised the next.
    pub fn updated(&self, incident: &Incident) -> Option<(Timestamp, Option<Duration>)> {
        let there = |post: &Post| Some((post.posted.as_ref()?.at, post.next));
        let posts = self.posts.of(Some(&incident.id)).filter_map(there);
        posts.filter(|(at, _)| *at >= incident.from()).max_by_key(|(at, _)| *at)
    }

    /// How `post` stands.
    pub fn post_standing(&self, post: &Post) -> PostStanding {
        if let Some(there) = &post.posted {
            return PostStanding::Posted(there.clone());
        }
        let Some(run) = post.run.as_ref().and_then(|run| self.run(run)) else {
            return PostStanding::Failed("it never left".into());
        };
        match &run.state {
            RunState::Requested | RunState::Accepted(_) | RunState::Observed(..) => PostStanding::Sending,
            RunState::Failed(why) | RunState::NotInEffect(why) | RunState::Cancelled(why) => {
                PostStanding::Failed(why.clone())
            }
            RunState::Unknown(why) => PostStanding::Unknown(why.clone()),
            RunState::Verified(found) => PostStanding::Failed(found.clone()),
        }
    }

    /// Posts of the current incident that are not there and that nothing has taken the place of: of each channel the
    /// newest, if it is one.
    pub fn unposted(&self) -> Vec<(&Post, PostStanding)> {
        let incident = self.incident().map(|incident| &incident.id);
        let mut seen: Vec<&ChannelId> = Vec::new();
        let mut all = Vec::new();
        for post in self.posts.of(incident).rev() {
            if seen.contains(&&post.channel) {
                continue;
            }
            seen.push(&post.channel);
            match self.post_standing(post) {
                standing @ (PostStanding::Failed(_) | PostStanding::Unknown(_)) => all.push((post, standing)),
                PostStanding::Sending | PostStanding::Posted(_) => {}
            }
        }
        all
    }
}
