//! The modules of the program, and what each of them names, as far as its text tells.
//!
//! Paths are resolved as the compiler does, by `use`, `crate`, `self`, `super` and the modules that are there; a
//! re-export counts as what it stands for. What only tests name does not count.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, FnArg, Item, Signature, Type, UseTree, visit::Visit};

/// A module, beginning with its crate: `["k8bit", "view", "query"]`. Of an external crate, its name and whatever follows.
pub(crate) type Path = Vec<String>;

/// The crates of the program: the folder of each, and its name.
pub(crate) const CRATES: [(&str, &str); 4] = [
    ("src/", "k8bit"),
    ("informer/src/", "k8bit_informer"),
    ("kubectl-k8bit/src/", "kubectl_k8bit"),
    ("deploy/src/", "k8bit_deploy"),
];

#[derive(Default)]
pub(crate) struct Module {
    /// How many modules in the text are around what is read.
    depth: usize,
    /// By their names here: what each stands for, as it is written.
    imports: BTreeMap<String, Path>,
    /// Every path of more than one name, as it is written, and every import.
    named: BTreeSet<Path>,
    /// The types of mutable references that functions take, by the function.
    mutable: Vec<(String, Path)>,
    /// The names of the types that are declared here, those inside of functions among them.
    types: Vec<String>,
}

/// Modules by their paths.
pub(crate) struct Program {
    modules: BTreeMap<Path, Module>,
}

impl Program {
    /// Of the text of every file, by its path from the root of the repository.
    pub(crate) fn new(files: &BTreeMap<String, String>) -> Self {
        let modules = files.iter().filter_map(|(file, text)| {
            let (folder, name) = CRATES.iter().find(|(folder, _)| file.starts_with(folder))?;
            let file = file.strip_prefix(folder)?.strip_suffix(".rs")?;
            let mut path = vec![(*name).to_owned()];
            if !matches!(file, "lib" | "main") || name == &"k8bit" && file == "main" {
                path.extend(file.split('/').map(str::to_owned));
            }
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut module = Module::default();
            module.visit_file(&file);
            Some((path, module))
        });
        Self {
            modules: modules.collect(),
        }
    }

    /// The module that holds what `written` names in `module`, or a path of another crate.
    fn resolve(&self, module: &Path, written: &[String]) -> Path {
        let (first, rest) = written.split_first().expect("a path has a name");
        let parent = |path: &Path| path[..path.len() - 1].to_vec();
        let begin = match first.as_str() {
            "crate" => vec![module[0].clone()],
            "self" => module.clone(),
            "super" => parent(module),
            name => match self.modules.get(module).and_then(|it| it.imports.get(name)) {
                // What an import of itself stands for is another crate: `use web_sys;`.
                Some(import) if import[0] != *first => {
                    return self.walk(self.resolve(module, import), import.last(), rest);
                }
                _ if self.modules.contains_key(&joined(module, name)) => joined(module, name),
                _ => vec![name.to_owned()],
            },
        };
        let up = rest.iter().take_while(|name| *name == "super").count();
        let begin = begin[..begin.len() - up].to_vec();
        self.walk(begin, None, &rest[up..])
    }

    /// From `at`, by `rest`, to the last module. `item` is what `at` holds of it already, where that is no module.
    fn walk(&self, mut at: Path, item: Option<&String>, rest: &[String]) -> Path {
        if !CRATES.iter().any(|(_, name)| at[0] == *name) {
            at.extend(rest.iter().cloned());
            return at;
        }
        if item.is_some_and(|item| at.last() != Some(item)) {
            return at;
        }
        for (index, name) in rest.iter().enumerate() {
            let child = joined(&at, name);
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            return match self.modules.get(&at).and_then(|module| module.imports.get(name)) {
                // A re-export.
                Some(import) => self.walk(self.resolve(&at, import), import.last(), &rest[index + 1..]),
                None => at,
            };
        }
        at
    }

