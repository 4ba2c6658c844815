//! Releases: which is live, which failed, which can be gone back to.

use super::*;

#[test]
fn releases_tell_what_is_live_and_since_when() {
    let read = listed(RELEASES);
    assert_eq!((read.health, read.reason, read.detail.as_str()), (Health::Ok, None, "live v42 3h00"));
    let expected = json!({
        "newest": 42, "status": "complete", "live": 42, "age_minutes": 180, "in_progress": false, "candidates": 1
    });
    assert_eq!(read.body.as_deref(), Some(&expected));
    let live = entry(&read, "v42");
    assert_eq!((live.release.as_deref(), live.tags.clone()), (Some("v42"), vec!["live".to_owned()]));
    assert_eq!(live.at.unwrap().rfc3339(), "2026-11-21T11:32:00.000Z");
    assert_eq!((entry(&read, "v41").release.clone(), entry(&read, "v41").health), (None, Health::Degraded));
    let failed = with(RELEASES, |releases| releases[0]["Status"] = json!("failed"));
    let failed = listed(&failed);
    assert_eq!((failed.health, failed.detail.as_str()), (Health::Degraded, "v42 failed · live v40 3d 5h"));
    let under_way = with(RELEASES, |releases| releases[0]["InProgress"] = json!(true));
    let under_way = listed(&under_way);
    assert_eq!(
        (under_way.health, under_way.detail.as_str()),
        (Health::Ok, "v42 is being deployed · live v40 3d 5h")
    );
    let none = listed("[]");
    assert_eq!((none.health, none.reason), (Health::Blind, Some(Reason::Body)));
}

#[test]
fn going_back_is_a_deploy_of_an_image_that_ran() {
    let read = listed(RELEASES);
    let rollback = offer(entry(&read, "v40"), "rollback");
    assert_eq!(rollback.refused, None);
    let call = &rollback.calls[0];
    let image = "registry.fly.io/lanternfish-api:deployment-01J2";
    let wanted = ["flyctl", "deploy", "-a", "lanternfish-api", "--image", image, "--strategy", "immediate"];
    assert_eq!(argv(call), wanted);
    assert!(rollback.about.iter().any(|line| line.contains("database")), "{:?}", rollback.about);
    assert!(
        rollback.about.iter().any(|line| line.contains("this one is gone")),
        "a pruned image is spoken of"
    );
    assert!(!seen(call, MACHINES));
    assert!(seen(call, &MACHINES.replace("deployment-01J5", "deployment-01J2")));
    let half = with(MACHINES, |machines| machines[0]["image_ref"]["tag"] = json!("deployment-01J2"));
    assert!(!seen(call, &half), "one machine of two runs it");
    assert!(!seen(call, "[]"), "and nothing is no machine");
    let refused = |key: &str| offer(entry(&read, key), "rollback").refused.clone().unwrap();
    assert_eq!(refused("v42"), "it is live");
    assert_eq!(refused("v41"), "it is failed: it never ran");
    assert_eq!(refused("v39"), "its image is the one that runs");
    let images = |image: Value| {
        let read = listed(&with(RELEASES, |releases| releases[2]["ImageRef"] = image));
        offer(entry(&read, "v40"), "rollback").clone()
    };
    assert!(images(json!("")).refused.unwrap().contains("--image"));
    let option = images(json!("--config=/tmp/x"));
    assert!(option.refused.is_some());
    assert!(!argv(&option.calls[0]).iter().any(|part| part.contains("/tmp/x")));
    let digest = images(json!("registry.fly.io:443/lanternfish-api@sha256:00"));
    assert!(seen(&digest.calls[0], MACHINES), "by its digest where it has no tag");
}

#[test]
fn a_command_that_fails_is_blind_with_its_own_words() {
    let refused = poll(&released(), &[printed(1, "", "Warning: old\nError: No access token available.\n\n")]);
    assert_eq!((refused.health, refused.reason), (Health::Blind, Some(Reason::Auth)));
    assert_eq!(refused.detail, "exit 1: Error: No access token available.");
    let broken = poll(&released(), &[printed(2, RELEASES, "boom \u{1b}[31m")]);
    assert_eq!((broken.health, broken.reason), (Health::Blind, Some(Reason::Status)), "whatever it printed");
    assert!(!broken.detail.contains('\u{1b}'));
    let words = poll(&released(), &[printed(0, "Update available 0.3.1 -> 0.4.0", "")]);
    assert_eq!((words.health, words.reason), (Health::Blind, Some(Reason::Parse)));
    let mut cut = printed(0, RELEASES, "");
    if let IoReply::Command(reply) = &mut cut {
        reply.truncated = true;
    }
    assert_eq!(poll(&released(), &[cut]).reason, Some(Reason::Limit));
}
