//! Commands of runbooks, run in a real shell with hostile values.

use std::process::Command;

use proptest::prelude::*;

use super::risk::guess;
use super::*;
use crate::domain::action::Risk;

fn hole(token: &str) -> Placeholder {
    let name = token.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let name = if name.is_empty() { "value".into() } else { name };
    Placeholder { token: token.into(), name, line: 1, environment: token.starts_with('$') }
}

fn command(text: &str, tokens: &[&str]) -> StepCommand {
    StepCommand {
        line: 1,
        language: None,
        text: text.into(),
        placeholders: tokens.iter().map(|token| hole(token)).collect(),
        attributes: BTreeMap::new(),
        block: None,
        rules: crate::domain::step_rules::StepRules::default(),
        asides: crate::domain::runbook::Asides::default(),
    }
}

fn request(text: &str, values: &[(&str, &str)]) -> Result<CommandRequest, StepError> {
    let tokens: Vec<&str> = values.iter().map(|(token, _)| *token).collect();
    let values: BTreeMap<String, String> =
        values.iter().map(|(token, value)| ((*token).to_owned(), (*value).to_owned())).collect();
    match step_command(&command(text, &tokens), &values.into(), None, Duration::from_secs(5))? {
        IoRequest::Command(request) => Ok(request),
        other => panic!("not a command: {other:?}"),
    }
}

fn run(text: &str, values: &[(&str, &str)]) -> String {
    let request = request(text, values).unwrap();
    let mut child = Command::new(&request.argv[0]);
    child.args(&request.argv[1..]);
    for (name, value) in &request.env {
        let Value::Plain(value) = value else { panic!("a secret") };
        child.env(name, value);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{:?}: {}", request.argv, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text_of(text: &str, values: &[(&str, &str)]) -> String {
    request(text, values).unwrap().argv.pop().unwrap()
}

#[test]
fn placeholders_are_quoted_as_their_place_asks() {
    let cases = [
        ("deploy <version> -a api", "deploy \"${MW_VERSION}\" -a api"),
        ("deploy --to=<version>", "deploy --to=\"${MW_VERSION}\""),
        ("echo \"to <version>\"", "echo \"to ${MW_VERSION}\""),
        ("echo 'to <version>'", "echo 'to '\"${MW_VERSION}\"''"),
        ("echo \"$(get <version>)\"", "echo \"$(get \"${MW_VERSION}\")\""),
        ("echo $(get \"<version>\") '<version>'", "echo $(get \"${MW_VERSION}\") ''\"${MW_VERSION}\"''"),
        ("# to <version>\nrun <version> # <version>", "# to <version>\nrun \"${MW_VERSION}\" # <version>"),
        ("a#b <version>", "a#b \"${MW_VERSION}\""),
        ("echo \"\\\"<version>\"", "echo \"\\\"${MW_VERSION}\""),
        (
            "cat <<END\nto <version> \"x\"\nEND\nrun <version>",
            "cat <<END\nto ${MW_VERSION} \"x\"\nEND\nrun \"${MW_VERSION}\"",
        ),
        ("run <<version>", "run <\"${MW_VERSION}\""),
    ];
    for (text, filled) in cases {
        assert_eq!(text_of(text, &[("<version>", "v1")]), filled, "{text}");
    }
    assert_eq!(
        text_of("post https://hooks.example.com/... [id] [id]", &[("...", "a"), ("[id]", "b")]),
        "post https://hooks.example.com/\"${MW_VALUE}\" \"${MW_ID}\" \"${MW_ID}\""
    );
}

#[test]
fn two_placeholders_of_one_name_keep_their_values() {
    let request =
        request("a <org-id> [orgId] <org_id>", &[("<org-id>", "1"), ("<org_id>", "2"), ("[orgId]", "3")])
            .unwrap();
    let names: Vec<&str> = request.env.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["MW_ORG_ID", "MW_ORG_ID_2", "MW_ORGID"]);
    assert_eq!(request.argv[2], "a \"${MW_ORG_ID}\" \"${MW_ORGID}\" \"${MW_ORG_ID_2}\"");
}

