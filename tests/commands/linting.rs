//! `midwatch runbook lint`, as a pipeline calls it: what it finds, what it exits with, and what it runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::night::{Ran, write};
use crate::support::terminal::MIDWATCH;

/// A repository with a runbook, and a directory of tools beside it that write down how they are called.
struct Bench {
    home: TempDir,
}

impl Bench {
    fn new(runbook: &str) -> Self {
        let bench = Self { home: tempfile::tempdir().unwrap() };
        for directory in ["repository/.git", "repository/bin", "tools", "open", "home"] {
            fs::create_dir_all(bench.path(directory)).unwrap();
        }
        write(&bench.path("repository/runbook.md"), runbook);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Puts a program there that writes down its arguments and its environment, then does as `then` says.
    fn tool(&self, at: &str, then: &str) {
        let path = self.path(at);
        let log = self.path("calls");
        let text = format!(
            "#!/bin/sh\nsaid=\"$(basename \"$0\")\"; for a in \"$@\"; do said=\"$said [$a]\"; done\n\
             # Two that are asked at once write a line each, and not into one another's.\n\
             printf '%s\\n' \"$said\" >> '{log}'\n\
             env >> '{log}.env'\npwd >> '{log}.pwd'\n{then}\n",
            log = log.display()
        );
        write(&path, &text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn calls(&self) -> Vec<String> {
        let mut calls: Vec<String> =
            fs::read_to_string(self.path("calls")).unwrap_or_default().lines().map(str::to_owned).collect();
        calls.sort();
        calls
    }

    fn lint(&self, path: &str, arguments: &[&str]) -> Ran {
        let output = Command::new(MIDWATCH)
            .args(["runbook", "lint"])
            .args(arguments)
            .current_dir(self.path("repository"))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("MIDWATCH_HOME", self.path("home"))
            .env("API_TOKEN", "not-for-tools")
            .output()
            .unwrap();
        Ran::of(&output)
    }

    /// `PATH` with the tools and what a script needs.
    fn usual(&self) -> String {
        format!("{}:/usr/bin:/bin", self.path("tools").display())
    }
}

fn codes(ran: &Ran) -> Vec<(String, u64, u64)> {
    let document: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let told = document["diagnostics"].as_array().unwrap();
    told.iter()
        .map(|told| {
            (
                told["code"].as_str().unwrap().to_owned(),
                told["line"].as_u64().unwrap(),
                told["column"].as_u64().unwrap(),
            )
        })
        .collect()
}

const PAGE: &str = "printf 'Manage things\\n\\nUsage:\\n  flyctl [command]\\n\\nAvailable Commands:\\n  machine   x\\n  \
                    releases   x\\n\\nFlags:\\n  -a, --app string\\n'";

#[test]
fn errors_exit_1_warnings_0_and_what_cannot_be_read_2() {
    let bench = Bench::new(
        "# R\n\n```sh\nflyctl releases rollback <version>\npsql < dump.sql\n```\n\n- On-call: TBD\n",
    );
    let ran = bench.lint("/usr/bin:/bin", &["--offline", "--json", "runbook.md"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let expected = [
        ("never-rehearsed", 0, 0),
        ("unknown-command", 4, 17),
        ("placeholder", 4, 26),
        ("no-target", 5, 1),
        ("irreversible", 5, 1),
        ("undecided", 8, 12),
    ];
    assert_eq!(codes(&ran), expected.map(|(code, line, column)| (code.to_owned(), line, column)));
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let first = &document["diagnostics"][1];
    assert_eq!((&first["file"], &first["severity"]), (&json!("runbook.md"), &json!("error")));
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 7, "{keys:?}");

    let ran = bench.lint("/usr/bin:/bin", &["--offline", "runbook.md"]);
    assert!(ran.out.contains("runbook.md:4:17: flyctl releases has no command \"rollback\""), "{ran:?}");
    assert!(ran.out.contains("\n  hint: deploy the image"), "{ran:?}");
    assert!(ran.err.contains("1 error, 3 warnings, 2 notes"), "{ran:?}");

    write(&bench.path("repository/fine.md"), "# R\n\n- On-call: TBD\n");
    assert_eq!(bench.lint("/usr/bin:/bin", &["fine.md"]).code, Some(0));
    assert_eq!(bench.lint("/usr/bin:/bin", &["not-there.md"]).code, Some(2));
    assert_eq!(bench.lint("/usr/bin:/bin", &["--no-such-flag"]).code, Some(2));
    assert_eq!(bench.lint("/usr/bin:/bin", &[]).code, Some(2), "no file and no configuration");
}

#[test]
fn an_installed_tool_is_asked_for_its_help_and_for_nothing_else() {
    let bench = Bench::new(
        "# R\n\n```sh\nflyctl machine stop --all; flyctl `evil` $(rm x) rm -rf /\nfly doctor evil\n```\n",
    );
    bench.tool("tools/flyctl", PAGE);
    let ran = bench.lint(&bench.usual(), &["--json", "runbook.md"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        bench.calls(),
        ["flyctl [--help]", "flyctl [machine] [--help]", "flyctl [machine] [stop] [--help]"]
    );
    let env = fs::read_to_string(bench.path("calls.env")).unwrap();
    assert!(!env.contains("not-for-tools") && env.contains("HTTPS_PROXY=http://127.0.0.1:9"), "{env}");
    let home = format!("HOME={}", bench.path("home").display());
    assert!(!env.contains(&home), "{env}");
    let pwd = fs::read_to_string(bench.path("calls.pwd")).unwrap();
    assert!(!pwd.contains("repository"), "{pwd}");

    fs::remove_file(bench.path("calls")).unwrap();
    bench.lint(&bench.usual(), &["--offline", "runbook.md"]);
    assert!(bench.calls().is_empty(), "{:?}", bench.calls());
}

#[test]
fn what_the_installed_tool_says_counts() {
    let bench = Bench::new("# R\n\n```sh\nflyctl releases rollback 3\n```\n");
    bench.tool("tools/flyctl", "printf 'Usage:\\n  flyctl releases\\n\\nCommands:\\n  rollback   Go back\\n\\nFlags:\\n  --app x\\n'");
    let ran = bench.lint(&bench.usual(), &["runbook.md"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("judged by the --help of what is installed: flyctl"), "{ran:?}");
    // One that answers nonsense is one that is not there.
    bench.tool("tools/flyctl", "echo no; exit 1");
    let ran = bench.lint(&bench.usual(), &["runbook.md"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("judged by a shipped table: flyctl"), "{ran:?}");
}

#[test]
fn a_tool_that_never_ends_or_never_stops_talking_is_given_up() {
    let bench = Bench::new("# R\n\n```sh\nflyctl releases rollback 3\n```\n");
    bench.tool("tools/flyctl", "sleep 600 & echo $! > \"$(dirname \"$0\")/left\"; wait");
    let ran = bench.lint(&bench.usual(), &["runbook.md"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let left = fs::read_to_string(bench.path("tools/left")).unwrap();
    // It is told to end at once, and gone a moment later.
    let gone = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        !is_running(left.trim())
    });
    assert!(gone, "what it started was left running");
    bench.tool("tools/flyctl", "yes flags usage");
    assert_eq!(bench.lint(&bench.usual(), &["runbook.md"]).code, Some(1));
}

/// Whether a process goes on: one that has ended and that nobody has asked after does not.
fn is_running(id: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[test]
fn nothing_of_the_repository_is_run() {
    let bench = Bench::new(
        "# R\n\n```sh\n./evil --now\n./flyctl releases\nflyctl releases\nevil --help\nnpm run x\n$(evil)\n```\n\n```sh {\"check\":\"./evil\",\"undo\":\"./evil\",\"name\":\"x\"}\n./evil\n```\n\n[x](evil)\n",
    );
    for name in [
        "repository/evil",
        "repository/flyctl",
        "repository/bin/flyctl",
        "repository/bin/evil",
        "tools/evil",
        "open/flyctl",
    ] {
        bench.tool(name, PAGE);
    }
    // Names that lead into the repository lead nowhere either.
    std::os::unix::fs::symlink(bench.path("repository/flyctl"), bench.path("tools/flyctl")).unwrap();
    fs::set_permissions(bench.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let repository = bench.path("repository");
    let path = format!(
        ".:bin::{}:{}/bin:{}:{}:/usr/bin:/bin",
        repository.display(),
        repository.display(),
        bench.path("open").display(),
        bench.path("tools").display()
    );
    let ran = bench.lint(&path, &["runbook.md"]);
    assert!(ran.err.contains("judged by a shipped table: flyctl"), "{ran:?}");
    assert!(bench.calls().is_empty(), "{:?}", bench.calls());
}

#[test]
fn the_package_links_and_the_configuration_are_known() {
    let bench = Bench::new(
        "# R\n\n- Run `npm run lint` and `npm run lnit`. <!-- midwatch: signal=wbe -->\n- See [a](docs/a.md) and [b](docs/b.md).\n",
    );
    fs::create_dir(bench.path("repository/docs")).unwrap();
    write(&bench.path("repository/docs/a.md"), "# A\n");
    write(&bench.path("repository/package.json"), r#"{"scripts":{"lint":"x"}}"#);
    write(
        &bench.path("repository/midwatch.toml"),
        "[console]\nname = \"shop\"\nrunbooks = [\"runbook.md\"]\n\n[[health]]\nname = \"web\"\nurl = \"https://shop.example.com/\"\n",
    );
    let ran = bench.lint("/usr/bin:/bin", &["--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let found: Vec<_> = codes(&ran).into_iter().filter(|(code, ..)| code != "never-rehearsed").collect();
    let expected = [("unknown-signal", 3, 0), ("unknown-script", 3, 35), ("dead-link", 4, 26)];
    assert_eq!(found, expected.map(|(code, line, column)| (code.to_owned(), line, column)));
    // A file that is named is judged by the configuration that is found, too.
    assert_eq!(codes(&bench.lint("/usr/bin:/bin", &["--json", "runbook.md"])), codes(&ran));
}

#[test]
fn what_the_configuration_says_of_steps_is_held_against_them() {
    let bench = Bench::new("# R\n\n- Look: `ls`\n\n```sh {\"name\":\"page\",\"risk\":\"read\"}\nls\n```\n");
    let configuration = |bindings: &str| {
        let head = "[console]\nname = \"shop\"\nrunbooks = [\"runbook.md\"]\n";
        write(&bench.path("repository/midwatch.toml"), &format!("{head}{bindings}"));
    };
    configuration(
        "[[binding]]\nwords = \"look\"\nonFailure = \"pgae\"\n[[binding]]\nwords = \"look\"\nonFailure = \"page\"\n\
         [[binding]]\nwords = \"of nobody\"\nrequired = true\n",
    );
    let ran = bench.lint("/usr/bin:/bin", &["--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let expected = [("unknown-block", 4, 1), ("unmatched-binding", 10, 1)];
    assert_eq!(codes(&ran), expected.map(|(code, line, column)| (code.to_owned(), line, column)));
    let ran = bench.lint("/usr/bin:/bin", &[]);
    assert!(
        ran.out.contains("midwatch.toml:4:1: onFailure: no block of runbook.md is called \"pgae\""),
        "{ran:?}"
    );
    assert!(ran.out.contains("hint: did you mean \"page\"?"), "{ran:?}");
    // A binding may speak of a file that is not among those that are named.
    write(&bench.path("repository/other.md"), "# R\n\n- Look: `ls`\n");
    configuration(
        "[[binding]]\nwords = \"of nobody\"\nrequired = true\n[[binding]]\nrunbook = \"other.md\"\nwords = \"x\"\nrequired = true\n",
    );
    let ran = bench.lint("/usr/bin:/bin", &["--json", "other.md"]);
    assert_eq!(codes(&ran), [("unmatched-binding".to_owned(), 7, 1)], "{ran:?}");
}
