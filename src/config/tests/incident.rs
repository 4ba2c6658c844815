//! `[incident]` and `[[oncall]]`, right and wrong.

use std::time::Duration;

use super::{layer, load, one, said, settings};
use crate::domain::clocks::Clocks;
use crate::domain::oncall::Lasts;

const WEB: &str = "[[health]]\nname = \"web\"\nurl = \"https://web.example.com\"\n";

#[test]
fn nothing_needs_to_be_said() {
    let settings = settings(WEB);
    assert_eq!((settings.clocks, settings.rotations.len()), (Clocks::default(), 0));
}

#[test]
fn clocks_rungs_and_rotations_are_what_was_meant() {
    let text = r#"
[incident]
acknowledge = "3m"
update_every = "30m"

[[incident.escalation]]
level = 2
who = "cleo"
after = "15m"
way = "+1-555-0199"

[[incident.escalation]]
level = 1
who = "primary"

[[oncall]]
name = "primary"
people = ["ann", "bob"]
every = "2 weeks"
from = "2026-11-02"
at = "08:30"
zone = "europe/berlin"

[[oncall]]
name = "Secondary On-Call"
from = "2026-11-01"
"#;
    let settings = settings(&format!("{WEB}{text}"));
    let clocks = &settings.clocks;
    assert_eq!(
        (clocks.acknowledge, clocks.update_every),
        (Duration::from_secs(180), Duration::from_secs(1_800))
    );
    assert_eq!(clocks.review, Clocks::default().review);
    let rungs: Vec<(u32, &str, u64)> =
        clocks.escalation.iter().map(|rung| (rung.level, rung.who.as_str(), rung.after.as_secs())).collect();
    assert_eq!(rungs, [(1, "primary", 0), (2, "cleo", 900)]);
    let [primary, secondary] = &settings.rotations[..] else { panic!("{:?}", settings.rotations) };
    assert_eq!((primary.every, primary.people.len()), (Some(Lasts::Days(14)), 2));
    assert_eq!(primary.hand_over.zone.name(), "Europe/Berlin");
    assert_eq!(
        (primary.hand_over.at.to_string(), primary.hand_over.from.to_string()),
        ("08:30:00".into(), "2026-11-02".into())
    );
    assert_eq!((secondary.every, secondary.people.len()), (None, 0), "the runbook says who and how long");
    assert_eq!(secondary.hand_over.zone.name(), "UTC");
    let shown = super::show(&settings);
    for line in ["[incident]", "acknowledge = \"3m\"", "[[oncall]]", "zone = \"europe/berlin\""] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn a_later_file_replaces_the_rotation_of_the_same_name() {
    let rotation =
        |who: &str| format!("[[oncall]]\nname = \"primary\"\npeople = [\"{who}\"]\nfrom = \"2026-11-02\"\n");
    let layers = [
        layer("user.toml", "/home/ann", &format!("[incident]\nlegal = \"30m\"\n{}", rotation("ann"))),
        layer(
            "midwatch.toml",
            "/srv/shop",
            &format!("{WEB}[incident]\naudit = \"48h\"\n{}", rotation("bob")),
        ),
    ];
    let loaded = load(&layers, &[]);
    let settings = loaded.settings.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let people: Vec<&String> = settings.rotations.iter().flat_map(|rotation| &rotation.people).collect();
    assert_eq!(people, ["bob"]);
    let hours = |span: Duration| span.as_secs_f64() / 3_600.0;
    assert_eq!(
        (hours(settings.clocks.legal).to_string(), hours(settings.clocks.audit).to_string()),
        ("0.5".into(), "48".into())
    );
}

#[test]
fn what_cannot_be_meant_is_told_with_its_place() {
    for (text, wanted) in [
        (
            "[incident]\nacknowlege = \"3m\"",
            "5:1: unknown key \"acknowlege\" in [incident]\n  hint: did you mean",
        ),
        ("[incident]\nlegal = \"soon\"", "5:9: this is not a span"),
        ("[[incident.escalation]]\nafter = \"5m\"", "4:1: escalation has no \"who\""),
        ("[[incident.escalation]]\nwho = \" \"", "5:7: this rung tells nobody"),
        (
            "[[incident.escalation]]\nwho = \"a\"\nlevel = 2\n[[incident.escalation]]\nwho = \"b\"\nlevel = 2",
            "9:9: there is another rung 2",
        ),
        (
            "[[incident.escalation]]\nwho = \"a\"\nafter = \"10m\"\n[[incident.escalation]]\nwho = \"b\"\nafter = \"5m\"",
            "9:9: rung 2 is told before rung 1",
        ),
        ("[[oncall]]\nname = \"p\"", "4:1: [[oncall]] has no \"from\""),
        ("[[oncall]]\nname = \"p\"\nfrom = \"2026-02-30\"", "6:8: \"2026-02-30\" is no day"),
        ("[[oncall]]\nname = \"p\"\nfrom = 2026-02-03", "6:8: from is a text"),
        ("[[oncall]]\nname = \"p\"\nfrom = \"2026-02-03\"\nat = \"9\"", "7:6: \"9\" is no time of day"),
        (
            "[[oncall]]\nname = \"p\"\nfrom = \"2026-02-03\"\nzone = \"Europe/Berln\"",
            "7:8: \"Europe/Berln\" is no time zone\n  hint: did you mean \"Europe/Berlin\"?",
        ),
        (
            "[[oncall]]\nname = \"p\"\nfrom = \"2026-02-03\"\nevery = \"fortnight\"",
            "7:9: \"fortnight\" is no span that turns last",
        ),
        ("[[oncall]]\nname = \"p\"\nfrom = \"2026-02-03\"\npeople = []", "7:10: nobody takes this turn"),
        (
            "[[oncall]]\nname = \"p\"\nfrom = \"2026-02-03\"\n[[oncall]]\nname = \"p\"\nfrom = \"2026-02-03\"",
            "8:8: there is another oncall called \"p\"",
        ),
    ] {
        let loaded = one(&format!("{WEB}{text}\n"));
        let said = said(&loaded);
        assert!(
            said.iter().any(|line| line.starts_with(&format!("midwatch.toml:{wanted}"))),
            "{text}: {said:#?}"
        );
        assert!(loaded.settings.is_none(), "{text}");
    }
}
