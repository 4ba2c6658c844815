//! Tables of vendors: whole where the repository says all they need, as comments where it only says that there is
//! one.

use serde_json::Value;

use super::Found;
use super::runbooks::Book;
use super::text::{Page, name_of, quoted};

pub(super) fn write(found: &Found, books: &[Book], page: &mut Page) {
    fly(found, page);
    vercel(found, page);
    supabase(found, page);
    github(found, books, page);
    stripe(found, page);
    sentry(found, page);
    named_only(found, page);
}

fn fly(found: &Found, page: &mut Page) {
    for file in found.named("fly.toml") {
        let Ok(fly) = file.text.parse::<toml::Table>() else { continue };
        let Some(app) = fly.get("app").and_then(toml::Value::as_str) else {
            page.told(format!("{}: it names no app", file.path));
            continue;
        };
        page.told(format!("{}: the Fly.io app {app}", file.path));
        page.table("[[fly]]");
        page.pair("name", &name_of(&format!("{app}-machines")));
        page.pair("app", app);
        page.secret("token", "FLY_API_TOKEN");
        page.list("releases", &["flyctl", "releases", "-a", app, "--image", "--json"]);
    }
}

fn vercel(found: &Found, page: &mut Page) {
    let mut linked = false;
    for file in found.named("project.json").filter(|file| file.path.ends_with(".vercel/project.json")) {
        let Ok(project) = serde_json::from_str::<Value>(&file.text) else { continue };
        let Some(id) = project.get("projectId").and_then(Value::as_str) else { continue };
        linked = true;
        page.told(format!("{}: the Vercel project {id}", file.path));
        page.table("[[vercel]]");
        let name = project.get("projectName").and_then(Value::as_str).map_or("web".into(), name_of);
        page.pair("name", &name);
        page.pair("project", id);
        if let Some(team) = project.get("orgId").and_then(Value::as_str).filter(|id| id.starts_with("team_"))
        {
            page.pair("team", team);
        }
        page.secret("token", "VERCEL_TOKEN");
    }
    if let Some(file) = found.named("vercel.json").next().filter(|_| !linked) {
        page.told(format!(
            "{}: a Vercel project; which one is not said (`vercel link` writes it down)",
            file.path
        ));
        page.blank();
        page.comment(&format!("{} is here. Say which project it is:", file.path));
        for line in
            ["[[vercel]]", "name = \"web\"", "project = \"prj_…\"", "token = { env = \"VERCEL_TOKEN\" }"]
        {
            page.comment(line);
        }
    }
}

fn supabase(found: &Found, page: &mut Page) {
    let config = found.files.iter().find(|file| file.path.ends_with("supabase/config.toml"));
    let linked = found.files.iter().find(|file| file.path.ends_with("supabase/.temp/project-ref"));
    let is_reference = |text: &str| text.len() == 20 && text.chars().all(|c| c.is_ascii_lowercase());
    let reference = linked.map(|file| (file, file.text.trim())).filter(|(_, text)| is_reference(text));
    if let Some((file, reference)) = reference {
        page.told(format!("{}: the Supabase project {reference}", file.path));
        page.table("[[supabase]]");
        page.pair("name", "supabase");
        page.pair("project", reference);
        page.secret("token", "SUPABASE_ACCESS_TOKEN");
    } else if let Some(file) = config {
        page.told(format!(
            "{}: a Supabase project; which one is not said (`supabase link` writes it down)",
            file.path
        ));
        page.blank();
        page.comment(&format!(
            "{} is here. Say which project it is, twenty letters of its address:",
            file.path
        ));
        for line in [
            "[[supabase]]",
            "name = \"supabase\"",
            "project = \"…\"",
            "token = { env = \"SUPABASE_ACCESS_TOKEN\" }",
        ] {
            page.comment(line);
        }
    }
}

