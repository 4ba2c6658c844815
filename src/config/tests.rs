//! Configurations as operators write them, right and wrong.

mod bindings;
mod incident;
mod schema;

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::action::{ActionKind, Risk};
use crate::domain::io::{IoRequest, Value};
use crate::domain::text::is_hostile;

const GOOD: &str = include_str!("fixtures/good.toml");
const BAD: &str = include_str!("fixtures/bad.toml");

fn layer(name: &str, base: &str, text: &str) -> Layer {
    Layer { name: name.into(), text: text.into(), base: base.into() }
}

fn one(text: &str) -> Loaded {
    load(&[layer("midwatch.toml", "/srv/shop", text)], &[])
}

fn settings(text: &str) -> Settings {
    let loaded = one(text);
    assert_eq!(loaded.diagnostics, []);
    loaded.settings.unwrap()
}

fn said(loaded: &Loaded) -> Vec<String> {
    loaded.diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_file_says_what_was_meant() {
    let settings = settings(GOOD);
    let console = &settings.console;
    assert_eq!((console.name.as_str(), console.environment.as_str()), ("elevated", "production"));
    assert!(console.locked);
    assert_eq!(console.runbooks, [Path::new("/srv/shop/docs/runbook.md")]);
    assert_eq!((console.theme.as_deref(), console.arm_for), (Some("dark"), Duration::from_secs(600)));

    let [api, web, database, queue] = &settings.signals[..] else { panic!("{:?}", settings.signals) };
    assert_eq!((api.id.as_str(), api.every), ("api", Duration::from_secs(10)));
    assert_eq!((api.rules.fail_after, api.rules.fail_count, api.rules.fail_among), (3, 3, 5));
    assert_eq!(
        (api.rules.recover_after, api.rules.soft_every),
        (2, Duration::from_millis(3_333) + Duration::from_nanos(333_333))
    );
    let IoRequest::Http(request) = api.request().unwrap() else { panic!("not HTTP") };
    assert_eq!((request.method.as_str(), request.timeout), ("GET", Duration::from_secs(3)));
    let (name, secret) = &request.headers[0];
    assert_eq!((name.as_str(), secret.to_string().as_str()), ("authorization", "Bearer ‹env API_TOKEN›"));
    assert_eq!(settings.secrets, [crate::domain::io::SecretSource::Env("API_TOKEN".into())]);
    assert_eq!(web.observes.len(), 1);
    assert_eq!(web.observes[0].0.as_str(), "maintenance-mode");
    assert_eq!(database.request().unwrap().preview(), ["connect db.example.com:5432"]);
    let IoRequest::Command(command) = queue.request().unwrap() else { panic!("not a command") };
    assert_eq!(command.cwd.as_deref(), Some(Path::new("/srv/shop")));

    let [toggle, gates, status] = &settings.actions[..] else { panic!("{:?}", settings.actions) };
    assert_eq!((toggle.key.as_deref(), toggle.risk), (Some("m"), Risk::Change));
    assert_eq!(toggle.matches, ["MAINTENANCE_MODE=true"]);
    assert_eq!(
        (toggle.within, toggle.ends_after),
        (Duration::from_secs(60), Some(Duration::from_secs(3600)))
    );
    let ActionKind::Toggle(flips) = &toggle.kind else { panic!("not a toggle") };
    let IoRequest::Http(on) = &flips.on else { panic!("not HTTP") };
    assert_eq!((on.method.as_str(), on.body.as_ref()), ("PUT", Some(&Value::Plain("on".into()))));
    let IoRequest::Http(read) = &flips.read else { panic!("not HTTP") };
    assert_eq!(read.method, "GET");
    assert_eq!((gates.risk, gates.expect.as_ref().and_then(|expect| expect.exit)), (Risk::Read, Some(0)));
    let ActionKind::Once(IoRequest::Command(run)) = &gates.kind else { panic!("not a command") };
    assert_eq!(
        (&run.argv[..], run.cwd.as_deref()),
        (&["npm".to_owned(), "run".into(), "pilot:preflight".into()][..], Some(Path::new("/srv/shop")))
    );
    assert_eq!(
        (status.risk, &status.kind),
        (Risk::Read, &ActionKind::Open("https://status.example.com/".into()))
    );
}

#[test]
fn every_mistake_of_a_file_is_told_at_once_with_its_place() {
    let loaded = one(BAD);
    assert_eq!(loaded.settings, None);
    let expected = include_str!("fixtures/bad.txt");
    assert_eq!(said(&loaded).join("\n"), expected.trim_end());
    assert!(loaded.diagnostics.len() >= 12);
}

#[test]
fn what_only_the_whole_can_tell_is_told() {
    let text = "\
[[health]]
name = \"web\"
tcp = \"web.example.com:443\"
[[action]]
name = \"on\"
command = [\"a\"]
key = \"m\"
matches = [\"MODE=on\"]
observe = { signal = \"web\", when = \"status == 503\" }
[[action]]
name = \"off\"
command = [\"b\"]
key = \"m\"
matches = [\"x\", \"MODE=on\"]
read = { get = \"https://edge.example.com\" }
";
    assert_eq!(
        said(&one(text)),
        [
            "midwatch.toml:9:36: \"web\" has no \"status\"\n  hint: it has connected, latency_ms",
            "midwatch.toml:13:7: the key is taken by \"on\"\n  hint: give every action a key of its own",
            "midwatch.toml:14:17: \"MODE=on\" means \"on\" already\n  hint: a code span means one action",
            "midwatch.toml:15:1: unknown key \"read\" in an action of kind command\n  hint: it is a key of kind toggle",
        ]
    );
}

#[test]
fn a_signal_that_is_wrong_itself_is_still_known() {
    let text = "[[health]]\nname = \"web\"\nurl = \"web\"\n[[action]]\nname = \"on\"\ncommand = [\"a\"]\n\
                observe = { signal = \"web\", when = \"status == 503\" }\n";
    let said = said(&one(text));
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].starts_with("midwatch.toml:3:7: this is not a URL"), "{said:#?}");
}

#[test]
fn a_mistake_in_a_condition_is_placed_within_its_text() {
    for (text, place) in [
        ("ok = \"status == 200 and bdy.x == 1\"", "4:25"),
        ("ok = 'status == 200 and bdy.x == 1'", "4:25"),
        ("ok = \"\"\"\nstatus == 200\nand bdy.x == 1\"\"\"", "6:5"),
        ("ok = \"status == 200 and body.\\u0062 == \"", "4:6"),
    ] {
        let said = said(&one(&format!("[[health]]\nname = \"a\"\nurl = \"http://a.example.com\"\n{text}\n")));
        assert!(said[0].starts_with(&format!("midwatch.toml:{place}: ")), "{text}: {said:#?}");
    }
}

#[test]
fn broken_syntax_is_told_with_the_rest() {
    let loaded = one("[console]\nname = \nthemee = \"dark\"\n\n[[health]\nname = \"api\"\n");
    let said = said(&loaded);
    assert!(said.iter().any(|line| line.starts_with("midwatch.toml:2:")), "{said:#?}");
    assert!(
        said.iter().any(|line| line.starts_with("midwatch.toml:3:1: unknown key \"themee\"")),
        "{said:#?}"
    );
    assert!(said.iter().any(|line| line.starts_with("midwatch.toml:5:")), "{said:#?}");
    assert!(loaded.settings.is_none());
}

#[test]
fn later_files_and_variables_win() {
    let user = layer(
        "/home/ann/.config/midwatch/midwatch.toml",
        "/home/ann/.config/midwatch",
        "[console]\ntheme = \"light\"\nkeymap = \"vim\"\n[[health]]\nname = \"api\"\nurl = \"http://old.example.com\"\n[[health]]\nname = \"mine\"\ntcp = \"a.example.com:1\"\n",
    );
    let project = layer(
        "midwatch.toml",
        "/srv/shop",
        "[console]\nenvironment = \"staging\"\ntheme = \"dark\"\n[[health]]\nname = \"api\"\nurl = \"http://new.example.com\"\n",
    );
    let overrides = [
        ("USER", "ann"),
        ("MIDWATCH_LOG", "debug"),
        ("PATH", "/bin"),
        ("MIDWATCH_CONSOLE_ARM_FOR", "5m"),
        ("MIDWATCH_CONSOLE_RUNBOOKS", "a.md:/b.md"),
        ("MIDWATCH_CONSOLE_LOCKED", "yes"),
        ("--theme", "mono"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()));
    let loaded = load(&[user, project], &overrides);
    assert_eq!(loaded.diagnostics, []);
    let settings = loaded.settings.unwrap();
    let console = &settings.console;
    assert_eq!((console.theme.as_deref(), console.keymap.as_deref()), (Some("mono"), Some("vim")));
    assert_eq!((console.environment.as_str(), console.locked), ("staging", true));
    assert_eq!((console.name.as_str(), console.operator.as_deref()), ("shop", Some("ann")));
    assert_eq!(console.arm_for, Duration::from_secs(300));
    assert_eq!(console.runbooks, [Path::new("a.md"), Path::new("/b.md")]);
    assert_eq!(console.origins["theme"], "--theme");
    assert_eq!(console.origins["keymap"], "/home/ann/.config/midwatch/midwatch.toml:3");
    let asked: Vec<String> =
        settings.signals.iter().map(|signal| signal.request().unwrap().preview().join(" ")).collect();
    assert_eq!(asked, ["GET http://new.example.com", "connect a.example.com:1"]);
    assert_eq!(settings.file.as_deref(), Some(Path::new("midwatch.toml")));
}

#[test]
fn variables_that_set_nothing_are_named() {
    let overrides = [
        ("MIDWATCH_CONSOLE_THEM", "dark"),
        ("MIDWATCH_CONSOLE_ARM_FOR", "soon"),
        ("MIDWATCH_CONSOLE_LOCKED", "no"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()));
    let loaded = load(&[layer("midwatch.toml", "", "[[health]]\nname = \"a\"\ntcp = \"a:1\"\n")], &overrides);
    assert_eq!(
        said(&loaded),
        [
            "MIDWATCH_CONSOLE_THEM: no key is set by this\n  hint: did you mean \"MIDWATCH_CONSOLE_THEME\"?",
            "MIDWATCH_CONSOLE_ARM_FOR: this is not a span: expected number at 0\n  hint: for example \"10s\", \"1m 30s\" or \"2h\"",
            "MIDWATCH_CONSOLE_LOCKED: a production console starts locked\n  hint: remove it; the operator arms the console with a key",
        ]
    );
    assert_eq!(loaded.settings, None);
}

#[test]
fn production_by_any_name_starts_locked() {
    for (environment, locked) in
        [("production", true), ("prod-eu", true), ("live", true), ("staging", false), ("delivery", false)]
    {
        let settings = settings(&format!(
            "[console]\nenvironment = \"{environment}\"\n[[health]]\nname = \"a\"\ntcp = \"a:1\"\n"
        ));
        assert_eq!(settings.console.locked, locked, "{environment}");
    }
    assert!(
        settings("[[health]]\nname = \"a\"\ntcp = \"a:1\"\n").console.locked,
        "what is not said is production"
    );
}

#[test]
fn observers_are_signals_of_their_own() {
    let file = "[console]\nobservers = [\"https://example.com\", \"1.1.1.1:53\"]\n[[health]]\nname = \"a\"\ntcp = \"a:1\"\n";
    let settings = settings(file);
    let observers: Vec<(&str, bool)> =
        settings.signals.iter().map(|signal| (signal.id.as_str(), signal.observer)).collect();
    assert_eq!(observers, [("a", false), ("observer-1", true), ("observer-2", true)]);
    let one = one("[console]\nobservers = [\"1.1.1.1:53\"]\n[[health]]\nname = \"a\"\ntcp = \"a:1\"\n");
    assert!(said(&one)[0].starts_with("midwatch.toml:2:14: one observer check"), "{:?}", said(&one));
    assert!(one.settings.is_some());
}

#[test]
fn an_empty_file_watches_nothing_and_says_so() {
    for text in ["", "\u{feff}", "# nothing\n"] {
        let loaded = one(text);
        assert_eq!(
            said(&loaded),
            ["midwatch.toml: nothing is watched\n  hint: add a [[health]] with a name and a url"]
        );
        assert!(loaded.settings.unwrap().signals.is_empty());
    }
}

#[test]
fn a_secret_in_plain_sight_is_warned_of() {
    let text = "[[health]]\nname = \"a\"\nurl = \"http://a.example.com\"\nheaders = { Authorization = \"Bearer abc\" }\n";
    let loaded = one(text);
    assert!(
        said(&loaded)[0].starts_with("midwatch.toml:4:29: Authorization stands here in plain text"),
        "{:?}",
        said(&loaded)
    );
    assert!(!said(&loaded)[0].contains("abc"));
}

#[test]
fn every_credential_in_plain_sight_is_warned_of_once_and_hidden() {
    let text = "[stripe]\nkey = \"rk_live_hush\"\n\n[sentry]\norganization = \"lanternfish\"\nprojects = [\"web\"]\n\
        token = \"hush-sentry\"\n\n[[health]]\nname = \"a\"\ncommand = [\"check\"]\n\
        env = { DB_PASSWORD = \"hush-db\", LANG = \"C\" }\n\n[[action]]\nname = \"flag\"\nkind = \"http\"\nrisk = \"change\"\n\
        put = \"http://a.example.com\"\nbody = \"on\"\nheaders = { x-edge-token = \"hush-edge\", accept = \"a/b\" }\n";
    let loaded = one(text);
    let plain: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|known| {
            assert_eq!((known.code, known.severity), ("plain-secret", Severity::Warning), "{known}");
            format!("{}:{}: {}", known.line, known.column, known.message)
        })
        .collect();
    assert_eq!(
        plain,
        [
            "2:7: key stands here in plain text",
            "7:9: token stands here in plain text",
            "12:23: DB_PASSWORD stands here in plain text",
            "20:28: x-edge-token stands here in plain text",
        ]
    );
    let shown = show(&loaded.settings.unwrap());
    assert!(!shown.contains("hush"), "{shown}");
    for line in [
        "key = \"‹in plain text, not shown›\"  # midwatch.toml:2",
        "env = { \"DB_PASSWORD\" = \"‹in plain text, not shown›\", \"LANG\" = \"C\" }  # midwatch.toml:12",
        "body = \"on\"  # midwatch.toml:19",
    ] {
        assert!(shown.contains(line), "no {line:?} in {shown}");
    }
    // A number is no token, and is not repeated either.
    let wrong = one("[stripe]\nkey = 123456\n");
    assert!(said(&wrong).iter().all(|line| !line.contains("123456")), "{:?}", said(&wrong));
}

#[test]
fn a_secret_that_only_an_operation_needs_is_known() {
    let text = "[pagerduty]\ntoken = { env = \"PAGES\" }\nrouting_key = { env = \"ROUTING\" }\n";
    let secrets: Vec<String> = settings(text).secrets.iter().map(ToString::to_string).collect();
    assert_eq!(secrets, ["env ROUTING", "env PAGES"]);
}

#[test]
fn it_shows_what_holds_and_where_it_came_from() {
    let shown = show(&settings(GOOD));
    for line in [
        "# from midwatch.toml",
        "theme = \"dark\"  # midwatch.toml:5",
        "locked = true  # default",
        "# arm_for: `10m`",
        "headers = { \"authorization\" = { env = \"API_TOKEN\", prefix = \"Bearer \" } }  # midwatch.toml:14",
        "#   env API_TOKEN",
        "kind = \"toggle\"  # midwatch.toml:36",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}

#[test]
fn what_is_shown_loads_again() {
    let shown = show(&settings(GOOD));
    let again = one(&shown);
    assert_eq!(again.diagnostics, [], "{shown}");
    let (before, after) = (settings(GOOD), again.settings.unwrap());
    assert_eq!(before.signals, after.signals);
    assert_eq!(before.actions, after.actions);
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let loaded = one(&String::from_utf8_lossy(&bytes));
        prop_assert!(said(&loaded).iter().all(|line| !line.replace('\n', " ").chars().any(is_hostile)));
    }

    /// A good file with a piece of it missing, doubled, moved or overwritten.
    #[test]
    fn no_edit_breaks_it(from in 0usize..1700, length in 0usize..40, to in 0usize..1700, junk in "\\PC{0,6}|[\\[\\]{}=\"'\\n#.,]{0,6}") {
        let cut = |at: usize| (0..=at.min(GOOD.len())).rev().find(|at| GOOD.is_char_boundary(*at)).unwrap_or(0);
        let (start, end, other) = (cut(from), cut(from + length), cut(to));
        let without = format!("{}{junk}{}", &GOOD[..start], &GOOD[end..]);
        let moved = format!("{}{}{}", &GOOD[..other], &GOOD[start..end], &GOOD[other..]);
        for text in [without, moved] {
            let loaded = one(&text);
            for diagnostic in &loaded.diagnostics {
                let lines = text.split('\n').count();
                prop_assert!(diagnostic.line <= lines, "{} of {}", diagnostic, lines);
                prop_assert!(!diagnostic.message.is_empty());
                prop_assert!(!diagnostic.message.chars().any(is_hostile), "{:?}", diagnostic);
            }
            if let Some(settings) = &loaded.settings {
                show(settings);
            }
        }
    }
}

#[test]
fn a_window_and_its_gates_are_read_as_they_are_written() {
    let text = "\
[[health]]
name = \"api\"
url = \"https://app.example.com/api/health\"
[window]
for = \"15m\"
[[window.gate]]
name = \"errors\"
when = \"error_rate('api', '5m') < 0.005\"
stop = \"error_rate('api', '5m') > 0.05\"
required = true
[[window.gate]]
name = \"queue\"
signal = \"api\"
when = \"body.queue < 50\"
tolerates = 2
";
    let loaded = one(text);
    assert_eq!(loaded.diagnostics, []);
    let settings = loaded.settings.unwrap();
    assert_eq!(settings.window.span, Duration::from_secs(900));
    let lines: Vec<String> = settings.window.gates.iter().map(crate::domain::window::Gate::line).collect();
    assert_eq!(
        lines,
        [
            "errors: error_rate('api', '5m') < 0.005; NO-GO when error_rate('api', '5m') > 0.05",
            "queue: api: body.queue < 50"
        ]
    );
    assert_eq!(settings.window.gates[1].tolerates, 2);
    assert!(show(&settings).contains("#   queue: api: body.queue < 50"), "{}", show(&settings));
    // Where none is given they are made from the signals.
    let made = one(text.split("[window]").next().unwrap()).settings.unwrap();
    assert_eq!(made.window.gates.len(), 3);
}

#[test]
fn a_gate_that_could_never_tell_is_a_mistake_with_a_place() {
    let gate = |keys: &str| {
        let text = format!(
            "[[health]]\nname = \"api\"\nurl = \"https://a.example.com/\"\n[[window.gate]]\nname = \"g\"\n{keys}\n"
        );
        said(&one(&text))
    };
    for (keys, wanted) in [
        ("", "5:8: gate \"g\" asks for nothing"),
        ("signal = \"apy\"", "6:10: there is no signal called \"apy\"\n  hint: did you mean \"api\"?"),
        ("when = \"error_rate('apy', '5m') < 1\"", "6:8: there is no signal called \"apy\""),
        ("when = \"status == 200\"", "6:8: unknown name \"status\""),
        ("when = \"1 < 2\"", "6:8: it asks for no figure of a signal"),
        ("signal = \"api\"\nwhen = \"connected\"", "7:8: \"api\" has no \"connected\""),
        ("signal = \"api\"\nsamples = 3", "7:11: a reply is one measurement"),
        ("signal = \"api\"\nwhen = \"status == 200\"\ndegraded = true", "8:12: degraded is about"),
        ("stop = \"error_rate('api', '5m') > 1\"\nrequired = false", "6:8: an advisory gate stops nothing"),
        ("signal = \"api\"\nrequired = false", "7:12: no gate is required"),
    ] {
        let said = gate(keys);
        let found = said.iter().any(|line| line.starts_with(&format!("midwatch.toml:{wanted}")));
        assert!(found, "{keys}: {said:#?}");
    }
    let said = said(&one("[[health]]\nname = \"a\"\ntcp = \"a:1\"\n[window]\nfor = \"100ms\"\n"));
    assert_eq!(said, ["midwatch.toml:5:7: a window lasts 1s to 24h"]);
}

#[test]
fn how_late_things_are_heard_is_said_in_a_word() {
    use crate::domain::deputy::Notify;
    let signal = "[[health]]\nname = \"a\"\ntcp = \"a:1\"\n";
    let console = |said: &str| settings(&format!("[console]\n{said}\n{signal}")).console;
    let usual = console("");
    assert_eq!((usual.notify, usual.rings_after), (Notify::Desktop, Duration::from_secs(60)));
    for (word, notify) in [("bell", Notify::Bell), ("desktop", Notify::Desktop), ("none", Notify::None)] {
        assert_eq!(console(&format!("notify = {word:?}\nrings_after = \"2m\"")).notify, notify);
    }
}
