//! Rules, one after another, on runbooks of a few lines.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::diagnostic::Severity;
use crate::domain::finding::Finding;
use crate::runbook::read;

use super::{CODES, Help, Known, Scripts, lint, wanted};

fn known() -> Known {
    Known {
        scripts: Some(Scripts {
            file: "package.json".into(),
            names: ["lint", "build", "test"].iter().map(|name| (*name).to_owned()).collect(),
        }),
        signals: Some(BTreeSet::from(["web".to_owned()])),
        today: NaiveDate::from_ymd_opt(2026, 6, 1),
        ..Known::default()
    }
}

fn found_with(text: &str, known: &Known) -> Vec<Finding> {
    lint(&read("r.md", text.as_bytes()), text.as_bytes(), known)
}

fn found(text: &str) -> Vec<Finding> {
    found_with(text, &known())
}

/// Code, line and column of what is found, without what is only worth knowing.
fn places(text: &str) -> Vec<(&'static str, usize, usize)> {
    let found = found(text);
    let told = found.iter().map(|finding| &finding.diagnostic).filter(|told| told.severity > Severity::Info);
    told.map(|told| (told.code, told.line, told.column)).collect()
}

/// A runbook of these commands, which begin on line 4.
fn script(commands: &str) -> String {
    format!("# R\n\n```sh\n{commands}\n```\n")
}

#[test]
fn what_a_tool_does_not_have_is_found_where_it_stands() {
    for (command, code, column) in [
        ("flyctl releases rollback <version> -a api", "unknown-command", 17),
        ("fly m restart --all -a api", "unknown-flag", 15),
        ("A=b sudo flyctl machine restart --all", "unknown-flag", 33),
        ("true && flyctl -a api releases rollback 3", "unknown-command", 32),
        ("echo $(flyctl releases rollback 3)", "unknown-command", 24),
        ("supabase logs webhook create --levels error", "unknown-command", 15),
        ("gh secret put KEY", "unknown-command", 11),
        ("kubectl get pods --namespce x", "unknown-flag", 18),
        ("npm instal1", "unknown-command", 5),
        ("psql --dbnam=x --colour", "unknown-flag", 16),
        ("aws s3 copy a b", "unknown-command", 8),
        ("redis-cli --uri x PING", "unknown-flag", 11),
        ("stripe events replay evt_1", "unknown-command", 15),
        ("vercel env replace X", "unknown-command", 12),
    ] {
        assert_eq!(places(&script(command)), [(code, 4, column)], "{command}");
    }
}

#[test]
fn what_a_tool_has_is_left_alone() {
    for command in [
        "flyctl releases -a api --image",
        "fly machine list -q -a api",
        "fly pg connect -a db -d app",
        "fly ssh console -a api -C 'ls -la'",
        "fly deploy --image registry.fly.io/api:1 --strategy=immediate",
        "flyctl $WHAT --all",
        "flyctl <command> --all",
        "./flyctl releases rollback 3",
        "kubectl -n shop get pods -w -o wide",
        "kubectl logs -f deploy/web --since=5m -c web",
        "kubectl rollout undo deployment/web --to-revision=3",
        "kubectl exec -it web-1 -- sh -c 'x --y'",
        "kubectl argo rollouts get rollout web",
        "kubectl neat-o",
        "kubectl top pods -A",
        "flyctl v0.3.147",
        "fly tokens create readonly my-org",
        "supabase secrets set KEY=value",
        "supabase telemetry enable/disable",
        "gh run list --limit 5 --json status --jq '.[0]'",
        "gh secret set KEY --body=\"x\"",
        "gh some-extension --flag",
        "vercel ls shop",
        "vercel logs https://x.example.com --follow",
        "vercel promote https://x.example.com --scope=shop -y",
        "npx vercel env pull .env --yes",
        "supabase db push --db-url $PRODUCTION_DB_URL",
        "supabase migration list --linked",
        "stripe events resend evt_1 --webhook-endpoint we_1",
        "stripe trigger payment_intent.succeeded",
        "stripe charges list --limit=3",
        "psql -h db -U me -d app -c 'select 1' -tA",
        "psql $DATABASE_URL < x.sql",
        "redis-cli -u redis://h:6379 --scan --pattern 'a*'",
        "redis-cli -h h -p6380 INFO memory",
        "aws s3 cp s3://b/x /tmp/ --recursive --profile ops",
        "aws rds describe-db-instances --db-instance-identifier x",
        "aws --region eu-west-1 s3 ls s3://b/",
        "npm ci --omit=dev",
        "npm run lint -- --fix",
    ] {
        let found = places(&script(command));
        let found: Vec<_> = found.into_iter().filter(|(code, ..)| !matches!(*code, "irreversible")).collect();
        assert_eq!(found, [], "{command}");
    }
}

