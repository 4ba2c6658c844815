//! A whole security incident, from the key that declares it to its summary, in a real console on the whole simulated
//! company: isolate, assess, contain, notify, remediate, and what is still to be done afterwards.

use serde_json::Value;

use crate::support::counted::Counted;
use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

/// How many keys somebody presses for all of it, besides the texts that are typed.
const PRESSES: u32 = 45;

const BOOK: &str = r#"# Stolen keys

## Security incident response

1. **Isolate:** close the shop while nobody knows how far they are in: `MAINTENANCE_MODE=true`.
2. **Assess:** list who used which key, and write down what they could reach.
   ```sh {"name": "keys", "risk": "read", "capture": "suspect"}
   sh company/keys.sh last-used
   ```
3. **Contain:** rotate the key that was used.
   ```sh {"name": "rotate", "risk": "change"}
   sh company/keys.sh rotate mail
   ```
4. **Notify:** legal within 1 hour, on the phone.
5. **Communicate:** post what we know in #ops, and nowhere else.
6. **Remediate:** take the laptop away that the key was copied from.

## Review

- Security audit within 72 hours.
"#;

/// The steps of the record, as (beginning, how it stands, what it rests on).
fn rests_on<'a>(report: &'a Value, beginning: &str) -> (&'a str, String) {
    let steps = report["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["text"].as_str().unwrap().starts_with(beginning));
    let step = step.unwrap_or_else(|| panic!("{beginning}: {steps:#?}"));
    (step["state"].as_str().unwrap(), format!("{} {}", step["rests_on"], step["attached"]))
}

#[test]
fn a_stolen_key_is_isolated_told_to_legal_and_closed_with_its_audit_owed() {
    let night = Night::whole("quiet", BOOK);
    let mut hands = Counted::new(night.console((120, 40), &[]));
    hands.console.wait_for_text("29 ok", DEADLINE);

    // Declared: its part of the runbook is shown, and its clocks run.
    hands.key("i", &["severity and title"]);
    hands.answer(
        "P0 security a key is used from elsewhere",
        &["INC-1 P0 SECURITY", "1 CONTAIN", "59:5", "Notify: legal within 1 hour", "2d 23h  Security audit"],
    );
    hands.key("K", &["ack 00:0"]);
    hands.key("2", &["▸ ☐ 1. Isolate"]);
    hands.key("A", &["ARMED"]);

    // Isolate: what is done is seen to be done by the shop's own page.
    hands.key("enter", &["This switches it ON", "y run"]);
    hands.key("y", &["maintenance-mode ON", "observed by web", "O-1 maintenance-mode"]);
    assert_eq!(night.company.flag(), "on");
    hands.key("space", &["✔ 1. Isolate", "▸ ☐ 2. Assess"]);

    // Assess: a hypothesis, and what was found as evidence.
    hands.key("n", &["what happened:"]);
    hands.answer("? the mail key was copied from a laptop", &["H-1: the mail key"]);
    hands.key("enter", &["R-", "✔ exit 0", "E attach"]);
    hands.key("E", &["⊕ attached to: Assess"]);
    hands.leave("esc", "E attach");
    hands.key("space", &["✔ 2. Assess", "▸ ☐ 3. Contain"]);

    // Contain.
    hands.key("enter", &["company/keys.sh rotate mail", "y run"]);
    hands.key("y", &["mail: rotated", "✔ exit 0"]);
    hands.leave("esc", "E attach");
    hands.key("space", &["✔ 3. Contain", "▸ ☐ 4. Notify"]);

    // Notify: legal within the hour; inside by a post; and nobody outside by mistake.
    let told = hands.key("space", &["✔ 4. Notify", "▸ ☐ 5. Communicate"]);
    let owed = |line: &str| line.contains("59:") && line.contains("Notify: legal");
    assert!(!told.lines().any(owed), "legal is told, and its clock is gone:\n{told}");
    hands.key("enter", &["● team", "ctrl+s go on"]);
    hands.key("ctrl+s", &["chat.postMessage", "y run"]);
    hands.key("y", &["M-1 is in ops", "next update"]);
    hands.key("space", &["✔ 5. Communicate", "▸ ☐ 6. Remediate"]);
    hands.key("M", &["Post to which channel?", "◉ PUBLIC"]);
    hands.key("down", &["▸ status"]);
    hands.key("enter", &["THE PUBLIC reads it", "A SECURITY INCIDENT", "ctrl+s go on"]);
    let asked = hands.key("ctrl+s", &["Type status to run it", "⏎ run once typed"]);
    assert!(!asked.contains("y run"), "{asked}");
    hands.answer("y", &["type status exactly"]);
    hands.key("esc", &["ctrl+s go on"]);
    hands.key("esc", &["not posted"]);

    // Remediate: the shop is opened again, and nothing is owed. What is left has a reason.
    hands.key("m", &["This switches it OFF", "y run"]);
    hands.leave("y", "maintenance-mode ON");
    hands.console.wait_for_texts(&["maintenance-mode: off: observed by web"], DEADLINE);
    hands.console.wait_for_text("29 ok", DEADLINE);
    assert_eq!(night.company.flag(), "off");
    hands.key("C", &["2 things are to be settled", "▸ ○ open: Remediate", "○ H-1 the mail key"]);
    hands.key("X", &["⏎ done"]);
    hands.answer("the laptop is with the police until Monday", &["1 thing is to be settled", "▸ ○ H-1"]);
    hands.key("d", &["⏎ done"]);
    hands.answer("its owner knows that address", &["Nothing is left"]);
    hands.key("C", &["what happened, in short"]);
    let closed =
        hands.answer("a stolen mail key, rotated", &["INC-1 closed", "Security audit within 72 hours"]);
    assert!(closed.contains("2d 23h  Security audit"), "the audit is still due:\n{closed}");
    assert!(!closed.contains("O-1 maintenance-mode must"), "nothing is owed:\n{closed}");
    hands.quit("q");
    assert!(hands.presses() <= PRESSES, "{} presses, of at most {PRESSES}", hands.presses());

    // The public page heard nothing, and the record is whole.
    assert_eq!(night.company.asked("POST /vendors/statuspage/v1/pages/lfstatus0001/incidents"), 0);
    let journal = ["--journal", "night.journal"];
    let report = [&["incident", "report", "INC-1", "--format", "json"][..], &journal].concat();
    let (code, report) = night.json(&report);
    assert_eq!(code, Some(0));
    let is = |key: &str| report[key].as_str().unwrap_or_default().to_owned();
    assert_eq!((is("kind"), is("severity"), is("phase")), ("security".into(), "P0".into(), "closed".into()));
    assert_eq!(is("summary"), "a stolen mail key, rotated");
    let (state, isolated) = rests_on(&report, "Isolate");
    assert!(state == "done" && isolated.contains("observed by web"), "{isolated}");
    let (state, found) = rests_on(&report, "Assess");
    assert!(state == "done" && found.contains("keys ✔ exit 0"), "{found}");
    let (state, _) = rests_on(&report, "Notify: legal");
    assert_eq!(state, "done");
    let (state, told) = rests_on(&report, "Communicate");
    assert!(state == "done" && told.contains(" ok, "), "{told}");
    assert_eq!(report["hypotheses"][0]["standing"], "confirmed");
    assert_eq!(report["owed"][0]["state"], "discharged");
    let (posts, waived) = (report["posts"].as_array().unwrap(), report["waived"].as_array().unwrap());
    assert_eq!((posts.len(), posts[0]["channel"].as_str()), (1, Some("ops")));
    assert_eq!(
        (waived.len(), waived[0]["reason"].as_str()),
        (1, Some("the laptop is with the police until Monday"))
    );
    assert_eq!(night.run(&[&["incident", "verify"][..], &journal].concat()).code, Some(0));

    // The next console still counts down to the audit.
    let mut console = night.console((120, 40), &[]);
    console.wait_for_text("2d 23h  Security audit", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}
