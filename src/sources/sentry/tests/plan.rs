//! A table of the configuration to signals and alerts.

use super::*;
use crate::domain::alert::Rule;
use crate::domain::reading::Health;
use crate::sources::conformance::plan_with;

fn wrong(more: &str) -> Vec<(&'static str, String)> {
    let (_, found) = plan_with("sentry", more);
    found.into_iter().map(|one| (one.code, one.message)).collect()
}

#[test]
fn a_table_makes_two_signals_and_four_alerts() {
    let signals = signals("");
    let ids: Vec<&str> = signals.iter().map(|signal| signal.id.as_str()).collect();
    let expected = [
        "sentry",
        "sentry-alerts",
        "error-spike",
        "billing-webhook-failed",
        "ai-warnings",
        "modules-truncated",
    ];
    assert_eq!(ids, expected);
    let rule = |id: &str| {
        let signal = signals.iter().find(|signal| signal.id.as_str() == id).unwrap();
        let alert = signal.alert().unwrap();
        assert_eq!(alert.of.as_str(), "sentry-alerts");
        match &alert.rule {
            Rule::Within { count, began, least, span } => {
                (count.text(), began.as_ref().unwrap().text(), *least, span.as_secs(), alert.fires)
            }
            Rule::When(_) | Rule::Surge { .. } => panic!("not a counter"),
        }
    };
    let spike = ("alerts.error_spike.count".to_owned(), "alerts.error_spike.began".to_owned());
    assert_eq!(rule("error-spike"), (spike.0, spike.1, 12.0, 300, Health::Down));
    let billing =
        ("alerts.billing_webhook_failed.count".to_owned(), "alerts.billing_webhook_failed.began".to_owned());
    assert_eq!(rule("billing-webhook-failed"), (billing.0, billing.1, 1.0, 900, Health::Down));
    assert_eq!(rule("ai-warnings").4, Health::Degraded);
    assert_eq!(rule("modules-truncated").3, 3600);
}

#[test]
fn a_spike_and_counters_are_the_table_s_own() {
    let signals = signals(
        "spike = { at_least = 30, within = \"2m\" }\n\
         [[watch]]\nname = \"payment-refused\"\nquery = 'message:\"payment refused*\"'\nat_least = 3\n\
         severity = \"degraded\"\n",
    );
    let alert = |id: &str| signals.iter().find(|one| one.id.as_str() == id).unwrap().alert().unwrap().clone();
    let Rule::Within { least, span, .. } = alert("error-spike").rule else { panic!("not a counter") };
    assert_eq!((least, span.as_secs()), (30.0, 120));
    let own = alert("payment-refused");
    assert_eq!(own.fires, Health::Degraded);
    assert_eq!(own.rule.count().unwrap().text(), "watch.payment-refused.count");
}

#[test]
fn conditions_of_the_table_are_about_issues_only() {
    let signals = signals("ok = \"body.errors_5m < 50\"\ndegraded = \"body.open > 3\"\n");
    assert!(signals[0].ok.is_some() && signals[0].degraded.is_some());
    assert!(signals[1].ok.is_none() && signals[1].degraded.is_none());
}

#[test]
fn what_would_leave_the_path_or_cannot_be_counted_is_said() {
    let base = "token = \"t\"\norganization = ";
    for slug in ["\"../admin\"", "\"Lantern Fish\"", "\"\"", "\"a/b\""] {
        assert_eq!(wrong(&format!("{base}{slug}"))[0].0, "bad-slug", "{slug}");
    }
    let table = |more: &str| wrong(&format!("{TABLE}{more}"));
    assert_eq!(table("projects = [\"web\", \"Web App\"]")[0].0, "bad-slug");
    assert_eq!(table("base_url = \"https://sentry.example.com/api/0/\"")[0].0, "bad-url");
    assert_eq!(table("period = \"10m\"")[0].0, "out-of-range");
    assert_eq!(table("period = \"91d\"")[0].0, "out-of-range");
    assert_eq!(table("spike = { within = \"25h\" }")[0].0, "out-of-range");
    let watch = |name: &str| format!("[[watch]]\nname = \"{name}\"\nquery = \"x\"\n");
    assert_eq!(table(&watch("a.b"))[0].0, "bad-name");
    assert_eq!(table(&watch("A b"))[0].0, "bad-name");
    assert_eq!(table(&watch("error-spike"))[0].0, "duplicate-name");
    assert_eq!(table(&(watch("a") + &watch("a")))[0].0, "duplicate-name");
    let six: String = ["a", "b", "c", "d", "e", "f"].map(watch).concat();
    assert_eq!(table(&six)[0].0, "out-of-range");
    assert!(wrong(TABLE).is_empty());
}
