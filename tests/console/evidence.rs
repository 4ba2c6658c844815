//! Evidence in a real console of 80 by 24: a step bound to a signal, a row that is attached, a file that is kept.

use std::path::PathBuf;

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

const BINDING: &str = r#"
[[binding]]
matches = ["MAINTENANCE_MODE=true"]
signal = "web"
when = "status == 503"
"#;

/// The files kept beside the night's journal.
fn kept(night: &Night) -> Vec<PathBuf> {
    let below =
        |path: PathBuf| std::fs::read_dir(path).map_or_else(|_| Vec::new(), |all| all.flatten().collect());
    below(night.path("night.journal.artifacts"))
        .into_iter()
        .flat_map(|entry| below(entry.path()))
        .map(|entry| entry.path())
        .collect()
}

#[test]
fn a_step_is_ticked_with_what_was_seen_and_what_was_kept() {
    let night = Night::with("quiet", BINDING);
    night.write("trace.log", "connection reset by peer\n");
    night.write("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n");
    let mut console = night.console((80, 24), &[]);
    console.wait_for_text("3 ok", DEADLINE);
    console.key("2");
    // The live value of the step that is bound, and its age.
    console.wait_for(|screen| screen.contains("status is 200") && screen.contains("does not hold"), DEADLINE);
    console.key("space");
    console.wait_for_texts(&["NOT SHOWN TO BE DONE", "web says status is 200: tick all the same?"], DEADLINE);
    console.send("\r");
    console.wait_for_text("a reason is needed", DEADLINE);
    console.key("esc");
    console.wait_for_text("☐ Close the shop", DEADLINE);

    // From the health pane to the step, without leaving it.
    console.key("1");
    console.key("E");
    console.wait_for_text("attached to: Close the shop", DEADLINE);

    console.key("B");
    console.wait_for_texts(&["Keep a file", "With: Close the shop"], DEADLINE);
    console.send("id_rsa\r");
    console.wait_for_text("it holds a private key", DEADLINE);
    console.send("\u{15}gone.log\r");
    console.wait_for_text("there is no such file", DEADLINE);
    console.send("\u{15}trace.log\r");
    console.wait_for_text("kept trace.log, 25 B", DEADLINE);
    assert_eq!(kept(&night).len(), 1);

    console.key("2");
    console.key("space");
    console.wait_for_text("tick all the same?", DEADLINE);
    console.send("the page is cached\r");
    console.wait_for_text("✔ Close the shop", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));

    let (code, document) = night.json(&["incident", "show", "--json", "--journal", "night.journal"]);
    assert_eq!(code, Some(0));
    let step = &document["steps"][0];
    assert_eq!(
        (step["state"].as_str(), step["despite"].as_str()),
        (Some("done"), Some("the page is cached"))
    );
    let signal = &step["evidence"][0];
    assert_eq!((signal["from"].as_str(), signal["holds"].as_bool()), (Some("signal"), Some(false)));
    assert_eq!(signal["values"][0], "status is 200");
    assert!(step["attached"][0]["text"].as_str().is_some_and(|text| text.contains("(read ")), "{step}");
    assert_eq!(step["artifacts"][0]["name"], "trace.log");

    let verified = night.run(&["incident", "verify", "--journal", "night.journal"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("1 artifact, whole"), "{verified:?}");
    let file = kept(&night).pop().unwrap();
    crate::support::night::write(&file, "nothing happened\n");
    let verified = night.run(&["incident", "verify", "--journal", "night.journal"]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    assert!(verified.out.contains("BROKEN artifact trace.log"), "{verified:?}");
}

#[test]
fn what_a_run_printed_is_kept_as_it_was_printed() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.key("c");
    console.wait_for_texts(&["5 gates passed", "B keep"], DEADLINE);
    console.key("B");
    console.key("esc");
    console.wait_for_text("kept R-1.txt, 15 B", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let file = kept(&night).pop().unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), "5 gates passed\n");
    let (_, document) = night.json(&["incident", "show", "--json", "--journal", "night.journal"]);
    let facts = document["facts"].as_array().unwrap();
    assert!(
        facts.iter().any(|fact| fact["fact"] == "artifact-kept" && fact["name"] == "R-1.txt"),
        "{document}"
    );
}
