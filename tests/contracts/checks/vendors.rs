//! For every document: requests it allows, and requests with one thing wrong.

use midwatch::domain::io::HttpRequest;

use super::requests::with;

use Wrong::{BodyField, BodyType, Enum, Method, MissingParameter, Misspelt, Path};

/// What can be wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Method,
    Path,
    Misspelt,
    MissingParameter,
    Enum,
    BodyType,
    BodyField,
}

/// Every kind of wrong.
pub const ALL: &[Wrong] = &[Method, Path, Misspelt, MissingParameter, Enum, BodyType, BodyField];

/// A document, a request it allows as which operation, and requests it refuses with which words.
pub struct Case {
    pub document: &'static str,
    pub right: Vec<(HttpRequest, &'static str)>,
    pub wrong: Vec<(Wrong, HttpRequest, &'static str)>,
}

const BEARER: (&str, &str) = ("authorization", "Bearer $");
const JSON: (&str, &str) = ("content-type", "application/json");

fn sentry() -> Case {
    let base = "http://127.0.0.1:1/api/0/organizations/lanternfish";
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let put = |body: &str| with("PUT", &format!("{base}/issues/17/"), &[BEARER, JSON], Some(body));
    Case {
        document: "sentry",
        right: vec![
            (
                get(
                    "/issues/?query=message%3A%22alert%3A*%22&project=-1&project=web&statsPeriod=24h&sort=date&limit=100&collapse=stats&collapse=lifetime",
                ),
                "listOrganizationIssues",
            ),
            (get("/issues/?query="), "listOrganizationIssues"),
            (get("/issues/17/events/latest/"), "getOrganizationIssueEvent"),
            (
                get("/events-timeseries/?dataset=errors&yAxis=count()&interval=60&statsPeriod=1h"),
                "listOrganizationEventsTimeseries",
            ),
            (put(r#"{"status":"resolved","assignedTo":"user:1"}"#), "updateOrganizationIssue"),
        ],
        wrong: vec![
            (Method, with("POST", &format!("{base}/issues/"), &[BEARER], None), "not POST"),
            (Path, get("/issues"), "no path"),
            (Misspelt, get("/issues/?statsperiod=24h"), "unknown query parameter statsperiod"),
            (MissingParameter, get("/events-timeseries/?yAxis=count()"), "dataset is missing"),
            (Enum, get("/issues/?sort=loudest"), "query parameter sort"),
            (Enum, get("/issues/?expand=owners&expand=everything"), "query parameter expand"),
            (Enum, put(r#"{"status":"gone"}"#), "body /status"),
            (BodyType, put(r#"{"status":5}"#), "body /status"),
            (BodyType, put("[]"), "body"),
            (BodyField, put(r#"{"statusDetails":{"inCommit":{"commit":"f00"}}}"#), "repository"),
        ],
    }
}

fn stripe() -> Case {
    let base = "http://127.0.0.1:1";
    let form = ("content-type", "application/x-www-form-urlencoded");
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let post = |rest: &str, body: &str| with("POST", &format!("{base}{rest}"), &[BEARER, form], Some(body));
    Case {
        document: "stripe",
        right: vec![
            (
                get(
                    "/v1/events?delivery_success=false&created[gte]=1700000000&created[lte]=1700003600&limit=100",
                ),
                "GetEvents",
            ),
            (get("/v1/events?created=1700000000&types[]=invoice.paid&types[]=charge.failed"), "GetEvents"),
            (get("/v1/webhook_endpoints?limit=100"), "GetWebhookEndpoints"),
            (post("/v1/events/evt_1/retry", "webhook_endpoint=we_1"), "PostEventsIdRetry"),
            (
                post("/v1/webhook_endpoints/we_1", "disabled=false&enabled_events[]=charge.failed"),
                "PostWebhookEndpointsWebhookEndpoint",
            ),
        ],
        wrong: vec![
            (Method, with("PUT", &format!("{base}/v1/events"), &[BEARER], None), "not PUT"),
            (Path, get("/v1/event"), "no path"),
            (Misspelt, get("/v1/events?delivery_succes=false"), "unknown query parameter delivery_succes"),
            (Misspelt, get("/v1/events?created[since]=17"), "query parameter created"),
            (Enum, get("/v1/events?delivery_success=maybe"), "query parameter delivery_success"),
            (Enum, post("/v1/webhook_endpoints/we_1", "enabled_events[]=everything"), "enabled_events"),
            (BodyType, post("/v1/webhook_endpoints/we_1", "disabled=perhaps"), "disabled"),
            (BodyType, post("/v1/events/evt_1/retry", "webhook_endpoint[id]=we_1"), "webhook_endpoint"),
            (BodyField, post("/v1/events/evt_1/retry", "account=acct_1"), "webhook_endpoint"),
            (BodyField, post("/v1/events/evt_1/retry", ""), "body is missing"),
        ],
    }
}

fn slack() -> Case {
    let base = "http://127.0.0.1:1/api";
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let post = |body: &str| with("POST", &format!("{base}/chat.postMessage"), &[BEARER, JSON], Some(body));
    Case {
        document: "slack",
        right: vec![
            (
                post(r#"{"channel":"C1","text":"the shop is closed","thread_ts":"1787019300.000200"}"#),
                "chat_postMessage",
            ),
            (get("/chat.getPermalink?channel=C1&message_ts=1787019300.000200"), "chat_getPermalink"),
        ],
        wrong: vec![
            (Method, get("/chat.postMessage"), "not GET"),
            (Path, get("/chat.getLink?channel=C1"), "no path"),
            (Misspelt, get("/chat.getPermalink?channel=C1&message_ts=1&ts=1"), "unknown query parameter ts"),
            (MissingParameter, get("/chat.getPermalink?channel=C1"), "message_ts is missing"),
            (BodyType, post(r#"{"channel":"C1","text":5}"#), "body /text"),
            (BodyType, post("[]"), "body"),
            (BodyField, post(r#"{"text":"to whom?"}"#), "channel"),
        ],
    }
}

fn statuspage() -> Case {
    let base = "http://127.0.0.1:1/v1/pages/p1";
    let key = ("authorization", "OAuth $");
    let asked = |method: &str, rest: &str, body: &str| {
        with(method, &format!("{base}{rest}"), &[key, JSON], Some(body))
    };
    Case {
        document: "statuspage",
        right: vec![
            (
                asked(
                    "POST",
                    "/incidents",
                    r#"{"incident":{"name":"Payments","status":"investigating","body":"We look.","components":{"c1":"major_outage"},"component_ids":["c1"]}}"#,
                ),
                "postPagesPageIdIncidents",
            ),
            (
                asked("PATCH", "/incidents/i1", r#"{"incident":{"status":"resolved"}}"#),
                "patchPagesPageIdIncidentsIncidentId",
            ),
        ],
        wrong: vec![
            (Method, asked("PUT", "/incidents", "{}"), "not PUT"),
            (Path, asked("POST", "/incident", "{}"), "no path"),
            (
                Misspelt,
                asked("POST", "/incidents?notify=1", r#"{"incident":{"name":"x"}}"#),
                "unknown query parameter notify",
            ),
            (Enum, asked("PATCH", "/incidents/i1", r#"{"incident":{"status":"solved"}}"#), "status"),
            (BodyType, asked("PATCH", "/incidents/i1", r#"{"incident":5}"#), "body /incident"),
            (BodyField, asked("POST", "/incidents", r#"{"incident":{}}"#), "name"),
        ],
    }
}

fn resend() -> Case {
    let base = "http://127.0.0.1:1";
    let post = |rest: &str, body: &str| with("POST", &format!("{base}{rest}"), &[BEARER, JSON], Some(body));
    let mail =
        r#"{"from":"ops@example.com","to":["ann@example.com"],"subject":"The shop","text":"It is closed."}"#;
    Case {
        document: "resend",
        right: vec![(post("/emails", mail), "emails/send")],
        wrong: vec![
            (Method, with("GET", &format!("{base}/emails"), &[BEARER], None), "not GET"),
            (Path, post("/email", mail), "no path"),
            (Misspelt, post("/emails?now=1", mail), "unknown query parameter now"),
            (BodyType, post("/emails", r#"{"from":5,"to":["ann@example.com"],"subject":"x"}"#), "body /from"),
            (BodyField, post("/emails", r#"{"from":"ops@example.com","subject":"x"}"#), "to"),
        ],
    }
}

fn supabase() -> Case {
    let base = "http://127.0.0.1:1/v1/projects/abcdefghijklmnopqrst";
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let post = |rest: &str, body: &str| with("POST", &format!("{base}{rest}"), &[BEARER, JSON], Some(body));
    Case {
        document: "supabase",
        right: vec![
            (get("/health?services=auth&services=db&timeout_ms=2000"), "v1-get-services-health"),
            (get(""), "v1-get-project"),
            (
                get(
                    "/analytics/endpoints/logs?sql=select+id+from+logs&iso_timestamp_start=2026-01-02T03%3A04%3A05Z",
                ),
                "v1-get-logs-clickhouse",
            ),
            (
                post("/database/backups/restore-pitr", r#"{"recovery_time_target_unix":1700000000}"#),
                "v1-restore-pitr-backup",
            ),
            (post("/pause", "{}"), "v1-pause-a-project"),
        ],
        wrong: vec![
            (Method, with("PUT", &format!("{base}/health?services=db"), &[BEARER], None), "not PUT"),
            (Path, get("/restart"), "no path"),
            (
                Path,
                with("GET", "http://127.0.0.1:1/v1/projects/TOO-SHORT", &[BEARER], None),
                "path parameter ref",
            ),
            (Misspelt, get("/health?services=db&timeout=2000"), "unknown query parameter timeout"),
            (MissingParameter, get("/health"), "services is missing"),
            (Enum, get("/health?services=auth,db"), "query parameter services"),
            (Enum, get("/health?services=db&timeout_ms=10001"), "query parameter timeout_ms"),
            (
                BodyType,
                post("/database/backups/restore-pitr", r#"{"recovery_time_target_unix":"now"}"#),
                "recovery_time_target_unix",
            ),
            (BodyField, post("/database/backups/restore-pitr", "{}"), "recovery_time_target_unix"),
        ],
    }
}

fn vercel() -> Case {
    let base = "http://127.0.0.1:1";
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let post = |rest: &str, body: &str| with("POST", &format!("{base}{rest}"), &[BEARER, JSON], Some(body));
    let patch = |body: &str| {
        with(
            "PATCH",
            &format!("{base}/v1/edge-config/ecfg_1/items?teamId=team_1"),
            &[BEARER, JSON],
            Some(body),
        )
    };
    Case {
        document: "vercel",
        right: vec![
            (
                get(
                    "/v6/deployments?projectId=prj_1&target=production&state=READY&limit=20&rollbackCandidate=true&teamId=team_1",
                ),
                "getDeployments",
            ),
            (get("/v9/projects/lanternfish?slug=lanternfish"), "getProject"),
            (post("/v1/projects/prj_1/rollback/dpl_1?teamId=team_1", "{}"), "requestRollback"),
            (post("/v10/projects/prj_1/promote/dpl_1", "{}"), "requestPromote"),
            (
                patch(r#"{"items":[{"operation":"upsert","key":"maintenance","value":true}]}"#),
                "patchEdgeConfigItems",
            ),
        ],
        wrong: vec![
            (Method, with("GET", &format!("{base}/v10/projects/p/promote/d"), &[BEARER], None), "not GET"),
            (Path, post("/v9/projects/prj_1/promote/dpl_1", "{}"), "no path"),
            (
                Path,
                with("GET", &format!("{base}/v1/edge-config/flags/items"), &[BEARER], None),
                "edgeConfigId",
            ),
            (Misspelt, get("/v6/deployments?team=team_1"), "unknown query parameter team"),
            (Enum, get("/v1/projects/prj_1/rolling-release?state=BURNING"), "query parameter state"),
            (
                Enum,
                patch(r#"{"items":[{"operation":"toggle","key":"maintenance","value":true}]}"#),
                "body /items/0",
            ),
            (BodyType, patch(r#"{"items":{}}"#), "body /items"),
            (BodyType, post("/v10/projects/prj_1/promote/dpl_1", r#"{"force":true}"#), "takes no body"),
            (BodyField, patch("{}"), "items"),
        ],
    }
}

fn fly() -> Case {
    let base = "http://127.0.0.1:1/v1/apps/lanternfish";
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let post = |rest: &str, body: &str| with("POST", &format!("{base}{rest}"), &[BEARER, JSON], Some(body));
    Case {
        document: "fly",
        right: vec![
            (get("/machines?region=arn&state=started&summary=true&limit=100"), "Machines_list"),
            (post("/machines/148e/restart?timeout=30s&signal=SIGTERM", ""), "Machines_restart"),
            (post("/machines/148e/stop", r#"{"signal":"SIGTERM","timeout":"30s"}"#), "Machines_stop"),
            (post("/machines/148e/stop", ""), "Machines_stop"),
            (get("/machines/148e/wait?state=started&timeout=60"), "Machines_wait"),
        ],
        wrong: vec![
            (Method, get("/machines/148e/restart"), "not GET"),
            (Path, post("/machines/148e/reboot", ""), "no path"),
            (Misspelt, get("/machines?regions=arn"), "unknown query parameter regions"),
            (Enum, get("/machines/148e/wait?state=happy"), "query parameter state"),
            (Enum, get("/machines?limit=1001"), "query parameter limit"),
            (BodyType, post("/machines/148e/stop", r#"{"signal":9}"#), "body /signal"),
            (BodyType, post("/machines/148e/stop", r#"{"sign":"SIGTERM"}"#), "sign"),
        ],
    }
}

fn github() -> Case {
    let base = "http://127.0.0.1:1/repos/lanternfish/shop/actions";
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[BEARER], None);
    let post = |rest: &str, body: &str| with("POST", &format!("{base}{rest}"), &[BEARER, JSON], Some(body));
    Case {
        document: "github",
        right: vec![
            (
                get("/runs?branch=main&status=failure&created=%3E2026-01-01&per_page=100"),
                "actions/list-workflow-runs-for-repo",
            ),
            (get("/runs/30433642/jobs?filter=latest"), "actions/list-jobs-for-workflow-run"),
            (get("/runs/30433642/artifacts?name=lighthouse"), "actions/list-workflow-run-artifacts"),
            (post("/runs/30433642/rerun-failed-jobs", ""), "actions/re-run-workflow-failed-jobs"),
            (
                post("/workflows/deploy.yml/dispatches", r#"{"ref":"main","inputs":{"env":"production"}}"#),
                "actions/create-workflow-dispatch",
            ),
        ],
        wrong: vec![
            (Method, get("/workflows/deploy.yml/dispatches"), "not GET"),
            (Path, get("/runs/"), "no path"),
            (Path, get("/runs/latest"), "path parameter run_id"),
            (Misspelt, get("/runs?perPage=100"), "unknown query parameter perPage"),
            (Enum, get("/runs?status=failed"), "query parameter status"),
            (BodyType, post("/workflows/deploy.yml/dispatches", r#"{"ref":7}"#), "body /ref"),
            (BodyField, post("/workflows/deploy.yml/dispatches", r#"{"inputs":{}}"#), "ref"),
        ],
    }
}

fn pagerduty() -> Case {
    let base = "http://127.0.0.1:1";
    let token = ("authorization", "Token token=$");
    let accept = ("accept", "application/vnd.pagerduty+json;version=2");
    let from = ("from", "ann@example.com");
    let get = |rest: &str| with("GET", &format!("{base}{rest}"), &[token, accept], None);
    let put = |headers: &[(&str, &str)], body: &str| {
        with("PUT", &format!("{base}/incidents/PT4KHLK"), headers, Some(body))
    };
    let all = [token, accept, from, JSON];
    let resolve = r#"{"incident":{"type":"incident_reference","status":"resolved"}}"#;
    Case {
        document: "pagerduty",
        right: vec![
            (
                get("/incidents?statuses[]=triggered&statuses[]=acknowledged&limit=100&offset=0"),
                "listIncidents",
            ),
            (get("/oncalls?earliest=true&include[]=users&escalation_policy_ids[]=PANZZEQ"), "listOnCalls"),
            (put(&all, resolve), "updateIncident"),
        ],
        wrong: vec![
            (Method, with("DELETE", &format!("{base}/incidents/PT4KHLK"), &all, None), "not DELETE"),
            (Path, get("/on_calls"), "no path"),
            (Misspelt, get("/incidents?statuses=triggered"), "unknown query parameter statuses"),
            (MissingParameter, put(&[token, accept, JSON], resolve), "header From is missing"),
            (
                MissingParameter,
                with("GET", &format!("{base}/oncalls"), &[token], None),
                "header Accept is missing",
            ),
            (Enum, get("/incidents?statuses[]=triggered&statuses[]=burning"), "query parameter statuses[]"),
            (
                Enum,
                put(&all, r#"{"incident":{"type":"incident_reference","status":"closed"}}"#),
                "body /incident/status",
            ),
            (BodyType, put(&all, r#"{"incident":"resolved"}"#), "body /incident"),
            (BodyField, put(&all, r#"{"incident":{"status":"resolved"}}"#), "type"),
        ],
    }
}

fn pagerduty_events() -> Case {
    let post =
        |rest: &str, body: &str| with("POST", &format!("http://127.0.0.1:1{rest}"), &[JSON], Some(body));
    let trigger = r#"{"routing_key":"0123456789abcdef0123456789abcdef","event_action":"trigger","dedup_key":"shop","payload":{"summary":"Checkout is down","source":"midwatch","severity":"critical","custom_details":{"gate":"NO-GO","rows":3}}}"#;
    let acknowledge = r#"{"routing_key":"k","event_action":"acknowledge","dedup_key":"shop"}"#;
    Case {
        document: "pagerduty-events",
        right: vec![
            (post("/v2/enqueue", trigger), "createV2Event"),
            (post("/enqueue", acknowledge), "createV2Event"),
        ],
        wrong: vec![
            (Method, with("PUT", "http://127.0.0.1:1/v2/enqueue", &[JSON], Some(trigger)), "not PUT"),
            (Path, post("/v2/enqueued", trigger), "no path"),
            (Misspelt, post("/v2/enqueue?routing_key=k", trigger), "unknown query parameter routing_key"),
            (Enum, post("/v2/enqueue", &acknowledge.replace("acknowledge", "ack")), "body /event_action"),
            (Enum, post("/v2/enqueue", &trigger.replace("critical", "fatal")), "body /payload/severity"),
            (
                BodyType,
                post("/v2/enqueue", r#"{"routing_key":7,"event_action":"trigger"}"#),
                "body /routing_key",
            ),
            (
                BodyField,
                post("/v2/enqueue", r#"{"event_action":"resolve","dedup_key":"shop"}"#),
                "routing_key",
            ),
            (BodyField, post("/v2/enqueue", &trigger.replace(r#""source":"midwatch","#, "")), "source"),
        ],
    }
}

fn prometheus() -> Case {
    let get = |rest: &str| with("GET", &format!("http://127.0.0.1:1{rest}"), &[], None);
    Case {
        document: "prometheus",
        right: vec![
            (get("/api/v1/query?query=up&time=1767361020&timeout=5s"), "query"),
            (get("/query?query=rate(x%5B5m%5D)&time=2026-01-02T13:37:00Z&timeout=2.5"), "query"),
            (get("/api/v1/query_range?query=up&start=1767361020&end=1767364620&step=1m30s"), "query-range"),
            (get("/api/v1/alerts"), "alerts"),
        ],
        wrong: vec![
            (Method, with("DELETE", "http://127.0.0.1:1/api/v1/query?query=up", &[], None), "not DELETE"),
            (Path, get("/api/v2/query?query=up"), "no path"),
            (Misspelt, get("/api/v1/query?query=up&timeot=5s"), "unknown query parameter timeot"),
            (MissingParameter, get("/api/v1/query?time=1767361020"), "query parameter query is missing"),
            (Enum, get("/api/v1/query?query=up&time=yesterday"), "query parameter time"),
            (Enum, get("/api/v1/query?query=up&timeout=soon"), "query parameter timeout"),
        ],
    }
}

/// All cases, in the order of the documents' names.
pub fn cases() -> Vec<Case> {
    vec![
        fly(),
        github(),
        pagerduty(),
        pagerduty_events(),
        prometheus(),
        resend(),
        sentry(),
        slack(),
        statuspage(),
        stripe(),
        supabase(),
        vercel(),
    ]
}
