//! Updates in the console of the demo: to #ops, into its thread, to the status page, and by an editor of one's own.

use std::time::Duration;

use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal};

/// How long a night may take to show its trouble.
const TROUBLE: Duration = Duration::from_secs(60);

fn demo(environment: &[(&str, &str)]) -> Terminal {
    let arguments = [MIDWATCH, "demo", "api-outage", "--theme", "dark", "--operator", "ann"];
    let mut console = Terminal::start(&arguments, (100, 40), environment);
    console.wait_for(|screen| screen.contains("✖ DOWN"), TROUBLE);
    console.key("i");
    console.wait_for_text("severity and title", DEADLINE);
    console.key("enter");
    console.wait_for_text("INC-1", DEADLINE);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console
}

/// Goes on to the request, and says yes.
fn confirm(console: &mut Terminal) {
    console.key("ctrl+s");
    console.wait_for_text("Exactly this runs", DEADLINE);
    console.key("pagedown");
    console.key("pagedown");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
}

#[test]
fn an_update_goes_to_ops_and_the_next_into_its_thread() {
    let mut console = demo(&[]);
    console.key("M");
    console.wait_for_texts(&["ops", "● team", "◉ PUBLIC", "◉ CUSTOMERS"], DEADLINE);
    console.key("enter");
    console.wait_for_texts(&["Conditions", "api is down", "ctrl+s go on"], DEADLINE);
    confirm(&mut console);
    console.wait_for_text("M-1 is in ops", DEADLINE);

    console.key("M");
    let link = "https://lanternfish.slack.example.com/archives/C0LFOPS0001/p";
    console.wait_for_texts(&["Post to which channel?", link], DEADLINE);
    console.key("enter");
    console.wait_for_text("with what was posted before", DEADLINE);
    console.send("We know more. ");
    console.wait_for_text("We know more.", DEADLINE);
    console.key("ctrl+d");
    console.wait_for_text("+ We know more. P1", DEADLINE);
    console.key("esc");
    console.wait_for_text("ctrl+s go on", DEADLINE);
    console.key("ctrl+s");
    console.wait_for_text("thread_ts", DEADLINE);
    console.key("pagedown");
    console.key("pagedown");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_text("M-2 is in ops", DEADLINE);

    // The same incident of the page from its beginning to its end.
    console.key("M");
    console.wait_for_text("Post to which channel?", DEADLINE);
    console.key("down");
    console.key("enter");
    console.wait_for_text("THE PUBLIC reads it", DEADLINE);
    confirm(&mut console);
    console.wait_for_text("M-3 is in status", DEADLINE);
    console.key("M");
    console.wait_for_texts(&["Post to which channel?", "https://stspg.example.com/lfinc"], DEADLINE);
    console.key("esc");
    console.wait_for(|screen| !screen.contains("Post to which channel?"), DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

#[test]
fn a_text_comes_back_from_an_editor_of_one_s_own() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("editor.sh");
    let seen = home.path().join("seen");
    let text = format!(
        "#!/bin/sh\nstat -c '%a %n' \"$1\" > {seen}\ncat \"$1\" >> {seen}\necho 'from my own editor' > \"$1\"\n",
        seen = seen.display()
    );
    std::io::Write::write_all(&mut std::fs::File::create(&script).unwrap(), text.as_bytes()).unwrap();
    let editor = format!("sh {}", script.display());
    let mut console = demo(&[("VISUAL", editor.as_str())]);
    console.key("M");
    console.wait_for_text("Post to which channel?", DEADLINE);
    console.key("enter");
    console.wait_for_text("ctrl+o $EDITOR", DEADLINE);
    console.key("ctrl+o");
    console.wait_for_text("from my own editor", DEADLINE);
    let seen = std::fs::read_to_string(&seen).unwrap();
    let (first, rest) = seen.split_once('\n').unwrap();
    let (mode, path) = first.split_once(' ').unwrap();
    assert_eq!(mode, "600", "nobody else can read it");
    assert!(rest.contains("Conditions"), "{rest}");
    assert!(!std::path::Path::new(path).exists(), "it is gone");
    console.key("esc");
    console.wait_for_text("not posted", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}