/// Workflows that a runbook names, and those that run by the clock: a check that has not run says nothing.
fn github(found: &Found, books: &[Book], page: &mut Page) {
    let remote =
        found.files.iter().find(|file| file.path == ".git/config").and_then(|file| remote(&file.text));
    let workflows = found.files.iter().filter(|file| file.path.starts_with(".github/workflows/"));
    for file in workflows {
        let Ok(flow) = serde_saphyr::from_str::<Value>(&file.text) else {
            page.told(format!("{}: no YAML that can be read, left out", file.path));
            continue;
        };
        let title = flow.get("name").and_then(Value::as_str).unwrap_or_default();
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let mentions = |text: &str| text.contains(name) || (title.len() > 3 && text.contains(title));
        let named = books.iter().any(|book| {
            book.runbook.phases.iter().flat_map(|phase| &phase.steps).any(|step| mentions(&step.text))
        });
        // YAML 1.1 reads a bare `on` as true.
        let on = flow.get("on").or_else(|| flow.get("true"));
        let scheduled = on.and_then(|on| on.get("schedule")).is_some();
        if !(named || scheduled) {
            continue;
        }
        let why = if named { "a runbook names it" } else { "it runs by the clock" };
        let Some(remote) = &remote else {
            page.told(format!("{}: {why}, but the repository's address is not known", file.path));
            continue;
        };
        page.told(format!("{}: {why}", file.path));
        page.table("[[github]]");
        page.pair("name", &name_of(name.rsplit_once('.').map_or(name, |(stem, _)| stem)));
        page.pair("repository", remote);
        page.pair("workflow", name);
        page.secret("token", "GITHUB_TOKEN");
    }
}

/// `owner/name` of the remote `origin`, where it is GitHub's.
fn remote(config: &str) -> Option<String> {
    let mut section = "";
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if section == "[remote \"origin\"]"
            && let Some(url) = line.strip_prefix("url").and_then(|rest| rest.trim_start().strip_prefix('='))
        {
            let (_, path) = url.trim().split_once("github.com")?;
            let path = path.trim_start_matches([':', '/']).trim_end_matches(".git");
            let mut parts = path.split('/');
            let (owner, name) = (parts.next()?, parts.next()?);
            let plain = |part: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            };
            return (plain(owner) && plain(name) && parts.next().is_none())
                .then(|| format!("{owner}/{name}"));
        }
    }
    None
}

fn stripe(found: &Found, page: &mut Page) {
    if found.has_variable("STRIPE_SECRET_KEY") {
        page.told("STRIPE_SECRET_KEY is a variable of this repository: Stripe's webhooks are watched");
        page.table("[stripe]");
        page.comment("A restricted key that may read events and webhook endpoints is enough, and safer.");
        page.secret("key", "STRIPE_SECRET_KEY");
    }
}

fn sentry(found: &Found, page: &mut Page) {
    let variables = found.variables();
    let value = |name: &str| {
        let found = variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty() && !value.contains(['<', '>', '$', ' ', '…']))
    };
    let organization = value("SENTRY_ORG").or_else(|| value("SENTRY_ORGANIZATION"));
    if let Some(organization) = organization {
        page.told(format!("SENTRY_ORG: the Sentry organization {organization}"));
        page.table("[sentry]");
        page.pair("organization", organization);
        if let Some(project) = value("SENTRY_PROJECT") {
            page.list("projects", &[project]);
        }
        page.secret("token", "SENTRY_AUTH_TOKEN");
    } else if variables.iter().any(|(name, _)| name.contains("SENTRY_")) {
        page.told("variables of Sentry are here, its organization is not");
        page.blank();
        page.comment(
            "This repository reports to Sentry. Say which organization, as in the address of its pages:",
        );
        for line in ["[sentry]", "organization = \"…\"", "token = { env = \"SENTRY_AUTH_TOKEN\" }"] {
            page.comment(line);
        }
    }
}

/// What a variable only says that there is.
fn named_only(found: &Found, page: &mut Page) {
    let rows: [(&str, &str, &[&str]); 5] = [
        (
            "REDIS_URL",
            "a Redis server",
            &["[[redis]]", "name = \"redis\"", "host = \"…\"", "password = { env = \"REDIS_PASSWORD\" }"],
        ),
        (
            "DATABASE_URL",
            "a database",
            &[
                "[[postgres]]",
                "name = \"database\"",
                "host = \"…\"",
                "database = \"…\"",
                "user = \"…\"",
                "password = { env = \"PGPASSWORD\" }",
            ],
        ),
        (
            "POSTHOG_API_KEY",
            "PostHog",
            &[
                "[[posthog]]",
                "name = \"requests\"",
                "project = 0",
                "token = { env = \"POSTHOG_PERSONAL_API_KEY\" }",
            ],
        ),
        ("PAGERDUTY_TOKEN", "PagerDuty", &["[pagerduty]", "token = { env = \"PAGERDUTY_TOKEN\" }"]),
        ("PAGERDUTY_API_KEY", "PagerDuty", &["[pagerduty]", "token = { env = \"PAGERDUTY_API_KEY\" }"]),
    ];
    for (variable, what, lines) in rows {
        if found.has_variable(variable) {
            page.told(format!("{variable}: {what}; fill in its table to watch it"));
            page.blank();
            page.comment(&format!("{} says that there is {what}:", quoted(variable)));
            for line in lines {
                page.comment(line);
            }
        }
    }
}
