//! The runbook pane: phases and steps as the team wrote them, the step under the cursor in full.

use crate::domain::command::{Command, Place};
use crate::domain::gates::sequence;
use crate::domain::ids::RunId;
use crate::domain::looked::Block;
use crate::domain::phased::Whole;
use crate::domain::role::Role;
use crate::domain::runbook::{Marker, Phase, PhaseKind, Runbook, Step, StepRef, StepState};
use crate::domain::step_rules::Need;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, stopwatch};
use crate::state::{Focus, Gates, Mark, Model, timer};

use super::shape::{Area, Item, Line, List, MARKER, Pane, Shape, Span, span, strong};
use super::{Target, findings, window, wrap};

/// Stands before a step whose run was taken back.
const UNDONE: &str = "↶";

/// Stands before a step that failed and whose failure was answered. It is no tick.
const RECOVERED: &str = "↺";

/// A line of the list: a phase's heading, or a step.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Heading(&'a Phase),
    Step(&'a Phase, &'a Step),
    /// What was marked or run and is gone from the file: its words, and how it stands if it was marked.
    Gone(&'a str, Option<&'a Mark>),
}

fn current(model: &Model) -> Option<&Runbook> {
    let chosen = model.ui.step.as_ref().and_then(|step| model.plan.runbook(&step.runbook));
    chosen.or_else(|| model.plan.runbooks.first())
}

fn entries(runbook: &Runbook) -> Vec<Entry<'_>> {
    let of = |phase| {
        std::iter::once(Entry::Heading(phase))
            .chain(phase.steps.iter().map(move |step| Entry::Step(phase, step)))
    };
    runbook.phases.iter().filter(|phase| !phase.steps.is_empty()).flat_map(of).collect()
}

/// Steps that were marked or run in this incident and that an edit has taken out of the file.
fn gone<'a>(model: &'a Model, runbook: &Runbook) -> Vec<Entry<'a>> {
    let incident = model.watch.incident().map(|incident| &incident.id);
    let is_gone = |step: &StepRef| step.runbook == runbook.id && model.plan.step(step).is_none();
    let marked: Vec<(&StepRef, &Mark)> = model
        .watch
        .steps
        .iter()
        .filter(|((during, step), mark)| {
            during.as_ref() == incident && mark.state != StepState::Open && is_gone(step)
        })
        .map(|((_, step), mark)| (step, mark))
        .collect();
    let since = model.watch.incident().map(|incident| incident.declared);
    let ran = model.watch.runs.iter().filter(|run| since.is_none_or(|since| run.requested >= since));
    let mut only_run: Vec<(&StepRef, &str)> = Vec::new();
    for run in ran {
        let Some(step) = run.step.as_ref().filter(|step| is_gone(step)) else { continue };
        let known = marked.iter().any(|(other, _)| *other == step)
            || only_run.iter().any(|(other, _)| *other == step);
        if !known {
            only_run.push((step, run.title.as_str()));
        }
    }
    let marked = marked.into_iter().map(|(_, mark)| Entry::Gone(mark.text.as_str(), Some(mark)));
    marked.chain(only_run.into_iter().map(|(_, title)| Entry::Gone(title, None))).collect()
}

fn at(model: &Model, entries: &[Entry<'_>]) -> Option<usize> {
    let selected = &model.ui.step.as_ref()?.step;
    entries.iter().position(|entry| matches!(entry, Entry::Step(_, step) if step.id == *selected))
}

/// How a step stands in the current incident.
pub fn state_of<'a>(model: &'a Model, runbook: &Runbook, step: &Step) -> Option<&'a crate::state::Mark> {
    model.watch.mark(&StepRef { runbook: runbook.id.clone(), step: step.id.clone() })
}

/// The run that took back what `step` did in the current incident, if it was taken back.
pub fn undone_by<'a>(model: &'a Model, runbook: &Runbook, step: &Step) -> Option<&'a RunId> {
    if model.watch.undone_steps.is_empty() {
        return None;
    }
    model.watch.step_undone(&StepRef { runbook: runbook.id.clone(), step: step.id.clone() })
}

