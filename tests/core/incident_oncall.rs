//! The ladder and who is on call: by the configuration, by the runbook, by both together.

use std::time::Duration;

use midwatch::domain::fact::Fact;
use midwatch::domain::time::Timestamp;
use midwatch::panes::due;
use midwatch::state::Watch;
use midwatch::state::ladder::ladder;
use midwatch::state::oncall::on_call;

use crate::world::{SHOP, World, replay};

const MINUTE: u64 = 60;

/// Rungs, rotations by week and by month, contacts: as a team's handbook has them.
const HANDBOOK: &str = "\
# Academy operations

### Alert Escalation
1. **Level 1**: Automated recovery (auto-scaling, circuit breakers)
2. **Level 2**: PagerDuty → On-call engineer (5 min response)
3. **Level 3**: Team lead notification (15 min response)
4. **Level 4**: Executive escalation (30 min response)

## On-Call Rotation

### Primary On-Call (Week rotation)
- **Week 1**: Senior Engineer A
- **Week 2**: Senior Engineer B
- **Week 3**: Tech Lead
- **Week 4**: Senior Engineer C

### Secondary On-Call (Month rotation)
- **Month 1**: Engineering Manager
- **Month 2**: Principal Engineer
- **Month 3**: CTO

### Engineering Team
- **Tech Lead**: tech-lead@example.com
- **On-Call**: +1-555-0100 (PagerDuty)
";

const ROTATIONS: &str = "
[[oncall]]
name = \"Primary On-Call\"
from = \"2026-10-19\"
at = \"09:00\"
zone = \"Europe/Berlin\"

[[oncall]]
name = \"secondary\"
from = \"2026-09-30\"
at = \"10:00\"
zone = \"Europe/Berlin\"
";