#[test]
fn where_a_value_could_become_code_it_is_refused() {
    for text in [
        "echo $((1 + <n>))",
        "((i = <n>))",
        "echo `get <n>`",
        "echo ${x:-<n>}",
        "bash -c \"echo <n>\"",
        "/bin/sh -ec 'echo <n>'",
        "eval echo <n>",
        "ssh host 'restart <n>'",
        "cat <<'END'\n<n>\nEND",
        "echo \\<n>",
        "echo $'<n>'",
        "echo $'\\'' <n>",
        "echo ${x:-'}'} <n>",
        "cat <<E\"N\"D\nEND\necho <n>",
        "echo \"$(case a in a) echo <n>;; esac)\"",
    ] {
        let error = request(text, &[("<n>", "1")]).unwrap_err();
        assert!(matches!(error, StepError::Unplaceable { .. }), "{text}: {error:?}");
    }
    assert_eq!(
        request("echo <n>", &[("<n>", "a\0b")]).unwrap_err().to_string(),
        "the value for <n> holds a NUL character, which no program can be given"
    );
}

#[test]
fn what_is_missing_is_listed_and_other_languages_do_not_run() {
    let two = command("deploy <version> --to <place> $TOKEN", &["<version>", "<place>", "$TOKEN"]);
    let error = step_command(&two, &Answers::default(), None, Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.to_string(), "not filled in: <version>, <place>");
    let http = StepCommand { language: Some("http".into()), ..command("GET /", &[]) };
    let error = step_command(&http, &Answers::default(), None, Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.to_string(), "a block of http is not a shell command");
    let bash = StepCommand { language: Some("bash".into()), ..command("ls", &[]) };
    let IoRequest::Command(request) =
        step_command(&bash, &Answers::default(), None, Duration::from_secs(1)).unwrap()
    else {
        panic!("not a command")
    };
    assert_eq!(request.argv, ["bash", "-c", "ls"]);
}

#[test]
fn an_environment_placeholder_is_handed_over_or_must_be_set() {
    let given = request("echo $REGION", &[("$REGION", "eu")]).unwrap();
    assert_eq!(given.argv, ["sh", "-c", "echo $REGION"]);
    assert_eq!(given.env, [("REGION".into(), Value::Plain("eu".into()))]);
    let step = command("echo $MW_TEST_IS_NOT_SET; echo after", &["$MW_TEST_IS_NOT_SET"]);
    let IoRequest::Command(inherited) =
        step_command(&step, &Answers::default(), None, Duration::from_secs(1)).unwrap()
    else {
        panic!("not a command")
    };
    assert_eq!(inherited.argv[..2], ["sh", "-u"]);
    let output = Command::new(&inherited.argv[0]).args(&inherited.argv[1..]).output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
}

#[test]
fn a_variable_can_stand_for_a_placeholder_and_its_value_is_never_seen() {
    let step = command("deploy <region> '<region>'", &["<region>"]);
    let set = BTreeMap::from([("<region>".to_owned(), "REGION".to_owned())]);
    let answers = Answers { set, ..Answers::default() };
    let request = step_command(&step, &answers, None, Duration::from_secs(1)).unwrap();
    let IoRequest::Command(request) = request else { panic!("not a command") };
    assert_eq!(request.argv, ["sh", "-u", "-c", "deploy \"${REGION}\" ''\"${REGION}\"''"]);
    assert_eq!(request.env, []);
    let set = BTreeMap::from([("<region>".to_owned(), "a}; rm x".to_owned())]);
    let answers = Answers { set, ..Answers::default() };
    assert!(step_command(&step, &answers, None, Duration::from_secs(1)).is_err());
}

