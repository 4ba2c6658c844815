//! `midwatch init`: what stands in a repository becomes a configuration that can be read, and nothing of the
//! repository runs or changes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::night::Ran;
use crate::support::terminal::MIDWATCH;

fn midwatch(directory: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(MIDWATCH);
    command.args(arguments).current_dir(directory).env_clear().env("PATH", "/usr/bin:/bin");
    Ran::of(&command.env("MIDWATCH_HOME", directory.join(".home")).stdin(Stdio::null()).output().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "nothing is lost if a test is stopped half-way")]
fn put(directory: &Path, path: &str, text: &str) {
    let file = directory.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

const RUNBOOK: &str = "# Bakery operations

## Containment

- Flip `OVEN_MAINTENANCE=true` at the edge.

## Triage

1. Ask `curl https://bakery.example.com/api/health`.
2. Look at the \"Nightly audit\" workflow.
3. Query `/api/health` and read each provider.

## Rollback

1. Run `npm run rollback:last`.
2. Run `npm run lint` and `npm run lint` again, then `npm run never:heard-of`.
";

/// A shop that bakes.
fn bakery() -> tempfile::TempDir {
    let at = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| put(at.path(), path, text);
    put(
        "package.json",
        r#"{"name": "@example/bakery", "scripts": {"lint": "touch ran", "rollback:last": "touch ran"}}"#,
    );
    put(
        "api/fly.toml",
        "app = \"bakery-api\"\n[http_service]\n[[http_service.checks]]\npath = \"/health\"\n",
    );
    put("vercel.json", "{}");
    put("supabase/config.toml", "project_id = \"bakery\"\n");
    put(
        ".env.example",
        "STRIPE_SECRET_KEY=sk_live_thisMustNotBeCopied\nSENTRY_ORG=bakers\nexport REDIS_URL=\n",
    );
    put(".github/workflows/audit.yml", "name: Nightly audit\non:\n  workflow_dispatch:\njobs: {}\n");
    put(".github/workflows/build.yml", "name: Build\non: push\njobs: {}\n");
    put(".git/config", "[remote \"origin\"]\n\turl = git@github.com:example/bakery.git\n");
    put("docs/operations.md", RUNBOOK);
    put("README.md", "# Bakery\n\nBread.\n");
    put("node_modules/other/docs/runbook.md", RUNBOOK);
    at
}

fn tables<'a>(toml: &'a toml::Table, name: &str) -> Vec<&'a toml::Value> {
    match toml.get(name) {
        Some(toml::Value::Array(list)) => list.iter().collect(),
        Some(table) => vec![table],
        None => Vec::new(),
    }
}

#[test]
fn what_stands_in_a_repository_becomes_a_configuration_that_loads() {
    let at = bakery();
    let ran = midwatch(at.path(), &["init"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let text = fs::read_to_string(at.path().join("midwatch.toml")).unwrap();
    let toml: toml::Table = text.parse().unwrap();
    assert_eq!(toml["console"]["name"].as_str(), Some("bakery"));
    assert_eq!(toml["console"]["runbooks"], toml::Value::from(vec!["docs/operations.md"]));
    let urls: Vec<&str> =
        tables(&toml, "health").iter().map(|table| table["url"].as_str().unwrap()).collect();
    assert_eq!(urls, ["https://bakery-api.fly.dev/health", "https://bakery.example.com/api/health"]);
    assert_eq!(tables(&toml, "fly")[0]["app"].as_str(), Some("bakery-api"));
    let [flow] = &tables(&toml, "github")[..] else { panic!("{text}") };
    assert_eq!(
        (flow["repository"].as_str(), flow["workflow"].as_str()),
        (Some("example/bakery"), Some("audit.yml"))
    );
    let actions: Vec<(&str, &str)> = tables(&toml, "action")
        .iter()
        .map(|table| (table["name"].as_str().unwrap(), table["risk"].as_str().unwrap()))
        .collect();
    assert_eq!(
        actions,
        [("rollback-last", "change"), ("lint", "read")],
        "only scripts that there are, once each"
    );
    let [binding] = &tables(&toml, "binding")[..] else { panic!("{text}") };
    assert_eq!(binding["matches"], toml::Value::from(vec!["/api/health"]));
    assert_eq!(binding["signal"], toml["health"][1]["name"]);
    assert_eq!(toml["stripe"]["key"]["env"].as_str(), Some("STRIPE_SECRET_KEY"));
    assert_eq!(toml["sentry"]["organization"].as_str(), Some("bakers"));
    for told in
        ["vercel.json is here", "supabase/config.toml is here", "\"REDIS_URL\" says", "OVEN_MAINTENANCE=true"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("MustNotBeCopied") && !ran.err.contains("MustNotBeCopied"), "{text}");
    let checked = midwatch(at.path(), &["config", "check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(!at.path().join("ran").exists(), "a script ran");
}

#[test]
fn nothing_is_written_over_a_file_that_is_there() {
    let at = bakery();
    put(at.path(), "midwatch.toml", "# mine\n");
    let ran = midwatch(at.path(), &["init"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("--print"), "{ran:?}");
    assert_eq!(fs::read_to_string(at.path().join("midwatch.toml")).unwrap(), "# mine\n");
    let left: Vec<_> = fs::read_dir(at.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".tmp")), "{left:?}");
    let ran = midwatch(at.path(), &["init", "--print"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("[[health]]"), "{ran:?}");
    let ran = midwatch(at.path(), &["init", "--output", "other.toml", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["file"], "other.toml");
    assert_eq!(document["toml"].as_str().unwrap(), fs::read_to_string(at.path().join("other.toml")).unwrap());
    assert_eq!(midwatch(at.path(), &["init", "nowhere"]).code, Some(2));
}

#[test]
fn an_empty_or_broken_repository_gives_one_to_fill_in() {
    let empty = tempfile::tempdir().unwrap();
    let broken = bakery();
    for path in ["package.json", "api/fly.toml", "supabase/config.toml", ".github/workflows/audit.yml"] {
        put(broken.path(), path, "\u{0}{{{ \u{1b}[31m \"\"\" = :");
    }
    put(broken.path(), ".vercel/project.json", "{\"projectId\": \"a\\\"]\\n[[action]]\\nkey='x'\"}");
    fs::remove_file(broken.path().join("README.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", broken.path().join("README.md")).unwrap();
    let pipe = broken.path().join("runbook.md");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for at in [&empty, &broken] {
        let ran = midwatch(at.path(), &["init"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let text = fs::read_to_string(at.path().join("midwatch.toml")).unwrap();
        assert!(!text.contains('\u{1b}') && !text.contains("root:"), "{text}");
        let toml: toml::Table = text.parse().unwrap();
        assert!(tables(&toml, "action").iter().all(|table| table.get("key").is_none()), "{text}");
        let checked = midwatch(at.path(), &["config", "check"]);
        assert_eq!(checked.code, Some(0), "{text}\n{checked:?}");
    }
}
