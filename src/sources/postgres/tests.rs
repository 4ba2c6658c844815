//! What a server knows of itself, and what is taken for it.

use serde_json::{Value, json};

use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::sources::conformance::{AT, asked, plan_one, plan_with, poll};
use crate::sources::store::conformance::{data, failed, harmless, survives};

const SERVER: &str = include_str!("fixtures/server.json");
const NAMED: &str = "tables = [{ name = \"lessons\", at_least = 100 }, { name = \"school.Modules\" }]\n\
                     indexes = [\"module_standards\", \"progress_by_student\"]\n";

fn signal(more: &str) -> Signal {
    let toml =
        format!("name = \"db\"\nhost = \"db.example.com\"\ndatabase = \"shop\"\nuser = \"watch\"\n{more}");
    plan_one("postgres", &toml)
}

/// The recorded answer with `value` at `place`.
fn with(place: &str, value: &str) -> String {
    let mut document: Value = serde_json::from_str(SERVER).unwrap();
    *document.pointer_mut(place).unwrap() = value.into();
    document.to_string()
}

/// The recorded answer and rows for what [`NAMED`] names, each table's kind, readable, hides; each index' kind, sound.
fn named(tables: [[Option<&str>; 3]; 2], indexes: [[Option<&str>; 2]; 2]) -> String {
    let mut document: Value = serde_json::from_str(SERVER).unwrap();
    let all = document.as_array_mut().unwrap();
    let place = |place: usize| place.to_string();
    all.push(
        tables
            .iter()
            .enumerate()
            .map(|(at, [kind, readable, hides])| {
                json!({ "place": place(at), "kind": kind, "readable": readable, "hides": hides })
            })
            .collect(),
    );
    all.push(
        indexes
            .iter()
            .enumerate()
            .map(|(at, [kind, sound])| json!({ "place": place(at), "kind": kind, "sound": sound }))
            .collect(),
    );
    document.to_string()
}

const FINE: [Option<&str>; 3] = [Some("r"), Some("t"), Some("f")];
const SOUND: [Option<&str>; 2] = [Some("i"), Some("t")];
const COUNTS: &str = r#"[[{"n":"120"}],[{"n":"7"}]]"#;

fn read(text: &str) -> Reading {
    poll(&signal(""), &[data(text)])
}

fn body(read: &Reading) -> Value {
    (**read.body.as_ref().unwrap()).clone()
}

#[test]
fn a_table_says_whom_to_ask_and_what() {
    let IoRequest::Postgres(plain) = asked(&signal(""), &[]) else { panic!("not PostgreSQL") };
    assert_eq!((plain.port, plain.statements.len(), plain.timeout.as_secs()), (5432, 4, 10));
    let preview = asked(&signal("password = { env = \"DB\" }\ntls = \"off\"\nport = 6543"), &[]).preview();
    assert_eq!(preview[0], "postgres watch@db.example.com:6543/shop without TLS");
    assert_eq!(preview[1], "password: ‹env DB›");
    assert!(crate::sources::next(&signal(""), AT, &[data(SERVER)]).is_none(), "nothing is named");
    let IoRequest::Postgres(full) = asked(&signal(NAMED), &[]) else { panic!("not PostgreSQL") };
    assert_eq!(full.statements.len(), 6);
    assert!(
        full.statements[4].contains("(0, null::text, 'lessons'::text), (1, 'school'::text, 'Modules'::text)")
    );
    // What the rim refuses would never be sent.
    for statement in full.statements.iter().chain(&plain.statements) {
        assert!(!statement.contains(';') && !statement.contains('\n'), "{statement}");
        assert!(statement.starts_with("select ") || statement.starts_with("with "), "{statement}");
        assert!(
            !statement.contains("pg_stat_activity.query") && !statement.contains(" query,"),
            "{statement}"
        );
    }
}

