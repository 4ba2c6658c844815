//! The reader as a whole: what small runbooks in the ways of many teams are understood as.

use proptest::prelude::*;

use super::{Reading, json, read};
use crate::domain::runbook::{Marker, Phase, PhaseKind, Step};

use PhaseKind::{Comms, Contain, FollowUp, Prepare, Recover, Reference, Rollback, Triage, Verify};

fn phases(text: &str) -> Vec<Phase> {
    let Reading { runbook, diagnostics } = read("docs/ops.md", text.as_bytes());
    assert_eq!(diagnostics, [], "{text}");
    runbook.phases
}

fn outline(text: &str) -> Vec<(PhaseKind, String, usize)> {
    phases(text).into_iter().map(|phase| (phase.kind, phase.title, phase.steps.len())).collect()
}

/// Every step: its depth, its words, its commands.
fn steps(text: &str) -> Vec<(usize, String, Vec<String>)> {
    let steps = phases(text).into_iter().flat_map(|phase| phase.steps);
    steps.map(|step| (step.depth, step.text, step.commands.into_iter().map(|c| c.text).collect())).collect()
}

fn row(depth: usize, words: &str, commands: &[&str]) -> (usize, String, Vec<String>) {
    (depth, words.to_owned(), commands.iter().map(|&command| command.to_owned()).collect())
}

/// What is only read.
fn texts(phase: &Phase) -> Vec<String> {
    phase.notes.iter().map(|note| note.text.clone()).collect()
}

fn only_step(text: &str) -> Step {
    let mut steps: Vec<Step> = phases(text).into_iter().flat_map(|phase| phase.steps).collect();
    assert_eq!(steps.len(), 1, "{steps:?}");
    steps.remove(0)
}

#[test]
fn headings_make_phases_at_any_level_and_children_inherit() {
    let text = "\
### Shop runbook\n\n#### Rollback\n\n##### Web\n- go back\n##### Verify\n- look\n##### Contacts\n- ann\n\
#### 4. Deploy\n- push it\n##### Smoke\n- try it\n";
    assert_eq!(
        outline(text),
        [
            (Rollback, "Web".to_owned(), 1),
            (Verify, "Verify".to_owned(), 1),
            (Reference, "Contacts".to_owned(), 0),
            (Prepare, "4. Deploy".to_owned(), 1),
            (Verify, "Smoke".to_owned(), 1),
        ]
    );
    let web = &phases(text)[0];
    assert_eq!((web.path.as_slice(), web.line), (&["Rollback".to_owned()][..], 5));
}

#[test]
fn the_title_gives_what_no_heading_says() {
    assert_eq!(outline("# Billing\n## Queue\n- drain\n")[0].0, Recover);
    assert_eq!(outline("# Release guide\n## Queue\n- drain\n")[0].0, Prepare);
    assert_eq!(outline("# On-call guide\n## Queue\n- drain\n")[0].0, Recover);
    assert_eq!(outline("# Rollback runbook\n## Queue\n- drain\n")[0].0, Rollback);
    assert_eq!(outline("- drain\n"), [(Recover, "ops".to_owned(), 1)]);
    // Equals are sections, and the file names them all.
    let text = "# Pre-flight\n- a\n# Rollback\n- b\n";
    assert_eq!(read("x/cutover.md", text.as_bytes()).runbook.title, "cutover");
    assert_eq!(outline(text).iter().map(|phase| phase.0).collect::<Vec<_>>(), [Prepare, Rollback]);
}

#[test]
fn bold_leads_open_phases_and_their_prose_is_cut() {
    let text = "\
# R\n## 7. Incidents\n\
- **Containment:** Flip `FLAG=on` at the edge (if any); otherwise set `LIMITS=off`.\n\
- **Triage**: Check `alert:*` events, e.g. the last ten. Inspect the log drain.\n\
- **Edge cache** has its own page.\n\
- **Recovery:** Ship the fix, rerun the gates, and replay the hooks. Close it.\n";
    assert_eq!(
        outline(text),
        [
            (Contain, "7. Incidents · Containment".to_owned(), 2),
            (Triage, "7. Incidents · Triage".to_owned(), 2),
            (Recover, "7. Incidents".to_owned(), 1),
            (Recover, "7. Incidents · Recovery".to_owned(), 4),
        ]
    );
    let found = phases(text);
    let first = &found[0].steps[0];
    assert_eq!(first.text, "Containment: Flip `FLAG=on` at the edge (if any)");
    assert_eq!(
        (first.lead.as_deref(), first.codes.as_slice()),
        (Some("Containment"), &["FLAG=on".to_owned()][..])
    );
    assert!(first.commands.is_empty());
    let second = &found[0].steps[1];
    assert_eq!((second.text.as_str(), second.line), ("otherwise set `LIMITS=off`.", 3));
    assert_eq!(found[1].steps[0].text, "Triage: Check `alert:*` events, e.g. the last ten.");
    assert_eq!(found[3].steps[2].text, "replay the hooks.");
}

