//! A runbook and a configuration that are edited while the console is open.

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

const RUNBOOK: &str = "\
# Shop runbook

## Triage

- [ ] Read the queue
- [ ] Compare the versions
- [ ] Ask what became of an order
";

#[test]
fn an_edit_is_taken_up_and_the_place_is_kept() {
    let night = Night::of("quiet");
    night.write("runbook.md", RUNBOOK);
    let mut console = night.console((120, 36), &[]);
    console.key("2");
    console.key("space");
    console.wait_for_text("✔ Read the queue", DEADLINE);
    console.wait_for_text("▸ ☐ Compare the versions", DEADLINE);

    // As an editor writes: another file, moved into its place.
    night.write("runbook.md~", &RUNBOOK.replace("- [ ] Read", "- [ ] Ring bob\n- [ ] Read"));
    std::fs::rename(night.path("runbook.md~"), night.path("runbook.md")).unwrap();
    let texts = ["☐ Ring bob", "✔ Read the queue", "▸ ☐ Compare the versions", "runbook.md was edited"];
    console.wait_for_texts(&texts, DEADLINE);
    console.wait_for_text("was edited and read again: 1 added", DEADLINE);

    // The step under the cursor goes, and then the file.
    night.write("runbook.md", &RUNBOOK.replace("- [ ] Compare the versions\n", ""));
    console.wait_for_text("▸ ☐ Ask what became of an order", DEADLINE);
    std::fs::remove_file(night.path("runbook.md")).unwrap();
    console.wait_for_text("runbook.md: no such file: it stays as it was read", DEADLINE);
    console.wait_for_text("▸ ☐ Ask what became of an order", DEADLINE);
    night.write("runbook.md", RUNBOOK);
    console.wait_for_text("▸ ☐ Compare the versions", DEADLINE);

    // A configuration is never changed under the operator.
    let configuration = std::fs::read_to_string(night.path("midwatch.toml")).unwrap();
    night.write("midwatch.toml", &configuration.replace("name = \"search\"", "name = \"finder\""));
    console.wait_for_text("midwatch.toml was edited: restart to use it", DEADLINE);
    assert!(console.screen().contains("search"), "{}", console.screen());
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let (_, shown) = night.json(&["incident", "show", "--json"]);
    let count = shown.to_string().matches("runbook-changed").count();
    assert!((3..=4).contains(&count), "{count}: {shown}");
}
