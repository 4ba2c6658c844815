//! `midwatch check`, `config` and `doctor`: what is wrong, and with what.

use serde_json::{Value, json};

use crate::support::night::Night;

fn health(document: &Value, name: &str) -> String {
    let signals = document["signals"].as_array().unwrap();
    let signal = signals.iter().find(|signal| signal["name"] == name).unwrap();
    signal["health"].as_str().unwrap().to_owned()
}

#[test]
fn all_well_is_0() {
    let night = Night::of("quiet");
    let (code, document) = night.json(&["check", "--json"]);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(document["health"], "ok");
    assert_eq!(document["signals"].as_array().unwrap().len(), 3);
    assert!(document["signals"][0]["latency_ms"].as_f64().unwrap() > 0.0);

    let ran = night.run(&["check", "api"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("● ok") && ran.out.lines().count() == 1, "{ran:?}");
}

#[test]
fn down_is_1_with_the_reason() {
    let night = Night::of("quiet");
    night.company.set("api", &json!({ "status": 503 }));
    let (code, document) = night.json(&["check", "--json"]);
    assert_eq!((code, health(&document, "api").as_str()), (Some(1), "down"), "{document}");
    assert_eq!(health(&document, "web"), "ok");
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("✖ down") && ran.out.contains("503"), "{ran:?}");
    // Asking for others only is not about it.
    assert_eq!(night.run(&["check", "web", "search"]).code, Some(0));
}

#[test]
fn what_could_not_be_measured_is_3() {
    let night = Night::of("quiet");
    night.company.set("api", &json!({ "status": 429 }));
    let (code, document) = night.json(&["check", "--json"]);
    assert_eq!((code, health(&document, "api").as_str()), (Some(3), "blind"), "{document}");
    // A signal that is down is more than one that is blind.
    night.company.set("search", &json!({ "status": 500 }));
    assert_eq!(night.run(&["check"]).code, Some(1));

    let secretive = "[[health]]\nname = \"inner\"\nurl = \"@BASE@/mail/health\"\nevery = \"5s\"\n\
                     headers = { authorization = { env = \"INNER_TOKEN\", prefix = \"Bearer \" } }\n";
    let night = Night::with("quiet", secretive);
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("INNER_TOKEN"), "{ran:?}");
    let output = night.command(&["check", "inner"]).env("INNER_TOKEN", "an-inner-token").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn an_unknown_signal_is_bad_usage_with_a_hint() {
    let night = Night::of("quiet");
    let ran = night.run(&["check", "serach"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("did you mean search?") && ran.out.is_empty(), "{ran:?}");
}

#[test]
fn a_bad_configuration_is_2_with_every_mistake() {
    let night = Night::of("quiet");
    night.write(
        "midwatch.toml",
        "[console]\nnmae = \"shop\"\n\n[[health]]\nname = \"api\"\nurl = \"ftp://example.com\"\nevery = \"ten\"\n\
         \n[[action]]\nname = \"go\"\nkind = \"comand\"\n",
    );
    for arguments in
        [&["check", "--json"][..], &["run", "go"], &["config", "show"], &["config", "check"], &[]]
    {
        let ran = night.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.out.is_empty(), "{arguments:?}: {ran:?}");
        for place in ["midwatch.toml:2:1", "midwatch.toml:6:7", "midwatch.toml:7:9", "midwatch.toml:11:8"] {
            assert!(ran.err.contains(place), "{arguments:?}: no {place} in {}", ran.err);
        }
        assert!(ran.err.contains("did you mean \"name\"?"), "{}", ran.err);
    }
    let (code, document) = night.json(&["config", "check", "--json"]);
    assert_eq!((code, document["diagnostics"].as_array().unwrap().len()), (Some(2), 4), "{document}");
    assert_eq!(night.run(&["doctor"]).code, Some(1));
}

#[test]
fn a_configuration_is_looked_for_and_missed_in_words() {
    let night = Night::of("quiet");
    std::fs::create_dir_all(night.path("deep/er")).unwrap();
    let output = night.command(&["check", "web"]).current_dir(night.path("deep/er")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    std::fs::remove_file(night.path("midwatch.toml")).unwrap();
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("midwatch.toml") && ran.err.contains("midwatch demo"), "{ran:?}");
    let ran = night.run(&["check", "--config", "not-there.toml"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("not-there.toml"), "{ran:?}");
}

#[test]
fn the_configuration_is_shown_and_checked() {
    let night = Night::of("quiet");
    let (code, document) = night.json(&["config", "show", "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(document["signals"], json!(["web", "api", "search"]));
    let secrets = document["secrets"].as_array().unwrap();
    assert!(secrets.iter().all(|secret| secret.as_str().unwrap().starts_with("file ")), "{secrets:?}");
    // What it prints is a configuration again.
    let toml = document["toml"].as_str().unwrap();
    toml.parse::<toml::Table>().unwrap_or_else(|error| panic!("{error}\n{toml}"));

    let (code, document) = night.json(&["config", "check", "--json"]);
    assert_eq!((code, &document["diagnostics"]), (Some(0), &json!([])), "{document}");
    let (code, schema) = night.json(&["config", "schema"]);
    assert_eq!(code, Some(0));
    assert!(schema["properties"]["health"].is_object(), "{schema}");
}

#[test]
fn the_doctor_names_what_is_missing() {
    let night = Night::of("quiet");
    let (code, document) = night.json(&["doctor", "--json"]);
    assert_eq!(code, Some(0), "{document}");
    let findings = document["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["what"] == "journal"), "{document}");

    let broken = "[[action]]\nname = \"deploy\"\nkind = \"command\"\ncommand = [\"no-such-program-here\"]\n\
                  env = { TOKEN = { env = \"NOT_SET_ANYWHERE\" } }\n";
    let night = Night::with("quiet", broken);
    let ran = night.run(&["doctor"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("no-such-program-here") && ran.out.contains("NOT_SET_ANYWHERE"), "{ran:?}");
    // A secret's file that others can read is refused.
    let token = night.path("company/edge-token");
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let ran = night.run(&["doctor"]);
    assert!(ran.out.contains("chmod 600"), "{ran:?}");
    assert_eq!(night.company.changes(), 0);
}