/// How far `phase` is: `3/5`, and what was left out or did not work. Neither counts as done.
pub fn progress(model: &Model, runbook: &Runbook, phase: &Phase) -> Vec<Span> {
    let (mut done, mut skipped, mut failed, mut undone) = (0, 0, 0, 0);
    let (mut recovered, mut optional) = (0, 0);
    for step in &phase.steps {
        if undone_by(model, runbook, step).is_some() {
            undone += 1;
            continue;
        }
        let mark = state_of(model, runbook, step);
        match mark.map_or(&StepState::Open, |mark| &mark.state) {
            StepState::Open => optional += usize::from(step.need() == Need::Advisory),
            StepState::Failed { .. } if mark.is_some_and(|mark| mark.recovered.is_some()) => recovered += 1,
            StepState::Done | StepState::NotApplicable => done += 1,
            StepState::Skipped { .. } => skipped += 1,
            StepState::Failed { .. } => failed += 1,
        }
    }
    let all = phase.steps.len();
    let mut spans =
        vec![span(format!("{done}/{all}"), if done + optional == all { Role::Ok } else { Role::Dim })];
    let besides = [
        (skipped, "skipped", Role::Warning),
        (undone, "undone", Role::Warning),
        (recovered, "recovered", Role::Warning),
        (failed, "failed", Role::Danger),
        (optional, "optional open", Role::Dim),
    ];
    for (count, word, role) in besides {
        if count > 0 {
            spans.push(span(format!(" · {count} {word}"), role));
        }
    }
    spans
}

/// How many steps of `phase` that have to be done are open.
pub fn required_open(model: &Model, runbook: &Runbook, phase: &Phase) -> usize {
    let open = |step: &&Step| {
        let state = state_of(model, runbook, step).map_or(&StepState::Open, |mark| &mark.state);
        *state == StepState::Open && step.need() == Need::Required
    };
    phase.steps.iter().filter(open).count()
}

/// What has to be done and is still open in the runbooks that this incident walked: a line a phase.
pub fn still_required(model: &Model) -> Vec<String> {
    let mut lines = Vec::new();
    for runbook in &model.plan.runbooks {
        let steps = || runbook.phases.iter().flat_map(|phase| &phase.steps);
        if !steps().any(|step| state_of(model, runbook, step).is_some()) {
            continue;
        }
        for phase in &runbook.phases {
            let open = required_open(model, runbook, phase);
            if open > 0 && phase.kind != PhaseKind::Reference {
                lines.push(format!("  {open} of {} in {}", phase.steps.len(), phase.title));
            }
        }
    }
    lines
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area) -> Pane {
    let inner = area.inner();
    let focused = model.ui.focus == Focus::Runbook;
    let border = super::border(model, now, focused);
    let Some(runbook) = current(model) else {
        let text = "No runbook is configured: name Markdown files in [console] runbooks";
        let lines = wrap(text, usize::from(inner.width))
            .into_iter()
            .map(|line| Line::new(vec![span(line, Role::Dim)]));
        let title = Line::new(vec![strong("Runbook", Role::Title)]);
        return Pane { name: "runbook", area, title, border, shape: Shape::Text(lines.collect()) };
    };
    let mut entries = entries(runbook);
    entries.extend(gone(model, runbook));
    let at = at(model, &entries);
    let phase = at.and_then(|at| match entries[at] {
        Entry::Heading(phase) | Entry::Step(phase, _) => Some(phase),
        Entry::Gone(..) => None,
    });
    // The list keeps a column for the cursor.
    let width = usize::from(inner.width.saturating_sub(MARKER));
    let strip = strip(runbook, phase, width);
    let rows = usize::from(inner.height).saturating_sub(1);
    let chosen = at.map(|at| (at, item(model, now, runbook, entries[at], width, true, focused, rows)));
    let extra = chosen.as_ref().map_or(0, |(_, item)| item.lines.len() - 1);
    let (first, count) = window(entries.len(), at.unwrap_or(0), rows.saturating_sub(extra));
    let mut items = vec![Item { lines: vec![strip], selected: false }];
    for (line, entry) in entries[first..first + count].iter().enumerate() {
        items.push(match &chosen {
            Some((at, item)) if *at == first + line => item.clone(),
            _ => item(model, now, runbook, *entry, width, false, focused, 1),
        });
    }
    let title = title(model, now, runbook, phase, usize::from(inner.width));
    let list = List { items, above: first, below: entries.len() - first - count };
    Pane { name: "runbook", area, title, border, shape: Shape::List(list) }
}