#[test]
fn names_that_cannot_be_are_said() {
    let wrong = |more: &str| {
        let toml = format!("name = \"db\"\nhost = \"h\"\ndatabase = \"shop\"\nuser = \"watch\"\n{more}");
        plan_with("postgres", &toml).1.iter().map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(wrong("tables = [{ name = \"a;b\" }]"), ["bad-name"]);
    assert_eq!(wrong("tables = [{ name = \"a.b.c\" }, { name = \"\" }]"), ["bad-name", "bad-name"]);
    assert_eq!(wrong("tables = [{ name = \"a\" }, { name = \"a\" }]"), ["duplicate-name"]);
    assert_eq!(wrong("indexes = [\"a\\u0000b\"]"), ["bad-name"]);
    assert_eq!(wrong("indexes = [\"a\", \"a\"]"), ["duplicate-name"]);
    let many: Vec<String> = (0..51).map(|number| format!("\"i{number}\"")).collect();
    assert_eq!(wrong(&format!("indexes = [{}]", many.join(","))), ["out-of-range"]);
    let toml = "name = \"db\"\nhost = \"h\"\ndatabase = \"a\\u0000b\"\nuser = \"\"";
    assert_eq!(plan_with("postgres", toml).1.len(), 2);
}

#[test]
fn only_tables_that_can_be_counted_are_and_their_names_stand_in_quotes() {
    let signal = signal(NAMED);
    let asks = |tables| {
        let first = data(&named(tables, [SOUND, SOUND]));
        crate::sources::next(&signal, AT, &[first]).map(|asked| {
            let IoRequest::Postgres(request) = asked.into_owned() else { panic!("not PostgreSQL") };
            request.statements
        })
    };
    let lessons = "select count(*) as n from \"lessons\"";
    let modules = "select count(*) as n from \"school\".\"Modules\"";
    assert_eq!(asks([FINE, FINE]).unwrap(), [lessons, modules]);
    let closed = [Some("r"), Some("f"), Some("f")];
    let filtered = [Some("r"), Some("t"), Some("t")];
    let missing = [None, None, None];
    assert_eq!(asks([closed, FINE]).unwrap(), [modules]);
    assert_eq!(asks([filtered, missing]), None);
    // The names of the configuration, never those of a reply.
    assert!(crate::sources::next(&signal, AT, &[data("[[]]")]).is_none());
    let good = data(&named([FINE, FINE], [SOUND, SOUND]));
    assert!(crate::sources::next(&signal, AT, &[good.clone(), data(COUNTS)]).is_none());
    assert!(crate::sources::next(&signal, AT, &[failed(Reason::Auth, "no")]).is_none());
}

#[test]
fn a_server_that_is_well_says_how_it_stands() {
    let well = read(SERVER);
    assert_eq!((well.health, well.reason), (Health::Ok, None));
    assert_eq!(well.detail, "26/97 connections · longest 42s");
    assert_eq!(
        body(&well),
        json!({
            "connections": 26, "connections_max": 97, "connections_share": 0.268, "active": 4,
            "idle_in_transaction": 2, "longest_s": 42.5, "open_s": 31.0, "lag_s": 1.5, "deadlocks": 2,
            "standby": false, "tables": {}, "tables_short": [], "indexes_missing": [], "hidden": 0,
        })
    );
    let listed: Vec<(&str, &str)> =
        well.entries.iter().map(|entry| (entry.key.as_str(), entry.title.as_str())).collect();
    assert_eq!(
        listed,
        [
            ("server", "db.example.com:5432/shop"),
            ("pid-4242", "pid 4242 · checkout · shop"),
            ("pid-4243", "pid 4243 · web · shop"),
            ("replica-77", "replica-1"),
            ("replica-78", "replica-2"),
        ]
    );
    assert_eq!(well.entries[1].cells[1..], [("NOW", "42s".to_owned()), ("LIMIT", "5m00".to_owned())]);
    assert_eq!(well.entries[1].began, Some(AT.minus(std::time::Duration::from_millis(42_500))));
}

#[test]
fn every_bound_holds_at_its_edge() {
    for (place, value, health, says) in [
        // 97 may connect: 77 are under, 78 over four fifths; 92 under, 93 over nineteen twentieths.
        ("/1/1/n", "71", Health::Ok, "77/97 connections"),
        ("/1/1/n", "72", Health::Degraded, "80 % of its connections taken"),
        ("/1/1/n", "86", Health::Degraded, "95 % of its connections taken"),
        ("/1/1/n", "87", Health::Down, "96 % of its connections taken"),
        ("/0/0/reserved_too", "65", Health::Degraded, "81 % of its connections taken"),
        ("/0/0/max_connections", "2", Health::Ok, "26/0 connections"),
        ("/2/0/seconds", "300", Health::Ok, "longest 5m00"),
        ("/2/0/seconds", "300.1", Health::Degraded, "pid 4242: query runs for 5m00"),
        ("/2/1/seconds", "360", Health::Degraded, "pid 4243: transaction open for 6m00"),
        ("/3/0/seconds", "30", Health::Ok, "26/97"),
        ("/3/0/seconds", "30.5", Health::Degraded, "replica replica-1 is 30s behind"),
        ("/0/0/deadlocks", "900", Health::Ok, "26/97"),
    ] {
        let read = read(&with(place, value));
        assert_eq!(read.health, health, "{place} {value}: {}", read.detail);
        assert!(read.detail.contains(says), "{place} {value}: {}", read.detail);
    }
    assert_eq!(read(&with("/1/1/n", "87")).reason, Some(Reason::Limit));
    let patient = poll(&signal("longest = \"1h\""), &[data(&with("/2/0/seconds", "3000"))]);
    assert_eq!(patient.health, Health::Ok, "{}", patient.detail);
    let strict = poll(&signal("lag = \"1s\""), &[data(SERVER)]);
    assert_eq!((strict.health, strict.detail.as_str()), (Health::Degraded, "replica replica-1 is 1s behind"));
}

#[test]
fn a_standby_says_how_far_it_is_behind() {
    let standby = |caught_up: &str, behind: Option<&str>| {
        let mut document: Value = serde_json::from_str(&with("/0/0/standby", "t")).unwrap();
        document[0][0]["caught_up"] = caught_up.into();
        document[0][0]["behind"] = behind.into();
        document[3] = json!([]);
        read(&document.to_string())
    };
    let idle = standby("t", Some("9000"));
    assert_eq!((idle.health, body(&idle)["lag_s"].clone()), (Health::Ok, json!(0.0)), "nothing to replay");
    let late = standby("f", Some("31"));
    assert_eq!((late.health, late.detail.as_str()), (Health::Degraded, "31s behind its primary"));
    assert_eq!(late.entries[0].state, "standby");
    let unknown = standby("f", None);
    assert_eq!((unknown.health, unknown.reason), (Health::Blind, Some(Reason::Body)));
    assert_eq!(body(&unknown)["lag_s"], Value::Null);
}

#[test]
fn what_is_hidden_is_not_well() {
    let hidden = |sees: &str| {
        let mut document: Value = serde_json::from_str(&with("/1/1/state", "hidden")).unwrap();
        document[0][0]["sees_all"] = sees.into();
        document
    };
    let blind = read(&hidden("f").to_string());
    assert_eq!((blind.health, blind.reason), (Health::Blind, Some(Reason::Auth)));
    assert_eq!(blind.detail, "20 sessions of other roles are hidden: grant pg_monitor");
    assert_eq!((&body(&blind)["connections"], &body(&blind)["longest_s"]), (&json!(26), &Value::Null));
    assert!(!blind.entries.is_empty(), "what was seen is shown");
    assert_eq!(
        read(&hidden("t").to_string()).health,
        Health::Ok,
        "a session that only begins has no state yet"
    );
    let mut worse = hidden("f");
    worse[2][0]["seconds"] = "400".into();
    let worse = read(&worse.to_string());
    assert_eq!(worse.health, Health::Degraded, "what is known to be bad stays bad: {}", worse.detail);
    assert!(worse.detail.contains("pg_monitor"), "{}", worse.detail);
}

#[test]
fn tables_are_counted_and_indexes_found() {
    let ask =
        |tables, indexes, counts: IoReply| poll(&signal(NAMED), &[data(&named(tables, indexes)), counts]);
    let well = ask([FINE, FINE], [SOUND, SOUND], data(COUNTS));
    assert_eq!(
        (well.health, well.detail.as_str()),
        (Health::Ok, "26/97 connections · longest 42s · 2 tables")
    );
    assert_eq!(body(&well)["tables"], json!({ "lessons": 120, "school.Modules": 7 }));
    let edge = ask([FINE, FINE], [SOUND, SOUND], data(r#"[[{"n":"100"}],[{"n":"0"}]]"#));
    assert_eq!(edge.health, Health::Ok, "{}", edge.detail);
    let short = ask([FINE, FINE], [SOUND, SOUND], data(r#"[[{"n":"99"}],[{"n":"0"}]]"#));
    assert_eq!(
        (short.health, short.detail.as_str()),
        (Health::Degraded, "lessons has 99 rows, fewer than 100")
    );
    assert_eq!(body(&short)["tables_short"], json!(["lessons"]));
    assert_eq!(short.entries[1].key, "table-lessons", "what is wrong comes first");

    let none = [None, None, None];
    let missing = ask([FINE, none], [SOUND, [None, None]], data(r#"[[{"n":"120"}]]"#));
    assert_eq!(missing.health, Health::Degraded);
    assert_eq!(missing.detail, "table school.Modules is missing · index progress_by_student is missing");
    assert_eq!(body(&missing)["tables_short"], json!(["school.Modules"]));
    assert_eq!(body(&missing)["indexes_missing"], json!(["progress_by_student"]));
    let unsound = ask([FINE, FINE], [[Some("r"), Some("f")], [Some("i"), Some("f")]], data(COUNTS));
    assert_eq!(
        unsound.detail,
        "module_standards has no index besides its primary key's · index progress_by_student is invalid"
    );
    let by_table = ask([FINE, FINE], [[Some("r"), Some("t")], SOUND], data(COUNTS));
    assert_eq!(by_table.health, Health::Ok, "{}", by_table.detail);
}

#[test]
fn a_table_that_cannot_be_counted_is_blind_and_no_outage() {
    let first = |tables| data(&named(tables, [SOUND, SOUND]));
    let closed = [Some("r"), Some("f"), Some("f")];
    let filtered = [Some("p"), Some("t"), Some("t")];
    let blind = poll(&signal(NAMED), &[first([closed, filtered])]);
    assert_eq!((blind.health, blind.reason), (Health::Blind, Some(Reason::Auth)));
    assert!(blind.detail.starts_with("lessons may not be read: grant select on it"), "{}", blind.detail);
    assert!(blind.detail.contains("row security"), "{}", blind.detail);
    for (reason, detail, health) in [
        (Reason::Timeout, "canceling statement due to statement timeout (57014)", Health::Blind),
        (Reason::Status, "relation \"lessons\" does not exist (42P01)", Health::Blind),
        (Reason::Auth, "permission denied for table lessons (42501)", Health::Blind),
        (Reason::Connect, "connection refused", Health::Down),
        (Reason::Status, "the database system is shutting down (57P03)", Health::Down),
    ] {
        let read = poll(&signal(NAMED), &[first([FINE, FINE]), failed(reason, detail)]);
        assert_eq!((read.health, read.reason), (health, Some(reason)), "{detail}: {}", read.detail);
        assert!(read.detail.contains(detail), "{}", read.detail);
        assert_eq!(read.body.is_some(), health == Health::Blind, "the server was measured: {detail}");
    }
    // The interval was over before they could be asked for.
    let late = crate::sources::read(&signal(NAMED), AT, &[first([FINE, FINE])]);
    assert_eq!((late.health, late.reason), (Health::Blind, Some(Reason::Timeout)), "{}", late.detail);
    for counts in ["[]", r#"[[{"n":"1"}]]"#, r#"[[{"n":"1"}],[]]"#, r#"[[{"n":null}],[{"n":"1"}]]"#, "{"] {
        let read = poll(&signal(NAMED), &[first([FINE, FINE]), data(counts)]);
        assert_eq!(read.health, Health::Blind, "{counts}: {}", read.detail);
    }
}

#[test]
fn a_refusal_that_tells_of_the_server_is_down() {
    for (reason, detail, health) in [
        (Reason::Limit, "sorry, too many clients already (53300)", Health::Down),
        (Reason::Limit, "the answer is longer than the limit", Health::Blind),
        (Reason::Status, "the database system is starting up (57P03)", Health::Down),
        (Reason::Status, "terminating connection due to administrator command (57P01)", Health::Down),
        (Reason::Status, "could not extend file: No space left on device (53100)", Health::Down),
        (Reason::Status, "database \"shop\" does not exist (3D000)", Health::Down),
        (Reason::Status, "column \"x\" does not exist (42703)", Health::Blind),
        (Reason::Status, "(53300) is not at the end", Health::Blind),
        (Reason::Auth, "password authentication failed for user \"watch\" (28P01)", Health::Blind),
        (Reason::Tls, "server does not support TLS", Health::Blind),
        (Reason::Connect, "connection closed before the answer was whole", Health::Down),
    ] {
        let read = poll(&signal(""), &[failed(reason, detail)]);
        assert_eq!((read.health, read.reason, read.detail.as_str()), (health, Some(reason), detail));
    }
}

#[test]
fn a_figure_that_is_none_is_not_measured() {
    let document: Value = serde_json::from_str(SERVER).unwrap();
    for (statement, rows) in document.as_array().unwrap().iter().enumerate() {
        for (row, columns) in rows.as_array().unwrap().iter().enumerate() {
            for (column, known) in columns.as_object().unwrap() {
                let place = format!("/{statement}/{row}/{column}");
                let is_figure = known.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
                for other in ["NaN", "inf", "1e300", "\u{1b}[2J\u{202e}x", "", "-1", "t"] {
                    let read = read(&with(&place, other));
                    harmless(&read, &place);
                    let still = ["-1"].contains(&other);
                    assert!(!is_figure || still || read.health == Health::Blind, "{place} {other}: {read:?}");
                }
                let mut without = document.clone();
                without[statement][row].as_object_mut().unwrap().remove(column);
                let read = read(&without.to_string());
                assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)), "{place}");
                assert!(read.detail.contains(column.as_str()), "{place}: {}", read.detail);
            }
        }
    }
    let late = read(&with("/0/0/now", "1795275200"));
    assert_eq!((late.health, late.reason), (Health::Blind, Some(Reason::Body)));
    assert!(late.detail.starts_with("its clock is "), "{}", late.detail);
}

#[test]
fn it_survives_whatever_comes() {
    survives(&signal(""), &[SERVER]);
    survives(&signal(NAMED), &[&named([FINE, FINE], [SOUND, SOUND]), COUNTS]);
    for cut in 0..SERVER.trim_end().len() {
        let read = read(&SERVER[..cut]);
        assert_eq!(read.health, Health::Blind, "{cut}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(read(&deep).health, Health::Blind);
}
