//! Going back to an earlier release: what is known before it, what it takes to begin, what follows, and that a crash in
//! the middle runs nothing twice.

use std::cell::RefCell;
use std::rc::Rc;

use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{CommandReply, IoReply, IoRequest};
use midwatch::domain::press::Press;
use midwatch::domain::rollback::Outcome;
use midwatch::state::{Dialog, RunState, Watch};
use serde_json::json;

use crate::world::{START, World, replay, status};

const CONFIG: &str = r#"
[console]
name = "shop"
environment = "staging"
operator = "ann"

[rollback]
migrations = ["./migrations", "{to}", "{from}"]
not_undone = ["orders and their payments"]

[window]
for = "60s"

[[window.gate]]
name = "web"
signal = "web"

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "10s"

[[vercel]]
name = "deploys"
project = "web"
team = "team_1"
token = { env = "VERCEL_TOKEN" }
base_url = "https://vercel.example.com"
every = "30s"

[[fly]]
name = "machines"
app = "shop-api"
token = { env = "FLY_TOKEN" }
releases = ["flyctl", "releases", "-a", "shop-api", "--image", "--json"]
base_url = "https://fly.example.com/v1"
every = "30s"
"#;

/// The vendors' side.
struct Vendors {
    /// What is live at Vercel.
    live: &'static str,
    /// When it went live, in milliseconds.
    since: i64,
    /// What a rollback at Vercel does: takes effect, or is accepted and does nothing.
    lies: bool,
    /// Whether production domains are pinned.
    pinned: bool,
    /// The last request for domains: to what, when, and how it stands.
    asked: Option<(String, i64, &'static str)>,
    /// What the registry has lost.
    pruned: Vec<&'static str>,
    /// What the migrations command prints.
    migrated: &'static str,
    /// Images that were deployed at Fly.
    deployed: Vec<String>,
    /// How often a rollback was asked of Vercel.
    rollbacks: usize,
    /// Whether deployments of before are still listed.
    listed: bool,
}

fn printed(exit: i32, stdout: &str, stderr: &str) -> IoReply {
    IoReply::Command(CommandReply {
        exit: Some(exit),
        signal: None,
        stdout: stdout.into(),
        stderr: stderr.into(),
        truncated: false,
        duration: std::time::Duration::from_millis(5),
    })
}

impl Vendors {
    fn answer(&mut self, request: &IoRequest, now: i64) -> IoReply {
        match request {
            IoRequest::Command(command) => self.command(&command.argv),
            IoRequest::Http(http) if http.url.starts_with("https://vercel.example.com") => {
                self.vercel(&http.method, &http.url, now)
            }
            IoRequest::Http(http) if http.url.starts_with("https://fly.example.com") => self.fly(),
            _ => status(200, "{}"),
        }
    }

    fn vercel(&mut self, method: &str, url: &str, now: i64) -> IoReply {
        let good = |body: &serde_json::Value| status(200, &body.to_string());
        if method == "POST" {
            self.rollbacks += 1;
            let to =
                url.split("/rollback/").nth(1).and_then(|rest| rest.split('?').next()).unwrap_or_default();
            let state = if self.lies { "pending" } else { "succeeded" };
            self.asked = Some((to.to_owned(), now, state));
            if !self.lies {
                (self.live, self.since, self.pinned) = ("a1b2c3d", now, true);
            }
            return status(201, "");
        }
        if url.contains("/v9/projects") {
            let mut project = json!({ "id": "prj_1", "name": "web", "autoAssignCustomDomains": !self.pinned,
                "targets": { "production": { "id": format!("dpl_{}", self.live) } } });
            if let Some((to, at, state)) = &self.asked {
                project["lastAliasRequest"] = json!({ "fromDeploymentId": "dpl_b2c3d4e", "toDeploymentId": to,
                    "jobStatus": state, "requestedAt": at, "type": "rollback" });
            }
            return good(&project);
        }
        let deployment = |sha: &str, at: i64| {
            json!({ "uid": format!("dpl_{sha}"), "name": "web", "url": format!("{sha}.vercel.example"),
                "state": "READY", "readyState": "READY", "target": "production", "readySubstate": "PROMOTED",
                "isRollbackCandidate": sha != self.live, "created": at - 40_000, "ready": at,
                "creator": { "username": "bob" }, "meta": { "githubCommitSha": sha, "githubCommitAuthorName": "bob" } })
        };
        let start = START.millis();
        let mut all = vec![deployment("b2c3d4e", start - 600_000)];
        if self.listed {
            all.push(deployment("a1b2c3d", start - 86_400_000));
        }
        good(&json!({ "pagination": { "count": all.len(), "next": null, "prev": null }, "deployments": all }))
    }

