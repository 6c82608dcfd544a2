//! Just enough of a Rust reader for the rules of `layers.rs`: tokens, brackets and paths.

#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// The tokens of a file without its inline module `tests`.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = all_tokens(text);
    let inline = |i: &usize| {
        is(&tokens, *i, "mod") && is(&tokens, i + 1, "tests") && is(&tokens, i + 2, "{")
    };
    if let Some(start) = (0..tokens.len()).find(inline) {
        let count = 2 + group(&tokens, start + 2).len();
        tokens.drain(start..start + count);
    }
    tokens
}

/// Identifiers, `::` and single punctuation marks; comments, strings, characters and lifetimes are left out.
fn all_tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut found, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let start = i;
        match at(i) {
            '/' if at(i + 1) == '/' => i = find(&chars, i, |i| at(i) == '\n'),
            '/' if at(i + 1) == '*' => i = after_block_comment(&chars, i),
            'r' | 'b' | 'c' if raw_string(&chars, i).is_some() => {
                i = raw_string(&chars, i).unwrap_or(chars.len())
            }
            '"' => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += 1 + usize::from(at(i) == '\\');
                }
                i += 1;
            }
            '\'' if at(i + 1) == '\\' => i = find(&chars, i + 3, |i| at(i) == '\'') + 1,
            '\'' if at(i + 2) == '\'' => i += 3,
            '\'' => i = find(&chars, i + 1, |i| !is_word(at(i))),
            c if is_word(c) => i = find(&chars, i, |i| !is_word(at(i))),
            ':' if at(i + 1) == ':' => i += 2,
            _ => i += 1,
        }
        i = i.min(chars.len());
        let text: String = chars[start..i].iter().collect();
        let opaque = text.starts_with(['"', '\'', ' ', '\n', '\t', '\r'])
            || text.starts_with("//")
            || text.starts_with("/*")
            || text.contains('"');
        let lines = text.matches('\n').count();
        if !opaque {
            found.push(Token { line, text });
        }
        line += lines;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find(chars: &[char], from: usize, stop: impl Fn(usize) -> bool) -> usize {
    (from..chars.len())
        .find(|&i| stop(i))
        .unwrap_or(chars.len())
}

fn after_block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0_usize, from);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

/// The index after a raw string that starts at `from`, or `None` if none starts there.
fn raw_string(chars: &[char], from: usize) -> Option<usize> {
    let r = from + usize::from(chars[from] != 'r');
    if chars.get(r) != Some(&'r') {
        return None;
    }
    let quote = find(chars, r + 1, |i| chars[i] != '#');
    if chars.get(quote) != Some(&'"') {
        return None;
    }
    let hashes = quote - r - 1;
    let closes = |i: usize| {
        chars[i] == '"'
            && chars[i + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    Some(find(chars, quote + 1, closes) + 1 + hashes)
}

pub(crate) fn is(tokens: &[Token], i: usize, text: &str) -> bool {
    tokens.get(i).is_some_and(|token| token.text == text)
}

/// The tokens from the bracket at `open` to its partner.
fn group(tokens: &[Token], open: usize) -> &[Token] {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &tokens[open..=i];
        }
    }
    &tokens[open..]
}

pub(crate) fn words(
    text: &str,
    wanted: &'static [&'static str],
) -> impl Iterator<Item = (usize, String)> {
    tokens(text)
        .into_iter()
        .filter(|t| wanted.contains(&t.text.as_str()))
        .map(|t| (t.line, t.text))
}

/// `connection/run.rs` and `connection/mod.rs` belong to `connection`.
pub(crate) fn top_module(path: &str) -> &str {
    path.split('/')
        .next()
        .unwrap_or(path)
        .trim_end_matches(".rs")
}

pub(crate) fn module_path(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/')
        .filter(|part| *part != "lib")
        .map(str::to_owned)
        .collect()
}

pub(crate) fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// Every path that starts with `crate`, `super` or `self`, made absolute: line and segments below the crate root.
pub(crate) fn crate_paths(tokens: &[Token], file: &[String]) -> Vec<(usize, Vec<String>)> {
    // The module at the current token, and the brace depths at which inline modules of the file opened.
    let (mut module, mut inline, mut depth) = (file.to_vec(), Vec::new(), 0_usize);
    let (mut found, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        let starts = is(tokens, i + 1, "::") && !(i > 0 && is(tokens, i - 1, "::"));
        match tokens[i].text.as_str() {
            "crate" | "super" | "self" if starts => {
                i = path_tree(tokens, i, &module, &module, &mut |_, line, path| {
                    found.push((line, path.to_vec()));
                });
                continue;
            }
            "mod" if is(tokens, i + 2, "{") => {
                module.push(tokens[i + 1].text.clone());
                inline.push(depth);
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Walks the path or `use` tree at `i`. Calls `leaf(name, line, absolute path)` for each path in it and returns where
/// the walk ended. A macro of the crate (`crate::name!`) has no layer and is no leaf.
pub(crate) fn path_tree(
    tokens: &[Token],
    mut i: usize,
    base: &[String],
    module: &[String],
    leaf: &mut impl FnMut(&str, usize, &[String]),
) -> usize {
    let mut path = base.to_vec();
    while let Some(token) = tokens.get(i) {
        match token.text.as_str() {
            "crate" => path.clear(),
            "self" if !is(tokens, i + 1, "::") => {}
            "self" => path = module.to_vec(),
            "super" => drop(path.pop()),
            "{" => {
                i += 1;
                while i < tokens.len() && !is(tokens, i, "}") {
                    let next = if is(tokens, i, ",") {
                        i + 1
                    } else {
                        path_tree(tokens, i, &path, module, leaf)
                    };
                    i = next.max(i + 1);
                }
                return i + 1;
            }
            name if name == "*" || name.starts_with(is_word) => path.push(name.to_owned()),
            _ => {
                // Generics (`name::<T>`) end the path.
                leaf(path.last().map_or("", String::as_str), token.line, &path);
                return i;
            }
        }
        i += 1;
        if !is(tokens, i, "::") {
            let name = if is(tokens, i, "as") {
                tokens.get(i + 1).map(|t| t.text.as_str())
            } else {
                None
            };
            if !is(tokens, i, "!") {
                leaf(
                    name.or(path.last().map(String::as_str)).unwrap_or_default(),
                    token.line,
                    &path,
                );
            }
            return if name.is_some() { i + 2 } else { i };
        }
        i += 1;
    }
    i
}