    /// What each module names: modules of the program, and paths of other crates.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = (&Path, Path)> {
        self.modules.iter().flat_map(move |(path, module)| {
            let named = module.named.iter().map(move |written| self.resolve(path, written));
            named
                .filter(move |target| target != path)
                .map(move |target| (path, target))
        })
    }

    /// The names of types, each with the module that declares it.
    pub(crate) fn types(&self) -> impl Iterator<Item = (&str, &Path)> {
        let modules = self.modules.iter();
        modules.flat_map(|(path, module)| module.types.iter().map(move |name| (name.as_str(), path)))
    }

    /// Functions that take a mutable reference: the module, the function, and the module of the type.
    pub(crate) fn mutable(&self) -> impl Iterator<Item = (&Path, &str, Path)> {
        self.modules.iter().flat_map(move |(path, module)| {
            let all = module.mutable.iter();
            all.map(move |(function, written)| (path, function.as_str(), self.resolve(path, written)))
        })
    }
}

fn joined(module: &Path, name: &str) -> Path {
    [&module[..], &[name.to_owned()]].concat()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string().contains("test") && !list.tokens.to_string().contains("not"))
    })
}

fn names(path: &syn::Path) -> Path {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

impl Module {
    fn import(&mut self, tree: &UseTree, before: &Path) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &joined(before, &path.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.import(item, before)),
            UseTree::Glob(_) => self.name(before.clone()),
            UseTree::Name(name) if name.ident == "self" => self.bind(before.last().cloned(), before.clone()),
            UseTree::Name(name) => self.bind(Some(name.ident.to_string()), joined(before, &name.ident.to_string())),
            UseTree::Rename(name) if name.ident == "self" => self.bind(Some(name.rename.to_string()), before.clone()),
            UseTree::Rename(name) => {
                self.bind(Some(name.rename.to_string()), joined(before, &name.ident.to_string()));
            }
        }
    }

    fn bind(&mut self, name: Option<String>, path: Path) {
        self.name(path.clone());
        if self.depth == 0 {
            self.imports.extend(name.map(|name| (name, path)));
        }
    }

    /// Takes note of a path. From a module in the text, the first steps up lead only to the file.
    fn name(&mut self, mut path: Path) {
        let up = path.iter().take(self.depth).take_while(|name| *name == "super").count();
        if up > 0 {
            path.splice(..up, ["self".to_owned()]);
        }
        self.named.insert(path);
    }

    /// Paths in what only a macro understands.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.take(&mut path);
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.take(&mut path);
                    self.scan(group.stream());
                }
                _ => self.take(&mut path),
            }
        }
        self.take(&mut path);
    }

    fn take(&mut self, path: &mut Path) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.name(path);
        }
    }

    fn function(&mut self, signature: &Signature) {
        for input in &signature.inputs {
            let FnArg::Typed(typed) = input else { continue };
            let mut types = MutableTypes::default();
            types.visit_type(&typed.ty);
            let name = signature.ident.to_string();
            self.mutable
                .extend(types.0.into_iter().map(|path| (name.clone(), path)));
        }
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(it) => &it.attrs[..],
            Item::Impl(it) => &it.attrs,
            Item::Mod(it) => &it.attrs,
            Item::Use(it) => &it.attrs,
            Item::Struct(it) => &it.attrs,
            Item::Enum(it) => &it.attrs,
            Item::Macro(it) => &it.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            self.types.extend(match item {
                Item::Struct(it) => Some(it.ident.to_string()),
                Item::Enum(it) => Some(it.ident.to_string()),
                Item::Trait(it) => Some(it.ident.to_string()),
                Item::Type(it) => Some(it.ident.to_string()),
                _ => None,
            });
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.depth += 1;
        syn::visit::visit_item_mod(self, item);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &Path::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.name(names(path));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.visit_path(&item.path);
        self.scan(item.tokens.clone());
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        self.function(signature);
        syn::visit::visit_signature(self, signature);
    }
}

/// The types behind `&mut`, or of the elements of a slice behind it.
#[derive(Default)]
struct MutableTypes(Vec<Path>);

impl<'ast> Visit<'ast> for MutableTypes {
    fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
        if reference.mutability.is_some() {
            let mut changed = &*reference.elem;
            while let Type::Slice(syn::TypeSlice { elem, .. }) | Type::Array(syn::TypeArray { elem, .. }) = changed {
                changed = elem;
            }
            if let Type::Path(path) = changed {
                self.0.push(names(&path.path));
            }
        }
        syn::visit::visit_type_reference(self, reference);
    }
}
