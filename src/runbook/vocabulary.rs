//! The words that make phases: for matching, and for the documentation.

use crate::domain::runbook::PhaseKind;

use PhaseKind::{Comms, Contain, FollowUp, Prepare, Recover, Reference, Rollback, Triage, Verify};

/// Every word and phrase that is understood, in rows of one weight each.
///
/// The first row overrides, then [`DECIDING`] rows decide, [`SAYING`] say, and the rest hints. In lower case,
/// words parted by a space; a hyphen in a heading is a space here.
#[rustfmt::skip]
pub(super) static WORDS: [(PhaseKind, &[&str]); 26] = [
    // Override.
    (Prepare, &[
        "pre flight", "preflight", "pre deployment", "pre deploy", "predeployment", "predeploy",
        "pre launch", "prelaunch", "pre release", "pre migration", "pre maintenance", "pre upgrade",
        "pre rollout", "pre checks", "pre requisite", "pre requisites", "prerequisite", "prerequisites",
        "prereqs", "before you begin", "before you start", "before starting", "before deployment",
        "before deploying", "before the deployment", "before the release", "before the change",
        "before the migration",
    ]),
    // Decide.
    (Contain, &[
        "contain", "containing", "containment", "isolate", "isolating", "isolation", "mitigate",
        "mitigating", "mitigation", "mitigations", "stop the bleeding", "stop bleeding", "stabilize",
        "stabilise", "stabilization", "stabilisation", "quarantine", "immediate action",
        "immediate actions", "immediate response", "immediate steps", "immediate mitigation",
        "emergency stop", "emergency shutdown", "kill switch", "limit the damage", "limit the impact",
        "limit the blast radius", "damage control", "workaround", "workarounds", "maintenance mode",
    ]),
    (Triage, &[
        "triage", "triaging", "assess", "assessing", "assessment", "diagnose", "diagnosing", "diagnosis",
        "diagnostic", "diagnostics", "investigate", "investigating", "investigation", "investigations",
        "acknowledge", "acknowledgement", "acknowledgment", "troubleshoot", "troubleshooting", "debug",
        "debugging", "symptom", "symptoms", "alert triggers", "root cause", "root causes", "possible causes",
        "probable causes", "common causes", "likely causes", "what to check", "first things to check",
        "determine severity", "declare an incident", "declare the incident", "incident declaration",
        "detect", "detection", "identify", "identification", "initial response", "first response",
        "first five minutes", "first 5 minutes", "trigger conditions", "rollback triggers",
        "rollback criteria", "when to roll back", "impact assessment", "gather evidence",
        "collect evidence", "preserve evidence", "decision matrix", "decision tree", "decision criteria",
        "when to rollback", "when to use", "when to use this runbook", "alert details", "acknowledging",
        "incident detection",
    ]),
    (Comms, &[
        "notify", "notifying", "notification", "notifications", "communicate", "communicating",
        "communication", "communications", "comms", "status page", "statuspage", "status update",
        "status updates", "announce", "announcement", "announcements", "inform", "informing", "escalate",
        "escalating", "escalation", "escalations", "customer updates", "stakeholder updates",
        "internal updates", "who to notify", "tell people", "incident channel", "escalation path",
        "communication plan", "communications plan", "resolution message", "resolved message",
        "resolution update", "closing message", "incident channels",
    ]),
    (Recover, &[
        "recover", "recovering", "recovery", "remediate", "remediating", "remediation", "remediations",
        "resolve", "resolving", "resolution", "resolutions", "restore", "restoring", "restoration",
        "fix", "fixes", "fixing", "repair", "repairing", "eradicate", "eradication", "hotfix",
        "hotfixes", "failover", "fail over", "failing over", "failback", "disaster recovery",
        "return to service", "recovery steps",
    ]),
    (Rollback, &[
        "rollback", "rollbacks", "roll back", "rolling back", "rolled back", "revert", "reverting",
        "reversion", "backout", "back out", "backing out", "undo", "downgrade",
        "restore previous version", "restore the previous version", "previous version",
        "previous release",
    ]),
    (Verify, &[
        "verify", "verifying", "verification", "verifications", "validate", "validating", "validation",
        "validations", "smoke", "smoke test", "smoke tests", "smoke testing", "qa", "gate", "gates",
        "quality gate", "quality gates", "health check", "health checks", "healthcheck", "healthchecks",
        "sanity check", "sanity checks", "acceptance", "acceptance criteria", "success criteria",
        "exit criteria", "regression tests", "go no go",
    ]),
    (FollowUp, &[
        "follow up", "follow ups", "followup", "followups", "post deployment", "postdeployment",
        "post deploy", "post incident", "postincident", "post release", "post launch", "post migration",
        "post rollout", "post maintenance", "post upgrade", "post outage", "post event", "post recovery",
        "post rollback", "post mortem", "post mortems", "postmortem", "postmortems", "retrospective",
        "retrospectives", "retro", "lessons learned", "lessons learnt", "after action",
        "after the incident", "after an incident", "after the outage", "after deployment",
        "after the deployment", "after the release", "debrief", "incident review", "action items",
        "close the incident", "closing the incident", "incident closure", "close out", "closeout",
        "wrap up", "rca", "root cause analysis", "corrective actions", "post mortem template",
        "blameless review",
    ]),
    (Reference, &[
        "contact", "contacts", "contact list", "phone numbers", "who to contact", "who to call", "whom to call", "who to page", "escalation contacts",
        "slo", "slos", "sla", "slas", "sli", "slis", "slo targets", "service level objectives",
        "service level agreements", "service level indicators", "on call rotation", "on call rotations",
        "on call schedule", "on call roster", "rota", "glossary", "terminology", "definitions",
        "background", "overview", "introduction", "about this document", "about this runbook",
        "architecture", "system overview", "service overview", "references", "related documents",
        "related documentation", "related runbooks", "related links", "useful links", "further reading",
        "see also", "appendix", "revision history", "version history", "document history",
        "change history", "changelog", "change log", "table of contents", "severity levels",
        "severity level", "severity definitions", "severity classification", "severity matrix",
        "incident severity", "incident severities", "priority levels", "roles and responsibilities",
        "maintenance windows", "faq", "key metrics", "communication channels", "contact channels", "runbook maintenance", "document maintenance",
        "maintaining this runbook", "maintainers", "review cadence", "review frequency", "review schedule", "last reviewed", "environment matrix", "metrics dashboard",
        "further information", "more information", "additional information", "additional resources",
        "additional notes", "quick links", "document control", "meaning", "terms", "acronyms",
        "document information",
    ]),
    // Say.
    (Prepare, &[
        "checklist", "checklists", "prepare", "preparing", "preparation", "preparations", "readiness",
        "setup", "set up", "setting up", "backup", "backups", "before", "preparatory", "preconditions",
        "precondition", "required access", "required tools", "before you",
    ]),
    (Contain, &[
        "block", "throttle", "shed load", "load shedding", "circuit breaker",
    ]),
    (Triage, &[
        "determine", "analyze", "analyse", "analysis", "impact", "criteria", "conditions",
        "evidence", "declare", "ack", "severity assessment", "when to", "what happened", "understand",
        "understanding",
    ]),
    (Comms, &[
        "stakeholder communication", "war room", "broadcast", "messaging",
    ]),
    (Recover, &[
        "incident response", "incident handling", "incident management", "incident procedure",
        "incident procedures", "emergency response", "emergency procedure", "emergency procedures",
        "response", "responding", "mitigate and resolve", "resume", "reinstate",
    ]),
    (Rollback, &[
        "abort",
    ]),
    (Verify, &[
        "tests", "testing", "regression", "sanity", "confirmation", "canary", "post checks",
    ]),
    (FollowUp, &[
        "review", "reviews", "reviewing", "document", "documenting", "handover", "handoff", "hand over",
        "hand off", "cleanup", "clean up", "lessons", "prevention", "preventive", "prevent", "long term",
        "closure",
    ]),
    (Reference, &[
        "targets", "metrics", "matrix", "ownership", "owners", "roles", "responsibilities", "purpose",
        "scope", "audience", "links", "resources", "related", "toc", "contents", "context", "schedule",
        "vendors", "dependencies", "severity", "severities", "reference", "description", "info",
        "information", "metadata", "support contacts",
    ]),
    // Hint.
    (Prepare, &[
        "deploy", "deploying", "deployment", "deployments", "release", "releases", "releasing", "launch",
        "go live", "rollout", "cutover", "migrate", "migration", "migrations", "install", "installation",
        "configure", "configuration", "credentials", "secrets", "seed", "seeding", "import", "build",
        "provision", "provisioning", "onboarding", "upgrade", "upgrades", "maintenance", "routine",
        "scheduled", "daily", "weekly", "monthly", "quarterly", "access", "requirements", "deployed",
        "promote", "promotion", "key rotation", "rotate", "rotation",
    ]),
    (Triage, &[
        "alert", "alerts", "causes", "cause", "confirm the alert", "logs", "scenario",
    ]),
    (Comms, &[
        "stakeholders", "customers", "status", "slack", "pagerduty",
    ]),
    (Recover, &[
        "incident", "incidents", "emergency", "outage", "outages", "failure", "failures", "issue",
        "issues", "problem", "problems", "restart", "reboot", "degraded", "unavailable", "disaster",
        "down", "error", "errors", "crash", "corruption", "breach",
    ]),
    (Verify, &[
        "check", "checks", "checking", "test", "confirm", "monitor", "monitoring", "observability",
        "observe", "alerting", "health",
    ]),
    (FollowUp, &[
        "after", "next steps", "report", "reporting",
    ]),
    (Reference, &[
        "on call", "about", "summary", "documentation", "docs", "dashboard", "dashboards", "policy",
        "tools", "tooling", "environments", "owner", "notes on", "templates", "template", "examples",
        "example", "support", "quick reference", "cheat sheet",
    ]),
    (Contain, &[
        "shutdown", "shut down", "emergency maintenance mode",
    ]),
];

/// How many rows decide.
pub(super) const DECIDING: usize = 8;

/// How many rows say.
pub(super) const SAYING: usize = 9;

/// Every word and phrase that makes a phase, for the documentation: in lower case, words parted by
/// a space.
pub fn phase_words() -> &'static [(PhaseKind, &'static [&'static str])] {
    &WORDS
}