fn title(model: &Model, now: Timestamp, runbook: &Runbook, phase: Option<&Phase>, width: usize) -> Line {
    if let Some(gates) = model.watch.going() {
        return going(model, now, gates);
    }
    let mut left = Vec::new();
    if let Some(phase) = phase {
        left.push(span("  ", Role::Dim));
        left.extend(progress(model, runbook, phase));
        if let Some(whole) = planned(model, now, runbook, phase) {
            let role = if whole.is_over() { Role::Warning } else { Role::Dim };
            left.push(span(format!("  {}", whole.words()), role));
        }
    }
    if model.plan.runbooks.len() > 1 {
        let at = model.plan.runbooks.iter().position(|known| known.id == runbook.id).unwrap_or(0);
        left.push(span(format!("  ({} of {})", at + 1, model.plan.runbooks.len()), Role::Dim));
    }
    // How it goes says more than the end of a long title.
    let used: usize = left.iter().map(|span| crate::domain::text::width(&span.text)).sum();
    let name = clip(&runbook.title, width.saturating_sub(used + 2).max(4)).into_owned();
    left.insert(0, strong(name, Role::Title));
    Line::new(left)
}

/// How the plan goes that `phase` belongs to.
fn planned(model: &Model, now: Timestamp, runbook: &Runbook, phase: &Phase) -> Option<Whole> {
    let plans = timer::plans(runbook);
    let plan = plans.iter().find(|plan| plan.holds(phase))?;
    timer::whole(model, now, runbook, plan)
}

/// How far a sequence is: `gates 3/5 · test:e2e 00:41`.
fn going(model: &Model, now: Timestamp, gates: &Gates) -> Line {
    let (done, total) = (model.watch.passed(gates), gates.commands.len());
    let mut left = vec![strong("gates ", Role::Title), strong(format!("{done}/{total}"), Role::Accent)];
    let out = model.watch.runs.iter().rev().filter(|run| run.is_open());
    let out = out.filter_map(|run| Some((run, run.step.as_ref()?, run.command.as_ref()?)));
    if let Some((run, ..)) = out.into_iter().find(|(_, step, command)| gates.holds(step, command)) {
        let words = ["npm run ", "pnpm run ", "yarn run ", "bun run "];
        let short = words.iter().find_map(|words| run.title.strip_prefix(words)).unwrap_or(&run.title);
        let text = format!(" · {} {}", clip(short, 24), stopwatch(now.since(run.requested)));
        left.push(span(text, Role::Accent));
    }
    Line::new(left)
}

/// The kinds of phase there are, in the order of the file, the current one in capitals.
fn strip(runbook: &Runbook, here: Option<&Phase>, width: usize) -> Line {
    let mut kinds: Vec<PhaseKind> = Vec::new();
    for phase in runbook.phases.iter().filter(|phase| !phase.steps.is_empty()) {
        if !kinds.contains(&phase.kind) {
            kinds.push(phase.kind);
        }
    }
    let current = here.map(|phase| phase.kind);
    let mut spans: Vec<Span> = Vec::new();
    let mut used = 0;
    // Where not all fit, the current one is among those that do.
    let skip = kinds.iter().position(|kind| Some(*kind) == current).map_or(0, |at| at.saturating_sub(3));
    for (at, kind) in kinds.iter().enumerate().skip(if width < 60 { skip } else { 0 }) {
        let is_here = Some(*kind) == current;
        let word = if is_here { kind.word().to_uppercase() } else { kind.word().to_owned() };
        let text = format!("{} {word}  ", at + 1);
        used += text.chars().count();
        if used > width && !is_here {
            break;
        }
        spans.push(if is_here { strong(text, Role::Accent) } else { span(text, Role::Dim) });
    }
    Line::new(spans)
}

