//! A whole failed publish in a real console on the whole simulated company: the reply is lost, the same request is sent
//! again under the same key, and what it answers stands as evidence until the incident is closed.

use serde_json::{Value, json};

use crate::support::counted::Counted;
use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

/// How many keys somebody presses for all of it, besides the texts that are typed.
const PRESSES: u32 = 45;

const BOOK: &str = r#"# Reading circles

## Failed publish recovery

1. Publish the list again: `POST /api/circles/[circleId]/lists/[listId]/publish` with `Idempotency-Key`.
2. Confirm the `alreadyPublished` state of the reply.
3. Count the members of the circle.
   ```http {"name": "count", "expect": "body.circles[0].members == 18"}
   GET /api/me/circles
   ```

## Notify

- Post in #ops that the list is out.

## Verification gates

```sh
sh company/gate.sh contract
sh company/gate.sh checkout
```
"#;

/// The request, up to what stands for the circle and the list.
const PUBLISH: &str = "/api/circles/C-7/lists/L-1/publish";

/// The key that a screen shows for the request.
fn key_on(screen: &str) -> String {
    let line = screen.lines().find_map(|line| line.split_once("Idempotency-Key: "));
    let (_, rest) = line.unwrap_or_else(|| panic!("no key:\n{screen}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_publish_whose_reply_was_lost_is_sent_again_and_found_to_have_arrived() {
    let night = Night::whole("quiet", BOOK);
    let mut hands = Counted::new(night.console((120, 40), &[]));
    hands.console.wait_for_text("29 ok", DEADLINE);
    hands.key("i", &["severity and title"]);
    hands.answer("P2 a list did not arrive", &["INC-1 P2", "first update"]);
    hands.key("K", &["ack 00:0"]);
    hands.key("2", &["▸ ☐ 1. Publish the list again"]);
    hands.key("A", &["ARMED"]);

    // The list is published, and the reply is lost on its way.
    night.company.set("api", &json!({ "reset": true }));
    hands.key("enter", &["Fill in [circleId]"]);
    hands.answer("C-7", &["Fill in [listId]"]);
    let first = hands.answer("L-1", &[PUBLISH, "The key is new", "y run"]);
    hands.key("y", &["? unknown", "v verify"]);
    night.company.set("api", &json!({ "reset": false }));
    hands.key("v", &["what you found:"]);
    hands.console.send("no answer came: to be asked again under the same key");
    hands.leave("enter", "what you found:");

    // Again, under the same key: it had arrived the first time.
    hands.key("enter", &["Fill in [circleId]", "circleId: C-7"]);
    hands.key("enter", &["Fill in [listId]", "listId: L-1"]);
    let again = hands.key("enter", &[PUBLISH, "The key is that of R-1", "y run"]);
    assert_eq!(key_on(&again), key_on(&first));
    hands.key("y", &[r#""alreadyPublished":true"#, "✔ 200"]);
    hands.leave("esc", "E attach");
    hands.key("space", &["✔ 1. Publish", "▸ ☐ 2. Confirm", "alreadyPublished is true · R-2"]);
    hands.key("space", &["✔ 2. Confirm", "▸ ☐ 3. Count"]);
    hands.key("enter", &[r#""members":18"#, "✔ 200"]);
    hands.leave("esc", "E attach");
    hands.key("space", &["✔ 3. Count", "▸ ☐ Post in #ops", "✉ post to ops  ⏎"]);

    // Written down, and told.
    hands.key("n", &["what happened:"]);
    hands.answer("their host had the list before it was sent again", &["✎ their host"]);
    hands.key("enter", &["● team", "ctrl+s go on"]);
    hands.key("ctrl+s", &["chat.postMessage", "y run"]);
    hands.key("y", &["M-1 is in ops"]);
    hands.key("space", &["✔ Post in #ops", "▸ ☐ sh company/gate.sh contract"]);

    // The gates, in their order, then the summary: nothing is in the way of it.
    hands.key(">", &["2 of 2 run, one after the other", "y run"]);
    hands.key("y", &["All 2 are done"]);
    hands.leave("esc", "All 2 are done");
    hands.console.wait_for_text("29 ok", DEADLINE);
    hands.key("C", &["Close the incident", "what happened, in short"]);
    hands.answer("the reply was lost, the list had arrived", &["INC-1 closed"]);
    hands.quit("q");
    assert!(hands.presses() <= PRESSES, "{} presses, of at most {PRESSES}", hands.presses());

    assert_eq!(night.company.asked(&format!("POST {PUBLISH}")), 2);
    let journal = ["--journal", "night.journal"];
    let report = [&["incident", "report", "INC-1", "--format", "json"][..], &journal].concat();
    let (code, report) = night.json(&report);
    assert_eq!(code, Some(0));
    assert_eq!((report["phase"].as_str(), report["severity"].as_str()), (Some("closed"), Some("P2")));
    let actions: Vec<&Value> = report["actions"].as_array().unwrap().iter().collect();
    let [lost, sent, counted, posted, contract, checkout] = actions[..] else { panic!("{actions:#?}") };
    for run in [lost, sent] {
        let request = [
            format!("POST {}{PUBLISH}", night.company.base()),
            format!("Idempotency-Key: {}", key_on(&first)),
        ];
        assert_eq!(run["request"], json!(request));
    }
    assert_eq!((lost["outcome"].as_str(), sent["outcome"].as_str()), (Some("verified"), Some("in effect")));
    assert!(sent["output"]["head"][1].as_str().unwrap().contains(r#""alreadyPublished":true"#), "{sent}");
    assert_eq!(
        (counted["title"].as_str(), posted["title"].as_str()),
        (Some("count"), Some("post M-1 to ops"))
    );
    assert!(
        contract["outcome"] == "in effect" && checkout["outcome"] == "in effect",
        "{contract} {checkout}"
    );
    let rests_on: Vec<&str> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["rests_on"][0].as_str().unwrap())
        .collect();
    assert_eq!(rests_on.len(), 6, "{rests_on:?}");
    assert!(rests_on[0].starts_with("R-2 200"), "{rests_on:?}");
    assert!(rests_on[1].starts_with("alreadyPublished is true, R-2"), "{rests_on:?}");
    let lines: Vec<&str> =
        report["timeline"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert!(lines.contains(&"captured alreadyPublished: true"), "{lines:#?}");
    assert!(lines.contains(&"✔ Verification gates: 2 of 2 done"), "{lines:#?}");
    assert_eq!(night.run(&[&["incident", "verify"][..], &journal].concat()).code, Some(0));
}