/// Ways a runbook uses a placeholder; each prints the value between brackets, twice.
const TEMPLATES: [&str; 6] = [
    "printf '[%s]' <x>; printf '[%s]' a<x>b | sed -e 's/^\\[a/[/' -e 's/b\\]$/]/'",
    "printf '[%s]' \"<x>\"; printf '[%s]' '<x>'",
    "y=<x>; printf '[%s]' \"$y\"; printf '[%s]' \"$(printf '%s.' <x>)\" | sed 's/\\.\\]$/]/'",
    "for i in <x> \"<x>\"; do printf '[%s]' \"$i\"; done # <x>",
    "f() { printf '[%s]' \"$1\"; }; f <x>; f \"$(printf \"%s\" \"<x>\"; printf .)\" | sed 's/\\.\\]$/]/'",
    "printf '['; cat <<END\n<x>]\nEND\nprintf '[%s]' <x>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_value_arrives_byte_for_byte(
        value in "([a-z ]|\\$\\(id\\)|\\$\\{PATH\\}|`id`|'|\"|\\\\|;|&|\\||<x>|#|\\*|~|!|\\n|\u{1b}|é|%s|-){0,12}",
        which in 0usize..TEMPLATES.len(),
    ) {
        let printed = run(TEMPLATES[which], &[("<x>", &value)]);
        let expected = if which == 5 { format!("[{value}]\n[{value}]") } else { format!("[{value}][{value}]") };
        prop_assert_eq!(printed, expected);
    }

    /// Whatever the text is like: a value never runs. Each value tries to leave a file behind.
    #[test]
    fn no_value_becomes_code(
        text in "([xyz ]|<x>|\\$\\(|\\)|\"|'|`|\\\\|#|\n|<<END|END|<<'END'|\\$\\{|\\}|\\$'|é|\\(\\(|=){0,24}",
        value in "(\\$\\(>F\\)|`>F`|\";>F;\"|';>F;'|\n>F\n|\nEND\n>F\n|\\}>F|\\)>F;\\(|\\\\|'|\"){1,4}",
    ) {
        let Ok(request) = request(&text, &[("<x>", &value)]) else { return Ok(()) };
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(&request.argv[0]);
        child.args(&request.argv[1..]).current_dir(directory.path()).stdin(std::process::Stdio::null());
        for (name, value) in &request.env {
            child.env(name, value.to_string());
        }
        child.output().unwrap();
        let left = std::fs::read_dir(directory.path()).unwrap().count();
        prop_assert_eq!(left, 0, "{:?} ran {:?}", text, request.argv);
    }
}

#[test]
fn risk_is_guessed_to_the_careful_side() {
    let read = [
        "npm test -- --run",
        "npm run lint",
        "npm run test:e2e",
        "npm run audit:completeness",
        "PLAYWRIGHT_BASE_URL=https://app.example.com npx playwright test e2e/offline.spec.ts",
        "git status",
        "git log --oneline | head -5",
        "vercel ls shop",
        "flyctl releases -a shop-api",
        "flyctl logs -a shop-api",
        "flyctl status",
        "kubectl logs deploy/api",
        "kubectl get pods -n shop",
        "curl -fsS https://app.example.com/api/health",
        "curl -s https://app.example.com 2>/dev/null | jq .status",
        "psql \"$DATABASE_URL\" -c \"select count(*) from users\"",
        "# look first\nls -l /tmp",
        "redis-cli -u <redis-url> INFO memory",
    ];
    let change = [
        "npm run db:migrate",
        "npm install",
        "flyctl releases rollback <version> -a shop-api",
        "vercel promote <deployment-url> --scope=<team>",
        "flyctl scale count 3 -a shop-api",
        "curl -X POST https://hooks.example.com/x -d '{}'",
        "gh secret set KEY --body=\"<new-key>\"",
        "aws s3 cp s3://backups/a.sql.gz /tmp/",
        "echo on > /etc/maintenance",
        "cat a | tee b",
        "git push origin main",
        "some-tool we have never seen",
        "supabase db push --db-url $URL",
        "",
    ];
    let destroy = [
        "rm -rf /tmp/x",
        "sudo rm -fr data",
        "redis-cli -u <redis-url> FLUSHALL",
        "psql \"$URL\" -c 'DROP TABLE users'",
        "psql -c \"truncate sessions\"",
        "psql < /tmp/$(date +%Y-%m-%d).sql",
        "psql $STAGING_DATABASE_URL < dump.sql",
        "flyctl machine stop --all -a shop-api",
        "fly apps destroy shop",
        "git push --force origin main",
        "git push -f",
        "git push --force-with-lease",
        "terraform destroy",
        "kubectl delete pod api-1",
        "ls && rm -r build",
        "echo \"$(rm -rf x)\"",
        "FORCE=1 some-tool --force",
        "curl -X DELETE https://api.example.com/x",
        "aws s3 rm s3://backups --recursive",
    ];
    for (risk, texts) in [(Risk::Read, &read[..]), (Risk::Change, &change[..]), (Risk::Destroy, &destroy[..])]
    {
        for text in texts {
            assert_eq!(guess(text), risk, "{text}");
        }
    }
}