#[expect(clippy::too_many_arguments, reason = "all of it decides what a line is")]
fn item(
    model: &Model,
    now: Timestamp,
    runbook: &Runbook,
    entry: Entry<'_>,
    width: usize,
    chosen: bool,
    focused: bool,
    rows: usize,
) -> Item {
    match entry {
        Entry::Heading(phase) => {
            let mut line = Line::new(vec![strong(phase.title.clone(), Role::Title)]);
            line.right = progress(model, runbook, phase);
            if let Some(spent) = timer::phase_spent(model, now, runbook, phase) {
                line.right.insert(0, super::dialog::said::spent(&spent, ""));
                line.right.insert(1, span(" · ", Role::Dim));
            }
            Item { lines: vec![line], selected: false }
        }
        Entry::Gone(text, mark) => {
            let open = StepState::Open;
            let state = mark.map_or(&open, |mark| &mark.state);
            let glyph = mark.map_or("$", |mark| mark.state.glyph());
            let mut line = Line::new(vec![
                span(format!("{glyph} "), role_of(state)),
                span("no longer in the runbook: ", Role::Warning),
                span(text, Role::Dim),
            ]);
            line.right = mark.map(by).into_iter().collect();
            Item { lines: vec![line], selected: false }
        }
        Entry::Step(_, step) => {
            let mark = state_of(model, runbook, step);
            let open = StepState::Open;
            let state = mark.map_or(&open, |mark| &mark.state);
            let undone = undone_by(model, runbook, step);
            let (glyph, role) = match undone {
                Some(_) => (UNDONE, Role::Warning),
                None if mark.is_some_and(|mark| mark.recovered.is_some()) => (RECOVERED, Role::Warning),
                None => (state.glyph(), role_of(state)),
            };
            let indent = "  ".repeat(step.depth.min(4));
            let number = match step.marker {
                Marker::Number(number) => format!("{number}. "),
                Marker::Bullet | Marker::Task(_) | Marker::None => String::new(),
            };
            let head = format!("{indent}{glyph} ");
            let text_role = if *state == StepState::Open { Role::Text } else { Role::Dim };
            let here = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
            let wrong = findings::error_of(model, &here).filter(|_| *state == StepState::Open);
            let mut right = match undone {
                Some(run) => vec![span(format!("undone by {run}"), Role::Warning)],
                None => match mark.and_then(|mark| mark.recovered.as_ref()) {
                    Some(run) => vec![span(format!("failed, recovered by {run}"), Role::Warning)],
                    None => waiting(model, runbook, step).unwrap_or_else(|| right(model, step, mark)),
                },
            };
            if wrong.is_some() {
                right.insert(0, strong("✖ lint ", Role::Danger));
            }
            let right_width: usize =
                right.iter().map(|span| crate::domain::text::width(&span.text) + 1).sum();
            let room = width.saturating_sub(head.chars().count() + right_width + 1);
            let optional = if step.need() == Need::Advisory { "(optional) " } else { "" };
            let text = format!("{number}{optional}{}", step.text);
            let wrapped = if chosen { wrap(&text, room.max(8)) } else { vec![text] };
            let mut lines = Vec::new();
            for (at, part) in wrapped.into_iter().enumerate() {
                let lead = if at == 0 { head.clone() } else { " ".repeat(head.chars().count()) };
                let mut line = Line::new(vec![span(lead, role), span(part, text_role)]);
                if at == 0 {
                    line.right.clone_from(&right);
                }
                lines.push(line);
            }
            if chosen {
                if let Some(wrong) = wrong {
                    let pad = " ".repeat(indent.len() + 2);
                    let key = model.plan.chord(Place::Runbook, &Command::Findings).filter(|_| focused);
                    let text = format!("{pad}✖ {}", wrong.diagnostic.message);
                    let mut line = Line::new(vec![span(text, Role::Danger)]);
                    line.right = key.map(|key| strong(key.to_owned(), Role::Key)).into_iter().collect();
                    lines.push(line);
                }
                let room = width.saturating_sub(indent.len() + 2).max(8);
                lines.extend(live(model, now, step, room).into_iter().map(|mut line| {
                    line.left.insert(0, span(" ".repeat(indent.len() + 2), Role::Dim));
                    line
                }));
                for text in super::live::replied(model, &here).iter().flat_map(|line| wrap(line, room)) {
                    let pad = " ".repeat(indent.len() + 2);
                    lines.push(Line::new(vec![span(format!("{pad}{text}"), Role::Accent)]));
                }
                lines.extend(approval(model, runbook, step, indent.len() + 2));
                lines.extend(under(model, runbook, step, state, indent.len() + 2, focused));
                lines.extend(super::dialog::said::brief(model, now, runbook, step, indent.len() + 2));
                lines.extend(in_order(model, runbook, step, indent.len() + 2, focused));
                lines.truncate(rows.max(1));
            }
            Item { lines, selected: chosen && focused }
        }
    }
}

