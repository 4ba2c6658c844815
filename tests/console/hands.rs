//! Hands on the terminal: sizes, mouse, paste, palette, filter, help.

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, most: u16) -> u16 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u16::try_from(self.0 % u64::from(most)).unwrap() + 1
    }
}

/// The screen without what time changes: clocks, spans, latencies.
fn still(screen: &str) -> String {
    // What is measured may change between two frames; where the panes are and what they say may not.
    let measured = |line: &&str| !["● ", "▲ ", "✖ ", "Health ", "Z"].iter().any(|part| line.contains(part));
    screen.lines().filter(measured).map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn a_thousand_sizes_leave_it_as_it_was() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.wait_for_text("3 ok", DEADLINE);
    let mut dice = Dice(20_261_121);
    for turn in 0..1000 {
        let size = match turn % 10 {
            0 => (1, 1),
            1 => (dice.roll(8), dice.roll(4)),
            _ => (dice.roll(300), dice.roll(100)),
        };
        console.resize(size);
        // Something to lay out anew.
        if turn % 97 == 19 {
            console.key("tab");
        }
        if turn % 50 == 0 {
            // A frame at this very size, however small: what comes is looked at, not what it says.
            let written = console.written();
            console.key("ctrl+l");
            console.wait_until(|console| console.written() > written, DEADLINE);
        }
    }
    console.resize((80, 24));
    let whole = |screen: &str| {
        let lines: Vec<&str> = screen.lines().collect();
        lines.len() == 24
            && lines[0].starts_with(" MIDWATCH  shop · production  LOCKED")
            && lines.iter().filter(|line| line.starts_with(['┌', '┏'])).count() >= 3
            && screen.contains("3 ok")
            && screen.contains("Shop runbook")
            // What was said last is gone.
            && screen.contains("All quiet.")
    };
    // A frame may come in pieces: what stands twice in a row is whole.
    let settled = |console: &mut Terminal| {
        let mut before = String::new();
        loop {
            let screen = still(&console.wait_for(whole, DEADLINE));
            if screen == before {
                return screen;
            }
            before = screen;
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    };
    // Nothing of another size is left behind: drawn afresh it is the same. A reading that comes in
    // between may make a difference once, but not every time.
    let same = (0..5).any(|_| {
        let before = settled(&mut console);
        console.key("ctrl+l");
        let written = console.written();
        console.wait_until(|console| console.written() > written, DEADLINE);
        before == settled(&mut console) || {
            console.resize((97, 31));
            console.resize((80, 24));
            false
        }
    });
    assert!(same, "something is left behind:\n{}", console.screen());
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let night = Night::of("quiet");
    let mut console = night.console((120, 36), &[]);
    console.wait_for_text("3 ok", DEADLINE);
    let row_of = |screen: &str, text: &str| {
        u16::try_from(screen.lines().position(|line| line.contains(text)).unwrap()).unwrap()
    };
    let screen = console.wait_for_text("search  ", DEADLINE);
    let row = row_of(&screen, "search  ");
    console.click((10, row));
    console.wait_for_text("▸ search", DEADLINE);
    let screen = console.screen();
    let row = row_of(&screen, "Compare the versions");
    console.click((90, row));
    console.wait_for_text("▸ ☐ Compare the versions", DEADLINE);
    // A double click opens; a dialog takes no clicks.
    let row = row_of(&console.screen(), "api  ");
    console.click((10, row));
    console.click((10, row));
    console.wait_for_texts(&["last reading", "/api/health"], DEADLINE);
    console.click((90, 5));
    console.key("esc");
    console.wait_for_text("▸ api", DEADLINE);
    // A click on nothing does nothing.
    console.click((119, 35));
    console.click((0, 0));
    console.key("?");
    console.wait_for_text("Help", DEADLINE);
    assert_eq!(night.company.changes(), 0);
}

#[test]
fn a_paste_is_text_and_never_an_answer() {
    let night = Night::of("quiet");
    let hostile = "line one\r\ny\nA\rq\x1b]0;pwned\x07\x1b[2Jend\r\n";
    let mut console = night.console((120, 36), &[]);
    // Where nothing is typed, it does nothing.
    console.paste(hostile);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    // In a confirmation, it confirms nothing.
    console.key("t");
    console.wait_for_texts(&["/admin/restart/api", "y run"], DEADLINE);
    console.paste("y\ny\n");
    console.paste(hostile);
    console.key("n");
    console.wait_for_text("restart-api: not run", DEADLINE);
    // In a field it is one clean line, and is not sent.
    console.key("n");
    console.wait_for_text("what happened", DEADLINE);
    console.paste(hostile);
    let screen = console.wait_for_text("line one  y A q", DEADLINE);
    assert!(screen.contains("what happened"), "{screen}");
    assert!(!screen.contains("✎"), "{screen}");
    console.key("enter");
    console.wait_for_text("✎ line one  y A q", DEADLINE);
    let output = String::from_utf8_lossy(&console.output()).into_owned();
    assert!(!output.contains("\x1b]0;pwned") && !output.contains("\x1b[2Jend"), "{output:?}");
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    assert_eq!(night.company.changes(), 0);
    let shown = night.run(&["incident", "show", "--json"]).out;
    assert!(shown.contains("line one  y A q"), "{shown}");
    assert!(!shown.contains("\\u001b"), "{shown}");
}

#[test]
fn the_palette_finds_and_runs() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.key(":");
    console.wait_for_text("find:", DEADLINE);
    console.send("wri note");
    console.wait_for_text("▸ Write a note", DEADLINE);
    console.key("enter");
    console.wait_for_text("what happened", DEADLINE);
    console.send("found by name\r");
    console.wait_for_text("✎ found by name", DEADLINE);
    // Actions are in it too, and are confirmed as ever.
    console.key(":");
    console.wait_for_text("find:", DEADLINE);
    console.send("restart");
    console.wait_for(
        |screen| screen.lines().any(|line| line.contains("▸") && line.contains("restart-api")),
        DEADLINE,
    );
    console.key("enter");
    console.wait_for_texts(&["/admin/restart/api", "A arm, to run it"], DEADLINE);
    console.key("n");
    console.wait_for_text("MIDWATCH", DEADLINE);
    assert_eq!(night.company.changes(), 0);
    console.key(":");
    console.wait_for_text("find:", DEADLINE);
    console.send("zzzzzz");
    console.wait_for_text("nothing matches", DEADLINE);
    console.send("\r");
    console.wait_for_text("MIDWATCH", DEADLINE);
}