#[test]
fn numbered_leads_share_a_phase_where_they_mean_the_same() {
    let text = "\
# R\n## Security incident\n\
1. **Acknowledge**: within 5 minutes\n2. **Assess**: severity\n3. **Notify**: legal within 1 hour\n\
4. **Document**: review within 24h\n";
    assert_eq!(
        outline(text),
        [
            (Triage, "Security incident · Acknowledge, Assess".to_owned(), 2),
            (Comms, "Security incident · Notify".to_owned(), 1),
            (FollowUp, "Security incident · Document".to_owned(), 1),
        ]
    );
    let assess = &phases(text)[0].steps[1];
    assert_eq!((assess.text.as_str(), assess.marker), ("Assess: severity", Marker::Number(2)));
}

#[test]
fn labels_in_a_checklist_open_nothing() {
    let text = "# R\n## Pre-launch\n- [ ] Docs: done\n- [x] Rollback procedure: written\n- [ ] **Rollback**: rehearsed\n- [ ] Alerts: on\n";
    assert_eq!(outline(text), [(Prepare, "Pre-launch".to_owned(), 4)]);
    let markers: Vec<Marker> = phases(text)[0].steps.iter().map(|step| step.marker).collect();
    assert_eq!(markers, [false, true, false, false].map(Marker::Task));
    assert_eq!(
        outline("# R\n## SLO targets\n- **Recovery time**: 15 min\n## Fix\n- it\n"),
        [(Reference, "SLO targets".to_owned(), 0), (Recover, "Fix".to_owned(), 1)]
    );
}

#[test]
fn lines_set_in_bold_are_headings() {
    let text = "\
# R\n## If it breaks in the first hour\n\n**Trigger conditions**:\n\n- errors > 5%\n\n**Rollback steps**:\n\n1. go back\n\n\
**Rollback time**: <15 minutes\n\nTo verify:\n\n- look\n";
    assert_eq!(
        outline(text),
        [
            (Triage, "If it breaks in the first hour · Trigger conditions".to_owned(), 1),
            (Rollback, "If it breaks in the first hour · Rollback steps".to_owned(), 1),
            (Verify, "If it breaks in the first hour · To verify".to_owned(), 1),
        ]
    );
    assert_eq!(texts(&phases(text)[1]), ["Rollback time: <15 minutes"]);
}

#[test]
fn items_nest_and_take_their_blocks_with_them() {
    let text = "\
# R\n## Fix\n1. Run the smoke tests:\n   ```bash\n   npm run a \\\n     --b\n   npm run c\n   ```\n\
2. Load <https://example.com> and:\n   - sign in\n     - as ann\n3. Check\n\n   It is slow.\n\n   Then restart it.\n";
    assert_eq!(
        steps(text),
        [
            row(0, "Run the smoke tests:", &["npm run a \\\n  --b", "npm run c"]),
            row(0, "Load https://example.com and:", &[]),
            row(1, "sign in", &[]),
            row(2, "as ann", &[]),
            row(0, "Check", &[]),
            row(1, "Then restart it.", &[]),
        ]
    );
    let found = phases(text);
    let lines: Vec<usize> = found[0].steps[0].commands.iter().map(|command| command.line).collect();
    assert_eq!(lines, [5, 7]);
    assert_eq!(found[0].steps[1].links, ["https://example.com"]);
    assert_eq!(texts(&found[0]), ["It is slow."]);
}

