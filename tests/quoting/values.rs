//! Ten thousand values, each in every place a placeholder can stand, through `sh` and `bash`.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::Path;
use std::time::Duration;

use midwatch::actions::{StepError, step_command};
use midwatch::domain::answer::Answers;
use midwatch::domain::io::{IoReply, IoRequest};
use midwatch::domain::runbook::{Runbook, StepCommand};
use midwatch::io::{Io, IoOptions};
use midwatch::runbook;

/// How many values there are.
const VALUES: usize = 10_000;
/// How many of them one shell gets.
const TOGETHER: usize = 50;

/// How a placeholder stands in a command. Each writes the value and a NUL, which no value holds, to a file.
const PLACES: [(&str, &str); 9] = [
    ("a bare word", "printf '%s\\0' <@> >>seen"),
    ("in double quotes", "printf '%s\\0' \"<@>\" >>seen"),
    ("in single quotes", "printf '%s\\0' '<@>' >>seen"),
    ("within a word", "printf '%s\\0' --to=<@>. >>seen"),
    ("in a here-document", "{ cat <<END\n<@>\nEND\nprintf '\\0'\n} >>seen"),
    ("in a command substitution", "printf '%s\\0' \"$(printf '%s.' <@>)\" >>seen"),
    ("in one that is quoted within", "printf '%s\\0' \"$(printf '%s.' \"<@>\")\" >>seen"),
    ("in one that is bare", "IFS= ; set -f; printf '%s\\0' $(printf '%s.' '<@>') >>seen"),
    ("as a variable", "printf '%s\\0' \"$NAME_@\" >>seen"),
];

/// What is written for `value` in each of [`PLACES`].
fn written(value: &str) -> [String; 9] {
    let (same, ended) = (value.to_owned(), format!("{value}."));
    let (within, line) = (format!("--to={value}."), format!("{value}\n"));
    [same.clone(), same.clone(), same.clone(), within, line, ended.clone(), ended.clone(), ended, same]
}

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

/// Pieces that a shell would do something with.
const PIECES: [&str; 40] = [
    "'",
    "\"",
    "\\",
    "\n",
    "\r\n",
    "`touch pwned`",
    "$(touch pwned)",
    "${HOME}",
    "$HOME",
    "$((1+1))",
    ";",
    "touch pwned",
    "&",
    "&&",
    "|",
    "||",
    ">pwned",
    "<",
    "<<END",
    "\nEND\n",
    "END",
    "*",
    "?",
    "[a]",
    "~",
    "!",
    "#",
    "%s",
    "%n",
    "\\0",
    "$'\\n'",
    "{a,b}",
    "(",
    ")",
    "-n",
    "--",
    "=",
    "\t",
    " ",
    "$",
];

/// A value: pieces a shell minds, letters, any character of Unicode but NUL, control characters.
fn value(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.roll(12) {
        match dice.roll(5) {
            0 | 1 => text.push_str(PIECES[dice.roll(PIECES.len())]),
            2 => text.push(char::from(u8::try_from(1 + dice.roll(127)).unwrap())),
            3 => text.extend(char::from_u32(u32::try_from(1 + dice.roll(0x10_ffff)).unwrap())),
            _ => text.push_str("word"),
        }
    }
    text
}

/// A runbook whose one command holds `TOGETHER` values in every place.
fn read(language: &str) -> StepCommand {
    let mut text = format!("# Values\n\n- Try them\n\n  ```{language} {{\"name\": \"try\"}}\n");
    for at in 0..TOGETHER {
        for (_, place) in PLACES {
            for line in place.replace('@', &format!("v{at}")).lines() {
                text = text + "  " + line + "\n";
            }
        }
    }
    let reading = runbook::read("values.md", format!("{text}  ```\n").as_bytes());
    command_of(&reading.runbook)
}

fn command_of(runbook: &Runbook) -> StepCommand {
    let mut steps = runbook.phases.iter().flat_map(|phase| &phase.steps);
    steps.find_map(|step| step.commands.first()).expect("a command").clone()
}

