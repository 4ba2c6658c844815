//! The scenarios that come with Midwatch: files beside this one, embedded in the program.

use std::sync::OnceLock;

use super::scenario::Scenario;
use crate::domain::diagnostic::did_you_mean;

/// File names and texts, in the order `--list` shows them.
pub const FILES: [(&str, &str); 16] = [
    ("quiet.toml", include_str!("scenarios/quiet.toml")),
    ("api-outage.toml", include_str!("scenarios/api-outage.toml")),
    ("slow-burn.toml", include_str!("scenarios/slow-burn.toml")),
    ("flapping.toml", include_str!("scenarios/flapping.toml")),
    ("lying-toggle.toml", include_str!("scenarios/lying-toggle.toml")),
    ("observer-sick.toml", include_str!("scenarios/observer-sick.toml")),
    ("billing-webhooks.toml", include_str!("scenarios/billing-webhooks.toml")),
    ("long-night.toml", include_str!("scenarios/long-night.toml")),
    ("bad-deploy.toml", include_str!("scenarios/bad-deploy.toml")),
    ("go-live.toml", include_str!("scenarios/go-live.toml")),
    ("go-live-regression.toml", include_str!("scenarios/go-live-regression.toml")),
    ("go-live-blind.toml", include_str!("scenarios/go-live-blind.toml")),
    ("rollback-lies.toml", include_str!("scenarios/rollback-lies.toml")),
    ("image-pruned.toml", include_str!("scenarios/image-pruned.toml")),
    ("database-pool.toml", include_str!("scenarios/database-pool.toml")),
    ("provider-blackout.toml", include_str!("scenarios/provider-blackout.toml")),
];

/// Every shipped scenario.
pub fn scenarios() -> &'static [Scenario] {
    static SCENARIOS: OnceLock<Vec<Scenario>> = OnceLock::new();
    // That each of them parses is a test's business, so that a demo never fails over it.
    SCENARIOS
        .get_or_init(|| FILES.iter().filter_map(|(file, text)| Scenario::parse(file, text).ok()).collect())
}

/// No shipped scenario has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scenario {name:?}\n  hint: {hint}")]
pub struct UnknownScenario {
    /// What was asked for.
    pub name: String,
    /// What to do next.
    pub hint: String,
}

/// The shipped scenario called `name`.
pub fn scenario(name: &str) -> Result<&'static Scenario, UnknownScenario> {
    scenarios().iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let names = || scenarios().iter().map(|scenario| scenario.name.as_str());
        let hint = match did_you_mean(name, names()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        UnknownScenario { name: crate::domain::text::clean(name).into_owned(), hint }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::deed::{Act, Deed, Flag};
    use super::super::fault::{Provider, Standing, Target};
    use super::super::scenario::State;
    use super::*;

    fn at(name: &str, seconds: u64, deeds: &[Deed]) -> State {
        scenario(name).unwrap().state_at(Duration::from_secs(seconds), deeds)
    }

    fn deed(seconds: u64, what: Act) -> Deed {
        Deed { at: Duration::from_secs(seconds), what }
    }

    #[test]
    fn every_file_parses_and_is_named_after_its_scenario() {
        for (file, text) in FILES {
            let scenario = Scenario::parse(file, text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(format!("{}.toml", scenario.name), file);
            assert!(scenario.title.len() <= 60, "{file}: the title must fit a list: {}", scenario.title);
            assert!(scenario.about.len() > 80, "{file}: `about` says what can be learned");
        }
        assert_eq!(scenarios().len(), FILES.len());
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest() {
        let said = scenario("api-outrage").unwrap_err().to_string();
        assert_eq!(said, "unknown scenario \"api-outrage\"\n  hint: did you mean \"api-outage\"?");
        assert!(scenario("tsunami").unwrap_err().hint.starts_with("there are quiet, api-outage"));
    }

    #[test]
    fn the_outage_begins_green_and_ends_by_a_restart_behind_the_page() {
        assert_eq!(at("api-outage", 4, &[]).fault(Target::Api), super::super::fault::Fault::default());
        let red = at("api-outage", 20, &[]).fault(Target::Api);
        assert_eq!(red.status, Some(503));
        assert_eq!(red.provider[&Provider::Payments], Standing::Unavailable);
        assert_eq!(at("api-outage", 3600, &[]).fault(Target::Api).status, Some(503), "it stays red");

        let deeds = [deed(20, Act::Maintenance(Flag::On)), deed(25, Act::Restart(Target::Api))];
        let healed = at("api-outage", 60, &deeds);
        assert_eq!(healed.fault(Target::Api).status, None);
        assert_eq!(healed.fault(Target::Checkout).queue, None);
        let alone = [deed(25, Act::Restart(Target::Api))];
        assert_eq!(at("api-outage", 30, &alone).fault(Target::Api).status, None, "for seconds");
        assert_eq!(at("api-outage", 60, &alone).fault(Target::Api).status, Some(503));
    }

    #[test]
    fn the_slow_burn_only_climbs() {
        let latency = |seconds| at("slow-burn", seconds, &[]).fault(Target::Checkout).latency;
        let climb: Vec<_> = (0..=180).map(latency).collect();
        assert!(climb.is_sorted());
        assert_eq!(climb.first().unwrap(), &None);
        assert_eq!(climb.last().unwrap().unwrap().0, Duration::from_secs(3));
        assert_eq!(
            at("slow-burn", 300, &[deed(200, Act::Restart(Target::Api))]).fault(Target::Checkout).latency,
            None
        );
    }

    #[test]
    fn flapping_changes_more_often_than_nagios_bears_and_then_stops() {
        let down = |tenths: u64| {
            let elapsed = Duration::from_millis(tenths * 100);
            scenario("flapping").unwrap().state_at(elapsed, &[]).fault(Target::Api).status.is_some()
        };
        // A settled state needs two readings of the same kind, two seconds apart at most.
        let settled: Vec<bool> = (0..21).map(|reading| down(300 + reading * 20)).collect();
        let changes = settled.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes * 100 / 20 >= 35, "{changes} changes of 20");
        assert!((2400..4000).all(|tenths| !down(tenths)));
    }

    #[test]
    fn the_observer_is_sick_together_with_everything_else() {
        for target in Target::ALL {
            assert_eq!(at("observer-sick", 20, &[]).fault(target).hang, Some(true), "{}", target.word());
            assert_eq!(at("observer-sick", 50, &[]).fault(target).hang, None, "{}", target.word());
        }
        let real = at("observer-sick", 80, &[]);
        assert_eq!(real.fault(Target::Search).status, Some(503));
        assert_eq!(real.fault(Target::ObserverA).hang, None);
    }
}
