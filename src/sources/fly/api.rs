//! What is asked of Fly and of its command line: exact requests, put together from the table.

use std::time::Duration;

use crate::domain::io::{CommandRequest, HttpRequest, IoRequest, Value, segment};
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::sources::table;

pub(super) const BASE: &str = "https://api.machines.dev/v1";
/// How much of a command's output is kept.
const OUTPUT: usize = 1 << 20;

/// Where the API is, who asks, and about which app.
pub(super) struct Api<'a> {
    table: &'a Table,
    timeout: Duration,
}

impl<'a> Api<'a> {
    pub(super) fn new(table: &'a Table, timeout: Duration) -> Self {
        Self { table, timeout }
    }

    pub(super) fn of(signal: &'a Signal) -> Option<Self> {
        Some(Self::new(signal.options.as_ref()?, signal.timeout()))
    }

    pub(super) fn app(&self) -> &'a str {
        self.table.text("app").unwrap_or_default()
    }

    fn request(&self, method: &str, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        let path = format!("/apps/{}/machines{path}", segment(self.app()));
        let scheme = if self.table.text("scheme") == Some("flyv1") { "FlyV1 " } else { "Bearer " };
        let token = self.table.value("token").map(|token| token.behind(scheme));
        let headers = token.map(|token| ("authorization".to_owned(), token)).into_iter().collect();
        let base = self.table.text("base_url").unwrap_or(BASE);
        table::request(method, base, &path, query, headers, self.timeout)
    }

    /// A page of the app's machines.
    pub(super) fn machines(&self, cursor: Option<&str>) -> HttpRequest {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        self.request("GET", "", &query)
    }

    pub(super) fn machine(&self, id: &str) -> HttpRequest {
        self.request("GET", &format!("/{}", segment(id)), &[])
    }

    /// `restart`, `start` or `stop`.
    pub(super) fn post(&self, id: &str, verb: &str) -> HttpRequest {
        let mut request = self.request("POST", &format!("/{}/{verb}", segment(id)), &[]);
        // Fly answers once the machine has stopped.
        request.timeout = self.timeout.max(Duration::from_secs(60));
        request
    }

    /// The command that lists the releases, where there is one.
    pub(super) fn releases(&self) -> Option<IoRequest> {
        let argv = self.table.texts("releases");
        (!argv.is_empty()).then(|| self.command(argv, self.timeout))
    }

    /// Fly's own command line with `arguments`.
    pub(super) fn flyctl(&self, arguments: &[&str], timeout: Duration) -> IoRequest {
        let program = self.table.text("flyctl").unwrap_or("flyctl");
        let argv = std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned);
        self.command(argv.collect(), timeout)
    }

    /// The token goes by the environment: arguments are seen by everybody on the machine.
    fn command(&self, argv: Vec<String>, timeout: Duration) -> IoRequest {
        let plain = |name: &str, text: &str| (name.to_owned(), Value::Plain(text.into()));
        let mut env = vec![plain("FLY_NO_UPDATE_CHECK", "1"), plain("NO_COLOR", "1")];
        env.extend(self.table.value("token").map(|token| ("FLY_API_TOKEN".to_owned(), token.clone())));
        IoRequest::Command(CommandRequest { argv, env, cwd: None, timeout, limit: OUTPUT })
    }
}