#[test]
fn a_filter_narrows_and_goes_away() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.wait_for_text("3 ok", DEADLINE);
    console.key("/");
    console.wait_for_text("show only", DEADLINE);
    console.send("sea\r");
    let filtered = |screen: &str| {
        screen.contains("search   ") && !screen.contains("api   ") && screen.contains("/ sea (1 shown)")
    };
    console.wait_for(filtered, DEADLINE);
    console.key("esc");
    console.wait_for_texts(&["search   ", "api   ", "web   "], DEADLINE);
}

#[test]
fn help_shows_the_keys_of_this_place() {
    let night = Night::of("quiet");
    let mut console = night.console((100, 60), &[]);
    console.key("?");
    console.wait_for_texts(&["In the health pane", "Acknowledge the signal"], DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("2");
    console.key("?");
    console.wait_for_texts(&["In the runbook pane", "Tick the step"], DEADLINE);
    console.key("G");
    console.wait_for_texts(&["Actions of this team", "m  maintenance-mode: The maintenance page"], DEADLINE);
}

#[test]
fn at_40x12_it_can_be_worked_with() {
    let night = Night::of("quiet");
    let mut console = night.console((40, 12), &[]);
    console.wait_for_texts(&["LOCKED", "web", "api", "search", "● ok"], DEADLINE);
    console.key("2");
    console.wait_for_texts(&["Shop runbook", "▸ ☐ Close the shop"], DEADLINE);
    console.key("down");
    console.key("space");
    console.wait_for_text("✔ Tell the shop", DEADLINE);
    // The exact request is read to its end before anything can be agreed to.
    console.key("m");
    console.wait_for_texts(&["This switches it", "↓ read to the end"], DEADLINE);
    console.key("A");
    console.key("y");
    for _ in 0..4 {
        console.key("pagedown");
    }
    console.wait_for_texts(&["reversibly", "y run"], DEADLINE);
    assert_eq!(night.company.changes(), 0);
    console.key("y");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("4");
    console.wait_for_text("O-1 maintenance", DEADLINE);
    assert_eq!(night.company.changes(), 1);
    console.key("3");
    console.wait_for_text("✔ observed by", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}
