//! Conditions as operators write them, over bodies as the world sends them.

use serde_json::json;

use super::*;

fn observed(body: &serde_json::Value) -> Observed {
    Observing::default().number("status", 200_u16).number("latency_ms", 120.5).json("body", body).done()
}

fn ask(text: &str, body: &serde_json::Value) -> Result<bool, String> {
    Condition::compile(text).unwrap().holds(&observed(body)).map_err(|error| error.message)
}

const PROVIDERS: &str =
    "status == 200 and body.providers | selectattr('status', 'equalto', 'unavailable') | list | length == 0";

#[test]
fn the_expressions_of_a_health_check_hold() {
    let healthy = json!({"status": "ok", "providers": [{"name": "mail", "status": "healthy"}]});
    let sick = json!({"status": "degraded", "providers": [{"name": "mail", "status": "unavailable"}]});
    assert_eq!(ask(PROVIDERS, &healthy), Ok(true));
    assert_eq!(ask(PROVIDERS, &sick), Ok(false));
    let degraded = "latency_ms > 500 or body.status == 'degraded'";
    assert_eq!(ask(degraded, &healthy), Ok(false));
    assert_eq!(ask(degraded, &sick), Ok(true));
}

#[test]
fn a_body_that_is_not_what_is_needed_is_an_error() {
    let junk = [
        json!(null),
        json!(5),
        json!("sleeping"),
        json!([]),
        json!({}),
        json!({"providers": null}),
        json!({"providers": "all well"}),
        json!({"providers": [{"name": "mail"}]}),
        json!({"providers": ["mail"]}),
        json!({"providers": 7}),
    ];
    for body in &junk {
        assert!(ask(PROVIDERS, body).is_err(), "{body} → {:?}", ask(PROVIDERS, body));
        assert!(ask("body.queue < 50", body).is_err(), "{body}");
        assert!(ask("body.providers | none_unavailable", body).is_err(), "{body}");
        assert!(ask("not body.healthy", body).is_err(), "{body}");
        assert!(ask("body.a.b == 1", body).is_err(), "{body}");
        assert!(ask("body.list[3] == 1", body).is_err(), "{body}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_never_answers() {
    for (text, body) in [
        ("body.n < 50", json!({"n": "many"})),
        ("body.n < 50", json!({"n": null})),
        ("50 > body.n", json!({"n": [1]})),
        ("0 <= body.n < 50", json!({"n": "7"})),
        ("body.n * 2 < 50", json!({"n": "7"})),
        ("body.up", json!({"up": "no"})),
        ("body.up and status == 200", json!({"up": "no"})),
        ("not body.up", json!({"up": 0})),
        ("body.list | length", json!({"list": [1]})),
        ("body.list | max < 5", json!({"list": [1, "2"]})),
        ("body.list | max < 5", json!({"list": []})),
        ("body.list | selectattr('ms', 'gt', 500) | list | length == 0", json!({"list": [{"ms": "900"}]})),
        ("body.list | map(attribute='ms') | max < 5", json!({"list": [{"ms": 1}, {}]})),
    ] {
        assert!(ask(text, &body).is_err(), "{text} over {body} → {:?}", ask(text, &body));
    }
}

#[test]
fn what_is_there_is_compared() {
    let body = json!({"n": 7, "list": [{"ms": 3}, {"ms": 4.5}], "at": "2026-01-02", "up": true});
    for text in [
        "body.n < 50 and body.up",
        "0 < body.n < 8",
        "body.list | map(attribute='ms') | max == 4.5",
        "body.list | map(attribute='ms') | sum > 7",
        "body.at > '2026-01-01'",
        "body.gone is not defined and (body.gone | default(3)) == 3",
        "'n' in body and body.n in [6, 7]",
        "(body.n + 1) * 2 == 16",
        "body.list[0].ms == 3 and body['n'] == 7",
        "latency_ms < 200 if status == 200 else false",
    ] {
        assert_eq!(ask(text, &body), Ok(true), "{text}");
    }
}

#[test]
fn a_name_the_reply_does_not_have_is_an_error() {
    let error = ask("exit == 0", &json!({})).unwrap_err();
    assert_eq!(error, "exit is missing");
    assert_eq!(
        ask("status == 500 and exit == 0", &json!({})),
        Ok(false),
        "what is not reached does not count"
    );
}

#[test]
fn mistakes_are_found_when_it_is_compiled() {
    for (text, message, at) in [
        ("statsu == 200", "unknown name \"statsu\"; did you mean \"status\"?", Some(0)),
        ("status == 200 and range(5)", "unknown name \"range\"", Some(18)),
        ("body.x | lenght > 1", "unknown filter \"lenght\"; did you mean \"length\"?", Some(9)),
        ("status = 200", "unexpected", Some(7)),
        ("status ==", "unexpected end", None),
        ("status == 'a", "unexpected end of string", None),
    ] {
        let error = Condition::compile(text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {error:?}");
        if at.is_some() {
            assert_eq!(error.at, at, "{text}: {error:?}");
        }
    }
}

#[test]
fn size_and_cost_are_bounded() {
    assert!(Condition::compile(&format!("status == {}1", "1 + ".repeat(2000))).is_err());
    assert!(ask("'x' * 100000000 == 'y'", &json!({})).is_err());
    assert!(ask("[1] * 100000000 | list | length == 1", &json!({})).is_err());
    let deep = format!("{}1{}", "(".repeat(2000), ")".repeat(2000));
    assert!(Condition::compile(&deep).is_err());
}

#[test]
fn it_says_where_it_looked() {
    let body = json!({"queue": 91, "status": "slow", "providers": {"mail": {"status": "unavailable"}, "db": {"status": "healthy"}}});
    let condition = Condition::compile(
        "status == 200 and body.queue < 50 and body.status == 'fast' and body.providers | none_unavailable",
    )
    .unwrap();
    assert_eq!(condition.holds(&observed(&body)), Ok(false));
    assert_eq!(
        condition.explain(&observed(&body)),
        ["queue is 91", "status is \"slow\"", "mail is unavailable"]
    );
    assert!(condition.needs("body") && condition.needs("status") && !condition.needs("text"));
}

#[test]
fn a_provider_with_an_unknown_word_is_named() {
    let list =
        json!({"providers": [{"name": "db", "status": "healthy"}, {"name": "mail", "status": "sleeping"}]});
    assert_eq!(ask("body.providers | none_unavailable", &list).unwrap_err(), "mail is \"sleeping\"");
    let words = json!({"providers": {"db": "healthy", "mail": "degraded"}});
    assert_eq!(ask("body.providers | none_unavailable", &words), Ok(true));
    assert_eq!(ask("body.providers | any_degraded", &words), Ok(true));
}

#[test]
fn a_switch_says_on_or_off_or_is_refused() {
    let condition = Condition::compile("text | says_on").unwrap();
    let ask = |text: &str| condition.holds(&Observing::default().text("text", text).done()).ok();
    for on in
        ["on", " ON\n", "true", "1", "\"on\"", "{\"value\": true}", "{\"value\": \"on\"}", "{\"enabled\": 1}"]
    {
        assert_eq!(ask(on), Some(true), "{on}");
    }
    for off in ["off", "false", "0", "\"off\"", "{\"value\": false}"] {
        assert_eq!(ask(off), Some(false), "{off}");
    }
    for neither in ["", "null", "<html>", "{}", "[true]", "2", "{\"value\": {\"value\": true}}", "maybe"] {
        assert_eq!(ask(neither), None, "{neither}");
    }
}

proptest::proptest! {
    /// Where the strict condition gives an answer, it is the engine's own.
    #[test]
    fn strictness_changes_no_answer(n in -100i64..100, up in proptest::bool::ANY, which in 0usize..6) {
        let text = [
            "body.n < 50 and body.up",
            "not body.up or -body.n >= 3",
            "0 < body.n + 1 <= 20",
            "(body.n > 3) == body.up",
            "body.n if body.up else 3 > 2",
            "body.up and (body.n < 0 or not body.up)",
        ][which];
        let observed = observed(&json!({"n": n, "up": up}));
        let lax = super::compile(text).unwrap();
        if let Ok(answer) = Condition::compile(text).unwrap().holds(&observed) {
            let said = lax.eval(Value::from_dyn_object(Arc::clone(&observed.0))).unwrap();
            proptest::prop_assert_eq!(answer, said.is_true());
        }
    }

    #[test]
    fn any_text_compiles_or_is_refused(text in "[a-z0-9 .|()<>='\\[\\]\"{}%*-]{0,60}|\\PC{0,30}") {
        if let Ok(condition) = Condition::compile(&text) {
            let _ = condition.holds(&observed(&json!({"a": 1})));
        }
    }
}
