//! A spoiled reply is spoiled in one place, in every way, the same every time.

use serde_json::{Value, json};

use crate::contract::Contract;
use crate::hostile::{SPOILINGS, Spoiling, hostile, spoil};

fn reply() -> Value {
    json!({ "id": "evt_1", "created": 17, "data": [{ "object": { "amount": 2.5 } }], "livemode": null, "a/b~c": "x" })
}

#[test]
fn it_is_never_the_reply_it_was() {
    for seed in 0..300 {
        let spoiled = hostile(&reply(), seed);
        assert_ne!(spoiled, reply(), "seed {seed}");
        assert_eq!(spoiled, hostile(&reply(), seed), "seed {seed}");
    }
    for bare in [json!(null), json!([]), json!({}), json!(7), json!("")] {
        for seed in 0..12 {
            assert_ne!(hostile(&bare, seed), bare, "{bare} seed {seed}");
        }
    }
}

#[test]
fn each_way_does_what_it_says() {
    for seed in 0..50 {
        let spoiled =
            |spoiling| spoil(&reply(), spoiling, seed).expect("there is something to spoil").to_string();
        assert!(spoiled(Spoiling::Absent).len() < reply().to_string().len());
        let quoted = spoiled(Spoiling::Quoted);
        assert!(quoted.contains(r#""17""#) || quoted.contains(r#""2.5""#), "{quoted}");
        assert!(spoiled(Spoiling::Huge).len() > 1_000_000);
        assert!(spoiled(Spoiling::Deep).contains(&"[".repeat(100)));
        let control = spoiled(Spoiling::Control);
        assert!(control.contains("\\u001b[2J") && control.contains('\u{202e}'), "{control}");
        assert_ne!(spoiled(Spoiling::Type), reply().to_string());
    }
    assert_eq!(spoil(&json!(true), Spoiling::Quoted, 1), None);
    assert_eq!(SPOILINGS.len(), 6);
}

#[test]
fn a_spoiled_reply_is_still_json_that_can_be_read() {
    for seed in 0..60 {
        let text = hostile(&reply(), seed).to_string();
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "seed {seed}");
    }
}

/// Of a real reply, a changed type is mostly seen: what is not seen stood where anything may stand.
#[test]
fn a_document_sees_most_of_it() {
    let contract = Contract::load("github");
    let operation = "actions/list-jobs-for-workflow-run";
    let replies = contract.replies(operation, 11, 30);
    let refused = replies
        .iter()
        .zip(0..)
        .filter_map(|(reply, seed)| spoil(reply, Spoiling::Type, seed))
        .filter(|spoiled| !contract.reply_faults(operation, spoiled).is_empty())
        .count();
    assert!(refused > 20, "{refused} of {}", replies.len());
}
