//! One canary a door, so that one found says where it came in.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::canary::{Parrot, answer};
use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

// From the environment, a file and a program.
const ENVIRONMENT: &str = "canary-env-5Vd8mKq2/+x";
const FILE: &str = "canary-file-9Tz1nWc4\"y";
const PROGRAM: &str = "canary-program-3Hb7sLf6&z";
const ALL: [&str; 3] = [ENVIRONMENT, FILE, PROGRAM];

/// Every form in which a canary would still be one.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let json = serde_json::to_string(secret).unwrap();
    let json = json.trim_matches('"').trim_end_matches('\\');
    let partly: String = secret
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c.to_string()
            } else {
                format!("%{:02X}", u32::from(c))
            }
        })
        .collect();
    let basic = base64(secret.as_bytes());
    // The last characters of an encoding depend on what follows.
    let basic = &basic[..basic.len() - 4];
    [secret, json, &partly, basic].iter().map(|form| form.as_bytes().to_vec()).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let group =
                chunk.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..4).map(move |at| char::from(LETTERS[(group >> (18 - 6 * at) & 63) as usize]))
        })
        .collect()
}

#[track_caller]
fn is_silent(place: &str, bytes: &[u8]) {
    for secret in ALL {
        for form in forms(secret) {
            if let Some(at) = bytes.windows(form.len()).position(|window| window == form) {
                let around = &bytes[at.saturating_sub(200)..(at + form.len() + 40).min(bytes.len())];
                panic!("{secret} in {place}: {:?}", String::from_utf8_lossy(around));
            }
        }
    }
}

/// Looks into every file under `directory` but those that were given the secret to keep.
fn files_are_silent(directory: &Path) -> u64 {
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += files_are_silent(&path);
        } else if path.is_file() && !path.ends_with("token.txt") && !path.ends_with("teller.sh") {
            is_silent(&path.display().to_string(), &std::fs::read(&path).unwrap());
            count += 1;
        }
    }
    count
}

/// Looks at the command line of every process there is, as any user of the machine can.
fn processes_are_silent() {
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        // It may end while it is looked at.
        if let Ok(line) = std::fs::read(entry.path().join("cmdline")) {
            is_silent(&entry.path().display().to_string(), &line);
        }
    }
}

/// A server that says back whatever it is sent, counts who came with the secrets, and looks at the
/// processes that are there at that moment.
fn echo(seen: Arc<Mutex<String>>, came: Arc<AtomicU64>) -> Parrot {
    Parrot::new(move |request| {
        seen.lock().unwrap().push_str(request);
        came.fetch_add(1, Ordering::Relaxed);
        let body = format!(
            "{{\"status\": \"ok\", \"you\": {}, \"basic\": \"{}\"}}",
            serde_json::to_string(request).unwrap(),
            base64(format!("user:{ENVIRONMENT}").as_bytes())
        );
        let status = if request.contains("/bad") { "503 No" } else { "200 OK" };
        let echoed: String = request
            .lines()
            .filter(|line| line.starts_with("x-"))
            .fold(String::new(), |all, line| all + &format!("x-echo-{}\r\n", &line[2..]));
        answer(status, &format!("content-type: application/json\r\n{echoed}"), &body)
    })
}

