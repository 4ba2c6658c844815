//! Placeholders in the real console: what can be picked, what a kill leaves, what is asked for again.

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

const VERCEL: &str = r#"
[[vercel]]
name = "web-deploys"
project = "web"
team = "team_LFshop"
token = { file = "@HOME@/company/vercel-token" }
base_url = "@BASE@/vendors/vercel"
every = "1s"
"#;

const RUNBOOK: &str = "\
# Shop runbook

## Rollback

- Go back to an older deployment

  ```sh {\"name\": \"back\"}
  echo promoted <deployment-url> with <api-token>
  ```
";

fn night() -> Night {
    let night = Night::of("quiet");
    night.write("runbook.md", RUNBOOK);
    let with = std::fs::read_to_string(night.path("midwatch.toml")).unwrap() + &night.filled(VERCEL);
    night.write("midwatch.toml", &with);
    night
}

fn ask(console: &mut Terminal) {
    console.wait_for_text("4 ok", DEADLINE);
    console.key("2");
    console.wait_for_text("Go back to an older", DEADLINE);
    console.key("enter");
    console.wait_for_text("Fill in <deployment-url>", DEADLINE);
}

#[test]
fn a_deployment_is_picked_remembered_over_a_kill_and_the_secret_is_asked_for_again() {
    let night = night();
    let mut console = night.console((80, 24), &[]);
    ask(&mut console);
    let screen = console.wait_for_texts(&["live now", "●", "↑↓ pick"], DEADLINE);
    assert!(screen.matches("vercel.app").count() + screen.matches("lanternfish").count() >= 2, "{screen}");
    console.key("down");
    console.key("down");
    let screen = console.wait_for_text("▸ ", DEADLINE);
    let line = screen.lines().find(|line| line.contains('▸')).unwrap();
    let picked = line.split_whitespace().find(|word| word.contains('.')).unwrap().to_owned();
    console.key("enter");
    console.wait_for_text("Fill in <api-token>", DEADLINE);
    console.send("env:HOME");
    console.key("enter");
    console.wait_for_texts(&["MW_API_TOKEN=‹env HOME›", "MW_DEPLOYMENT_URL="], DEADLINE);
    console.kill();

    let mut console = night.console((80, 24), &[]);
    ask(&mut console);
    console.wait_for_texts(&[&picked, "typed by ann"], DEADLINE);
    console.key("enter");
    let screen = console.wait_for_text("Fill in <api-token>", DEADLINE);
    assert!(!screen.contains("env:HOME"), "the secret is asked for again:\n{screen}");
    console.key("enter");
    console.wait_for_text("needs a value", DEADLINE);
    console.key("esc");
    // An escape with a letter right behind it is another key.
    console.wait_for_text("Rollback", DEADLINE);
    console.key("V");
    console.wait_for_texts(&["deployment-url = ", "<api-token> is asked for: a secret"], DEADLINE);
    console.key("esc");
    console.wait_for_text("Rollback", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}
