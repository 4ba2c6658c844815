//! Reports of a night that has everything, and of the same told by somebody hostile, opened.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::canary::HOSTILE;
use crate::support::story::{Story, keep_readings, plain, told};
use crate::support::terminal::MIDWATCH;

/// The browser, or what to do where there is none.
fn chromium() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.exists()).expect(
        "Chromium is not there: `apt-get install chromium` brings it, or CHROMIUM names it. The page cannot be looked at",
    )
}

/// What the browser found on the report of `story`, with what was measured meanwhile.
fn opened(story: Story) -> Value {
    let chromium = chromium();
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page");
    assert!(
        driver.join("node_modules/playwright-core").exists(),
        "what drives Chromium is not there: run `npm ci` in {}",
        driver.display()
    );
    let home = TempDir::new().unwrap();
    let (journal, page) = (home.path().join("night.journal"), home.path().join("report.html"));
    story.write(&journal);
    keep_readings(&journal);
    let ran = Command::new(MIDWATCH)
        .args(["incident", "report", "INC-1", "--format", "html", "--journal"])
        .arg(&journal)
        .arg("--output")
        .arg(&page)
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let pictures = std::env::var_os("MIDWATCH_PICTURES");
    let ran = Command::new("node")
        .arg(driver.join("look.mjs"))
        .arg(chromium)
        .arg(&page)
        .args(pictures)
        .env("HOME", home.path())
        .output()
        .expect("node is there to drive Chromium");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// What holds for every page, whoever wrote what stands in it.
fn is_sound(found: &Value) {
    for list in ["errors", "requests", "dialogs"] {
        assert_eq!(found[list], serde_json::json!([]), "{list}");
    }
    let looks = found["looks"].as_array().unwrap();
    assert_eq!(looks.len(), 4);
    for look in looks {
        let which = format!("{} {}", look["colorScheme"], look["name"]);
        assert_eq!(look["scrolls"], 0, "{which} scrolls sideways: {}", look["sticksOut"]);
        for list in ["violations", "sticksOut", "badLinks", "lostLinks", "handlers"] {
            assert_eq!(look[list], serde_json::json!([]), "{which}: {list}");
        }
        assert_eq!(look["scripts"], 0, "{which}");
        assert_eq!((&look["language"], &look["headings"]), (&"en".into(), &1.into()), "{which}");
        assert!(look["charts"].as_u64().unwrap() >= 4, "{which}: {look}");
        assert!(
            look["smallest"].as_f64().unwrap() >= 10.0,
            "{which}: text of a chart is {} high",
            look["smallest"]
        );
    }
    // Paper is white, whatever the screen is, and nothing on it is folded away.
    let print = &found["print"];
    assert_eq!(print["ground"], "rgb(255, 255, 255)", "{print}");
    assert_eq!(print["folded"], 0, "{print}");
    assert!(print["bytes"].as_u64().unwrap() > 10_000, "{print}");
}

#[test]
fn the_report_reads_on_a_screen_on_a_phone_and_on_paper() {
    let found = opened(plain());
    is_sound(&found);
    let ground = |at: usize| found["looks"][at]["ground"].as_str().unwrap();
    assert_ne!(ground(0), ground(2), "dark is another ground than light");
    assert_eq!(found["looks"][0]["title"], "INC-1 · api is down after a deploy");
}

#[test]
fn hostile_text_is_text_in_a_browser() {
    let evil = format!(
        "\"'><img src=https://evil.example/x onerror=alert(1)>{HOSTILE}</pre></svg></style></title><script>alert(2)</script>\
         <svg onload=alert(3)> javascript:alert(4) {}",
        "unbroken".repeat(40)
    );
    is_sound(&opened(told(&|text| format!("{text}{evil}"))));
}
