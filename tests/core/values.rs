//! What a command of a step needs: asked for by kind, with what can be picked; remembered for the incident; captured from
//! one run for the next; and what a run is held to.

use std::time::Duration;

use midwatch::app::Effect;
use midwatch::domain::action::Risk;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{CommandReply, CommandRequest, IoReply, IoRequest, SecretSource, Value};
use midwatch::domain::press::Press;
use midwatch::domain::runbook::StepState;
use midwatch::state::{Dialog, RunState, Watch};

use crate::world::{World, replay, status};

const CONFIG: &str = r#"
[console]
name = "shop"
environment = "staging"
operator = "ann"

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
"#;

const RUNBOOK: &str = r#"# Shop

## Rollback

- Promote the one before

  ```sh
  vercel promote <deployment-url> --scope=<team>
  ```

- Say which version

  ```sh {"name": "say-version"}
  ./say <version>
  ```

- Scale it

  ```sh {"name": "scale", "ask": "place: eu|us", "cwd": "infra", "timeout": "30s"}
  ./scale --count <count> --in <place>
  ```

- Rotate the key

  ```sh {"name": "rotate"}
  ./rotate <new-key>
  ```

## Verify

- Which commit runs

  ```sh {"name": "which", "risk": "read", "capture": "commit: json.sha; note"}
  ./which --json
  ```

- Look for rows

  ```sh {"name": "rows", "risk": "read", "expect": "rows == 0"}
  psql -c "select 1"
  ```

- Compare

  ```sh {"name": "compare"}
  ./compare <commit> "$COMMIT"
  ```

- Look inside

  ```sh {"name": "inside", "risk": "read", "interactive": "true"}
  psql
  ```

- Ask for all

  ```sh {"name": "all", "promptEnv": "yes"}
  ./all "$REGION" "$OTHER"
  ```

- Ask for none

  ```sh {"name": "none", "promptEnv": "no"}
  ./none "$REGION" "$OTHER"
  ```

- Somewhere else

  ```sh {"name": "away", "cwd": "../elsewhere"}
  ./away
  ```

- Throw it away

  ```sh {"name": "throw", "risk": "read"}
  rm -rf /srv/shop/cache
  ```
"#;

fn vendor(request: &IoRequest) -> IoReply {
    let asked = request.preview().join("\n");
    let live = crate::world::START.millis() - 600_000;
    let deployment = |id: &str, sha: &str, before: i64| {
        serde_json::json!({
            "uid": id, "name": "web", "url": format!("shop-{sha}.vercel.example"), "state": "READY",
            "readyState": "READY", "target": "production", "readySubstate": "PROMOTED",
            "created": live - before - 40_000, "ready": live - before, "meta": { "githubCommitSha": sha },
        })
    };
    let body = if asked.contains("/v9/projects") {
        serde_json::json!({ "id": "prj_1", "name": "web", "autoAssignCustomDomains": true,
            "targets": { "production": { "id": "dpl_2" } } })
    } else {
        serde_json::json!({ "pagination": { "count": 2, "next": null, "prev": null }, "deployments": [
            deployment("dpl_1", "a1b2c3d4e5f6a7", 7_200_000), deployment("dpl_2", "b2c3d4e5f6a7b8", 0),
        ] })
    };
    status(200, &body.to_string())
}

fn opened(watch: Watch) -> World {
    let mut world = World::new(CONFIG, &[("runbook.md", RUNBOOK)], watch);
    world.model.plan.directories.insert("runbook.md".into(), "/srv/shop".into());
    world.model.plan.variables.extend(["REGION", "OLD_NEW_KEY", "PATH"].map(str::to_owned));
    world
}

/// A quiet shop in an environment that is not locked.
fn shop() -> World {
    let mut world = opened(Watch::default());
    world.vendor = Some(Box::new(|request| Some(vendor(request))));
    world.open();
    world.wait(40);
    world.vendor = None;
    world
}

/// The program dies, and is opened again on what is on disk.
fn reopened(world: World) -> World {
    let mut next = opened(replay(&world.journal));
    next.journal = world.journal;
    next.now = world.now;
    next.open();
    next
}

/// Puts the cursor on the step that holds `text` and runs it.
fn runs(world: &mut World, text: &str) {
    world.at_step(text);
    world.key("enter");
}

