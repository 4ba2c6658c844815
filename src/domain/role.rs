//! What a piece of text means on screen. A theme gives each role a style; nothing else names a colour.

use serde::{Deserialize, Serialize};

/// The meaning of a piece of text or of a border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Ordinary text.
    #[default]
    Text,
    /// Text of less weight: ages, hints, what is stale.
    Dim,
    /// A heading or a pane's title.
    Title,
    /// A name the eye should find: the console's, an incident's, a value in focus.
    Accent,
    /// Healthy, done, observed.
    Ok,
    /// Degraded, soft, late, due soon.
    Warning,
    /// Down, failed, overdue, not in effect.
    Danger,
    /// Could not be measured.
    Blind,
    /// A key to press.
    Key,
    /// Code: a command, a code span, a request.
    Code,
    /// The line under the cursor.
    Selected,
    /// A pane's border.
    Border,
    /// The focused pane's border.
    Focus,
    /// The status bar while nothing that changes the world can run.
    Locked,
    /// The status bar and borders while changes can run.
    Armed,
    /// The status bar's ground.
    Bar,
    /// Text the operator types.
    Input,
}

impl Role {
    /// Every role, in the order themes list them.
    pub const ALL: [Role; 17] = [
        Role::Text,
        Role::Dim,
        Role::Title,
        Role::Accent,
        Role::Ok,
        Role::Warning,
        Role::Danger,
        Role::Blind,
        Role::Key,
        Role::Code,
        Role::Selected,
        Role::Border,
        Role::Focus,
        Role::Locked,
        Role::Armed,
        Role::Bar,
        Role::Input,
    ];

    /// The name themes use.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Text => "text",
            Role::Dim => "dim",
            Role::Title => "title",
            Role::Accent => "accent",
            Role::Ok => "ok",
            Role::Warning => "warning",
            Role::Danger => "danger",
            Role::Blind => "blind",
            Role::Key => "key",
            Role::Code => "code",
            Role::Selected => "selected",
            Role::Border => "border",
            Role::Focus => "focus",
            Role::Locked => "locked",
            Role::Armed => "armed",
            Role::Bar => "bar",
            Role::Input => "input",
        }
    }
}
