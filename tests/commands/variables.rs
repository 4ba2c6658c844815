//! `midwatch runbook env`: what a runbook's variables are like, and never what they hold.

use crate::support::night::{Night, Ran};

const MATRIX: &str = "# Pilot

## Environment matrix

### Staging

- Required variables:
  - `STAGING_SHOP_URL`
  - `STAGING_API_TOKEN`
  - Optional `STAGING_CIRCLE_ID`

### Pilot

- Required variables:
  - `PILOT_SHOP_URL`
  - `PILOT_API_TOKEN`
";

#[test]
fn what_is_missing_or_suspicious_is_named_and_no_value_is_printed() {
    let night = Night::of("quiet");
    night.write("matrix.md", MATRIX);
    let with = |arguments: &[&str], set: &[(&str, &str)]| {
        let arguments = [&["runbook", "env", "matrix.md"], arguments].concat();
        Ran::of(&night.command(&arguments).envs(set.iter().copied()).output().unwrap())
    };
    let line = |ran: &Ran, name: &str| {
        ran.out.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{ran:?}")).to_owned()
    };
    let token = "canary-4711";
    let staging = [("STAGING_SHOP_URL", "https://s.example.com"), ("STAGING_API_TOKEN", token)];

    let ran = with(&["--environment", "Staging"], &staging);
    assert_eq!(ran.code, Some(0), "what is optional may be missing: {ran:?}");
    assert!(line(&ran, "STAGING_CIRCLE_ID").contains("missing"), "{ran:?}");
    assert!(line(&ran, "STAGING_API_TOKEN").contains(" set "), "{ran:?}");

    let ran = with(&[], &staging);
    assert_eq!(ran.code, Some(1), "the pilot's are missing: {ran:?}");

    let both = [&staging[..], &[("PILOT_SHOP_URL", "shop"), ("PILOT_API_TOKEN", token)]].concat();
    let ran = with(&[], &both);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(line(&ran, "PILOT_SHOP_URL").contains("not a URL"), "{ran:?}");
    assert!(line(&ran, "▲ PILOT_API_TOKEN").contains("the same value as STAGING_API_TOKEN"), "{ran:?}");
    let json = with(&["--json"], &both);
    for ran in [&ran, &json] {
        assert!(!ran.out.contains(token) && !ran.err.contains(token), "a value was printed: {ran:?}");
    }
}
