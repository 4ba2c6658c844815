//! What a tool's own `--help` says: the words that begin its lines, and its flags. On the generous side: what might be
//! a command or a flag is taken for one, so that a page that is laid out unlike others makes nothing wrong.

use std::collections::BTreeSet;

/// More is not read.
const LONGEST: usize = 256 << 10;

/// A page of help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    words: BTreeSet<String>,
    flags: BTreeSet<String>,
}

impl Help {
    /// Reads a page. `None` where it is none: an error, or something without a usage.
    pub fn read(page: &str) -> Option<Self> {
        let page = crate::domain::text::head(page, LONGEST);
        let lower = page.to_ascii_lowercase();
        if !(lower.contains("usage") || lower.contains("options") || lower.contains("flags")) {
            return None;
        }
        let mut help = Self::default();
        for line in page.lines() {
            let trimmed = line.trim_start();
            let indented = trimmed.len() < line.len();
            // `m, machine   Manage …`, `ls | list   …`, `auth:   …`.
            for word in trimmed.split_whitespace().take(6).filter(|_| indented) {
                let bare = word.trim_end_matches([',', ':']);
                if !bare.starts_with(|c: char| c.is_ascii_lowercase()) && bare != "|" {
                    break;
                }
                help.words.insert(bare.to_owned());
            }
            let cut = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '?'));
            for part in line.split(cut) {
                if part.starts_with('-') && part.trim_start_matches('-').len() < part.len() {
                    help.flags.insert(part.trim_end_matches(['.', '?']).to_owned());
                    help.flags.insert(part.to_owned());
                }
            }
        }
        (!help.flags.is_empty()).then_some(help)
    }

    /// Whether a line of the page begins with `word`.
    pub(super) fn names(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Whether `flag` stands anywhere on the page.
    pub(super) fn has_flag(&self, flag: &str) -> bool {
        let negated = flag.strip_prefix("--no-").map(|name| format!("--{name}"));
        self.flags.contains(flag) || negated.is_some_and(|flag| self.flags.contains(&flag))
    }

    /// Whether it lists most of `commands`: only then is one that it does not list not there.
    pub(super) fn lists(&self, commands: &BTreeSet<String>) -> bool {
        let listed = commands.iter().filter(|command| self.names(command)).count();
        listed > 0 && listed * 2 >= commands.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_many_kinds_are_read() {
        let cobra = "Manage things\n\nUsage:\n  t machine [command]\n\nAvailable Commands:\n  stop        Stop one\n  \
                     list, ls    List\n\nFlags:\n  -a, --app string   App\n      --wait-timeout duration\n";
        let help = Help::read(cobra).unwrap();
        assert!(help.names("stop") && help.names("ls") && !help.names("rollback"));
        assert!(help.has_flag("-a") && help.has_flag("--wait-timeout") && !help.has_flag("--all"));
        let gh =
            Help::read("USAGE\n  gh <command>\n\nCORE COMMANDS\n  auth:   Log in\n\nFLAGS\n  --help   x\n")
                .unwrap();
        assert!(gh.names("auth") && gh.has_flag("--help"));
        let vercel = Help::read(
            "  vercel [options]\n  Commands:\n     ls | list  [app]  Lists\n  Options:\n    -S, --scope\n",
        );
        assert!(vercel.unwrap().names("list"));
        let kubectl =
            Help::read("Options:\n    -A, --all-namespaces=false:\n\tIf present\n\nUsage:\n  kubectl get\n")
                .unwrap();
        assert!(kubectl.has_flag("--all-namespaces") && kubectl.has_flag("-A"));
    }

    #[test]
    fn what_is_no_page_says_nothing() {
        for page in ["", "command not found", "error: no such thing\n", "usage of nothing"] {
            assert_eq!(Help::read(page), None, "{page:?}");
        }
    }
}
