//! `[console]`: the console itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::artifact::Limits;
use crate::domain::condition::Condition;
use crate::domain::deputy::{Notify, Pace};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoRequest, TcpRequest};
use crate::domain::setting::{Field, Kind, Placed, Setting, Table};
use crate::domain::signal::{Origin, Rules, Signal};
use crate::domain::text::clean;
use crate::sources::health::host_port;

/// Bytes of readings that are kept where nothing else is said.
const READINGS: u64 = 64 * Limits::MIB;

/// The keys of `[console]`.
pub const FIELDS: &[Field] = &[
    Field::optional(
        "name",
        Kind::Text,
        "the name of the configuration file's directory",
        "What is watched, for the status bar.",
    ),
    Field::optional(
        "environment",
        Kind::Text,
        "`production`",
        "Where it runs: lower-case letters, digits, `.`, `_`, `-`. Each environment has a journal of its own. One \
         called `live`, or whose name begins with `prod`, starts locked.",
    ),
    Field::optional("runbooks", Kind::List(&Kind::Path), "", "Markdown files, shown in this order."),
    Field::optional(
        "theme",
        Kind::Text,
        "by the terminal's background",
        "A theme's name, or the path of a theme file.",
    ),
    Field::optional("keymap", Kind::Text, "`default`", "A keymap's name, or the path of a keymap file."),
    Field::optional(
        "journal",
        Kind::Path,
        "in the platform's data directory, by environment",
        "The journal's file.",
    ),
    Field::optional(
        "operator",
        Kind::Text,
        "the `USER` variable",
        "Who is on watch: the name in every record.",
    ),
    Field::optional(
        "locked",
        Kind::Flag,
        "`true` in production",
        "Whether the console starts locked: nothing that changes the world runs until it is armed. A production \
         console cannot start unlocked.",
    ),
    Field::optional("arm_for", Kind::Duration, "`10m`", "How long the console stays armed; at most `1h`."),
    Field::optional(
        "ca_file",
        Kind::Path,
        "",
        "A PEM file of certificate authorities to trust besides the system's.",
    ),
    Field::optional(
        "artifact_limit",
        Kind::Integer(1, 256),
        "`25`",
        "The largest file that is kept beside the journal, in MiB.",
    ),
    Field::optional(
        "artifacts_limit",
        Kind::Integer(1, 65_536),
        "`500`",
        "How large all files that are kept beside the journal may be together, in MiB.",
    ),
    Field::optional(
        "notify",
        Kind::Choice(Notify::WORDS),
        "`desktop`",
        "How it is heard that something is late: `bell` rings the terminal's bell, `desktop` shows a notification as \
         well, `none` only shows it on screen.",
    ),
    Field::optional("rings_after", Kind::Duration, "`1m`", "How long something may be late before it rings."),
    Field::optional(
        "retention",
        Kind::Integer(1, 36_500),
        "for ever",
        "For how many days what people wrote and commands printed is kept. Nothing is left out of the journal by itself: \
         `midwatch incident prune` does it, and keeps the journal as it was beside it.",
    ),
    Field::optional(
        "readings_limit",
        Kind::Integer(0, 65_536),
        "`64`",
        "How large the readings that are kept beside the journal for replays may be, in MiB; `0` keeps none.",
    ),
    Field::optional(
        "observers",
        Kind::List(&Kind::Text),
        "none: the observer is then not checked",
        "URLs or `host:port`s far from what is watched and from one another, at least two, such as \
         `\"1.1.1.1:53\"`. While none of them answers, the observer is taken to be sick and every other signal is \
         blind.",
    ),
];

/// The console itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// What is watched.
    pub name: String,
    /// Where it runs.
    pub environment: String,
    /// In the order they are shown in.
    pub runbooks: Vec<PathBuf>,
    /// A theme's name or file.
    pub theme: Option<String>,
    /// A keymap's name or file.
    pub keymap: Option<String>,
    /// The journal's file.
    pub journal: Option<PathBuf>,
    /// Who is on watch.
    pub operator: Option<String>,
    /// Whether it starts locked.
    pub locked: bool,
    /// How long it stays armed.
    pub arm_for: Duration,
    /// Certificate authorities besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How much may be kept beside the journal.
    pub artifacts: Limits,
    /// How it is heard that something is late.
    pub notify: Notify,
    /// How long something may be late before it rings.
    pub rings_after: Duration,
    /// How old what the journal holds may become before `incident prune` leaves it out.
    pub retention: Option<Duration>,
    /// Bytes of readings that are kept beside the journal; none where it is 0.
    pub readings: u64,
    /// Where each key that was given came from: `midwatch.toml:3`, `MIDWATCH_CONSOLE_THEME`,
    /// `--theme`.
    pub origins: BTreeMap<String, String>,
}

/// Whether a console for `environment` starts locked whatever else is said.
pub fn starts_locked(environment: &str) -> bool {
    let environment = environment.to_ascii_lowercase();
    environment.starts_with("prod") || environment == "live"
}