    fn fly(&self) -> IoReply {
        let image = self.deployed.last().map_or("v3", String::as_str);
        let machine = |id: &str| {
            json!({ "id": id, "name": id, "state": "started", "region": "ams", "instance_id": "i",
                "image_ref": { "registry": "registry.fly.io", "repository": "shop-api", "tag": image, "digest": "" },
                "checks": [], "events": [], "host_status": "ok" })
        };
        let mut all = vec![machine("m1"), machine("m2")];
        if !self.deployed.is_empty() {
            all.push(machine("m3"));
        }
        status(200, &json!(all).to_string())
    }

    fn command(&mut self, argv: &[String]) -> IoReply {
        if argv[0] == "./migrations" {
            return printed(0, self.migrated, "");
        }
        if argv.iter().any(|part| part == "releases") {
            let release = |version: u32| {
                json!({ "ID": version.to_string(), "Version": version, "Status": "complete", "Stable": true,
                    "InProgress": false, "Description": "Release", "User": { "Email": "cleo@example.com" },
                    "ImageRef": format!("registry.fly.io/shop-api:v{version}"), "CreatedAt": "2026-01-01T00:00:00Z" })
            };
            return printed(0, &json!([release(3), release(2), release(1)]).to_string(), "");
        }
        let image = argv.iter().position(|part| part == "--image").map(|at| argv[at + 1].clone()).unwrap();
        let tag = image.rsplit(':').next().unwrap().to_owned();
        if self.pruned.contains(&tag.as_str()) {
            return printed(1, "", "Error: could not find image");
        }
        if !argv.iter().any(|part| part == "--build-only") {
            self.deployed.push(tag);
        }
        printed(0, "image found", "")
    }
}

struct Night {
    world: World,
    vendors: Rc<RefCell<Vendors>>,
}

fn night() -> Night {
    let vendors = Rc::new(RefCell::new(Vendors {
        live: "b2c3d4e",
        since: START.millis() - 600_000,
        lies: false,
        pinned: false,
        asked: None,
        pruned: vec!["v1"],
        migrated: "",
        deployed: Vec::new(),
        rollbacks: 0,
        listed: true,
    }));
    let mut world = World::new(CONFIG, &[], Watch::default());
    attach(&mut world, &vendors);
    world.open();
    world.resize(110, 44);
    world.wait(60);
    Night { world, vendors }
}

fn attach(world: &mut World, vendors: &Rc<RefCell<Vendors>>) {
    let side = Rc::clone(vendors);
    let mut ticks = START.millis();
    world.vendor = Some(Box::new(move |request| {
        ticks += 1;
        Some(side.borrow_mut().answer(request, ticks))
    }));
}

impl Night {
    /// Opens the card of `release`.
    fn card(&mut self, release: &str) {
        self.world.command(Command::RollBack);
        for _ in 0..10 {
            if self.world.screen().lines().any(|line| line.contains('▸') && line.contains(release)) {
                break;
            }
            self.world.key("down");
        }
        self.world.key("enter");
    }

    /// Reads to the end, types `target` and presses Enter.
    fn type_in(&mut self, target: &str) {
        for _ in 0..5 {
            self.world.press(Press::PageDown);
        }
        self.world.types(target);
        self.world.press(Press::Enter);
    }

