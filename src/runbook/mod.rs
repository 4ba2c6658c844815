//! Markdown to runbooks: phases, steps, commands, placeholders. Pure.
