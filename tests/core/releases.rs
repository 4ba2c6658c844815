//! Releases of the team's own: since when a version is live that nobody gives a time, a window that sees a new one, and a
//! way back by a pair of commands.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::domain::fact::{Fact, Release};
use midwatch::domain::io::{CommandReply, IoReply, IoRequest};
use midwatch::domain::press::Press;
use midwatch::domain::rollback::Outcome;
use midwatch::domain::time::Timestamp;
use midwatch::domain::window::Deed;
use midwatch::state::window::{MarkKind, view};
use midwatch::state::{RunState, Watch};

use crate::world::{START, World, replay, status};

const SHOP: &str = r#"
[console]
name = "shop"
environment = "staging"
operator = "ann"

[window]
for = "60s"

[[window.gate]]
name = "web"
signal = "web"

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "10s"
"#;

const LISTED: &str = r#"
[[releases]]
name = "deploys"
command = ["bin/releases"]
rollback = ["bin/deploy", "{version}"]
before = ["bin/exists", "{version}"]
leaves = ["warm the cache"]
every = "12s"
"#;

const TOLD: &str = r#"
[[releases]]
name = "deploys"
url = "https://shop.example.com/"
header = "x-release"
every = "12s"
"#;

/// What the team's commands and its endpoint do.
#[derive(Default)]
struct Shop {
    /// What `bin/releases` prints.
    list: String,
    /// What the endpoint says is live.
    header: &'static str,
    /// Whether an image of before is still there.
    pruned: bool,
    /// Whether a deployment that exits with 0 did nothing.
    lies: bool,
    /// What ran, but for the list.
    ran: Vec<Vec<String>>,
    /// When the releases were asked for, by the number of times.
    asked: usize,
}

impl Shop {
    fn answer(&mut self, request: &IoRequest) -> IoReply {
        let argv = match request {
            IoRequest::Command(command) => &command.argv,
            _ => {
                self.asked += 1;
                let mut reply = status(200, "ok");
                if let IoReply::Http(http) = &mut reply {
                    http.headers = vec![("x-release".into(), self.header.into())];
                }
                return reply;
            }
        };
        if argv[0] == "bin/releases" {
            self.asked += 1;
            return printed(0, &self.list, "");
        }
        self.ran.push(argv.clone());
        match (argv[0].as_str(), self.pruned) {
            ("bin/exists", true) => return printed(1, "", "no such image\n"),
            ("bin/deploy", _) if !self.lies => {
                let version = argv[1].as_str();
                let mut lines: Vec<&str> =
                    self.list.lines().filter(|line| !line.starts_with(version)).collect();
                lines.insert(0, version);
                self.list = lines.join("\n");
            }
            _ => {}
        }
        printed(0, "done\n", "")
    }
}

fn printed(exit: i32, stdout: &str, stderr: &str) -> IoReply {
    IoReply::Command(CommandReply {
        exit: Some(exit),
        signal: None,
        stdout: stdout.into(),
        stderr: stderr.into(),
        truncated: false,
        duration: Duration::from_millis(5),
    })
}

struct Night {
    world: World,
    shop: Rc<RefCell<Shop>>,
    config: String,
}

/// A minute after the shop with this source was opened.
fn night(source: &str, shop: Shop) -> Night {
    let config = format!("{SHOP}{source}");
    let (shop, world) = (Rc::new(RefCell::new(shop)), World::new(&config, &[], Watch::default()));
    let mut night = Night { world, shop, config };
    night.opened();
    night.world.wait(60);
    night
}

fn listed(list: &str) -> Night {
    night(LISTED, Shop { list: list.into(), ..Shop::default() })
}

fn told(header: &'static str) -> Night {
    night(TOLD, Shop { header, ..Shop::default() })
}

impl Night {
    fn opened(&mut self) {
        let shop = Rc::clone(&self.shop);
        self.world.vendor = Some(Box::new(move |request| Some(shop.borrow_mut().answer(request))));
        self.world.open();
        self.world.resize(110, 44);
    }

    /// The program dies here, is away for so long, and is opened again on what is on disk.
    fn reopened_after(self, seconds: u64) -> Self {
        let mut world = World::new(&self.config, &[], replay(&self.world.journal));
        world.journal = self.world.journal;
        world.now = self.world.now.plus(Duration::from_secs(seconds));
        let mut night = Night { world, shop: self.shop, config: self.config };
        night.opened();
        night
    }

    fn window(&mut self) {
        self.world.tell(Msg::Window(Deed::Open(None)));
    }

    fn resets(&self) -> usize {
        let window = self.world.model.watch.windows.last().expect("a window");
        window
            .marks
            .iter()
            .filter(|mark| mark.kind == MarkKind::Reset && mark.why.ends_with("went live"))
            .count()
    }

