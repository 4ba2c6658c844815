//! A replay shows what was, at any instant and however one came there, and does nothing.

use std::sync::OnceLock;
use std::time::Duration;

use midwatch::app::{Effect, Msg, instant_named, update};
use midwatch::domain::command::Command;
use midwatch::domain::commands::{COMMANDS, is_in_replay};
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::observation::Observations;
use midwatch::domain::press::Press;
use midwatch::domain::reading::Health;
use midwatch::domain::time::Timestamp;
use midwatch::state::replay::Motion;
use midwatch::state::{Dialog, Model, SAMPLE_WINDOW, Sample, Soft, Watch};
use proptest::prelude::*;

use crate::recording::{at, night, observed, playing};
use crate::world::{START, World};

/// What is to be seen of the signals at an instant.
type Measured = Vec<(Vec<Sample>, Option<Timestamp>, Option<Soft>)>;

fn measured(model: &Model, at: Timestamp) -> Measured {
    let signals = model.plan.signals.iter().zip(&model.feed.signals);
    let of = |(signal, feed): (&midwatch::domain::signal::Signal, &midwatch::state::SignalFeed)| {
        let settled = model.watch.signals.get(&signal.id).map_or(Health::Blind, |known| known.health);
        (
            feed.samples.within(at, SAMPLE_WINDOW).collect(),
            feed.last.as_ref().map(|last| last.at),
            feed.settling.soft(&signal.rules, settled),
        )
    };
    signals.map(of).collect()
}

struct Recording {
    facts: Vec<Logged>,
    observations: Observations,
    /// The live console now and then: when, what it knew, what it had measured.
    live: Vec<(Timestamp, Watch, Measured)>,
}

fn recording() -> &'static Recording {
    static RECORDING: OnceLock<Recording> = OnceLock::new();
    RECORDING.get_or_init(|| {
        let mut live = Vec::new();
        let world = night(|world: &World| {
            live.push((world.now, world.model.watch.clone(), measured(&world.model, world.now)));
        });
        Recording { facts: world.journal.clone(), observations: observed(&world), live }
    })
}

fn replay() -> Model {
    let known = recording();
    playing(known.facts.clone(), known.observations.clone())
}

fn fold(to: Timestamp) -> Watch {
    let mut watch = Watch::default();
    recording().facts.iter().take_while(|fact| fact.at <= to).for_each(|fact| watch.apply(fact));
    watch
}

fn tell(model: &mut Model, seconds: i64, msg: Msg) -> Vec<Effect> {
    let now = Timestamp::from_millis(4_000_000_000_000 + seconds * 1_000);
    model.play(now);
    update(model, now, msg)
}

fn command(model: &mut Model, asked: Command) -> Vec<Effect> {
    tell(model, 0, Msg::Command(asked))
}

