//! Requests letter by letter, replies of every sort, and templates.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::config::{Layer, load};
use crate::domain::channel::Template;
use crate::domain::io::{Delivery, HttpReply, HttpRequest, IoFailure, Reason, Value};

const HEALTH: &str = r#"
[[health]]
name = "web"
url = "https://shop.example.com/"
ok = "status == 200"

"#;

/// One channel of each kind: what the other tests post by as well.
const CHANNELS: &str = include_str!("../../tests/support/channels.toml");

fn load_with(more: &str) -> crate::config::Loaded {
    let text = format!("{HEALTH}{CHANNELS}{more}");
    load(&[Layer { name: "midwatch.toml".into(), text, base: PathBuf::from("/") }], &[])
}

fn channel(name: &str) -> Channel {
    let loaded = load_with("");
    let settings = loaded.settings.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    settings.channels.into_iter().find(|channel| channel.id.as_str() == name).unwrap()
}

fn draft(text: &str) -> Draft {
    Draft {
        title: "Billing delays".into(),
        text: text.into(),
        severity: Some(Severity::P2),
        dedup: "midwatch:shop:INC-1".into(),
        once: "midwatch-7-1".into(),
        ..Draft::default()
    }
}

fn asked(name: &str, draft: &Draft) -> HttpRequest {
    match request(&channel(name), draft) {
        Ok(Some(IoRequest::Http(http))) => http,
        other => panic!("{other:?}"),
    }
}

fn body(request: &HttpRequest) -> serde_json::Value {
    serde_json::from_str(&request.body.as_ref().unwrap().to_string()).unwrap()
}

fn http(status: u16, headers: &[(&str, &str)], body: &str) -> IoReply {
    IoReply::Http(HttpReply {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.into(),
        truncated: false,
        latency: Duration::from_millis(40),
        certificate_days: None,
    })
}

/// What `name` makes of a reply to a post.
fn told(name: &str, status: u16, text: &str) -> Answer {
    let mut wanted = draft("x");
    wanted.target = Some("PT1".into());
    let asked = request(&channel(name), &wanted).unwrap().unwrap();
    read(&channel(name), &asked, &http(status, &[], text))
}

#[test]
fn a_webhook_s_address_is_sent_and_never_shown() {
    let asked = asked("hook", &draft("a <!channel> & b"));
    assert_eq!(asked.url, "");
    let shown = IoRequest::Http(asked.clone()).preview().join("\n");
    assert_eq!(
        shown,
        "POST ‹env HOOK›\ncontent-type: application/json; charset=utf-8\n\n\
         {\"text\":\"a &lt;!channel&gt; &amp; b\"}"
    );
    assert_eq!(IoRequest::Http(asked).secrets().len(), 1, "it is redacted as every secret is");
    let plain = load_with(
        "[[channel]]\nname = \"h2\"\nkind = \"slack-webhook\"\naudience = \"team\"\nurl = \"https://hooks.slack.com/services/T/B/x\"\n",
    );
    assert!(plain.settings.is_none());
    let said: Vec<String> = plain.diagnostics.iter().map(ToString::to_string).collect();
    assert!(said.iter().all(|line| !line.contains("services/T")), "{said:?}");
}

#[test]
fn slack_is_asked_for_a_message_in_its_thread() {
    let mut wanted = draft("down");
    wanted.thread = Some("1787019300.000200".into());
    let asked = asked("ops", &wanted);
    assert_eq!(
        (asked.method.as_str(), asked.url.as_str()),
        ("POST", "https://slack.com/api/chat.postMessage")
    );
    assert!(asked.headers.contains(&(
        "authorization".into(),
        Value::Secret {
            prefix: "Bearer ".into(),
            secret: crate::domain::io::SecretSource::Env("SLACK_TOKEN".into())
        }
    )));
    assert_eq!(
        body(&asked),
        json!({ "channel": "C0OPS", "text": "down", "thread_ts": "1787019300.000200", "unfurl_links": false })
    );
}

