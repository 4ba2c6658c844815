//! Secrets: found by name, sent where they are meant to go, seen nowhere else.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;

use midwatch::domain::io::{Delivery, IoReply, IoRequest, Reason, SecretSource, SignatureScheme, Value};
use midwatch::domain::time::Timestamp;
use midwatch::io::{Io, IoOptions};

use super::servers::*;

const CANARY: &str = "canary/9f8e7d6c&5b4a";

#[tokio::test]
async fn a_secret_that_is_echoed_is_not_in_the_reply() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), &format!("  {CANARY}\n"));
    let address = answering(|text| {
        assert!(text.contains(&format!("authorization: Bearer {CANARY}\r\n")), "{text}");
        assert!(text.ends_with(&format!("key={CANARY}")), "{text}");
        let headers = format!("x-echo: got {CANARY}\r\nlocation: /?key=canary%2F9f8e7d6c%265b4a\r\n");
        response("401 Unauthorized", &headers, format!("you said {CANARY} twice: {CANARY}"))
    })
    .await;
    let mut request = get(format!("http://{address}/"));
    request.headers = vec![("Authorization".into(), secret("Bearer ", &path))];
    request.body = Some(secret("key=", &path));
    let reply = fetched(&io(), request).await;
    assert!(!format!("{reply:?}").contains("9f8e7d6c"), "{reply:?}");
    assert_eq!(String::from_utf8(reply.body).unwrap(), "you said ‹redacted› twice: ‹redacted›");
}

#[tokio::test]
async fn a_secret_within_a_body_is_sent_there_and_is_not_in_the_reply() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), CANARY);
    let address = answering(|text| {
        assert!(text.ends_with(&format!("{{\"key\":\"{CANARY}\",\"says\":\"on\"}}")), "{text}");
        response("202 Accepted", "", format!("taken with {CANARY}"))
    })
    .await;
    let mut request = get(format!("http://{address}/"));
    request.body = Some(Value::Around {
        before: "{\"key\":\"".into(),
        secret: SecretSource::File(path),
        after: "\",\"says\":\"on\"}".into(),
    });
    let reply = fetched(&io(), request).await;
    assert_eq!(String::from_utf8(reply.body).unwrap(), "taken with ‹redacted›");
}

#[tokio::test]
async fn a_secret_on_the_edge_of_the_limit_is_not_in_the_reply() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), CANARY);
    let address =
        answering(|_| response("200 OK", "", format!("{}{CANARY}{}", "x".repeat(90), "y".repeat(500)))).await;
    let io = io();
    for limit in 85..130 {
        let mut request = get(format!("http://{address}/"));
        request.headers = vec![("x-key".into(), secret("", &path))];
        request.limit = limit;
        let reply = fetched(&io, request).await;
        assert!(reply.truncated);
        assert!(reply.body.len() <= limit);
        assert!(!String::from_utf8_lossy(&reply.body).contains("can"), "{limit}");
    }
}

#[tokio::test]
async fn another_origin_is_told_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), CANARY);
    let elsewhere = answering(|text| response("200 OK", "", text)).await;
    let location = format!("location: http://{elsewhere}/there\r\n");
    let here = answering(move |text| {
        assert!(text.contains("x-key: canary"), "{text}");
        if text.starts_with("GET /first") {
            response("302 Found", "location: /second\r\n", "")
        } else {
            response("302 Found", &location, "")
        }
    })
    .await;
    let mut request = get(format!("http://{here}/first"));
    request.redirects = 3;
    request.headers = vec![
        ("X-Key".into(), secret("", &path)),
        ("Authorization".into(), Value::Plain("Basic YW5uOg==".into())),
        ("X-Api-Key".into(), Value::Plain("plain-but-private".into())),
        ("Accept".into(), Value::Plain("text/plain".into())),
    ];
    let reply = fetched(&io(), request).await;
    let told = String::from_utf8(reply.body).unwrap();
    assert!(told.starts_with("GET /there"), "{told}");
    assert!(told.contains("accept: text/plain"), "{told}");
    for private in ["canary", "‹redacted›", "authorization", "private"] {
        assert!(!told.contains(private), "{private} in {told}");
    }
}