fn typed(world: &World) -> String {
    match &world.model.ui.dialog {
        Some(Dialog::Prompt(prompt)) => prompt.input.value().to_owned(),
        _ => panic!("nothing is asked:\n{}", world.screen()),
    }
}

/// The command that is about to be confirmed.
fn shown(world: &World) -> CommandRequest {
    match &world.model.ui.dialog {
        Some(Dialog::Confirm(confirm)) => match &confirm.request {
            IoRequest::Command(command) => command.clone(),
            other => panic!("{other:?}"),
        },
        _ => panic!("nothing is to be confirmed:\n{}", world.screen()),
    }
}

fn env(request: &CommandRequest) -> Vec<(String, String)> {
    request.env.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
}

fn printed(stdout: &str) -> IoReply {
    IoReply::Command(CommandReply {
        exit: Some(0),
        signal: None,
        stdout: stdout.into(),
        stderr: String::new(),
        truncated: false,
        duration: Duration::from_millis(5),
    })
}

#[test]
fn deployments_can_be_picked_newest_first_with_the_live_one_marked() {
    let mut world = shop();
    runs(&mut world, "Promote the one before");
    let screen = world.screen();
    let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text}:\n{screen}"));
    assert!(place("● shop-b2c3d4e5f6a7b8.vercel") < place("shop-a1b2c3d4e5f6a7.vercel"), "{screen}");
    assert!(screen.contains("live now") && screen.contains("↑↓ pick"), "{screen}");
    // What is typed narrows; the arrow picks; Enter takes it.
    world.types("a1b2");
    assert!(!world.sees("b2c3d4e5f6a7b8.vercel"), "{}", world.screen());
    world.keys("down enter");
    // What no source knows is typed.
    assert!(world.sees("Fill in <team>"), "{}", world.screen());
    assert!(!world.sees("↑↓ pick"), "{}", world.screen());
    world.types("lanternfish");
    world.key("enter");
    assert_eq!(
        env(&shown(&world)),
        [
            ("MW_DEPLOYMENT_URL".into(), "shop-a1b2c3d4e5f6a7.vercel.example".into()),
            ("MW_TEAM".into(), "lanternfish".into()),
        ]
    );
    // Free text is still possible, and is checked.
    world.key("n");
    runs(&mut world, "Promote the one before");
    world.answers_prompt("not an address");
    assert!(world.sees("is not an address"), "{}", world.screen());
    world.answers_prompt("https://other.example.com");
    assert!(world.sees("Fill in <team>"), "{}", world.screen());
    world.key("esc");
    runs(&mut world, "Say which version");
    assert!(world.sees("a1b2c3d") && world.sees("b2c3d4e"), "{}", world.screen());
}

#[test]
fn the_prompt_says_what_can_be_picked_however_small_it_is() {
    let mut world = shop();
    world.resize(40, 12);
    runs(&mut world, "Promote the one before");
    assert!(world.sees("shop-b2c3d4") && world.sees("pick"), "{}", world.screen());
    world.keys("down down");
    assert!(world.sees("▸   shop-a1b2c3"), "{}", world.screen());
    // Up from the first is what is typed.
    world.keys("up up enter");
    assert!(world.sees("needs a value"), "{}", world.screen());
    // Tab takes it into the field, to be changed.
    world.keys("down down tab");
    assert_eq!(typed(&world), "shop-a1b2c3d4e5f6a7.vercel.example");
}

#[test]
fn an_answer_is_remembered_for_the_incident_and_survives_a_kill() {
    let mut world = shop();
    world.key("i");
    world.answers_prompt("P2 the shop is slow");
    runs(&mut world, "Say which version");
    world.types("v41");
    world.key("enter");
    let first = shown(&world);
    world.key("n");
    let mut world = reopened(world);
    runs(&mut world, "Say which version");
    assert_eq!(typed(&world), "v41");
    assert!(world.sees("typed by ann"), "{}", world.screen());
    world.key("enter");
    assert_eq!(shown(&world), first);
    world.key("n");
    // A new incident begins without it.
    world.closes("it was nothing");
    runs(&mut world, "Say which version");
    assert_eq!(typed(&world), "");
    world.key("esc");
    world.key("i");
    world.answers_prompt("P2 slow again");
    runs(&mut world, "Say which version");
    assert_eq!(typed(&world), "");
    assert!(!world.sees("v41"), "{}", world.screen());
}