/// What the signal that a step is bound to shows, in so many columns.
fn live(model: &Model, now: Timestamp, step: &Step, room: usize) -> Vec<Line> {
    let Some(live) = super::live::of(model, now, step) else { return Vec::new() };
    let lines = wrap(&live.line(now), room).into_iter();
    lines.map(|line| Line::new(vec![span(line, live.line_role())])).collect()
}

/// Whose approval an open step waits for.
fn waiting(model: &Model, runbook: &Runbook, step: &Step) -> Option<Vec<Span>> {
    let role = runbook.approver(step)?;
    let of = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
    let open = state_of(model, runbook, step).is_none_or(|mark| mark.state == StepState::Open);
    let waits = open && model.watch.approval(&of).is_none();
    waits.then(|| vec![span(format!("approval: {}", crate::domain::text::clip(role, 24)), Role::Warning)])
}

/// Who approved a step, or whose approval is missing and which key gives it.
fn approval(model: &Model, runbook: &Runbook, step: &Step, indent: usize) -> Option<Line> {
    let pad = " ".repeat(indent);
    let role = runbook.approver(step)?;
    let of = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
    Some(Line::new(match model.watch.approval(&of) {
        Some(given) => {
            let text = format!("{pad}approved by {} for {role} {}", given.name, given.at.clock_minutes());
            vec![span(text, Role::Ok)]
        }
        None => vec![
            span(format!("{pad}needs the approval of {role}  "), Role::Warning),
            strong(model.plan.chord(Place::Runbook, &Command::Approve).unwrap_or("-").to_owned(), Role::Key),
        ],
    }))
}