#[tokio::test]
async fn a_secret_body_does_not_follow_to_another_origin() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), CANARY);
    let here =
        answering(|_| response("308 Permanent Redirect", "location: http://127.0.0.1:1/\r\n", "")).await;
    let mut request = get(format!("http://{here}/"));
    request.method = "POST".into();
    request.redirects = 3;
    request.body = Some(secret("", &path));
    assert_eq!(fetched(&io(), request).await.status, 308);
}

#[tokio::test]
async fn a_missing_secret_is_auth_and_nothing_is_sent() {
    let (address, count) = server(|_, _| async {}).await;
    let directory = tempfile::tempdir().unwrap();
    let exposed = secret_file(directory.path(), CANARY);
    std::fs::set_permissions(&exposed, std::fs::Permissions::from_mode(0o640)).unwrap();
    let empty = directory.path().join("empty");
    midwatch::io::files::write_whole(&empty, b" \n").unwrap();
    std::fs::set_permissions(&empty, std::fs::Permissions::from_mode(0o600)).unwrap();
    let program = |words: &[&str]| SecretSource::Command(words.iter().map(|word| (*word).into()).collect());
    for (source, words) in [
        (
            SecretSource::Env("MIDWATCH_TEST_ABSENT".into()),
            "env MIDWATCH_TEST_ABSENT: the variable is not set",
        ),
        (SecretSource::File(directory.path().join("none")), "no such file"),
        (SecretSource::File(exposed), "chmod 600"),
        (SecretSource::File(empty), "is empty"),
        (program(&["midwatch-absent-program"]), "program not found: midwatch-absent-program"),
        (program(&["sh", "-c", "echo not signed in >&2; exit 3"]), "exit 3: not signed in"),
        (program(&["true"]), "is empty"),
        (program(&["head", "-c", "100000", "/dev/zero"]), "is larger than"),
        (program(&[]), "names no program"),
    ] {
        let mut request = get(format!("http://{address}/"));
        request.headers = vec![("x".into(), Value::Secret { prefix: String::new(), secret: source.clone() })];
        let failure = failed(&io(), request).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::NotSent), "{failure:?}");
        assert!(failure.detail.contains(words), "{failure:?}");
        let reported = io().prepare(std::slice::from_ref(&source)).await;
        assert_eq!(reported, vec![(source, failure.detail)]);
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_was_prepared_is_redacted_from_the_first_word() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), CANARY);
    // Set wherever tests run.
    let variable = std::env::var("PATH").unwrap();
    let options = IoOptions { secrets: vec![SecretSource::File(path.clone())], ..IoOptions::default() };
    let io = Io::new(options).unwrap();
    assert_eq!(io.redact(CANARY), CANARY);
    let program = SecretSource::Command(vec!["echo".into(), "told-by-a-program".into()]);
    let sources = [SecretSource::Env("PATH".into()), SecretSource::File(path), program];
    assert_eq!(io.prepare(&sources).await, vec![]);
    let text = io.redact(&format!("a {CANARY} b told-by-a-program c {variable}"));
    assert_eq!(text, "a ‹redacted› b ‹redacted› c ‹redacted›");
    // A clone is the same way to the world.
    assert_eq!(io.clone().redact(CANARY), "‹redacted›");
}

#[tokio::test]
async fn a_program_is_asked_once_until_it_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let script = format!("echo asked >> {}; echo told-by-a-program", log.display());
    let program = SecretSource::Command(vec!["sh".into(), "-c".into(), script]);
    let address = answering(|text| response("200 OK", "", text)).await;
    let io = io();
    let mut request = get(format!("http://{address}/"));
    request.headers = vec![("x".into(), Value::Secret { prefix: String::new(), secret: program })];
    let all = (0..20).map(|_| fetched(&io, request.clone()));
    for reply in futures_util::future::join_all(all).await {
        assert!(!String::from_utf8_lossy(&reply.body).contains("told-by-a-program"));
    }
    let asked = || std::fs::read_to_string(&log).unwrap().lines().count();
    assert_eq!(asked(), 1);
    io.forget();
    fetched(&io, request.clone()).await;
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn a_program_that_leaves_another_behind_still_tells() {
    let program = ["sh", "-c", "sleep 20 & echo told-by-a-program"];
    let source = SecretSource::Command(program.iter().map(|word| (*word).to_owned()).collect());
    let io = io();
    assert_eq!(io.prepare(&[source]).await, vec![]);
    assert_eq!(io.redact("told-by-a-program"), "‹redacted›");
}