#[test]
fn the_installed_tool_has_the_last_word() {
    let page =
        "Usage:\n  fly releases [command]\n\nAvailable Commands:\n  rollback   Go back\n\nFlags:\n  --all\n";
    let argv = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let helps = BTreeMap::from([
        (argv("flyctl releases"), Help::read(page).unwrap()),
        (argv("flyctl machine restart"), Help::read(page).unwrap()),
    ]);
    let known = Known { helps, ..known() };
    assert_eq!(
        found_with(&script("flyctl releases rollback 3"), &known).len(),
        1,
        "only that it was never rehearsed"
    );
    let text = script("flyctl machine restart --all\nflyctl machine restart --every");
    let codes: Vec<_> =
        found_with(&text, &known).into_iter().map(|f| (f.diagnostic.code, f.diagnostic.line)).collect();
    assert_eq!(codes, [("never-rehearsed", 0), ("unknown-flag", 5)]);
}

#[test]
fn only_words_of_the_tables_are_asked_for() {
    let text = script(
        "fly m stop --all\nflyctl evil rm\n./gh auth\nevil --help\nnpm run x\naws s3 ls\n$(vercel env --x)",
    );
    let wanted = wanted(&read("r.md", text.as_bytes()), text.as_bytes());
    let asked: Vec<String> = wanted.helps.iter().map(|argv| argv.join(" ")).collect();
    assert_eq!(asked, ["fly", "fly machine", "fly machine stop", "flyctl", "vercel", "vercel env"]);
}

#[test]
fn statements_want_a_database() {
    assert_eq!(places(&script("zcat x | psql")), [("no-target", 4, 10)]);
    assert_eq!(places(&script("psql -U me -c 'select 1'")), [("no-target", 4, 1)]);
    for command in [
        "psql",
        "psql -l",
        "PGDATABASE=x psql -c 'select 1'",
        "psql app -c 'select 1'",
        "docker exec db psql -c x",
    ] {
        assert_eq!(places(&script(command)), [], "{command}");
    }
}

#[test]
fn what_cannot_be_taken_back_is_said_unless_the_author_says_so() {
    for (command, column) in [
        ("redis-cli -u redis://h FLUSHALL", 24),
        ("rm -rf /var/data", 1),
        ("kubectl delete pod x", 9),
        ("flyctl machine stop 1 2", 16),
        ("a | xargs kill -9", 1),
    ] {
        let found = places(&script(command));
        if column > 1 || command.starts_with("rm") {
            assert_eq!(found, [("irreversible", 4, column)], "{command}");
        }
    }
    assert_eq!(places(&script("psql app < dump.sql")), [("irreversible", 4, 1)]);
    assert_eq!(places("# R\n\n```sh {\"risk\":\"destroy\"}\nrm -rf x\n```\n"), []);
    assert_eq!(places("# R\n\n```sh {\"undo\":\"./back\"}\nrm -rf x\n```\n"), []);
    assert_eq!(places(&script("kubectl get pods")), []);
}

#[test]
fn a_promotion_is_no_rollback() {
    let text = "# R\n\n## Rollback\n\n```sh\nvercel promote <url>\n```\n\n## Release\n\n```sh\nvercel promote x\n```\n";
    assert_eq!(places(text), [("not-a-rollback", 6, 8)]);
}

#[test]
fn holes_say_what_they_want_or_are_told() {
    let found = found("# R\n\n- Run `A=... node x <version> --key=<api-key>`.\n- `POST .../send`\n");
    let told: Vec<_> = found
        .iter()
        .map(|f| (f.diagnostic.code, f.diagnostic.severity, f.diagnostic.line, f.diagnostic.column))
        .filter(|(code, ..)| *code != "never-rehearsed")
        .collect();
    assert_eq!(
        told,
        [
            ("blank", Severity::Warning, 3, 10),
            ("placeholder", Severity::Info, 3, 21),
            ("placeholder", Severity::Info, 3, 37),
            ("blank", Severity::Warning, 4, 9),
        ]
    );
    assert_eq!(places(&script("bash -c 'drain <node>'")), [("cannot-be-filled", 4, 16)]);
}

#[test]
fn scripts_are_those_of_the_package() {
    assert_eq!(places("# R\n\n- Run `npm run lint`, then `npm run biuld`.\n"), [("unknown-script", 3, 37)]);
    for command in [
        "npm run lint",
        "npm test",
        "npm run $X",
        "cd web && npm run x",
        "npm run x -w web",
        "npm run",
        "yarn x",
        "npm run x --if-present",
    ] {
        assert_eq!(places(&script(command)), [], "{command}");
    }
    let text = script("npm run nowhere");
    assert_eq!(
        found_with(&text, &Known::default())
            .iter()
            .filter(|f| f.diagnostic.severity == Severity::Error)
            .count(),
        0
    );
}