#[test]
fn slack_answers_200_whatever_happened() {
    let good = told("ops", 200, include_str!("fixtures/slack_post_ok.json"));
    let Answer::Posted { reference, place, link, .. } = good else { panic!("{good:?}") };
    assert_eq!(
        (reference.as_deref(), place.as_deref(), link),
        (Some("1787019300.000200"), Some("C0OPS"), None)
    );
    let bad = told("ops", 200, include_str!("fixtures/slack_post_err.json"));
    assert_eq!(bad, Answer::Failed("Slack says not_in_channel: invite the app to the channel".into()));
    let asked = permalink(&channel("ops"), "C0OPS", "1787019300.000200").unwrap();
    assert!(asked.preview()[0].starts_with(
        "GET https://slack.com/api/chat.getPermalink?channel=C0OPS&message_ts=1787019300.000200"
    ));
    let link = r#"{"ok":true,"channel":"C0OPS","permalink":"https://shop.slack.com/archives/C0OPS/p1"}"#;
    assert_eq!(located(&http(200, &[], link)).as_deref(), Some("https://shop.slack.com/archives/C0OPS/p1"));
    assert_eq!(located(&http(200, &[], r#"{"ok":false,"permalink":"https://a.example.com"}"#)), None);
    assert_eq!(located(&http(200, &[], r#"{"ok":true,"permalink":"javascript:alert(1)"}"#)), None);
}

#[test]
fn a_page_s_incident_is_created_then_updated_with_its_components() {
    let mut wanted = draft("We are investigating delayed subscription updates.");
    wanted.status = Some("investigating".into());
    wanted.components = vec![("cmp1".into(), "degraded_performance".into())];
    let asked = asked("status", &wanted);
    assert_eq!(
        (asked.method.as_str(), asked.url.as_str()),
        ("POST", "https://api.statuspage.io/v1/pages/pg1/incidents")
    );
    let sample: serde_json::Value =
        serde_json::from_str(include_str!("fixtures/statuspage_incident_create.json")).unwrap();
    assert_eq!(body(&asked), sample);
    wanted.thread = Some("i/1".into());
    wanted.status = Some("resolved".into());
    let update = self::asked("status", &wanted);
    assert_eq!(
        (update.method.as_str(), update.url.as_str()),
        ("PATCH", "https://api.statuspage.io/v1/pages/pg1/incidents/i%2F1")
    );
    assert_eq!(body(&update)["incident"]["status"], "resolved");
    assert_eq!(components_of(&IoRequest::Http(update)), [("cmp1".into(), "degraded_performance".into())]);
    let made = r#"{"id":"i1","status":"investigating","shortlink":"https://stspg.io/x"}"#;
    let Answer::Posted { reference, link, .. } = told("status", 201, made) else { panic!() };
    assert_eq!((reference.as_deref(), link.as_deref()), (Some("i1"), Some("https://stspg.io/x")));
}

#[test]
fn pagerduty_takes_notes_and_states_and_says_what_it_made_of_them() {
    let mut wanted = draft("rolled back");
    wanted.target = Some("PT4KHLK".into());
    let note = asked("pager", &wanted);
    assert_eq!(note.url, "https://api.pagerduty.com/incidents/PT4KHLK/notes");
    assert_eq!(body(&note), json!({ "note": { "content": "rolled back" } }));
    wanted.status = Some("resolve".into());
    let resolve = asked("pager", &wanted);
    assert_eq!(resolve.method, "PUT");
    assert_eq!(body(&resolve)["incident"]["resolution"], "rolled back");
    wanted.target = None;
    assert!(request(&channel("pager"), &wanted).is_err(), "it names no incident");

    wanted.status = Some("acknowledge".into());
    wanted.target = Some("PT1".into());
    let asked = request(&channel("pager"), &wanted).unwrap().unwrap();
    let answer = |status: &str| {
        let text =
            json!({ "incident": { "id": "PT1", "status": status, "html_url": "https://a.example.com/PT1" } });
        read(&channel("pager"), &asked, &http(200, &[], &text.to_string()))
    };
    assert!(matches!(answer("acknowledged"), Answer::Posted { .. }));
    assert!(matches!(answer("triggered"), Answer::Failed(_)), "a 200 is not an effect");
}

#[test]
fn an_event_keeps_its_key_and_hides_the_integration_s() {
    let mut wanted = draft("details");
    wanted.status = Some("trigger".into());
    let event = asked("alert", &wanted);
    let shown = IoRequest::Http(event.clone()).preview().join("\n");
    assert!(shown.contains("\"routing_key\":\"‹env PD_KEY›\""), "{shown}");
    assert_eq!(body(&event)["payload"]["severity"], "warning");
    assert_eq!(body(&event)["dedup_key"], "midwatch:shop:INC-1");
    let taken = told("alert", 202, include_str!("fixtures/pagerduty_enqueue_202.json"));
    let Answer::Posted { reference, .. } = taken else { panic!("{taken:?}") };
    assert_eq!(reference.as_deref(), Some("midwatch:stripe:we_1Qbilling"));
    let refused = told("alert", 400, include_str!("fixtures/pagerduty_enqueue_400.json"));
    assert_eq!(refused, Answer::Failed("400 'payload.severity' is missing or blank".into()));
}

#[test]
fn a_mail_carries_its_key() {
    let mail = asked("mail", &draft("closed for an hour"));
    assert_eq!(crate::domain::idempotency::key_of(&mail), Some("midwatch-7-1"));
    assert_eq!(
        body(&mail),
        json!({
            "from": "Shop <status@example.com>", "to": ["list@example.com"], "bcc": ["bob@example.com", "cho@example.com"],
            "subject": "Billing delays", "text": "closed for an hour",
        })
    );
    let limited = told("mail", 429, include_str!("fixtures/resend_error.json"));
    assert!(matches!(limited, Answer::Failed(why) if why.contains("too many requests")));
    assert!(matches!(told("mail", 200, r#"{"id":"49a3999c"}"#), Answer::Posted { .. }));
}

#[test]
fn nothing_that_comes_back_is_taken_for_a_post_or_says_more_than_is_known() {
    let junk = [
        "",
        "null",
        "[]",
        "{}",
        "<html>moved</html>",
        "\"ok\"",
        "{\"ok\":\"true\"}",
        "{\"id\":7}",
        "{\"ok\":tru",
    ];
    for name in ["hook", "ops", "status", "pager", "alert", "mail"] {
        for text in junk {
            for status in [200, 201, 202] {
                assert!(matches!(told(name, status, text), Answer::Unknown(_)), "{name} {status} {text}");
            }
            for status in [400, 401, 403, 404, 420, 429] {
                assert!(matches!(told(name, status, text), Answer::Failed(_)), "{name} {status} {text}");
            }
            for status in [502, 504] {
                assert!(matches!(told(name, status, text), Answer::Unknown(_)), "{name} {status} {text}");
            }
        }
        let asked =
            request(&channel(name), &Draft { target: Some("P".into()), ..draft("x") }).unwrap().unwrap();
        let lost = |delivery| {
            let failure = IoFailure { reason: Reason::Timeout, detail: "no answer".into(), delivery };
            read(&channel(name), &asked, &IoReply::Failed(failure))
        };
        assert!(matches!(lost(Delivery::Unknown), Answer::Unknown(_)));
        assert!(matches!(lost(Delivery::NotSent), Answer::Failed(_)));
        let wait = read(&channel(name), &asked, &http(429, &[("retry-after", "30")], "x"));
        assert!(matches!(wait, Answer::Failed(why) if why.contains("30 s")));
    }
    assert!(matches!(told("hook", 200, "ok"), Answer::Posted { .. }));
    assert_eq!(told("hook", 410, "channel_is_archived"), Answer::Failed("410 channel_is_archived".into()));
}

#[test]
fn nothing_empty_is_posted() {
    for name in ["hook", "ops", "status", "mail", "copy"] {
        assert!(request(&channel(name), &draft("  \n ")).is_err(), "{name}");
    }
    let untitled = Draft { title: " ".into(), ..draft("x") };
    assert!(request(&channel("status"), &untitled).is_err());
    assert_eq!(request(&channel("copy"), &draft("x")), Ok(None));
}

#[test]
fn what_is_wrong_with_a_channel_is_said_where_it_stands() {
    let said = |more: &str| {
        let loaded = load_with(more);
        let of = |found: &Diagnostic| format!("{} {}", found.code, found.message);
        loaded.diagnostics.iter().map(of).collect::<Vec<_>>().join("\n")
    };
    let twice = said("[[channel]]\nname = \"ops\"\nkind = \"clipboard\"\naudience = \"team\"\n");
    assert!(twice.contains("duplicate-name"), "{twice}");
    let kind = said("[[channel]]\nname = \"x\"\nkind = \"slak\"\naudience = \"team\"\n");
    assert!(kind.contains("unknown-word"), "{kind}");
    let foreign =
        said("[[channel]]\nname = \"x\"\nkind = \"clipboard\"\naudience = \"team\"\npage = \"p\"\n");
    assert!(foreign.contains("unknown-key"), "{foreign}");
    let both = said(
        "[[channel]]\nname = \"x\"\nkind = \"pagerduty\"\naudience = \"team\"\ntoken = { env = \"A\" }\nrouting_key = { env = \"B\" }\n",
    );
    assert!(both.contains("not by both"), "{both}");
    let open = said(
        "[[channel]]\nname = \"x\"\nkind = \"resend\"\naudience = \"customers\"\nkey = { env = \"A\" }\nfrom = \"a@example.com\"\nto = [\"b@example.com\", \"c@example.com\"]\n",
    );
    assert!(open.contains("open-addresses"), "{open}");
    let unknown =
        said("[[channel]]\nname = \"x\"\nkind = \"clipboard\"\naudience = \"team\"\ntemplate = \"teem\"\n");
    assert!(unknown.contains("unknown-template"), "{unknown}");
    let broken = said("[[template]]\nname = \"x\"\ntext = \"\"\"\nfine\n{{ incident.nmae }}\n\"\"\"\n");
    assert!(broken.contains("bad-template line 2"), "{broken}");
    let endless = said(
        "[[template]]\nname = \"x\"\ntext = \"{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}\"\n",
    );
    assert!(endless.contains("bad-template"), "{endless}");
}

#[test]
fn the_built_in_texts_say_what_is_known() {
    let of = |name: &str| template_of(&channel(name), &[]);
    let (title, text) = fill(&of("ops"), &sample()).unwrap();
    assert_eq!(title, "P1 INC-7: Checkout fails");
    assert_eq!(
        text,
        "P1 INC-7: Checkout fails\n\nConditions\n\
         - api is down (status 503) since 03:01Z, for 9m, 38% errors\n\
         - 12 webhooks are not delivered\n- 41 users met an error\n\n\
         Actions\n- maintenance-mode is on, since 03:04Z\n\n\
         Needs\n- R-7 purge-cache is unknown: verify\n- ETA: 03:17Z\n- next update by 03:30Z"
    );
    let (title, text) = fill(&of("status"), &sample()).unwrap();
    assert_eq!(title, "Problem with shop");
    assert_eq!(
        text,
        "Many users of shop meet errors at the moment.\n\nWe are looking into it.\n\
         We expect it to be over by 03:17Z.\n\nNext update by 03:30Z."
    );
    for leak in ["api", "INC-7", "maintenance", "Checkout fails", "R-7", "webhook"] {
        assert!(!text.contains(leak), "the public is told {leak}");
    }
    let mut nothing = sample();
    nothing.0["incident"] = json!(null);
    nothing.0["red"] = json!([]);
    nothing.0["next"] = json!(null);
    nothing.0["undelivered"] = json!(null);
    nothing.0["users"] = json!(null);
    nothing.0["eta"] = json!(null);
    for name in ["ops", "status"] {
        let (_, text) = fill(&of(name), &nothing).unwrap();
        assert!(!text.contains("none") || name == "ops", "{text}");
    }
    let own = Template { name: "team".into(), text: "{{ now }} {{ red[0].name }}".into(), title: None };
    assert_eq!(fill(&template_of(&channel("ops"), &[own]), &sample()).unwrap().1, "03:10Z api");
}

#[test]
fn hostile_text_in_a_template_is_text() {
    let mut filled = sample();
    filled.0["incident"]["title"] = json!("\u{1b}[31m{{ console }} <!channel> \u{202e}x");
    let (title, text) = fill(&template_of(&channel("ops"), &[]), &filled).unwrap();
    assert!(!text.contains('\u{1b}') && !title.contains('\u{202e}'));
    assert!(text.contains("{{ console }}"), "what is filled in is filled in once: {text}");
}