/// What can be run from a step, and what was said when it was marked.
fn under(
    model: &Model,
    runbook: &Runbook,
    step: &Step,
    state: &StepState,
    indent: usize,
    focused: bool,
) -> Vec<Line> {
    let pad = " ".repeat(indent);
    let mut lines = Vec::new();
    if let StepState::Failed { reason } | StepState::Skipped { reason } = state
        && !reason.is_empty()
    {
        lines.push(Line::new(vec![span(format!("{pad}{}: {reason}", state.word()), role_of(state))]));
    }
    let at = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
    if let Some(why) = model.watch.mark(&at).and_then(|mark| mark.why.as_ref()) {
        lines.push(Line::new(vec![span(format!("{pad}{}: {why}", state.word()), role_of(state))]));
    }
    let run = model.plan.chord(Place::Runbook, &Command::RunStep).filter(|_| focused).unwrap_or_default();
    for action in model.plan.actions_for(step) {
        let key = model.plan.chord(Place::Console, &Command::Action(action.id.clone())).unwrap_or(run);
        lines.push(Line::new(vec![
            span(format!("{pad}▶ "), action.risk.role()),
            span(action.id.as_str(), Role::Code),
            span("  ", Role::Dim),
            strong(key.to_owned(), Role::Key),
        ]));
    }
    for channel in model.plan.channels_of(&at) {
        lines.push(Line::new(vec![
            span(format!("{pad}✉ post to {}  ", channel.id), channel.audience.role()),
            strong(run.to_owned(), Role::Key),
        ]));
    }
    for command in &step.commands {
        let mut spans = vec![span(format!("{pad}$ "), Role::Dim)];
        spans.push(span(
            crate::domain::text::clean(command.text.lines().next().unwrap_or_default()),
            Role::Code,
        ));
        if command.text.lines().count() > 1 {
            spans.push(span(" …", Role::Dim));
        }
        if !command.placeholders.is_empty() {
            spans.push(span(format!("  {} to fill in", command.placeholders.len()), Role::Warning));
        }
        if !model.looked.holds(&runbook.id, &Block::of(step, command).hash) {
            spans.push(span("  not looked at", Role::Warning));
            if let Some(key) = model.plan.chord(Place::Runbook, &Command::Look).filter(|_| focused) {
                spans.push(strong(format!(" {key}"), Role::Key));
            }
        }
        lines.push(Line::new(spans));
    }
    lines
}

/// The sequence that a step stands in, and the key that shows it.
fn in_order(model: &Model, runbook: &Runbook, step: &Step, indent: usize, focused: bool) -> Option<Line> {
    let key = model.plan.chord(Place::Runbook, &Command::RunSequence).filter(|_| focused)?;
    let links = sequence(runbook, &step.id);
    let commands = links.iter().filter(|link| link.command.is_some()).count();
    let pad = " ".repeat(indent);
    (commands > 0).then(|| {
        Line::new(vec![
            span(format!("{pad}{commands} commands in order  "), Role::Dim),
            strong(key.to_owned(), Role::Key),
        ])
    })
}

/// Who marked a step and when; for an open one the key that runs what it says.
fn right(model: &Model, step: &Step, mark: Option<&crate::state::Mark>) -> Vec<Span> {
    if let Some(mark) = mark.filter(|mark| mark.state != StepState::Open) {
        return vec![by(mark)];
    }
    let action = model.plan.actions_for(step).next();
    let key = action.and_then(|action| model.plan.chord(Place::Console, &Command::Action(action.id.clone())));
    match key {
        Some(key) => vec![strong(key.to_owned(), Role::Key), span(" action", Role::Dim)],
        None if !step.commands.is_empty() => vec![span("$", Role::Code)],
        None => Vec::new(),
    }
}

/// Who marked a step, and when.
fn by(mark: &Mark) -> Span {
    span(format!("{} {}", mark.at.clock_minutes(), mark.by), Role::Dim)
}

/// What a step's state means on screen.
pub fn role_of(state: &StepState) -> Role {
    match state {
        StepState::Open => Role::Text,
        StepState::Done => Role::Ok,
        StepState::Failed { .. } => Role::Danger,
        StepState::Skipped { .. } => Role::Warning,
        StepState::NotApplicable => Role::Dim,
    }
}

/// What stands at a row of the pane.
pub fn target(model: &Model, now: Timestamp, area: Area, y: u16) -> Option<Target> {
    let mut row = usize::from(y.checked_sub(area.inner().y + 1)?);
    let runbook = current(model)?;
    let entries = entries(runbook);
    let Shape::List(list) = project(model, now, area).shape else { return None };
    for (line, item) in list.items.iter().skip(1).enumerate() {
        if row < item.lines.len() {
            return match entries.get(list.above + line)? {
                Entry::Heading(phase) => phase.steps.first(),
                Entry::Step(_, step) => Some(*step),
                Entry::Gone(..) => None,
            }
            .map(|step| Target::Step(StepRef { runbook: runbook.id.clone(), step: step.id.clone() }));
        }
        row -= item.lines.len();
    }
    None
}