#[test]
fn attributes_name_what_there_is() {
    let text = "# R\n\n- Look. <!-- midwatch: signal=wbe -->\n\n```sh {\"onFailure\":\"page\",\"signal\":\"web\"}\nls\n```\n";
    assert_eq!(places(text), [("unknown-signal", 3, 0), ("unknown-block", 5, 0)]);
    let text = "# R\n\n```sh {\"onFailure\":\"page\"}\nls\n```\n\n```sh {\"name\":\"page\"}\nls\n```\n";
    assert_eq!(places(text), []);
}

#[test]
fn links_lead_somewhere() {
    let text = "# R one\n\n## 2. Two\n\n## 3. Three\n\n- See [a](a.md), [b](b.md#x), [two](#2-two), [no](#2-tow), [w](https://example.com).\n\
                - See section 3, see section 9, and see section 7 of the handbook.\n";
    let mut known = known();
    known.files = BTreeMap::from([("a.md".into(), true), ("b.md".into(), false)]);
    let told: Vec<_> = found_with(text, &known)
        .iter()
        .map(|f| (f.diagnostic.code, f.diagnostic.line, f.diagnostic.column))
        .collect();
    assert_eq!(told, [("dead-link", 7, 18), ("dead-link", 7, 46), ("no-such-section", 8, 22)]);
    let wanted = wanted(&read("r.md", text.as_bytes()), text.as_bytes());
    assert_eq!(wanted.files.into_iter().collect::<Vec<_>>(), ["a.md", "b.md"]);
}

#[test]
fn what_is_left_open_is_found() {
    let text = "# R\n\n- On-call: TBD\n**Last Rehearsal**: TBD (dry run)\n- `TBD` and TBDs\n\n| Owner | TBA |\n|---|---|\n| a | b |\n\n- Restart the worker. TODO: how?\n- Add it to the TODO list.\n";
    assert_eq!(
        places(text),
        [("undecided", 3, 12), ("rehearsal", 4, 21), ("undecided", 7, 11), ("undecided", 11, 23)]
    );
    for (line, old) in [
        ("Last rehearsed: 2026-05-01", false),
        ("Last rehearsed: 2025-05-01", true),
        ("**Last drill:** 3 March 2024", true),
        ("Rehearsals: every quarter", false),
    ] {
        let found = places(&format!("# R\n\n{line}\n\n- Restart it.\n"));
        assert_eq!(found.iter().any(|(code, ..)| *code == "rehearsal"), old, "{line}: {found:?}");
    }
}

#[test]
fn secrets_are_named_and_never_shown() {
    let real = ["sk_live", "_9aB3dE7gH1jK5mN8pQ2s"].concat();
    let text = format!(
        "# R\n\n- Use {real}.\n- `psql postgres://app:Zt7qLw93xB@db.example.com/app`\n- sk_live_... and sk_live_xxxxxxxxxxxxxxxxxxxx\n- postgres://user:password@db.example.com\n"
    );
    let found = found(&text);
    let told: Vec<_> = found.iter().filter(|f| f.diagnostic.code == "secret").collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!((told[0].diagnostic.line, told[0].diagnostic.column, told[1].diagnostic.line), (3, 7, 4));
    let shown = format!("{told:?}");
    assert!(!shown.contains("9aB3d") && !shown.contains("Zt7q"), "{shown}");
}

#[test]
fn findings_know_their_step() {
    let text = "# R\n\n- Look.\n- Stop it: `flyctl machine stop --all`.\n";
    let reading = read("r.md", text.as_bytes());
    let found = lint(&reading, text.as_bytes(), &known());
    let error = found.iter().find(|f| f.diagnostic.severity == Severity::Error).unwrap();
    assert_eq!(error.step.as_ref(), Some(&reading.runbook.phases[0].steps[1].id));
}

#[test]
fn every_code_is_in_the_table_once() {
    let mut codes: Vec<&str> = CODES.iter().map(|code| code.code).collect();
    codes.sort_unstable();
    let all = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), all);
    assert!(
        CODES.iter().all(|code| !code.means.is_empty() && !code.mend.is_empty() && !code.example.is_empty())
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 300, ..Default::default() })]

    #[test]
    fn any_bytes_are_linted(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
        let reading = read("r.md", &bytes);
        wanted(&reading, &bytes);
        lint(&reading, &bytes, &known());
    }

    #[test]
    fn any_command_is_linted_and_every_place_is_in_the_file(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "flyctl", "releases", "rollback", "--all", "psql", "<", "<v>", "'", "\"", "$(", ")", "`", "\\\n", "\n", "|", "&&", "rm", "-rf",
                "ü", "...", "npm", "run", "x", "<<E", "E", "TBD", "-", "--", "=", "#", "[a](b)", "see section 9", ":", "FLUSHALL", "redis-cli",
            ]),
            0..40,
        )
    ) {
        let text = format!("# R\n\n```sh\n{}\n```\n", words.join(" "));
        for finding in found(&text) {
            let told = &finding.diagnostic;
            let line = text.lines().nth(told.line.saturating_sub(1)).unwrap_or_default();
            proptest::prop_assert!(told.column <= line.chars().count() + 1, "{told}\n{text}");
        }
    }
}