async fn run(io: &Io, request: &IoRequest) -> (Option<i32>, String) {
    match io.perform(request, None, pending()).await {
        IoReply::Command(reply) => (reply.exit, reply.stderr),
        other => panic!("{other:?}"),
    }
}

async fn values_arrive_through(language: &str, wanted: usize) {
    let io = Io::new(IoOptions::default()).unwrap();
    let mut dice = Dice(20_261_121);
    let mut command = read(language);
    // The reader stops looking for holes after a good many: here every one is named.
    let hole = command.placeholders[0].clone();
    command.placeholders = (0..TOGETHER)
        .flat_map(|at| {
            let token = |token: String, name: String, environment| {
                let known = hole.clone();
                midwatch::domain::runbook::Placeholder { token, name, environment, ..known }
            };
            [
                token(format!("<v{at}>"), format!("v{at}"), false),
                token(format!("$NAME_v{at}"), format!("NAME_v{at}"), true),
            ]
        })
        .collect();
    let mut values = 0;
    while values < wanted {
        let place = tempfile::tempdir().unwrap();
        let these: Vec<String> = (0..TOGETHER).map(|_| value(&mut dice)).collect();
        values += these.len();
        let named = these.iter().enumerate().flat_map(|(at, value)| {
            [(format!("<v{at}>"), value.clone()), (format!("$NAME_v{at}"), value.clone())]
        });
        let answers = Answers::from(named.collect::<BTreeMap<String, String>>());
        let within = Some(place.path().to_path_buf());
        let request = step_command(&command, &answers, within, Duration::from_secs(60)).unwrap();
        let IoRequest::Command(exact) = &request else { panic!("{request:?}") };
        // No value is part of the text: the text is the same for all of them.
        assert!(!exact.argv.iter().any(|word| word.contains("pwned")), "{exact:?}");
        let (exit, errors) = run(&io, &request).await;
        assert_eq!((exit, errors.as_str()), (Some(0), ""), "{these:?}");
        compare(place.path(), &these);
    }
}

fn compare(home: &Path, values: &[String]) {
    let left: Vec<_> = std::fs::read_dir(home).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["seen"], "a value ran: {values:?}");
    let seen = std::fs::read(home.join("seen")).unwrap();
    let mut seen = seen.split(|byte| *byte == 0);
    for value in values {
        for ((place, _), wanted) in PLACES.iter().zip(written(value)) {
            let got = String::from_utf8_lossy(seen.next().unwrap_or_default()).into_owned();
            assert_eq!(got, wanted, "{place}: {value:?}");
        }
    }
    assert_eq!(seen.next(), Some(&b""[..]));
    assert_eq!(seen.next(), None);
}

#[tokio::test]
async fn ten_thousand_values_arrive_byte_for_byte_through_sh() {
    values_arrive_through("sh", VALUES).await;
}

#[tokio::test]
async fn values_arrive_byte_for_byte_through_bash() {
    values_arrive_through("bash", VALUES / 4).await;
}

#[test]
fn a_nul_is_refused_in_every_place() {
    let mut dice = Dice(3);
    for (place, text) in PLACES {
        let text = text.replace('@', "v0");
        let file = format!("# Values\n\n```sh\n{text}\n```\n");
        let command = command_of(&runbook::read("values.md", file.as_bytes()).runbook);
        for _ in 0..100 {
            let mut value = value(&mut dice);
            let at = value.char_indices().map(|(at, _)| at).nth(dice.roll(5)).unwrap_or(0);
            value.insert(at, '\0');
            let values: BTreeMap<String, String> =
                command.placeholders.iter().map(|hole| (hole.token.clone(), value.clone())).collect();
            assert!(!values.is_empty(), "{place}: nothing to fill in");
            let refused = step_command(&command, &values.into(), None, Duration::from_secs(1));
            assert!(matches!(refused, Err(StepError::Nul { .. })), "{place}: {refused:?}");
        }
    }
}