#[test]
fn blocks_under_a_heading_give_their_own_steps() {
    let text = "\
# R\n## Deploy\n```bash\nnpm install\nnpm run migrate\n```\n## Rollback\n```bash\n# List releases\nfly releases -a api\n\n\
# Go back\nfly releases rollback <version> -a api\n```\n";
    assert_eq!(
        steps(text),
        [
            row(0, "npm install", &["npm install"]),
            row(0, "npm run migrate", &["npm run migrate"]),
            row(0, "List releases", &["fly releases -a api"]),
            row(0, "Go back", &["fly releases rollback <version> -a api"]),
        ]
    );
    let back = &phases(text)[1].steps[1];
    assert_eq!((back.line, back.commands[0].line), (12, 13));
    assert_eq!(back.commands[0].language.as_deref(), Some("bash"));
    let hole = &back.commands[0].placeholders[0];
    assert_eq!((hole.token.as_str(), hole.name.as_str(), hole.line), ("<version>", "version", 13));
}

#[test]
fn the_sentence_before_a_block_is_its_step() {
    assert_eq!(
        steps("# R\n## Fix\nThe cache is stale. Flush it:\n```sh\nredis-cli FLUSHALL\n```\n"),
        [row(0, "Flush it:", &["redis-cli FLUSHALL"])]
    );
    assert_eq!(
        steps("# R\n## Fix\nRun the scripts in order.\n```sh\nnpm run a\nnpm run b\n```\n"),
        [
            row(0, "Run the scripts in order.", &[]),
            row(1, "npm run a", &["npm run a"]),
            row(1, "npm run b", &["npm run b"]),
        ]
    );
    // An author who does not indent means the item all the same.
    assert_eq!(
        steps("# R\n## Fix\n1. Run this:\n```sh\nmake a\n```\n2. Then that\n```sh\nmake b\n```\n"),
        [row(0, "Run this:", &["make a"]), row(0, "Then that", &[]), row(0, "make b", &["make b"])]
    );
}

#[test]
fn prose_asks_or_tells() {
    let text = "\
# R\nThis runbook is about the shop.\n## Mitigate\nRestart the worker with `fly restart -a api`. It takes a minute. If it \
hangs, scale to three.\n\nThe worker reads the queue.\n\n**Warning:** never stop the primary.\n\nRetry `POST /api/[orgId]/publish`.\n\nKeep this document up to date.\n";
    assert_eq!(
        steps(text),
        [
            row(
                0,
                "Restart the worker with `fly restart -a api`. It takes a minute.",
                &["fly restart -a api"]
            ),
            row(0, "If it hangs, scale to three.", &[]),
            row(0, "Retry `POST /api/[orgId]/publish`.", &["POST /api/[orgId]/publish"]),
        ]
    );
    let found = phases(text);
    assert_eq!(found[0].kind, Reference);
    let notes =
        ["The worker reads the queue.", "Warning: never stop the primary.", "Keep this document up to date."];
    assert_eq!(texts(&found[1]), notes);
    assert_eq!(found[1].steps[2].commands[0].language.as_deref(), Some("http"));
}

#[test]
fn what_stands_under_an_announcement_belongs_to_it() {
    let text = "# R\n## Recovery\nIf the database is down:\n\n1. fail over\n2. tell ann\n\nOtherwise nothing is lost.\n";
    assert_eq!(
        steps(text),
        [row(0, "If the database is down:", &[]), row(1, "fail over", &[]), row(1, "tell ann", &[])]
    );
}

#[test]
fn tables_of_actions_are_steps_and_others_are_read() {
    let text = "\
# R\n## Mitigate\n| # | Step | Command | Done |\n|---|---|---|---|\n| 1 | Drain | kubectl drain <node> | [ ] |\n| 2 | Wait | | [x] |\n\n\
| Symptom | Action |\n|---|---|\n| Queue > 9 | Run `fly scale count 5` |\n\n| Who | Phone |\n|---|---|\n| [ann](https://example.com/ann) | 555 |\n";
    assert_eq!(
        steps(text),
        [
            row(0, "Drain · kubectl drain <node>", &["kubectl drain <node>"]),
            row(0, "Wait", &[]),
            row(0, "Queue > 9 · Run `fly scale count 5`", &["fly scale count 5"]),
        ]
    );
    let found = phases(text);
    assert_eq!(found[0].steps[1].marker, Marker::Task(true));
    assert_eq!(texts(&found[0]), ["Who: ann (https://example.com/ann) · Phone: 555"]);
}