    /// The program dies here, and is opened again on what is on disk.
    fn killed_and_reopened(self) -> Self {
        let mut next = World::new(CONFIG, &[], replay(&self.world.journal));
        next.journal = self.world.journal;
        next.now = self.world.now;
        attach(&mut next, &self.vendors);
        next.open();
        next.resize(110, 44);
        Night { world: next, vendors: self.vendors }
    }

    fn ended(&self) -> Option<Outcome> {
        self.world.facts().find_map(|fact| match fact {
            Fact::RollbackEnded { outcome, .. } => Some(*outcome),
            _ => None,
        })
    }
}

#[test]
fn the_card_says_what_is_to_be_known_and_its_name_begins_it() {
    let mut night = night();
    night.vendors.borrow_mut().migrated = "0042_orders  adds an index\n0043_flags\n";
    night.card("a1b2c3d");
    let screen = night.world.screen();
    for text in [
        "FROM   b2c3d4e · live for 11m00 · bob",
        "TO     a1b2c3d · of 1d",
        "within the first hour, roll back",
        "IT MIGRATED: 0042_orders adds an index and 1 more",
        "Not undone: orders and their payments",
        "15m00 until its effect is seen; never rehearsed",
        "POST",
        "/rollback/dpl_a1b2c3d",
        "Type a1b2c3d to run it.",
    ] {
        assert!(screen.contains(text), "{text}:\n{screen}");
    }
    // One key is not enough, and neither is another name.
    night.world.key("y");
    night.type_in("");
    assert!(night.world.sees("type a1b2c3d exactly"), "{}", night.world.screen());
    assert_eq!(night.vendors.borrow().rollbacks, 0);
    night.world.press(Press::DeleteLine);
    night.type_in("a1b2c3d");
    assert_eq!(night.vendors.borrow().rollbacks, 1);
    assert!(matches!(night.world.model.ui.dialog, Some(Dialog::Output { .. })));
    night.world.wait(10);
    assert_eq!(night.ended(), Some(Outcome::InEffect), "{:#?}", night.world.told());
    // A fresh window watches it, and what it leaves is owed.
    let window = night.world.model.watch.window().expect("a window");
    assert_eq!(window.release.as_ref().map(|release| release.version.as_str()), Some("a1b2c3d"));
    let owed: Vec<&str> = night.world.model.watch.owed().iter().map(|owed| owed.text.as_str()).collect();
    assert!(owed.iter().any(|text| text.contains("end the pin")), "{owed:?}");
    assert!(
        night.world.has_told("B-1 rehearses going back from b2c3d4e to a1b2c3d"),
        "{:#?}",
        night.world.told()
    );
    assert_eq!(replay(&night.world.journal), night.world.model.watch);
    // The next card knows how long it took.
    night.world.key("esc");
    night.card("v2");
    assert!(night.world.sees("last rehearsal "), "{}", night.world.screen());
}

#[test]
fn what_is_not_there_any_more_is_refused_beforehand() {
    let mut night = night();
    night.card("v1");
    assert!(night.world.sees("IMAGE  ✖ NO: the image of v1 is there: Error: could not find image"));
    night.type_in("v1");
    assert!(night.world.sees("refused: the image of v1 is there: NO"), "{}", night.world.screen());
    assert!(night.vendors.borrow().deployed.is_empty());
    night.world.key("esc");
    // A deployment that is gone from the list while the card is open.
    night.card("a1b2c3d");
    night.vendors.borrow_mut().listed = false;
    night.world.wait(40);
    night.type_in("a1b2c3d");
    assert!(night.world.sees("a1b2c3d is not listed any more"), "{}", night.world.screen());
    assert_eq!(night.vendors.borrow().rollbacks, 0);
    assert!(!night.world.facts().any(|fact| matches!(fact, Fact::RollbackBegan { .. })));
}

#[test]
fn accepted_is_not_in_effect() {
    let mut night = night();
    night.vendors.borrow_mut().lies = true;
    night.card("a1b2c3d");
    night.type_in("a1b2c3d");
    night.world.wait(60);
    assert_eq!(night.ended(), None, "it may still come");
    night.world.wait(240);
    assert_eq!(night.ended(), Some(Outcome::NotInEffect), "{:#?}", night.world.told());
    assert!(night.world.model.watch.window().is_none(), "there is nothing to watch");
    assert!(night.world.model.watch.owed().is_empty());
    assert!(night.world.model.watch.measured_rollback(true).is_none(), "how long it took says nothing");
}

#[test]
fn the_image_of_an_earlier_release_is_deployed_and_more_machines_are_told() {
    let mut night = night();
    night.card("v2");
    assert!(night.world.sees("IMAGE  ✔ the image of v2 is there"), "{}", night.world.screen());
    night.type_in("v2");
    night.world.wait(60);
    assert_eq!(night.vendors.borrow().deployed, ["v2"]);
    assert_eq!(night.ended(), Some(Outcome::InEffect), "{:#?}", night.world.told());
    let owed: Vec<&str> = night.world.model.watch.owed().iter().map(|owed| owed.text.as_str()).collect();
    assert!(owed.iter().any(|text| text.contains("1 more machines run than before: 3, not 2")), "{owed:?}");
}

#[test]
fn a_crash_in_the_middle_runs_nothing_twice_and_asks_to_be_verified() {
    for lies in [false, true] {
        let mut night = night();
        night.vendors.borrow_mut().lies = lies;
        night.card("a1b2c3d");
        night.type_in("a1b2c3d");
        let mut night = night.killed_and_reopened();
        assert!(
            matches!(night.world.run("R-2").state, RunState::Unknown(_)),
            "{:?}",
            night.world.run("R-2").state
        );
        night.world.wait(300);
        assert_eq!(night.vendors.borrow().rollbacks, 1, "nothing runs by itself");
        // Another one does not begin before somebody has looked.
        night.card(if lies { "a1b2c3d" } else { "b2c3d4e" });
        night.type_in(if lies { "a1b2c3d" } else { "b2c3d4e" });
        assert_eq!(night.vendors.borrow().rollbacks, 1, "{}", night.world.screen());
        assert!(night.world.sees("B-1 to a1b2c3d goes on"), "{}", night.world.screen());
        night.world.key("esc");
        night.world.command(Command::VerifyRun);
        night.world.answers_prompt("the domains point to it");
        night.world.wait(2);
        assert_eq!(night.ended(), Some(Outcome::Verified), "{:#?}", night.world.told());
    }
}

#[test]
fn a_verdict_of_no_go_opens_it_and_nothing_runs_by_itself() {
    let mut night = night();
    night.world.tell(midwatch::app::Msg::Window(midwatch::domain::window::Deed::Open(None)));
    night
        .world
        .tell(midwatch::app::Msg::Window(midwatch::domain::window::Deed::NoGo("the basket is empty".into())));
    assert!(night.world.sees("Go back to which release?"), "{}", night.world.screen());
    assert_eq!(night.vendors.borrow().rollbacks, 0);
}

#[test]
fn what_was_live_before_a_window_was_opened_is_no_news_to_it() {
    let vendors = night().vendors;
    let mut world = World::new(CONFIG, &[], Watch::default());
    attach(&mut world, &vendors);
    world.open();
    // Nothing was read yet when it is opened; of two sources one knows a newer release than the other.
    world.tell(midwatch::app::Msg::Window(midwatch::domain::window::Deed::Open(None)));
    world.wait(50);
    let window = world.model.watch.window().expect("a window");
    assert_eq!(window.release.as_ref().map(|release| release.version.as_str()), Some("b2c3d4e"));
    assert_eq!(window.resets(), 0, "{:#?}", window.marks);
}
