//! Phases whose headings say how long they take: the plan as a whole, beside how it goes.

use midwatch::domain::fact::Fact;
use midwatch::report;
use midwatch::state::Watch;

use crate::world::{SHOP, World, replay};

const MINUTE: u64 = 60;

const DEPLOY: &str = "\
# Deploy the shop

## Deployment steps

### Phase 1: Validation (30 min)

1. Run the tests.
2. Read the report.

### Phase 2: Migration (60 min)

1. Migrate it.
2. Look at it.

### Phase 3: Application (45 min)

1. Deploy it.

### Phase 4: Verification (30 min)

1. Look around.

### Phase 5: Monitoring (30 min)

1. Look at the monitors.

## Rollback (15 min)

1. Go back.
";

fn world() -> World {
    let mut world = World::new(SHOP, &[("deploy.md", DEPLOY)], Watch::default());
    world.resize(120, 40);
    world.open();
    world
}

fn killed(world: World) -> World {
    let (journal, now, size) = (world.journal, world.now, world.model.ui.size);
    let mut again = World::new(SHOP, &[("deploy.md", DEPLOY)], replay(&journal));
    again.journal = journal;
    again.now = now;
    again.resize(size.0, size.1);
    again.open();
    again
}

/// Ticks the step that says `words`.
fn tick(world: &mut World, words: &str) {
    let runbook = &world.model.plan.runbooks[0];
    let step = runbook.phases.iter().flat_map(|phase| &phase.steps).find(|step| step.text.contains(words));
    let step = step.unwrap_or_else(|| panic!("no step says {words}")).id.clone();
    world.model.ui.step = Some(midwatch::domain::runbook::StepRef { runbook: "deploy.md".into(), step });
    world.keys("2 space");
}

/// The first phase took twelve minutes more than it should, the second has gone on for fifty-three.
fn under_way() -> World {
    let mut world = world();
    tick(&mut world, "Run the tests");
    world.wait(42 * MINUTE);
    tick(&mut world, "Read the report");
    world.wait(18 * MINUTE);
    tick(&mut world, "Migrate it");
    world.wait(35 * MINUTE);
    world
}

#[test]
fn nothing_is_said_before_it_has_begun() {
    let mut world = world();
    world.keys("2");
    assert!(!world.sees("plan ") && !world.sees(" of 3h15"), "{}", world.screen());
    assert!(!world.facts().any(|fact| matches!(fact, Fact::PlanBegan { .. })));
}

#[test]
fn the_title_says_the_plan_what_is_spent_and_what_is_over() {
    let mut world = under_way();
    assert!(world.sees("plan 1h35 of 3h15, 12m over"), "{}", world.screen());
    world.resize(80, 24);
    assert!(world.sees("plan 1h35 of 3h15, 12m over"), "{}", world.screen());
    // Going back is in no plan.
    tick(&mut world, "Go back");
    assert!(!world.sees("of 3h15"), "{}", world.screen());
}

#[test]
fn the_view_says_each_phase_and_when_it_ends() {
    let mut world = under_way();
    world.key("T");
    let screen = world.screen();
    for words in [
        "Deployment steps",
        "plan 1h35 of 3h15, 12m over",
        "begun 03:10Z, ends 06:37Z",
        "took 42m of 30m",
        "53m of 1h00",
        "45m, not begun",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn it_survives_a_kill_and_the_file() {
    let mut world = killed(under_way());
    assert!(world.sees("plan 1h35 of 3h15, 12m over"), "{}", world.screen());
    world.wait(7 * MINUTE);
    for words in ["Look at it", "Deploy it", "Look around", "Look at the monitors"] {
        tick(&mut world, words);
    }
    let plans = report::plans(&world.journal);
    let [plan] = &plans[..] else { panic!("one plan, kept once: {plans:?}") };
    assert_eq!(plan.line(), "Deployment steps: took 1h42 of 3h15, 1h33 ahead (begun 03:10Z, ended 04:52Z)");
    assert_eq!(plan.phases[0].line(), "Phase 1: Validation (30 min): took 42m of 30m");
    let told = report::timeline(None, &world.journal).join("\n");
    assert!(told.contains("Planned and actual") && told.contains("took 42m of 30m"), "{told}");
    let document = report::document(None, &world.journal);
    assert_eq!(document["plans"][0]["planned_ms"], 195 * 60_000);
    assert_eq!(document["plans"][0]["phases"][0]["took_ms"], 42 * 60_000);
}

#[test]
fn each_incident_has_its_own() {
    let mut world = under_way();
    world.key("i");
    world.answers_prompt("P1 the shop is slow");
    tick(&mut world, "Run the tests");
    world.wait(10 * MINUTE);
    assert!(world.sees("plan 10m of 3h15"), "{}", world.screen());
    let began = world.facts().filter(|fact| matches!(fact, Fact::PlanBegan { .. })).count();
    assert_eq!((began, report::plans(&world.journal).len()), (2, 2));
    let incidents = report::incidents(&world.journal);
    let told = report::timeline(incidents.first(), &world.journal).join("\n");
    assert!(!told.contains("took 42m of 30m"), "{told}");
}