#[test]
fn a_secret_is_named_and_asked_for_again_after_a_kill() {
    let mut world = shop();
    runs(&mut world, "Rotate the key");
    assert!(world.sees("env:OLD_NEW_KEY"), "what is set is offered by name:\n{}", world.screen());
    world.answers_prompt("hunter2-hunter2");
    assert!(world.sees("a secret is never typed"), "{}", world.screen());
    world.answers_prompt("env:NEW_KEY");
    let (_, value) = shown(&world).env.remove(0);
    assert_eq!(value, Value::Secret { prefix: String::new(), secret: SecretSource::Env("NEW_KEY".into()) });
    world.key("n");
    runs(&mut world, "Rotate the key");
    assert_eq!(typed(&world), "env:NEW_KEY", "while the console is open it need not be said again");
    world.key("esc");
    assert!(!world.facts().any(|fact| matches!(fact, Fact::Filled { .. })));
    let kept = serde_json::to_string(&world.journal).unwrap();
    assert!(!kept.contains("hunter2") && !kept.contains("NEW_KEY"), "{kept}");
    let mut world = reopened(world);
    runs(&mut world, "Rotate the key");
    assert_eq!(typed(&world), "");
}

#[test]
fn what_a_run_printed_is_used_by_the_next_step_and_never_pasted() {
    let mut world = shop();
    world.script("./which", Some(printed("{\"sha\": \"a1; touch pwned\"}\n")));
    runs(&mut world, "Which commit runs");
    let captured: Vec<(&str, &str)> = world
        .facts()
        .filter_map(|fact| match fact {
            Fact::Captured { name, value, .. } => Some((name.as_str(), value.as_str())),
            _ => None,
        })
        .collect();
    let whole = "{\"sha\": \"a1; touch pwned\"}";
    assert_eq!(captured, [("commit", "a1; touch pwned"), ("note", whole)]);
    assert!(world.has_told("captured commit"), "{:?}", world.told());
    let mut world = reopened(world);
    world.key("esc");
    runs(&mut world, "Compare");
    // `<commit>` is offered; `$COMMIT` is used.
    assert_eq!(typed(&world), "a1; touch pwned");
    assert!(world.sees("captured by R-1"), "{}", world.screen());
    world.key("enter");
    let request = shown(&world);
    assert_eq!(request.argv, ["sh", "-c", "./compare \"${MW_COMMIT}\" \"$COMMIT\""]);
    let value = || "a1; touch pwned".to_owned();
    assert_eq!(env(&request), [("MW_COMMIT".into(), value()), ("COMMIT".into(), value())]);
    world.key("n");
    world.key("V");
    let screen = world.screen();
    for text in ["commit = a1; touch pwned", "captured by R-1", "$COMMIT is a1; touch pwned"] {
        assert!(screen.contains(text), "no {text}:\n{screen}");
    }
}

#[test]
fn what_cannot_be_captured_is_said_and_leaves_nothing() {
    let mut world = shop();
    world.script("./which", Some(printed("no json here\u{1b}\n")));
    runs(&mut world, "Which commit runs");
    assert!(world.has_told("commit was not captured: the output is not JSON"), "{:?}", world.told());
    assert!(world.has_told("note was not captured: it holds control characters"), "{:?}", world.told());
    assert!(matches!(world.run("R-1").state, RunState::Observed(..)), "the run itself is good");
    world.key("esc");
    runs(&mut world, "Compare");
    assert_eq!(typed(&world), "");
}

#[test]
fn a_run_is_held_to_what_its_file_expects_even_by_a_console_that_was_opened_again() {
    let mut world = shop();
    world.script("psql", Some(printed(" a \n---\n(0 rows)\n")));
    runs(&mut world, "Look for rows");
    assert!(matches!(world.run("R-1").state, RunState::Observed(..)), "{:?}", world.run("R-1").state);
    world.key("esc");
    world.script("psql", Some(printed(" a \n---\n 1\n(1 row)\n")));
    runs(&mut world, "Look for rows");
    let RunState::Failed(why) = &world.run("R-2").state else { panic!("{:?}", world.run("R-2").state) };
    assert!(why.contains("rows == 0"), "{why}");
    let kept = replay(&world.journal);
    assert_eq!(kept.run(&"R-2".into()).unwrap().terms.expect.as_deref(), Some("rows == 0"));
    // No rows because it failed is not no rows.
    world.key("esc");
    let mut failed = printed("");
    if let IoReply::Command(command) = &mut failed {
        command.exit = Some(2);
    }
    world.script("psql", Some(failed));
    runs(&mut world, "Look for rows");
    assert_eq!(world.run("R-3").state, RunState::Failed("exit 2".into()));
    // A tick is the operator's.
    let ticked = |fact: &Fact| matches!(fact, Fact::StepMarked { state: StepState::Done, .. });
    assert!(!world.facts().any(ticked));
}

