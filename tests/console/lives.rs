//! Incidents in the console: declared from what is red, taken on, handed over, a second one, merged, opened again.

use serde_json::json;

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

const LADDER: &str = r#"
[[oncall]]
name = "primary"
people = ["bob"]
from = "2020-01-06"
zone = "Europe/Berlin"

[[incident.escalation]]
who = "primary"
way = "the pager"
"#;

#[test]
fn two_incidents_are_declared_led_merged_and_opened_again() {
    let night = Night::with("quiet", LADDER);
    let mut console = night.console((80, 24), &[]);
    night.company.set("api", &json!({ "status": 503 }));
    console.wait_for_text("1 down", DEADLINE);
    // Proposed, and declared by one key and Enter.
    console.key("i");
    console.wait_for_text("P1 api is down (status 503)", DEADLINE);
    console.key("enter");
    console.wait_for_text("INC-1 P1", DEADLINE);
    console.key("I");
    console.wait_for_texts(&["NOT ACKNOWLEDGED", "api red since"], DEADLINE);
    console.key("e");
    console.wait_for_text("who via what: bob via the pager", DEADLINE);
    console.key("enter");
    console.wait_for_text("L1: bob was told", DEADLINE);
    console.key("K");
    console.wait_for_texts(&["Acknowledged after", "ann, as commander"], DEADLINE);
    // A role, by one key and a name.
    console.key("u");
    console.wait_for_text("Hand over: comms", DEADLINE);
    console.send("cleo\r");
    console.wait_for_text("cleo is comms", DEADLINE);
    // One page for whoever comes next, from the journal and from what is counted here.
    console.key("h");
    console.wait_for_texts(
        &["# Handover: INC-1 P1 api is down", "- api is down since", "- comms: cleo"],
        DEADLINE,
    );
    console.key("esc");
    console.wait_for_text("Health", DEADLINE);
    // Another, while this one is open: a security incident.
    console.key("i");
    console.wait_for_text("severity and title", DEADLINE);
    console.key("ctrl+u");
    console.send("P2 security a key is used from elsewhere\r");
    console.wait_for_texts(&["INC-2 P2 +1 open"], DEADLINE);
    console.key("2");
    console.wait_for_text("Security incident", DEADLINE);
    // Killed: the same two, and the same one at hand.
    console.kill();
    let mut console = night.console((80, 24), &[]);
    console.wait_for_text("INC-2 P2 +1 open", DEADLINE);
    console.key("I");
    console.wait_for_text("INC-2 P2 security", DEADLINE);
    console.key("J");
    console.wait_for_text("Merge INC-2 into INC-1", DEADLINE);
    console.send("the key closed it\r");
    console.wait_for_texts(&["INC-2 is merged into INC-1", "INC-1 P1 security"], DEADLINE);
    console.key("m");
    console.wait_for_text("Begin with -5m", DEADLINE);
    console.send("revoked the key\r");
    console.wait_for_text("Mitigated after", DEADLINE);
    // What is red is explained first.
    console.key("C");
    console.wait_for_texts(&["to be settled", "api is down"], DEADLINE);
    console.key("X");
    console.wait_for_text("why", DEADLINE);
    console.send("it is kept shut until tomorrow\r");
    console.wait_for_text("Nothing is left", DEADLINE);
    console.key("C");
    console.wait_for_text("what happened, in short", DEADLINE);
    console.send("a key was out\r");
    console.wait_for(|screen| !screen.contains("INC-1 P1") || screen.contains("No incident"), DEADLINE);
    console.key("I");
    console.wait_for_text("No incident is open", DEADLINE);
    console.key("end");
    console.key("r");
    console.wait_for_text("again", DEADLINE);
    console.send("it is used again\r");
    console.wait_for_text("is open again", DEADLINE);
    console.key("esc");
    // A key that comes right behind the escape would be one with it.
    console.wait_for_text("Health", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let (_, listed) = night.json(&["incident", "list", "--json"]);
    let of = |id: &str| {
        let all = listed["incidents"].as_array().unwrap();
        all.iter().find(|incident| incident["id"] == id).unwrap().clone()
    };
    assert_eq!(of("INC-1")["kind"], "security");
    assert!(of("INC-1")["acknowledged"].is_string());
    assert_eq!(of("INC-2")["reopened"].as_u64().unwrap() + of("INC-1")["reopened"].as_u64().unwrap(), 1);
    assert_eq!(night.run(&["incident", "verify"]).code, Some(0));
}