const LADDER: &str = "
[[oncall]]
name = \"primary\"
people = [\"ann\", \"bob\"]
every = \"1 week\"
from = \"2026-11-16\"
at = \"09:00\"
zone = \"America/New_York\"

[[incident.escalation]]
who = \"primary\"
way = \"the pager\"

[[incident.escalation]]
who = \"cleo\"
after = \"10m\"
way = \"+1-555-0199\"

[[incident.escalation]]
level = 3
who = \"CTO\"
after = \"20m\"
";

fn at(text: &str) -> Timestamp {
    serde_json::from_value(serde_json::Value::from(text)).unwrap()
}

fn world(config: &str, runbook: &str) -> World {
    let mut world = World::new(&format!("{SHOP}{config}"), &[("handbook.md", runbook)], Watch::default());
    world.open();
    world.resize(120, 40);
    world
}

fn people(world: &World, now: &str) -> Vec<String> {
    let all = on_call(&world.model, at(now));
    all.iter().map(|known| known.person.unwrap_or("-").to_owned()).collect()
}

#[test]
fn a_runbook_says_who_and_the_configuration_when_the_first_turn_was() {
    let world = world(ROTATIONS, HANDBOOK);
    // Summer time ends on 25 October: nine o'clock in Berlin is 07:00Z before and 08:00Z after.
    assert_eq!(people(&world, "2026-10-19T06:59:59Z"), ["-", "Engineering Manager"]);
    assert_eq!(people(&world, "2026-10-19T07:00:00Z"), ["Senior Engineer A", "Engineering Manager"]);
    assert_eq!(people(&world, "2026-10-26T07:59:59Z")[0], "Senior Engineer A");
    assert_eq!(people(&world, "2026-10-26T08:00:00Z")[0], "Senior Engineer B");
    assert_eq!(people(&world, "2026-11-16T08:00:00Z")[0], "Senior Engineer A", "it comes round");
    // A month that began on the 30th.
    assert_eq!(people(&world, "2026-10-30T08:59:59Z")[1], "Engineering Manager");
    assert_eq!(people(&world, "2026-10-30T09:00:00Z")[1], "Principal Engineer");
}

#[test]
fn who_is_on_call_and_when_it_is_handed_over_is_shown_there_and_in_utc() {
    let mut world = world(ROTATIONS, HANDBOOK);
    for key in ["T", "I"] {
        world.key(key);
        world.keys(if key == "I" { "end" } else { "g" });
        let shown = std::iter::repeat_with(|| {
            let screen = world.screen();
            world.key("down");
            screen
        });
        let all: String = shown.take(30).collect();
        assert!(all.contains("until Mon 23 Nov 09:00 CET (08:00Z), then Senior Engineer B"), "{key}: {all}");
        assert!(all.contains("until Mon 30 Nov 10:00 CET (09:00Z), then CTO"), "{key}: {all}");
        world.key("esc");
    }
}

#[test]
fn without_a_first_turn_nobody_is_guessed() {
    let world = world("", HANDBOOK);
    assert_eq!(people(&world, "2026-11-21T03:10:00Z"), ["-", "-"]);
}

#[test]
fn the_runbooks_ladder_names_who_is_on_call() {
    let mut world = world(ROTATIONS, HANDBOOK);
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.wait(5 * MINUTE + 2);
    let texts: Vec<String> =
        due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect();
    assert!(
        texts
            .iter()
            .any(|text| text == "L2 PagerDuty → On-call engineer: Senior Engineer A: not acknowledged"),
        "{texts:#?}"
    );
    world.keys("I e");
    assert!(
        world.sees("L2 was told") && world.sees("Senior Engineer A via +1-555-0100"),
        "{}",
        world.screen()
    );
    world.key("enter");
    let Some(Fact::Escalated { level, who, way, by, .. }) =
        world.facts().find(|fact| matches!(fact, Fact::Escalated { .. }))
    else {
        panic!("{:?}", world.told())
    };
    assert_eq!((*level, who.as_str(), by.as_str()), (2, "Senior Engineer A", "ann"));
    assert!(way.as_ref().unwrap().starts_with("+1-555-0100"), "{way:?}");
    assert!(world.sees("✔ told Senior Engineer A"), "{}", world.screen());
    let texts: Vec<String> =
        due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect();
    assert!(!texts.iter().any(|text| text.starts_with("L2")), "{texts:#?}");
    assert!(texts.iter().any(|text| text.starts_with("L3")), "{texts:#?}");
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn a_configured_ladder_goes_before_the_runbooks_and_stops_when_somebody_takes_it_on() {
    let mut world = world(LADDER, HANDBOOK);
    let known = ladder(&world.model).unwrap();
    let rungs: Vec<(u32, &str, u64)> =
        known.rungs.iter().map(|rung| (rung.level, rung.who, rung.after.unwrap().as_secs() / 60)).collect();
    assert_eq!(rungs, [(1, "primary", 0), (2, "cleo", 10), (3, "CTO", 20)]);
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    assert!(world.sees("L2 in 10:00"), "{}", world.screen());
    world.key("I");
    // On 21 November: the week that began on the 16th is ann's.
    assert!(
        world.sees("L1 primary: ann") && world.sees("until Mon 23 Nov 09:00 EST (14:00Z), then bob"),
        "{}",
        world.screen()
    );
    // Who is told at once is told first; then the next.
    world.key("e");
    assert!(world.sees("ann via the pager"), "{}", world.screen());
    world.key("enter");
    world.key("e");
    assert!(world.sees("L2 was told") && world.sees("cleo via +1-555-0199"), "{}", world.screen());
    world.key("esc");
    assert!(world.sees("Ladder"), "esc goes back to the view: {}", world.screen());
    world.key("esc");
    world.wait(12 * MINUTE);
    assert!(world.sees("L2 cleo: not acknowledged"), "{}", world.screen());
    world.keys("K I");
    assert!(world.sees("stopped: acknowledged after 12:00"), "{}", world.screen());
    assert!(!world.sees("not acknowledged"));
}

#[test]
fn a_rung_is_told_by_its_own_line_and_by_other_means_than_those_that_are_known() {
    let mut world = world(LADDER, HANDBOOK);
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.key("I");
    for _ in 0..20 {
        if world.model.ui.incident == Some(midwatch::state::IncidentKey::Rung(3)) {
            break;
        }
        world.key("down");
    }
    world.key("enter");
    assert!(world.sees("L3 was told"), "{}", world.screen());
    world.answers_prompt("dora via a knock on the door");
    assert!(world.has_told("escalated INC-1 to L3: dora (a knock on the door)"), "{:?}", world.told());
    // Nobody is told on a rung below one that was reached already.
    world.key("e");
    assert!(world.sees("everybody on the ladder was told"), "{}", world.screen());
}

#[test]
fn without_a_ladder_it_says_how_to_write_one() {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.keys("I e");
    assert!(world.sees("[[incident.escalation]]"), "{}", world.screen());
}

#[test]
fn whoever_is_on_call_can_be_picked_for_a_role() {
    let mut world = world(LADDER, HANDBOOK);
    world.now = at("2026-11-24T12:00:00Z");
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.keys("I o");
    assert!(world.sees("bob") && world.sees("primary"), "{}", world.screen());
    world.keys("down down enter");
    assert!(world.has_told("bob is operations of INC-1"), "{:?}", world.told());
    assert_eq!(world.now.since(world.model.watch.incident().unwrap().declared), Duration::ZERO);
}