#[test]
fn the_rules_of_a_block_hold_and_are_shown() {
    let mut world = shop();
    runs(&mut world, "Scale it");
    world.answers_prompt("three");
    assert!(world.sees("is not a number"), "{}", world.screen());
    world.answers_prompt("3");
    world.types("asia");
    world.key("enter");
    assert!(world.sees("is not one of eu, us"), "{}", world.screen());
    world.press(Press::DeleteLine);
    world.keys("down down enter");
    let request = shown(&world);
    assert_eq!(request.cwd.as_deref(), Some(std::path::Path::new("/srv/shop/infra")));
    assert_eq!(request.timeout, Duration::from_secs(30));
    assert_eq!(env(&request), [("MW_COUNT".into(), "3".into()), ("MW_PLACE".into(), "us".into())]);
    for text in ["scale", "in /srv/shop/infra", "It is stopped after 30s."] {
        assert!(world.sees(text), "no {text}:\n{}", world.screen());
    }
    world.key("n");
    runs(&mut world, "Somewhere else");
    assert!(world.said().contains("leaves the directory"), "{}", world.said());
    // No file makes harmless what its words show to be irreversible.
    runs(&mut world, "Throw it away");
    let Some(Dialog::Confirm(confirm)) = &world.model.ui.dialog else { panic!("{}", world.screen()) };
    assert_eq!(confirm.risk, Risk::Destroy);
    assert!(world.left.is_empty());
}

#[test]
fn an_interactive_block_gets_the_terminal_once_it_is_agreed_to() {
    let mut world = shop();
    runs(&mut world, "Look inside");
    assert!(world.sees("It gets this terminal until it ends."), "{}", world.screen());
    world.key("y");
    let lent = |effect: &Effect| matches!(effect, Effect::Run { hands_over: true, .. });
    assert!(world.asked.iter().any(lent), "{:?}", world.asked);
}

#[test]
fn variables_are_asked_for_as_the_block_says() {
    let mut world = shop();
    runs(&mut world, "Ask for all");
    // What is set is the answer that Enter takes; its value is not known.
    assert!(world.sees("as it is set in the console's environment"), "{}", world.screen());
    world.key("enter");
    assert!(world.sees("Fill in $OTHER"), "{}", world.screen());
    world.types("x");
    world.key("enter");
    let request = shown(&world);
    assert_eq!(request.argv[..2], ["sh", "-u"]);
    assert_eq!(env(&request), [("OTHER".into(), "x".into())]);
    world.key("n");
    runs(&mut world, "Ask for none");
    assert_eq!(env(&shown(&world)), []);
    for text in ["$REGION is set in the console's environment", "$OTHER is NOT SET"] {
        assert!(world.sees(text), "no {text}:\n{}", world.screen());
    }
    world.key("n");
    world.key("o");
    world.key("esc");
    world.at_step("Rotate the key");
    world.key("V");
    assert!(world.sees("<new-key> is asked for: a secret"), "{}", world.screen());
}

#[test]
fn a_gate_that_prints_json_is_a_table_with_its_failures_first() {
    let mut world = shop();
    let gates = "> shop@1.0.0 gates\n\n{\"checks\": [{\"name\": \"database\", \"ok\": true}, {\"name\": \"mail\", \"ok\": false, \"detail\": \"no key\"}]}\n";
    world.script("psql", Some(printed(gates)));
    runs(&mut world, "Look for rows");
    let screen = world.screen();
    let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text}:\n{screen}"));
    assert!(place("1 failed · 1 passed") < place("✖ failed   mail"), "{screen}");
    assert!(place("✖ failed   mail") < place("✔ passed   database"), "{screen}");
    assert!(place("no key") < place("✔ passed"), "{screen}");
    // What was printed stands under it, as it was.
    world.resize(80, 12);
    for _ in 0..20 {
        world.key("down");
    }
    assert!(world.sees("{\"checks\":"), "{}", world.screen());
    for _ in 0..20 {
        world.key("up");
    }
    assert!(world.sees("1 failed · 1 passed"), "{}", world.screen());
}
