//! What was typed at a prompt, told from what was answered.

use super::commands;

/// Whether a block shows what was typed at a prompt.
pub(super) fn is_session(block: &str) -> bool {
    block.lines().any(|line| prompt(line).or_else(|| root_prompt(line)).is_some())
}

/// A session at a prompt as a script: lines without a prompt are what was answered. As many lines as
/// before. `root` where `# ` may be a prompt too.
pub(super) fn unprompted(block: &str, root: bool) -> String {
    let typed = |line| prompt(line).or_else(|| if root { root_prompt(line) } else { None });
    let first = block.lines().find(|line| {
        !line.trim().is_empty() && (typed(line).is_some() || !line.trim_start().starts_with('#'))
    });
    if first.and_then(typed).is_none() {
        return block.to_owned();
    }
    let mut script = String::with_capacity(block.len());
    let mut going_on = false;
    for line in block.lines() {
        match typed(line) {
            Some(command) => {
                script.push_str(command);
                going_on = command.trim_end().ends_with('\\');
            }
            None if going_on => {
                let more = line.trim_start().strip_prefix("> ").unwrap_or(line);
                script.push_str(more);
                going_on = more.trim_end().ends_with('\\');
            }
            None if line.trim_start().starts_with('#') => script.push_str(line),
            None => {}
        }
        script.push('\n');
    }
    script
}

/// What stands behind `$ `, `% `, `ann@host:~$ ` or `sh-5.1# `.
fn prompt(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (_, command) = ["$ ", "% ", "# "].iter().find_map(|sign| {
        line.split_once(sign).filter(|(before, _)| {
            let host = before.contains('@') || before.starts_with("sh-") || before.starts_with("bash-");
            let plain = before.chars().all(|c| c.is_alphanumeric() || "@:~-_./[]".contains(c));
            (before.is_empty() && *sign != "# ") || (host && plain)
        })
    })?;
    Some(command.trim_start())
}

/// What stands behind `# `, if it is a command.
fn root_prompt(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("# ").filter(|command| commands::is_line(command))
}
