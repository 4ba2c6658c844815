//! A small table of every provider that asks, and the signals it makes. A provider that comes is a row that comes.

use std::path::PathBuf;
use std::sync::OnceLock;

use midwatch::config::{self, Layer};
use midwatch::domain::signal::Signal;
use midwatch::sources::{self, PROVIDERS};

use super::AT;

/// A provider's smallest table that uses all its parts.
#[derive(Debug)]
pub struct Row {
    /// The provider.
    pub provider: &'static str,
    /// Its table, as the configuration file has it.
    pub toml: &'static str,
    /// Where its requests may go, and nowhere else.
    pub origins: &'static [&'static str],
}

/// Providers that never ask anything.
pub const SILENT: &[&str] = &["alert", "listen"];

/// Every provider that asks. One that this version does not have is passed over.
pub const ROWS: &[Row] = &[
    Row {
        provider: "health",
        toml: "[[health]]\nname = \"api\"\nurl = \"https://api.example.com/health\"\nproviders = \"providers\"\n\
               [[health]]\nname = \"page\"\nurl = \"https://api.example.com/\"\nok = \"'up' in text\"\n\
               degraded = \"headers['x-load'] | int > 3 or body.queue.depth > 10\"\n\
               [[health]]\nname = \"probe\"\ncommand = [\"probe\"]\nok = \"exit == 0 and body.depth < 1000\"\n\
               [[health]]\nname = \"port\"\ntcp = \"db.example.com:5432\"\n",
        origins: &["https://api.example.com"],
    },
    Row {
        provider: "sentry",
        toml: "[sentry]\norganization = \"lanternfish\"\nprojects = [\"web\"]\ntoken = { env = \"T\" }\n",
        origins: &["https://sentry.io"],
    },
    Row {
        provider: "stripe",
        toml: "[stripe]\nkey = { env = \"T\" }\n",
        origins: &["https://api.stripe.com"],
    },
    Row {
        provider: "posthog",
        toml: "[[posthog]]\nname = \"chat\"\nproject = 4711\ntoken = { env = \"T\" }\n",
        origins: &["https://us.posthog.com"],
    },
    Row {
        provider: "vercel",
        toml: "[[vercel]]\nname = \"web\"\nproject = \"web\"\nteam = \"team_LFshop\"\ntoken = { env = \"T\" }\n",
        origins: &["https://api.vercel.com"],
    },
    Row {
        provider: "fly",
        toml: "[[fly]]\nname = \"machines\"\napp = \"lanternfish-api\"\ntoken = { env = \"T\" }\n\
               releases = [\"flyctl\", \"releases\", \"-a\", \"lanternfish-api\", \"--image\", \"--json\"]\n",
        origins: &["https://api.machines.dev"],
    },
    Row {
        provider: "github",
        toml: "[[github]]\nname = \"nightly\"\nrepository = \"lanternfish/web\"\nworkflow = \"nightly.yml\"\n\
               branch = \"main\"\ntoken = { env = \"T\" }\n",
        origins: &["https://api.github.com"],
    },
    Row {
        provider: "releases",
        toml: "[[releases]]\nname = \"listed\"\ncommand = [\"bin/releases\"]\nrollback = [\"bin/deploy\", \"{version}\"]\n\
               before = [\"bin/exists\", \"{version}\"]\nleaves = [\"warm the cache\"]\n\
               [[releases]]\nname = \"observed\"\ncommand = [\"bin/releases\"]\n\
               rollback = [\"bin/deploy\", \"{version}\"]\n\
               observe = { get = \"https://api.example.com/{version}\", when = \"body.commit == '{version}'\" }\n\
               [[releases]]\nname = \"header\"\nurl = \"https://api.example.com/\"\nheader = \"x-release\"\n\
               [[releases]]\nname = \"told\"\nurl = \"https://api.example.com/\"\nversion = \"body.commit\"\n",
        origins: &["https://api.example.com"],
    },
    Row {
        provider: "supabase",
        toml: "[[supabase]]\nname = \"db\"\nproject = \"lanternfishstudyapps\"\ntoken = { env = \"T\" }\n",
        origins: &["https://api.supabase.com"],
    },
    Row {
        provider: "prometheus",
        toml: "[[prometheus]]\nname = \"queue\"\nurl = \"http://prometheus.example.com:9090\"\n\
               query = \"max(queue_depth)\"\ndegraded = \"body.max > 80\"\n",
        origins: &["http://prometheus.example.com:9090"],
    },
    Row {
        provider: "pagerduty",
        toml: "[pagerduty]\ntoken = { env = \"T\" }\nfrom = \"ann@example.com\"\nrouting_key = { env = \"T\" }\n",
        origins: &["https://api.pagerduty.com", "https://events.pagerduty.com"],
    },
    Row {
        provider: "statuspage",
        toml: "[[statuspage]]\nname = \"vendor\"\nurl = \"https://status.example.com\"\n",
        origins: &["https://status.example.com"],
    },
    Row {
        provider: "redis",
        toml: "[[redis]]\nname = \"cache\"\nhost = \"cache.example.com\"\n",
        origins: &[],
    },
    Row {
        provider: "postgres",
        toml: "[[postgres]]\nname = \"orders\"\nhost = \"db.example.com\"\ndatabase = \"shop\"\nuser = \"watch\"\n",
        origins: &[],
    },
    Row {
        provider: "s3",
        toml: "[[s3]]\nname = \"backups\"\nendpoint = \"https://s3.example.com\"\nbucket = \"shop-backups\"\n\
               access_key = { env = \"T\" }\nsecret_key = { env = \"T\" }\n",
        origins: &["https://s3.example.com"],
    },
];

/// Every signal that asks, with the row that made it.
pub fn signals() -> &'static [(&'static Row, Signal)] {
    static SIGNALS: OnceLock<Vec<(&Row, Signal)>> = OnceLock::new();
    SIGNALS.get_or_init(|| ROWS.iter().flat_map(planned).collect())
}

fn planned(row: &'static Row) -> Vec<(&'static Row, Signal)> {
    if !PROVIDERS.iter().any(|known| known.name == row.provider) {
        return Vec::new();
    }
    let layer =
        Layer { name: "midwatch.toml".into(), text: row.toml.into(), base: PathBuf::from("/nowhere") };
    let loaded = config::load(&[layer], &[]);
    let settings = loaded.settings.unwrap_or_else(|| panic!("{}: {:?}", row.provider, loaded.diagnostics));
    let asks = |signal: &Signal| signal.source == row.provider && sources::next(signal, AT, &[]).is_some();
    settings.signals.into_iter().filter(asks).map(|signal| (row, signal)).collect()
}