    fn watched(&self) -> Option<&Release> {
        self.world.model.watch.windows.last().expect("a window").release.as_ref()
    }

    fn clean(&self) -> u64 {
        view(&self.world.model, self.world.now).expect("an open window").clean.as_secs()
    }

    fn live_since(&self) -> Option<Timestamp> {
        let feed = &self.world.model.feed.signals[self.world.index("deploys")];
        let entries = &feed.listing.as_ref().expect("a listing").entries;
        entries.iter().find(|entry| entry.tags.iter().any(|tag| tag == "live")).expect("one is live").at
    }

    /// Opens the card of the first release that can be gone back to.
    fn card(&mut self) {
        self.world.command(Command::RollBack);
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

    fn ended(&self) -> Option<Outcome> {
        self.world.facts().find_map(|fact| match fact {
            Fact::RollbackEnded { outcome, .. } => Some(*outcome),
            _ => None,
        })
    }

    fn ran(&self) -> Vec<String> {
        self.shop.borrow().ran.iter().map(|argv| argv.join(" ")).collect()
    }
}

#[test]
fn what_was_live_at_first_is_live_since_nobody_knows_when() {
    let mut night = told("r42");
    assert_eq!(night.live_since(), None);
    assert_eq!(night.world.model.release_before(night.world.now), None, "no failure is blamed on it");
    night.shop.borrow_mut().header = "r43";
    let before = night.world.now;
    night.world.wait(20);
    let since = night.live_since().expect("it was seen to go live");
    assert!(since > before && since <= night.world.now);
    assert!(night.world.has_told("deploys r43 went live, in place of r42"), "{:#?}", night.world.told());
    let release = night.world.model.release_before(night.world.now).unwrap();
    assert_eq!((release.version.as_str(), release.at), ("r43", since));
    // Each further poll, and a console that is opened again, leave it at that.
    night.world.wait(60);
    assert_eq!(night.live_since(), Some(since));
    let mut night = night.reopened_after(3_600);
    night.world.wait(30);
    assert_eq!(night.live_since(), Some(since));
    let seen = night.world.facts().filter(|fact| matches!(fact, Fact::ReleaseSeen { .. })).count();
    assert_eq!(seen, 2, "one for what was live, one for what went live");
    assert_eq!(replay(&night.world.journal), night.world.model.watch);
}

#[test]
fn a_new_version_in_a_header_resets_the_clock_of_the_window() {
    let mut night = told("r42");
    night.window();
    night.world.wait(30);
    assert_eq!(night.watched().unwrap().version, "r42", "it is under watch, whenever it went live");
    assert_eq!((night.resets(), night.clean() > 20), (0, true));
    night.shop.borrow_mut().header = "r43";
    night.world.wait(14);
    assert_eq!((night.resets(), night.watched().unwrap().version.as_str()), (1, "r43"));
    assert!(night.clean() < 14, "{}", night.clean());
    assert!(night.world.has_told("r43 went live"), "{:#?}", night.world.told());
    // Back again is another release too.
    night.shop.borrow_mut().header = "r42";
    night.world.wait(14);
    assert_eq!((night.resets(), night.watched().unwrap().version.as_str()), (2, "r42"));
}

#[test]
fn a_version_that_changed_while_the_console_was_closed_resets_the_clock() {
    let mut night = told("r42");
    night.window();
    night.world.wait(30);
    let mut night = night.reopened_after(600);
    night.world.wait(20);
    assert_eq!(night.resets(), 0, "nothing went live: {:#?}", night.world.told());
    night.shop.borrow_mut().header = "r43";
    let mut night = night.reopened_after(600);
    night.world.wait(20);
    assert_eq!((night.resets(), night.watched().unwrap().version.as_str()), (1, "r43"));
    assert_eq!(replay(&night.world.journal), night.world.model.watch);
}

#[test]
fn a_source_that_answers_for_the_first_time_in_a_window_tells_of_no_new_release() {
    let mut night = told("");
    night.window();
    night.world.wait(20);
    assert_eq!(night.watched(), None);
    night.shop.borrow_mut().header = "r42";
    night.world.wait(600);
    assert_eq!((night.watched().unwrap().version.as_str(), night.resets()), ("r42", 0));
}

#[test]
fn a_clock_that_is_set_back_hides_no_release() {
    let mut night = told("r41");
    night.shop.borrow_mut().header = "r42";
    night.world.wait(60);
    night.window();
    night.world.wait(30);

    night.world.now = night.world.now.minus(Duration::from_secs(3_600));
    night.world.tell(Msg::ClockStepped { by_millis: -3_600_000 });
    night.world.wait(30);
    assert_eq!(night.resets(), 0, "{:#?}", night.world.told());
    night.shop.borrow_mut().header = "r43";
    night.world.wait(30);
    assert_eq!((night.resets(), night.watched().unwrap().version.as_str()), (1, "r43"));
}

#[test]
fn a_list_with_times_is_believed_and_what_was_gone_back_to_runs_since_then() {
    let list = |live: &str| {
        let row = |version: &str, hours: u64| {
            let at = START.minus(Duration::from_secs(hours * 3_600)).rfc3339();
            format!(r#"{{"version":"{version}","at":"{at}","live":{}}}"#, version == live)
        };
        format!("[{},{},{}]", row("r43", 1), row("r42", 24), row("r41", 48))
    };
    let mut night = listed(&list("r43"));
    assert_eq!(night.live_since(), Some(START.minus(Duration::from_secs(3_600))));
    let earlier = START.minus(Duration::from_secs(2 * 3_600));
    assert_eq!(night.world.model.release_before(earlier).unwrap().version, "r42");
    // Somebody goes back by hand: it ran long ago, and it runs anew.
    let before = night.world.now;
    night.shop.borrow_mut().list = list("r42");
    night.world.wait(30);
    assert!(night.live_since().unwrap() > before);
    assert_eq!(night.world.model.release_before(night.world.now).unwrap().version, "r42");
}

#[test]
fn it_is_asked_sooner_while_a_window_watches_it() {
    let mut night = told("r42");
    let asked = |night: &mut Night| {
        let before = night.shop.borrow().asked;
        night.world.wait(120);
        night.shop.borrow().asked - before
    };
    let calm = asked(&mut night);
    night.window();
    let watched = asked(&mut night);
    assert!((9..=11).contains(&calm) && watched >= 25, "{calm} and {watched}");
}

#[test]
fn the_card_goes_back_by_the_pair_of_commands() {
    let mut night = listed("r43 Prices with tax\nr42 Faster search\nr41\n");
    night.card();
    let screen = night.world.screen();
    for text in [
        "FROM   r43",
        "TO     r42",
        "When it went live is not known",
        "✔ r42 can be gone back to",
        "$ bin/deploy r42",
        "Type r42 to run it.",
    ] {
        assert!(screen.contains(text), "{text}:\n{screen}");
    }
    assert_eq!(night.ran(), ["bin/exists r42"], "what looks runs at once, what changes does not");
    night.type_in("r42");
    assert_eq!(night.ran(), ["bin/exists r42", "bin/deploy r42"]);
    night.world.wait(15);
    assert_eq!(night.ended(), Some(Outcome::InEffect), "{:#?}", night.world.told());
    assert_eq!(
        night.watched().map(|release| release.version.as_str()),
        Some("r42"),
        "a fresh window watches it"
    );
    let owed: Vec<&str> = night.world.model.watch.owed().iter().map(|owed| owed.text.as_str()).collect();
    assert_eq!(owed, ["after going back to r42: warm the cache"]);
    assert!(night.world.has_told("back from r43 to r42"), "{:#?}", night.world.told());
    assert_eq!(replay(&night.world.journal), night.world.model.watch);
}

#[test]
fn what_the_first_command_denies_is_refused_beforehand() {
    let mut night = listed("r43\nr42\n");
    night.shop.borrow_mut().pruned = true;
    night.card();
    assert!(night.world.sees("NO: r42 can be gone back to: no such image"), "{}", night.world.screen());
    night.type_in("r42");
    assert!(night.world.sees("refused: r42 can be gone back to: NO"), "{}", night.world.screen());
    assert_eq!(night.ran(), ["bin/exists r42"]);
}

#[test]
fn a_command_that_went_well_is_not_an_effect() {
    let mut night = listed("r43\nr42\n");
    night.shop.borrow_mut().lies = true;
    night.card();
    night.type_in("r42");
    night.world.wait(590);
    assert_eq!(night.ended(), None, "it may still come");
    night.world.wait(20);
    assert_eq!(night.ended(), Some(Outcome::NotInEffect), "{:#?}", night.world.told());
    let run = night.world.model.watch.runs.last().unwrap();
    assert!(matches!(run.state, RunState::NotInEffect(_)), "{run:?}");
}

#[test]
fn a_version_that_is_an_option_is_not_gone_back_to() {
    let mut night = listed("r43\n--force\n");
    night.world.command(Command::RollBack);
    assert!(night.world.sees("it begins with '-'"), "{}", night.world.screen());
    night.world.key("enter");
    night.type_in("--force");
    assert_eq!(night.ran(), Vec::<String>::new());
}
