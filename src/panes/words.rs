//! Rules in words.

use crate::domain::alert::Rule;
use crate::domain::time::brief;

/// When an alert fires, as an operator says it.
pub(super) fn rule(rule: &Rule) -> String {
    match rule {
        Rule::When(condition) => condition.text().to_owned(),
        Rule::Within { count, least, span, .. } => {
            format!("{} grows by {least} or more in {}", count.text(), brief(*span))
        }
        Rule::Surge { count, factor, span, baseline, least } => format!(
            "{} grows by {least} or more in {}, {factor} times as fast as in the {} before",
            count.text(),
            brief(*span),
            brief(*baseline)
        ),
    }
}