#[test]
fn what_only_informs_is_read_and_what_asks_there_is_done() {
    let text = "\
# R\n## Contacts\n- Ann: 555\n- On-call: see the rota\n## Reference\n- API logs: `kubectl logs deploy/api`\n- Owner: ann\n- Region: eu\n";
    assert_eq!(outline(text), [(Reference, "Contacts".to_owned(), 0), (Recover, "Reference".to_owned(), 1)]);
    assert_eq!(texts(&phases(text)[1]), ["Owner: ann", "Region: eu"]);
}

#[test]
fn a_heading_can_be_the_step_itself() {
    let text = "# R\n## Recovery\n### Step 1: Restart the API\nDNS is cached.\n### Step 2: Drain the queue\n### Background\n";
    assert_eq!(steps(text), [row(0, "Step 1: Restart the API", &[]), row(0, "Step 2: Drain the queue", &[])]);
}

#[test]
fn authors_can_say_otherwise() {
    let text = "---\ntitle: Shop\nphases:\n  Queue: contain\n---\n# Old\n## 3. Queue\n- a\n## Cache\n<!-- phase: rollback -->\n- b\n## Disk {#disk phase=comms}\n- c\n\
## Net\n- x\n\n```sh {phase=verify name=ping}\nping a\n```\n";
    let found = outline(text);
    assert_eq!(
        found,
        [
            (Contain, "3. Queue".to_owned(), 1),
            (Rollback, "Cache".to_owned(), 1),
            (Comms, "Disk".to_owned(), 1),
            (Recover, "Net".to_owned(), 1),
            (Verify, "Net · ping".to_owned(), 1),
        ]
    );
    assert_eq!(read("x.md", text.as_bytes()).runbook.title, "Shop");
    assert_eq!(phases(text)[4].steps[0].commands[0].attributes["name"], "ping");
}

#[test]
fn what_was_struck_out_or_is_output_is_no_step() {
    let text = "# R\n## Rollback\n- ~~use the old tool~~\n- go back\n\n```json\n{\"a\": 1}\n```\n";
    assert_eq!(steps(text), [row(0, "go back", &[])]);
    assert_eq!(texts(&phases(text)[0]), ["use the old tool", "{\"a\": 1}"]);
}

#[test]
fn hostile_text_is_harmless_wherever_it_stands() {
    let hostile = "\u{1b}[2J\u{202e}\u{7}";
    let text = format!(
        "# T{hostile}\n## H{hostile}\n- **L{hostile}**: do `a{hostile} --b` [x](u{hostile})\n```sh{hostile}\n# c{hostile}\nls {hostile}<x>\n```\n\n\
         | A{hostile} |\n|-|\n| b{hostile} |\n\n<b>{hostile}</b>\n"
    );
    let reading = read(&format!("f{hostile}.md"), text.as_bytes());
    let all = format!(
        "{:?}{:?}",
        reading.runbook,
        reading.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>()
    );
    let document = json(&[reading.runbook]).to_string();
    for shown in [all, document] {
        for escape in ["\\u{1b}", "\\u001b", "\\u{202e}", "\u{202e}", "\\u{7}", "\\u0007"] {
            assert!(!shown.contains(escape), "{escape} in {shown}");
        }
    }
}

#[test]
fn windows_files_read_as_others_do() {
    let text = "# R\n## Rollback\n- go `npm run x`\n```sh\na \\\n b\n```\n";
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(phases(&windows), phases(text));
}

#[test]
fn anchors_hold_when_other_parts_are_edited() {
    let before =
        "# R\n## 1. Triage\n- look\n- look\n## 2. Rollback\n1. go back\n   - and wait\n```sh\nmake x\n```\n";
    let after = "# Renamed\nIntro.\n\n## 1. Comms\n- tell ann\n## 2. Triage\n- breathe\n- look\n- look\n## 3. Rollback\n\n\n1. stop\n2. go  back\n   - and wait\n\n```bash\nmake x\n```\n";
    let ids = |text: &str| -> Vec<(String, String)> {
        let steps = phases(text).into_iter().flat_map(|phase| phase.steps);
        steps.map(|step| (step.id.to_string(), step.text)).collect()
    };
    let (before, after) = (ids(before), ids(after));
    for step in &before {
        assert!(after.contains(step), "{step:?} in {after:?}");
    }
    let mut names: Vec<&String> = after.iter().map(|(id, _)| id).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), after.len(), "ids are unique");
}