/// An incident in which everything that has a secret is asked, run and looked at.
fn watch(console: &mut Terminal) {
    console.wait_for_text("3 down", DEADLINE);
    console.key("i");
    console.wait_for_text("Declare an incident", DEADLINE);
    console.send("it leaks\r");
    console.wait_for_text("INC-1 P1", DEADLINE);
    for name in ["good", "bad", "gone", "probe"] {
        console.key("/");
        console.wait_for_text("show only", DEADLINE);
        console.key("ctrl+u");
        console.send(&format!("{name}\r"));
        console.wait_for_text(&format!("▸ {name}"), DEADLINE);
        console.key("y");
        console.key("enter");
        console.wait_for_texts(&["asks", "rules"], DEADLINE);
        console.key("end");
        processes_are_silent();
        console.key("esc");
        console.wait_for_text("MIDWATCH  shop", DEADLINE);
    }
    console.key("u");
    console.wait_for_text("R-1 post failed", DEADLINE);
    console.key("o");
    console.wait_for_texts(&["R-1 post", "HTTP 503", "esc back"], DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH  shop", DEADLINE);
    console.key("w");
    console.wait_for_texts(&["R-2 prints", "‹redacted›"], DEADLINE);
    processes_are_silent();
    console.wait_for_texts(&["✔ exit 0", "esc back"], DEADLINE);
    console.key("y");
    console.key("esc");
    console.wait_for_text("MIDWATCH  shop", DEADLINE);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("h");
    console.wait_for_text("y run", DEADLINE);
    is_silent("the confirmation", console.screen().as_bytes());
    console.key("y");
    console.wait_for_texts(&["✖ failed", "esc back"], DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH  shop", DEADLINE);
    console.key("3");
    console.key("enter");
    console.wait_for_texts(&["Fact", "esc back"], DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH  shop", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

/// Every command, with all it prints.
fn commands_are_silent(night: &Night, env: &[(&str, &str)]) {
    for arguments in [
        &["check"][..],
        &["check", "--json"],
        &["check", "--follow", "--for", "2s"],
        &["config", "show"],
        &["config", "show", "--json"],
        &["config", "check", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["run", "post", "--dry-run"],
        &["run", "post", "--dry-run", "--json"],
        &["run", "post"],
        &["run", "post", "--json"],
        &["run", "prints"],
        &["run", "prints", "--json"],
        &["run", "fails", "--yes", "fails"],
        &["run", "fails", "--yes", "fails", "--json"],
        &["incident", "show"],
        &["incident", "show", "--json"],
        &["incident", "show", "INC-1", "--json"],
        &["incident", "list", "--json"],
        &["incident", "verify", "--json"],
        &["runbook", "show", "--json"],
    ] {
        let mut command = night.command(arguments);
        command.envs(env.iter().copied());
        let output = command.output().unwrap();
        is_silent(&format!("{arguments:?}, standard output"), &output.stdout);
        is_silent(&format!("{arguments:?}, standard error"), &output.stderr);
        let out = String::from_utf8(output.stdout).unwrap();
        if arguments.starts_with(&["run", "prints"]) {
            assert!(out.contains("‹redacted›"), "{arguments:?} looked at nothing: {out}");
        }
    }
}

#[test]
fn no_canary_sings() {
    let seen = Arc::new(Mutex::new(String::new()));
    let came = Arc::new(AtomicU64::new(0));
    let echo = echo(Arc::clone(&seen), Arc::clone(&came));
    let headers = "{ x-env = { env = \"CANARY\", prefix = \"Bearer \" }, x-file = { file = \"token.txt\" }, \
                   x-program = { command = [\"sh\", \"@HOME@/teller.sh\"] } }";
    let values = "{ A = { env = \"CANARY\" }, B = { file = \"token.txt\" }, C = { command = [\"sh\", \"@HOME@/teller.sh\"] } }";
    let print = "printf '%s\\\\n' \\\"$A\\\" \\\"$B\\\" \\\"$C\\\"; printf 'x%sx' \\\"$A\\\" | base64; printf '%s' \\\"$B\\\" >&2; env; sleep 1";
    let more = format!(
        "[[health]]\nname = \"good\"\nurl = \"{base}/good\"\nevery = \"1s\"\nheaders = {headers}\n\
         [[health]]\nname = \"bad\"\nurl = \"{base}/bad\"\nevery = \"1s\"\nfail_after = 1\nheaders = {headers}\n\
         [[health]]\nname = \"gone\"\nurl = \"http://127.0.0.1:1/x\"\nevery = \"1s\"\nfail_after = 1\nheaders = {headers}\n\
         [[health]]\nname = \"probe\"\nevery = \"2s\"\nfail_after = 1\nenv = {values}\n\
         command = [\"sh\", \"-c\", \"{print}; exit 7\"]\n\
         [[action]]\nname = \"post\"\nkey = \"u\"\nkind = \"http\"\nrisk = \"read\"\npost = \"{base}/bad\"\n\
         headers = {headers}\nbody = {{ env = \"CANARY\", prefix = \"token=\" }}\n\
         [[action]]\nname = \"prints\"\nkey = \"w\"\nkind = \"command\"\nrisk = \"read\"\nenv = {values}\n\
         command = [\"sh\", \"-c\", \"{print}\"]\n\
         [[action]]\nname = \"fails\"\nkey = \"h\"\nkind = \"command\"\nrisk = \"change\"\nenv = {values}\n\
         command = [\"sh\", \"-c\", \"{print}; exit 1\"]\nexpect = {{ text = \"not there\" }}\n",
        base = echo.base(),
    );
    let night = Night::with("quiet", &more);
    night.write("token.txt", &format!("{FILE}\n"));
    night.write("teller.sh", &format!("echo '{PROGRAM}'\n"));
    std::fs::set_permissions(night.path("token.txt"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let log = night.path("midwatch.log");
    let env =
        [("CANARY", ENVIRONMENT), ("MIDWATCH_LOG", log.to_str().unwrap()), ("MIDWATCH_LOG_FILTER", "trace")];
    let mut console = night.unawaited((150, 50), &[], &env);
    watch(&mut console);
    is_silent("the terminal", &console.output());
    commands_are_silent(&night, &env);
    assert!(files_are_silent(night.home.path()) > 5, "there were no files to look into");
    // The secrets did go where they were meant to.
    let seen = seen.lock().unwrap();
    for sent in
        [format!("x-env: Bearer {ENVIRONMENT}"), format!("x-file: {FILE}"), format!("x-program: {PROGRAM}")]
    {
        assert!(seen.contains(&sent), "no {sent} in {seen}");
    }
    assert!(came.load(Ordering::Relaxed) > 3);
}
