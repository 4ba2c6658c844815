//! What became of lines: the least that was taken out and put in. Bounded in time and room.

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed<'a> {
    /// It was there and still is.
    Same(&'a str),
    /// It is no longer there.
    Gone(&'a str),
    /// It was not there before.
    New(&'a str),
}

/// Pairs of lines that are compared at most; past that the middle counts as replaced whole.
const MOST: usize = 4_000_000;

/// How `before` became `now`: every line of both, in order.
pub fn difference<'a>(before: &'a [String], now: &'a [String]) -> Vec<Changed<'a>> {
    let head = before.iter().zip(now).take_while(|(one, other)| one == other).count();
    let (old, new) = (&before[head..], &now[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, end) = old.split_at(old.len() - tail);
    let new = &new[..new.len() - tail];
    let same = |line: &'a String| Changed::Same(line.as_str());
    let mut all: Vec<Changed<'a>> = before[..head].iter().map(same).collect();
    middle(old, new, &mut all);
    all.extend(end.iter().map(same));
    all
}

/// The part that begins and ends with a change.
fn middle<'a>(old: &'a [String], new: &'a [String], all: &mut Vec<Changed<'a>>) {
    let wide = new.len() + 1;
    if (old.len() + 1).saturating_mul(wide) > MOST {
        all.extend(old.iter().map(|line| Changed::Gone(line)));
        all.extend(new.iter().map(|line| Changed::New(line)));
        return;
    }
    // How many lines the rests from each pair of lines on have in common.
    let mut common = vec![0_u32; (old.len() + 1) * wide];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            common[at * wide + to] = if old[at] == new[to] {
                common[(at + 1) * wide + to + 1] + 1
            } else {
                common[(at + 1) * wide + to].max(common[at * wide + to + 1])
            };
        }
    }
    let (mut at, mut to) = (0, 0);
    while at < old.len() || to < new.len() {
        if at < old.len() && to < new.len() && old[at] == new[to] {
            all.push(Changed::Same(&old[at]));
            (at, to) = (at + 1, to + 1);
        } else if to == new.len()
            || at < old.len() && common[(at + 1) * wide + to] >= common[at * wide + to + 1]
        {
            all.push(Changed::Gone(&old[at]));
            at += 1;
        } else {
            all.push(Changed::New(&new[to]));
            to += 1;
        }
    }
}

/// How alike two lists of lines are: 0 for nothing in common, 100 for the same.
pub fn likeness(one: &[String], other: &[String]) -> usize {
    let all = one.len() + other.len();
    let same = difference(one, other).iter().filter(|line| matches!(line, Changed::Same(_))).count();
    (same * 200).checked_div(all).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    fn shown(before: &str, now: &str) -> String {
        let (before, now) = (lines(before), lines(now));
        difference(&before, &now)
            .iter()
            .map(|line| match line {
                Changed::Same(line) => format!(" {line}"),
                Changed::Gone(line) => format!("-{line}"),
                Changed::New(line) => format!("+{line}"),
            })
            .collect()
    }

    #[test]
    fn what_stays_is_told_from_what_goes_and_comes() {
        assert_eq!(shown("abc", "abc"), " a b c");
        assert_eq!(shown("abc", "axc"), " a-b+x c");
        assert_eq!(shown("", "ab"), "+a+b");
        assert_eq!(shown("ab", ""), "-a-b");
        assert_eq!(shown("abcd", "bd"), "-a b-c d");
        assert_eq!(likeness(&lines("abcd"), &lines("abxd")), 75);
        assert_eq!(likeness(&[], &[]), 100);
    }

    #[test]
    fn a_very_long_difference_is_still_whole() {
        let before: Vec<String> = (0..3000).map(|line| format!("old {line}")).collect();
        let now: Vec<String> = (0..3000).map(|line| format!("new {line}")).collect();
        assert_eq!(difference(&before, &now).len(), 6000);
    }

    proptest! {
        #[test]
        fn both_sides_can_be_read_off_it(before in "[abc]{0,12}", now in "[abc]{0,12}") {
            let (old, new) = (lines(&before), lines(&now));
            let (mut left, mut right) = (String::new(), String::new());
            for line in difference(&old, &new) {
                match line {
                    Changed::Same(line) => { left.push_str(line); right.push_str(line); }
                    Changed::Gone(line) => left.push_str(line),
                    Changed::New(line) => right.push_str(line),
                }
            }
            prop_assert_eq!(left, before);
            prop_assert_eq!(right, now);
        }
    }
}
