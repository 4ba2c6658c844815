//! What the same requests cost without Midwatch: one task a target on one reqwest client, due evenly
//! over the interval, in ticks. `measure.py --probe-cost` runs it side by side with the console.
//!
//! Arguments: `BASE TARGETS EVERY_SECONDS TICK_SECONDS FOR_SECONDS`; a tick of 0 is none, one as long
//! as the interval asks every target at once. Without arguments (`cargo bench`) it does nothing.

use std::process::ExitCode;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(load) = Load::from(&given) else { return ExitCode::SUCCESS };
    drop(rustls::crypto::ring::default_provider().install_default());
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let done = runtime.block_on(load.run());
    runtime.shutdown_background();
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is asked of the loop.
struct Load {
    base: String,
    targets: u32,
    every: Duration,
    tick: Duration,
    lasts: Duration,
}

impl Load {
    fn from(given: &[String]) -> Option<Self> {
        let [base, targets, every, tick, lasts] = given else { return None };
        let span = |text: &String| Duration::try_from_secs_f64(text.parse().ok()?).ok();
        Some(Self {
            base: base.clone(),
            targets: targets.parse().ok()?,
            every: span(every)?,
            tick: span(tick)?,
            lasts: span(lasts)?,
        })
    }

    async fn run(self) -> Result<(), reqwest::Error> {
        let client = Client::builder()
            .user_agent("bare-reqwest")
            .redirect(Policy::none())
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .no_proxy()
            .tls_certs_only([])
            .build()?;
        let start = Instant::now();
        for target in 0..self.targets {
            let (client, url) = (client.clone(), format!("{}/t/{target}", self.base));
            let share = self.every * target / self.targets;
            let ticks = share.as_micros().checked_div(self.tick.as_micros());
            let first = ticks.map_or(share, |ticks| self.tick * u32::try_from(ticks).unwrap_or(0));
            let mut due = interval_at(start + first, self.every);
            due.set_missed_tick_behavior(MissedTickBehavior::Skip);
            tokio::spawn(async move {
                loop {
                    due.tick().await;
                    // A failure is a request too: the target counts what came.
                    if let Ok(response) = client.get(&url).timeout(Duration::from_secs(3)).send().await {
                        drop(response.bytes().await);
                    }
                }
            });
        }
        sleep(self.lasts).await;
        Ok(())
    }
}