#[tokio::test]
async fn a_secret_that_a_program_prints_is_redacted() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), CANARY);
    let mut request = shell("echo \"$KEY\"; echo \"$KEY\" | base64 >&2; printf '%s' \"$KEY\"");
    request.env = vec![("KEY".into(), secret("", &path)), ("OTHER".into(), Value::Plain("x".into()))];
    let (sender, mut receiver) = tokio::sync::mpsc::channel(100);
    let reply = io().perform(&IoRequest::Command(request), Some(sender), std::future::pending()).await;
    assert!(!format!("{reply:?}").contains("9f8e7d6c"), "{reply:?}");
    let IoReply::Command(reply) = reply else { panic!("{reply:?}") };
    assert_eq!(reply.stdout, "‹redacted›\n‹redacted›");
    assert!(reply.stderr.contains("‹redacted›"), "{reply:?}");
    let mut lines = Vec::new();
    while let Some(line) = receiver.recv().await {
        lines.push(line.text);
    }
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.contains("‹redacted›")), "{lines:?}");
}

#[tokio::test]
async fn a_delivery_is_verified_with_a_secret_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let named = |secret| Value::Secret { prefix: String::new(), secret };
    let source = named(SecretSource::File(secret_file(directory.path(), "whsec_lanternfish\n")));
    let (io, scheme) = (io(), SignatureScheme::Stripe { tolerance: std::time::Duration::from_secs(300) });
    let now = Timestamp::from_millis(1_750_000_100_000);
    // HMAC-SHA256 of `1750000000.{}`, worked out elsewhere.
    let header = b"t=1750000000,v1=12dfb9e0a934bab60bf7ed145d46bc07075088c8d23b4b136747b1e20d166f79";
    assert_eq!(io.verify(scheme, &source, Some(header), b"{}", now).await, Ok(()));
    let why = io.verify(scheme, &source, Some(header), b"[]", now).await.unwrap_err();
    assert_eq!(why, "the signature does not fit");
    // What was needed to verify is known to be a secret from then on.
    assert_eq!(io.redact("whsec_lanternfish"), "‹redacted›");
    let missing = named(SecretSource::Env("MIDWATCH_TEST_ABSENT".into()));
    let why = io.verify(scheme, &missing, Some(header), b"{}", now).await.unwrap_err();
    assert_eq!(why, "secret env MIDWATCH_TEST_ABSENT: the variable is not set");
}

#[tokio::test]
async fn an_address_that_is_a_secret_is_asked_and_told_to_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let address = answering(|text| {
        assert!(text.starts_with("POST /services/T0/B0/9f8e7d6c HTTP/1.1\r\n"), "{text}");
        assert!(!text.contains(":address"), "{text}");
        assert!(text.ends_with("{\"text\":\"down\"}"), "{text}");
        response("302 Found", "location: /services/T0/B0/9f8e7d6c?again\r\n", "9f8e7d6c moved")
    })
    .await;
    let asked = |kept: &str| {
        let path = secret_file(directory.path(), kept);
        let mut request = get(String::new());
        request.method = "POST".into();
        request.headers = vec![(midwatch::domain::io::HttpRequest::ADDRESS.into(), secret("", &path))];
        request.body = Some(Value::Plain("{\"text\":\"down\"}".into()));
        request
    };
    let request = asked(&format!("http://{address}/services/T0/B0/9f8e7d6c\n"));
    let shown = IoRequest::Http(request.clone()).preview().join("\n");
    assert!(shown.starts_with("POST ‹file ") && !shown.contains("9f8e7d6c"), "{shown}");
    let recorded = serde_json::to_string(&request).unwrap();
    assert!(!recorded.contains("9f8e7d6c"), "{recorded}");
    let reply = fetched(&io(), request).await;
    assert_eq!(reply.status, 302);

    // A port that nobody listens on, and no address at all: no error says where it was to go.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for kept in
        [format!("http://{closed}/services/T0/B0/9f8e7d6c"), "ftp://x/9f8e7d6c".into(), "9f8e7d6c".into()]
    {
        let failure = failed(&io(), asked(&kept)).await;
        assert_eq!(failure.delivery, Delivery::NotSent, "{failure:?}");
        assert!(!format!("{failure:?}").contains("9f8e7d6c"), "{failure:?}");
    }
}