#[test]
fn a_replay_is_what_the_live_console_was_at_every_instant() {
    let mut model = replay();
    let sick = recording().facts.iter().any(|fact| matches!(fact.fact, Fact::ObserverSick { .. }));
    assert!(sick, "the night has an observer that is cut off");
    let end = model.replay.as_ref().unwrap().reel.to;
    // What was done at the very instant after somebody had looked is in the replay of that instant too.
    let whole = |(when, watch, _): &&(Timestamp, Watch, Measured)| {
        *when <= end && recording().facts.iter().all(|fact| fact.at > *when || fact.seq <= watch.seq)
    };
    for (when, watch, measures) in recording().live.iter().filter(whole) {
        model.show(*when);
        assert_eq!(model.watch, *watch, "{when}");
        for (index, (replayed, live)) in measured(&model, *when).iter().zip(measures).enumerate() {
            let name = &model.plan.signals[index].id;
            assert_eq!(replayed.0, live.0, "samples of {name} at {when}");
            assert_eq!(replayed.1, live.1, "last of {name} at {when}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn forth_and_back_is_the_same_as_straight_there(ways in prop::collection::vec(0_u64..2_900, 1..12)) {
        let mut model = replay();
        for seconds in &ways {
            let to = START.plus(Duration::from_secs(*seconds));
            model.show(to);
            let to = at(&model);
            let mut straight = replay();
            straight.show(to);
            prop_assert_eq!(&model.watch, &fold(to));
            prop_assert_eq!(&model.watch, &straight.watch);
            prop_assert_eq!(measured(&model, to), measured(&straight, to));
        }
    }
}

#[test]
fn soft_states_are_seen_on_the_way_to_red() {
    let mut model = replay();
    let red = first_red(&model);
    let before = red.minus(Duration::from_millis(1));
    model.show(before);
    let api = model.plan.signal_index(&"api".into()).unwrap();
    let soft = measured(&model, before)[api].2.clone().expect("it is on the way");
    assert_eq!(soft.to, Health::Down);
    assert!(soft.count < soft.of, "{soft:?}");
}

fn first_red(model: &Model) -> Timestamp {
    let reel = &model.replay.as_ref().unwrap().reel;
    reel.after(START, midwatch::state::replay::MomentKind::Red).unwrap()
}

#[test]
fn time_goes_by_as_fast_as_asked_and_ends_at_the_end() {
    let mut model = replay();
    let begin = at(&model);
    tell(&mut model, 0, Msg::Tick);
    assert_eq!(at(&model), begin, "it stands still");
    command(&mut model, Command::PauseReplay);
    tell(&mut model, 10, Msg::Tick);
    assert_eq!(at(&model), begin.plus(Duration::from_secs(10)));
    for _ in 0..20 {
        tell(&mut model, 10, Msg::Command(Command::Faster));
    }
    tell(&mut model, 11, Msg::Tick);
    assert_eq!(at(&model), begin.plus(Duration::from_secs(610)));
    // The clock is set back while it plays: nothing jumps.
    tell(&mut model, 11, Msg::ClockStepped { by_millis: -3_600_000 });
    tell(&mut model, 12 - 3_600, Msg::Tick);
    assert_eq!(at(&model), begin.plus(Duration::from_secs(1_210)));
    tell(&mut model, 100 - 3_600, Msg::Tick);
    let replay = model.replay.as_ref().unwrap();
    assert_eq!((replay.at, replay.motion), (replay.reel.to, Motion::Paused));
}

#[test]
fn keys_move_in_time_and_say_where_there_is_nothing_more() {
    let mut model = replay();
    let red = first_red(&model);
    command(&mut model, Command::NextRed);
    assert_eq!(at(&model), red);
    assert_eq!(
        model.watch.signals[&midwatch::domain::ids::SignalId::from("api")].health,
        Health::Down,
        "the fact of that instant is in it"
    );
    command(&mut model, Command::SecondsBack);
    assert_eq!(at(&model), red.minus(Duration::from_secs(10)));
    command(&mut model, Command::MinuteOn);
    assert_eq!(at(&model), red.plus(Duration::from_secs(50)));
    command(&mut model, Command::PreviousRed);
    assert_eq!(at(&model), red);
    command(&mut model, Command::ToEnd);
    command(&mut model, Command::NextRed);
    assert!(model.ui.said.as_ref().unwrap().0.contains("nothing goes down after this"));
    command(&mut model, Command::ToBeginning);
    assert_eq!(at(&model), START);
    command(&mut model, Command::MinuteBack);
    assert_eq!(at(&model), START, "there is nothing before it");
    // A typed time.
    command(&mut model, Command::ToInstant);
    for c in "03:25".chars() {
        tell(&mut model, 0, Msg::Press(Press::Char(c)));
    }
    tell(&mut model, 0, Msg::Press(Press::Enter));
    assert_eq!(at(&model), START.plus(Duration::from_secs(15 * 60)));
}

#[test]
fn an_instant_is_named_in_several_ways_and_never_outside_the_recording() {
    let seconds = |seconds: u64| START.plus(Duration::from_secs(seconds));
    let (here, declared, all) = (seconds(600), seconds(660), (START, seconds(3_600)));
    let named = |text: &str| instant_named(text, here, declared, all);
    assert_eq!(named("03:20:05"), Ok(seconds(605)));
    assert_eq!(named(" +5m "), Ok(seconds(900)));
    assert_eq!(named("-30s"), Ok(seconds(570)));
    assert_eq!(named("T+7m"), Ok(seconds(660 + 420)));
    assert_eq!(named("2026-11-21T03:10:10Z"), Ok(seconds(10)));
    assert_eq!(named("+9h"), Ok(seconds(3_600)), "the end");
    assert!(named("12:00").unwrap_err().contains("the recording is from"));
    for wrong in ["", "soon", "25:00", "T+", "+", "-x"] {
        assert!(named(wrong).unwrap_err().contains("03:12"), "{wrong:?}");
    }
}

#[test]
fn nothing_runs_nothing_is_written_and_every_key_that_would_says_so() {
    let actions = ["maintenance-mode"].map(|id| Command::Action(id.into()));
    for asked in COMMANDS.iter().map(|row| row.command.clone()).chain(actions) {
        let mut model = replay();
        command(&mut model, Command::NextRed);
        command(&mut model, Command::MinuteOn);
        let watch = model.watch.clone();
        let effects = command(&mut model, asked.clone());
        let harmless = |effect: &Effect| {
            matches!(effect, Effect::Copy(_) | Effect::Redraw | Effect::Suspend | Effect::Quit)
        };
        assert!(effects.iter().all(harmless), "{asked:?}: {effects:?}");
        if is_in_replay(&asked) {
            continue;
        }
        assert_eq!(effects, [], "{asked:?}");
        assert_eq!(model.watch, watch, "{asked:?}");
        assert!(model.ui.dialog.is_none(), "{asked:?} opens nothing");
        let said = model.ui.said.as_ref().map(|(text, ..)| text.clone()).unwrap_or_default();
        assert!(said.contains("nothing runs and nothing is written"), "{asked:?}: {said:?}");
    }
}

/// What would do something, by name: the list of what a replay lets through is not asked what it ought to be.
#[test]
fn whatever_writes_or_runs_is_on_no_list_of_a_replay() {
    for name in [
        "note",
        "declare",
        "acknowledge-incident",
        "change-severity",
        "close-incident",
        "post",
        "heard",
        "arm",
        "run-step",
        "run-sequence",
        "tick",
        "fail",
        "skip",
        "not-applicable",
        "reopen",
        "acknowledge",
        "silence",
        "operate",
        "approve",
        "attach",
        "keep-file",
        "keep-output",
        "undo",
        "roll-back",
        "discharge",
        "waive",
        "waive-all",
        "extend",
        "open-window",
        "say-go",
        "say-no-go",
        "hold-window",
        "release-window",
        "end-window",
        "verify-run",
        "cancel-run",
        "commander",
        "escalate",
        "mitigated",
        "switch-kind",
        "merge-incident",
        "reopen-incident",
        "handover",
        "poll-now",
        "action:maintenance-mode",
    ] {
        let asked = midwatch::domain::commands::by_name(name).unwrap_or_else(|| panic!("{name}"));
        assert!(!is_in_replay(&asked), "{name}");
    }
}

/// The incident and the notebook are looked at as they stood; what would do something there is not offered.
#[test]
fn the_incident_and_the_notebook_are_read_as_they_were() {
    let mut model = replay();
    let shown = |model: &Model| {
        let dialog = midwatch::panes::screen(model, at(model)).dialog.expect("a view is open");
        let body: Vec<String> = dialog.body.iter().map(midwatch::panes::shape::Line::plain).collect();
        (body.join("\n"), dialog.keys.plain())
    };
    command(&mut model, Command::NextRed);
    command(&mut model, Command::Incident);
    assert!(shown(&model).0.contains("No incident"), "{}", shown(&model).0);
    command(&mut model, Command::MinuteOn);
    command(&mut model, Command::MinuteOn);
    let (body, keys) = shown(&model);
    assert!(body.contains("Acknowledged after"), "{body}");
    for word in ["severity", "mitigated", "another", "handover", "done"] {
        assert!(!keys.contains(word), "{keys}");
    }
    assert!(keys.contains("back"), "{keys}");
    let watch = model.watch.clone();
    for _ in 0..30 {
        assert_eq!(command(&mut model, Command::Open), []);
        assert!(matches!(model.ui.dialog, Some(Dialog::Incident)), "{:?}", model.ui.dialog);
        assert!(model.ui.said.as_ref().unwrap().0.contains("this is a replay"));
        command(&mut model, Command::Down);
    }
    command(&mut model, Command::Notebook);
    let (body, keys) = shown(&model);
    assert!(!body.contains("this is a replay"), "it was said of something else: {body}");
    assert!(body.contains("the pool is empty"), "{body}");
    assert!(!keys.contains("write") && keys.contains("copy"), "{keys}");
    assert_eq!(model.watch, watch);
    command(&mut model, Command::ToBeginning);
    assert!(!shown(&model).0.contains("the pool is empty"));
}

#[test]
fn what_the_palette_and_open_dialogs_do_is_no_more_than_what_keys_do() {
    let mut model = replay();
    command(&mut model, Command::NextRed);
    let (seq, watch) = (model.watch.seq, model.watch.clone());
    // Whatever is typed into whatever opens.
    for opened in [Command::Palette, Command::Filter, Command::ToInstant, Command::Open, Command::Timers] {
        command(&mut model, opened);
        for press in
            "arm the console".chars().map(Press::Char).chain([Press::Enter, Press::Char('y'), Press::Enter])
        {
            let effects = tell(&mut model, 0, Msg::Press(press));
            assert_eq!(effects, []);
        }
        command(&mut model, Command::Back);
        model.ui.dialog = None;
    }
    assert_eq!((model.watch.seq, &model.watch), (seq, &watch));
    assert!(!matches!(model.ui.dialog, Some(Dialog::Confirm(_))));
}

#[test]
fn a_recording_without_readings_goes_by_its_facts() {
    let known = recording();
    let mut model = playing(known.facts.clone(), Observations::default());
    command(&mut model, Command::NextRed);
    let when = at(&model);
    assert_eq!(model.watch, fold(when));
    let api = model.plan.signal_index(&"api".into()).unwrap();
    let standing = midwatch::panes::health::standing(&model, when, api);
    assert!(standing.words.contains("DOWN"), "{}", standing.words);
}

#[test]
fn a_drill_is_over_when_its_incident_is_closed() {
    let mut world = World::quiet();
    world.model.plan.stage = midwatch::state::Stage::Drill("api-outage".into());
    world.command(Command::Declare);
    world.answers_prompt("P2 one");
    assert!(!world.asked.contains(&Effect::Quit));
    world.command(Command::CloseIncident);
    world.answers_prompt("all is well");
    assert!(world.asked.contains(&Effect::Quit), "{:?}", world.asked);
}
