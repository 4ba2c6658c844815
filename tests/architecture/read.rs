//! What a source file names: every path it uses, and every place where it asks for something to run.
//! Comments, texts and what is compiled for tests only are left out. Judges nothing.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ExprStruct, ImplItem, Item, ItemMod, Macro, Path, UseTree};

/// What one file says.
#[derive(Debug, Default)]
pub struct Source {
    /// The paths it uses; those of this crate begin with `crate::`.
    pub paths: Vec<Named>,
    /// Lines where a `Fact::RunRequested` is made.
    pub requests: Vec<usize>,
    /// Lines of modules called `tests` that are compiled outside tests too.
    pub untested: Vec<usize>,
}

/// A path in its place.
#[derive(Debug)]
pub struct Named {
    /// As it is written, with `super` and `self` resolved: `crate::io::Io`.
    pub text: String,
    /// 1-based.
    pub line: usize,
}

/// Reads the file of the module `module`.
pub fn read(module: &[String], text: &str) -> syn::Result<Source> {
    let file = syn::parse_file(text)?;
    let mut reader = Reader { module: module.to_vec(), source: Source::default() };
    reader.visit_file(&file);
    Ok(reader.source)
}

struct Reader {
    module: Vec<String>,
    source: Source,
}

impl Reader {
    fn name(&mut self, parts: &[String], span: Span) {
        let depth = parts.iter().take_while(|part| matches!(part.as_str(), "self" | "super")).count();
        let up = parts[..depth].iter().filter(|part| *part == "super").count();
        let mut text = parts[depth..].join("::");
        if up > 0 {
            let base = &self.module[..self.module.len().saturating_sub(up)];
            let whole: Vec<&str> = base.iter().chain(&parts[depth..]).map(String::as_str).collect();
            // `pub(super)` and the like name a place and nothing in it.
            if whole.is_empty() {
                return;
            }
            text = format!("crate::{}", whole.join("::"));
        }
        self.source.paths.push(Named { text, line: span.start().line });
    }

    fn tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => self.leaf(before, name.ident.to_string(), name.ident.span()),
            UseTree::Rename(rename) => self.leaf(before, rename.ident.to_string(), rename.ident.span()),
            UseTree::Glob(glob) => self.leaf(before, "*".into(), glob.star_token.spans[0]),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }

    fn leaf(&mut self, before: &[String], name: String, span: Span) {
        let itself = name == "self" && !before.is_empty();
        let parts: Vec<String> = before.iter().cloned().chain((!itself).then_some(name)).collect();
        self.name(&parts, span);
    }

    /// The tokens of a macro are no syntax yet: what looks like a path is taken for one.
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is =
            |at: usize, c: char| matches!(trees.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == c);
        let mut at = 0;
        while at < trees.len() {
            match &trees[at] {
                TokenTree::Ident(first) => {
                    let mut parts = vec![first.to_string()];
                    while is(at + 1, ':') && is(at + 2, ':') {
                        let Some(TokenTree::Ident(next)) = trees.get(at + 3) else { break };
                        parts.push(next.to_string());
                        at += 3;
                    }
                    self.name(&parts, first.span());
                    let made = parts.last().is_some_and(|last| last == "RunRequested");
                    if let Some(TokenTree::Group(fields)) = trees.get(at + 1)
                        && made
                        && fields.delimiter() == Delimiter::Brace
                        && !is_pattern(fields.stream())
                    {
                        self.source.requests.push(first.span().start().line);
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }
}

/// Whether fields in braces end in `..`, which only a pattern does.
fn is_pattern(fields: TokenStream) -> bool {
    let marks: Vec<bool> = fields
        .into_iter()
        .map(|tree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == '.'))
        .collect();
    marks.ends_with(&[true, true])
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if for_tests(&function.attrs)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident == "tests" {
            self.source.untested.push(module.ident.span().start().line);
        }
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.name(&parts, first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_struct(&mut self, made: &'ast ExprStruct) {
        if let Some(last) = made.path.segments.last().filter(|last| last.ident == "RunRequested") {
            self.source.requests.push(last.ident.span().start().line);
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        visit::visit_path(self, &called.path);
        self.tokens(called.tokens.clone());
    }

    /// Attributes and documentation name nothing.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether something stands behind `#[cfg(test)]` or `#[cfg(all(test, …))]`.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let Ok(list) = attribute.meta.require_list() else { return false };
        let trees: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
        match &trees[..] {
            [TokenTree::Ident(word)] => word == "test",
            [TokenTree::Ident(word), TokenTree::Group(group)] if word == "all" => group
                .stream()
                .into_iter()
                .any(|tree| matches!(tree, TokenTree::Ident(word) if word == "test")),
            _ => false,
        }
    })
}
