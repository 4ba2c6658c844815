//! A source that fails touches no other.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use midwatch::app::Msg;
use midwatch::domain::fact::Fact;
use midwatch::domain::reading::Health;
use midwatch::io::{Io, IoOptions};
use midwatch::runtime::{Clock, Engine, Queue, follow};
use midwatch::state::{Environment, JournalState, Model, Plan, Watch};

use crate::server::{ALONE, Server, WAYS, listen, request, response};
use crate::vendors::{asked, signals};

/// How long it is looked at.
const SPAN: Duration = Duration::from_secs(9);

/// A server that is well, and when it was asked.
fn healthy(clock: Clock) -> (String, Arc<Mutex<Vec<Duration>>>) {
    let began = clock.now();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let address = listen(move |mut stream| {
        noted.lock().unwrap().push(clock.now().since(began));
        if request(&mut stream).is_ok() {
            drop(std::io::Write::write_all(&mut stream, &response("200 OK", "", "well")));
        }
    });
    (format!("http://{address}/"), asked)
}

#[tokio::test]
async fn what_fails_in_every_way_leaves_a_healthy_signal_its_cadence() {
    let _alone = ALONE.lock().await;
    let server = Server::start();
    let (url, hits) = healthy(Clock::default());
    let table = format!("[[health]]\nname = \"well\"\nurl = \"{url}\"\nevery = \"1s\"\ntimeout = \"1s\"");
    let mut all = signals(&table);
    all.retain(|signal| signal.id.as_str() == "well");
    for way in WAYS {
        for mut signal in asked(&server.base(way)) {
            signal.id = format!("{}-{}", signal.id, format!("{way:?}").to_lowercase()).as_str().into();
            // Three times as often as they are asked where nobody says otherwise.
            (signal.every, signal.rules.soft_every) = (Duration::from_secs(10), Duration::from_secs(4));
            all.push(signal);
        }
    }
    let failing: BTreeSet<String> = all[1..].iter().map(|signal| signal.id.to_string()).collect();
    assert_eq!(failing.len(), all.len() - 1);
    let environment = Environment {
        console: "Lanternfish".into(),
        environment: "test".into(),
        starts_locked: true,
        arm_for: Duration::from_secs(60),
        operator: "ann".into(),
        read_only: None,
        banner: None,
    };
    let mut model = Model::new(Plan::new(environment, all, Vec::new()), Watch::default());
    model.feed.journal = JournalState::Unkept;
    let io = Io::new(IoOptions::default()).unwrap();
    let mut engine = Engine::new(model, io, None, Queue::default());
    engine.tell(Msg::Opened { version: "0.0.0".into() });
    let mut settled = Vec::new();
    let ended = follow(&mut engine, Some(SPAN), |_, logged| {
        match &logged.fact {
            Fact::Settled { signal, to, .. } => settled.push((signal.to_string(), *to)),
            Fact::Crashed { what, detail } => panic!("{what} broke: {detail}"),
            _ => {}
        }
        ControlFlow::Continue(())
    })
    .await;
    assert_eq!(ended.unwrap(), None);
    let of_well: Vec<Health> =
        settled.iter().filter(|(signal, _)| signal == "well").map(|(_, health)| *health).collect();
    assert_eq!(of_well, [Health::Ok], "it became well once and stayed so");
    let hits = hits.lock().unwrap();
    // Sources that take three seconds and more for every answer do not make it wait for them: it is asked far more
    // often than they are. How often exactly is the machine's business.
    assert!(hits.len() >= 5, "{hits:?}");
    // The others were asked, more than once, and are what they are.
    for (signal, feed) in engine.model.plan.signals.iter().zip(&engine.model.feed.signals).skip(1) {
        let last = feed.last.as_ref().unwrap_or_else(|| panic!("{} was never read", signal.id));
        let is_endless = signal.id.as_str().ends_with("-endless");
        assert_eq!(last.health == Health::Blind, !is_endless, "{}: {last:?}", signal.id);
    }
}