#[test]
fn the_document_is_as_it_is_told() {
    let step = only_step("# R\n## Rollback\n- Go: `fly deploy -i <tag>`\n");
    assert_eq!(step.commands[0].placeholders[0].name, "tag");
    let reading = read("a.md", b"# R\n## Rollback\n- Go: `fly deploy -i <tag>`\n");
    let document = json(&[reading.runbook]);
    let phase = &document["runbooks"][0]["phases"][0];
    assert_eq!(
        (document["runbooks"][0]["file"].as_str(), phase["phase"].as_str()),
        (Some("a.md"), Some("rollback"))
    );
    let command = &phase["steps"][0]["commands"][0];
    assert_eq!(command["placeholders"], serde_json::json!(["<tag>"]));
    assert_eq!(command["holes"][0]["name"], "tag");
    assert_eq!(phase["steps"][0]["line"], 3);
}

#[test]
fn files_that_ask_for_nothing_say_so() {
    for (bytes, code) in [
        (&b""[..], "empty-file"),
        (b"\0\0\0\x01PNG\xff", "binary-file"),
        (b"# Title\n\nSome prose about it.\n", "no-steps"),
        (b"## Rollback\n```sh\nls\n", "unclosed-fence"),
    ] {
        let reading = read("x.md", bytes);
        assert_eq!(reading.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), [code]);
        assert_eq!(reading.runbook.hash.len(), 64);
    }
}

/// Scraps that meet in files, whole or broken.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "# ",
        "## ",
        "### Rollback",
        "- ",
        "* ",
        "1. ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "> ",
        "> [!NOTE]\n",
        "- [ ] ",
        "**",
        "**Containment:** ",
        "_",
        "~~",
        "`",
        "``",
        "```",
        "```sh\n",
        "~~~",
        "---\n",
        "+++\n",
        "===\n",
        "| a | Step |\n|-|-|\n",
        "| x | y |\n",
        "<br>",
        "<!-- phase: verify -->",
        "<b>",
        "[a](b)",
        "<https://example.com>",
        "https://example.com/x.",
        "Restart it. ",
        "Then check `npm run x`; otherwise stop. ",
        "If red, revert it, rerun it, and close it.",
        "e.g. ",
        "<name>",
        "$VAR ",
        "${X:-y}",
        "...",
        "{{v}}",
        "[id]",
        "$ ls\n",
        "# comment\n",
        "cat <<EOF\n",
        "EOF\n",
        "'",
        "\"",
        "\\",
        "\\\n",
        "&amp;",
        "word",
        "é",
        "🔥",
        "\u{feff}",
        "\u{200b}",
        "â†’",
        "title: x\n",
        "phases:\n",
        "(",
        ")",
        "&",
        "done\n",
        "for x in y; do\n",
        "cd z\n",
    ]);
    prop::collection::vec(scrap, 0..60).prop_map(|scraps| scraps.concat())
}

/// The first word of a step as it stands in the file; only its first letter where Markdown's marks may part it.
fn first_word<'a>(text: &'a str, source: &str) -> &'a str {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let marked = source.contains(['*', '_', '`', '[', '<', '&', '~', '\\']);
    let length = word.chars().next().map_or(0, char::len_utf8);
    if marked { &word[..length] } else { word }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let reading = read("x.md", &bytes);
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
        for phase in &reading.runbook.phases {
            prop_assert!(phase.line <= lines);
            for step in &phase.steps {
                prop_assert!((1..=lines).contains(&step.line));
            }
        }
    }

    #[test]
    fn steps_stand_where_they_are_said_to(text in scraps()) {
        let reading = read("x.md", text.as_bytes());
        let unified = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<&str> = unified.split('\n').collect();
        let mut ids = std::collections::HashSet::new();
        for phase in &reading.runbook.phases {
            prop_assert!((1..=lines.len()).contains(&phase.line));
            for step in &phase.steps {
                prop_assert!(ids.insert(step.id.clone()), "twice: {:?}", step.id);
                prop_assert!((1..=lines.len()).contains(&step.line), "{step:?}");
                let rest = lines[step.line - 1..].join("\n");
                prop_assert!(rest.contains(first_word(&step.text, &rest)), "{:?} not in {:?}", step.text, rest);
                for command in &step.commands {
                    prop_assert!((1..=lines.len()).contains(&command.line), "{command:?}");
                    for hole in &command.placeholders {
                        prop_assert!((1..=lines.len()).contains(&hole.line), "{command:?}");
                        prop_assert!(command.text.contains(&hole.token), "{command:?}");
                    }
                }
            }
        }
    }
}
