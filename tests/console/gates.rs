//! A sequence of gates, killed in the middle and gone on with: nothing that has ended runs again unasked.

use std::time::Duration;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

const RUNBOOK: &str = "# Gates

## Release gates

Run all of them, in order:

```sh
sh mark.sh 1
sh mark.sh 2
sh mark.sh 3
sh mark.sh 4
sh mark.sh 5
```
";

/// Says that it began, works a while, and says that it ended.
const MARK: &str = "echo $1 >>began; sleep 0.15; echo $1 >>ended\n";

/// Opens the sequence, and arms the console if it has to be.
fn open(console: &mut Terminal) -> String {
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("2");
    console.key("down");
    console.key(">");
    // The line of keys is drawn last.
    let whole = |screen: &str| {
        screen.contains("sh mark.sh 5") && ["do not run ", "esc back "].iter().any(|key| screen.contains(key))
    };
    let screen = console.wait_for(whole, DEADLINE);
    if screen.contains("A arm") { arm(console) } else { screen }
}

fn arm(console: &mut Terminal) -> String {
    console.key("A");
    console.wait_for_text("y run", DEADLINE)
}

fn lines(night: &Night, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(night.path(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn what_has_ended_before_a_kill_is_not_run_again() {
    for delay in [20, 130, 240, 310, 420, 500, 610, 730, 850, 990] {
        let night = Night::of("quiet");
        night.write("runbook.md", RUNBOOK);
        night.write("mark.sh", MARK);
        let mut console = night.console((100, 30), &[]);
        let screen = open(&mut console);
        assert!(screen.contains("5 of 5 run"), "{screen}");
        console.key("y");
        std::thread::sleep(Duration::from_millis(delay));
        console.kill();
        // What was under way ends by itself, and nobody is there to see it.
        std::thread::sleep(Duration::from_millis(400));
        let before = lines(&night, "began");
        assert!(before.len() <= 5 && lines(&night, "ended") == before, "{delay} ms: {before:?}");

        let mut console = night.console((100, 30), &[]);
        let mut screen = open(&mut console);
        assert_eq!(lines(&night, "began"), before, "{delay} ms: something ran by itself");
        let mut again = 0;
        if screen.contains("it ended well") {
            // Whether it did is not known to the console; the operator looks.
            let told = screen.lines().find(|line| line.contains('?') && line.contains("mark.sh"));
            let number = told.and_then(|line| line.split("mark.sh ").nth(1)).map(|rest| rest[..1].to_owned());
            let number = number.unwrap_or_else(|| panic!("{screen}"));
            if before.contains(&number) {
                console.key("d");
            } else {
                again += 1;
                console.key("v");
                console.wait_for_text("did", DEADLINE);
                console.send("it never began\r");
                console.wait_for_text("it ended well", DEADLINE);
                console.key("a");
            }
            screen = console.wait_for(|screen| !screen.contains("it ended well"), DEADLINE);
        }
        if screen.contains("A arm") {
            screen = arm(&mut console);
        }
        if screen.contains("y run") {
            console.key("y");
        }
        console.wait_for_text("All 5 are done", DEADLINE);
        let mut ran = lines(&night, "began");
        assert_eq!(ran.len(), 5, "{delay} ms: {ran:?}, asked again {again}");
        ran.sort();
        assert_eq!(ran, ["1", "2", "3", "4", "5"], "{delay} ms");
        console.kill();
    }
}