/// The console of a joined table; `base` names it where nothing else does.
pub(super) fn plan(
    table: &Table,
    origins: BTreeMap<String, String>,
    directory: Option<String>,
    user: Option<&str>,
    found: &mut Vec<Diagnostic>,
) -> Console {
    let text = |name: &str| table.text(name).map(|text| clean(text).into_owned());
    let environment = text("environment").unwrap_or_else(|| "production".into());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if environment.is_empty()
        || environment.len() > 40
        || environment.starts_with('.')
        || !environment.chars().all(fits)
    {
        found.push(
            error(
                table,
                &origins,
                "environment",
                "bad-name",
                format!("{environment:?} cannot be an environment"),
            )
            .hint("1 to 40 lower-case letters, digits, '.', '_' or '-'"),
        );
    }
    let production = starts_locked(&environment);
    if production && table.flag("locked") == Some(false) {
        found.push(
            error(table, &origins, "locked", "bad-lock", "a production console starts locked")
                .hint("remove it; the operator arms the console with a key"),
        );
    }
    let arm_for = table.duration("arm_for").unwrap_or(Duration::from_secs(600));
    if arm_for > Duration::from_secs(3600) {
        found.push(error(
            table,
            &origins,
            "arm_for",
            "out-of-range",
            "a console stays armed for at most an hour",
        ));
    }
    let retention = table.integer("retention").and_then(|days| u64::try_from(days).ok());
    let retention = retention.map(|days| Duration::from_secs(days * 24 * 3600));
    let mebibytes = |name: &str, default: u64| {
        let given = table.integer(name).and_then(|number| u64::try_from(number).ok());
        given.map_or(default, |number| number * Limits::MIB)
    };
    let limits = Limits::default();
    let artifacts = Limits {
        each: mebibytes("artifact_limit", limits.each),
        total: mebibytes("artifacts_limit", limits.total),
    };
    let readings = mebibytes("readings_limit", READINGS);
    let runbooks =
        table.list("runbooks").unwrap_or_default().iter().filter_map(|placed| match &placed.value {
            Setting::Path(path) => Some(path.clone()),
            _ => None,
        });
    Console {
        name: text("name").or(directory).unwrap_or_else(|| "midwatch".into()),
        runbooks: runbooks.collect(),
        theme: text("theme"),
        keymap: text("keymap"),
        journal: table.path("journal").cloned(),
        operator: text("operator").or_else(|| user.map(|user| clean(user).into_owned())),
        locked: production || table.flag("locked").unwrap_or(false),
        arm_for,
        ca_file: table.path("ca_file").cloned(),
        artifacts,
        rings_after: table.duration("rings_after").unwrap_or(Pace::default().rings_after),
        notify: table.text("notify").and_then(Notify::named).unwrap_or_default(),
        retention,
        readings,
        environment,
        origins,
    }
}

/// An error at a key, in the file or override that it came from.
pub(super) fn error(
    table: &Table,
    origins: &BTreeMap<String, String>,
    key: &str,
    code: &'static str,
    message: impl Into<String>,
) -> Diagnostic {
    let place = table.place_of(key);
    let origin = origins.get(key).map_or(table.file.as_str(), String::as_str);
    let file = origin.strip_suffix(&format!(":{}", place.0)).unwrap_or(origin);
    Diagnostic::error(file, place, code, message)
}

/// The observer checks of `observers`.
pub(super) fn observers(
    table: &Table,
    origins: &BTreeMap<String, String>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Signal> {
    let given = table.list("observers").unwrap_or_default();
    if let [only] = given {
        let mut warning =
            error(table, origins, "observers", "one-observer", "one observer check is not enough to tell");
        warning.severity = crate::domain::diagnostic::Severity::Warning;
        (warning.line, warning.column) = only.place;
        found.push(warning.hint("give two that fail independently of one another"));
    }
    let mut signals = Vec::new();
    for (index, placed) in given.iter().enumerate() {
        let signal = observer(index + 1, placed);
        if signal.is_none() {
            let message = "this is neither a URL nor a host and port";
            let mut wrong = error(table, origins, "observers", "bad-address", message);
            (wrong.line, wrong.column) = placed.place;
            found.push(wrong.hint("for example \"https://example.com\" or \"1.1.1.1:53\""));
        }
        signals.extend(signal);
    }
    signals
}

fn observer(number: usize, placed: &Placed) -> Option<Signal> {
    let Setting::Text(address) = &placed.value else { return None };
    let timeout = Duration::from_secs(3);
    let request = if address.starts_with("http://") || address.starts_with("https://") {
        url::Url::parse(address).ok().filter(|url| url.username().is_empty() && url.password().is_none())?;
        IoRequest::Http(HttpRequest {
            method: "HEAD".into(),
            url: address.clone(),
            headers: Vec::new(),
            body: None,
            timeout,
            limit: 1024,
            redirects: 0,
        })
    } else {
        let (host, port) = host_port(address)?;
        IoRequest::Tcp(TcpRequest { host, port, timeout })
    };
    // Any answer at all shows that the observer can see.
    let ok = matches!(request, IoRequest::Http(_)).then(|| Condition::compile("status > 0").ok()).flatten();
    Some(Signal {
        id: format!("observer-{number}").into(),
        source: "health",
        part: "",
        origin: Origin::Asked(request),
        options: None,
        board: None,
        kept: false,
        every: Duration::from_secs(10),
        ok,
        degraded: None,
        rules: Rules {
            fail_after: 2,
            fail_count: 3,
            fail_among: 5,
            recover_after: 1,
            soft_every: Duration::from_secs(3),
        },
        observes: Vec::new(),
        shows: Vec::new(),
        own: true,
        observer: true,
    })
}
