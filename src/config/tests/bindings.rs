//! `[[binding]]`: rules for steps, checked like everything else.

use std::time::Duration;

use super::{one, said, settings};
use crate::domain::action::Risk;
use crate::domain::step_rules::{Need, OnFailure};

const WEB: &str = "[[health]]\nname = \"web\"\nurl = \"https://web.example.com\"\n";

#[test]
fn a_binding_says_which_steps_and_what_holds_for_them() {
    let text = r#"
[[binding]]
runbook = "docs/incident.md"
heading = "Containment"
matches = ["MAINTENANCE_MODE=true"]
words = "at the edge"
signal = "web"
when = "status == 503"
required = true
approve = "CTO"
check = "test -f plan"
expect = "exit == 0"
undo = "./off.sh"
timeout = "90s"
cwd = "ops"
risk = "destroy"
capture = "sha: body.commit; version"
onFailure = "page-ann"
"#;
    let bindings = settings(&format!("{WEB}{text}")).bindings;
    let [binding] = &bindings[..] else { panic!("{bindings:?}") };
    assert_eq!(binding.runbook.as_deref(), Some("docs/incident.md"));
    assert_eq!(binding.place, (4 + 1, 1));
    let rules = &binding.rules;
    assert_eq!(rules.signal, Some("web".into()));
    assert_eq!(rules.when.as_deref(), Some("status == 503"));
    assert_eq!((rules.need, rules.risk), (Some(Need::Required), Some(Risk::Destroy)));
    assert_eq!(rules.timeout, Some(Duration::from_secs(90)));
    assert_eq!(rules.on_failure, Some(OnFailure::Handle("page-ann".into())));
    assert_eq!(rules.capture.len(), 2);
}

#[test]
fn what_a_binding_cannot_mean_is_told_with_its_place() {
    for (text, wanted) in [
        (
            "words = \"a\"\nsignal = \"wbe\"",
            "6:10: there is no signal called \"wbe\"\n  hint: did you mean \"web\"?",
        ),
        (
            "words = \"a\"\nsignal = \"web\"\nwhen = \"exit == 0\"",
            "7:8: \"web\" has no \"exit\"\n  hint: it has status, ",
        ),
        ("words = \"a\"\nwhen = \"status == 200\"", "6:8: there is no signal that when speaks of"),
        ("signal = \"web\"", "4:1: a binding says which steps it speaks of"),
        ("words = \"a\"", "4:1: this binding says nothing of its steps"),
        ("words = \"\"\nrequired = true", "5:9: words is empty"),
        ("words = \"a\"\ntimeout = \"2d\"", "6:11: a step may take at most a day"),
        ("words = \"a\"\ncapture = \"a b\"", "6:11: this names nothing"),
        ("words = \"a\"\nrisk = \"none\"", "6:8: unknown word \"none\""),
        (
            "words = \"a\"\nrequird = true",
            "6:1: unknown key \"requird\" in [[binding]]\n  hint: did you mean \"required\"?",
        ),
    ] {
        let loaded = one(&format!("{WEB}[[binding]]\n{text}\n"));
        let said = said(&loaded);
        assert!(
            said.iter().any(|line| line.starts_with(&format!("midwatch.toml:{wanted}"))),
            "{text}: {said:#?}"
        );
        assert!(loaded.settings.is_none(), "{text}");
    }
}
