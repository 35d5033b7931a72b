use std::{fs, path::Path};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn read(path: &str) -> String {
    let full = Path::new(ROOT).join(path);
    fs::read_to_string(full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A fenced block: what stands behind its opening fence, and its content.
struct Block<'a> {
    info: &'a str,
    content: &'a str,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut parts = text.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_prose)) = (parts.next(), parts.next()) {
        let (info, content) = block.split_once('\n').expect("a fence ends its line");
        blocks.push(Block { info, content });
    }
    blocks
}

/// A reader who types the tutorial in shall end with the app that is here, so each block of code
/// names its file and occurs there, letter by letter, perhaps further indented.
#[test]
fn the_code_is_the_code_of_the_files() {
    let tutorial = read("docs/tutorial.md");
    let mut checked = 0;
    for block in blocks(&tutorial) {
        let language = block.info.split(' ').next().unwrap_or_default();
        if matches!(language, "console" | "text") {
            continue;
        }
        let (_, file) = block
            .info
            .split_once(" file=")
            .unwrap_or_else(|| panic!("a block of {language} names no file:\n{}", block.content));
        let code = read(file);
        let found = (0..=12).any(|width| code.contains(&indented(block.content, width)));
        assert!(found, "{file} does not contain:\n{}", block.content);
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} blocks");
}

fn indented(code: &str, width: usize) -> String {
    let indent = " ".repeat(width);
    let lines = code.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("{indent}{line}\n"),
    });
    lines.collect()
}

/// The crates that a reader is told to add are those the app has.
#[test]
fn the_installation_is_that_of_the_app() {
    let manifest = read("examples/broadcast/Cargo.toml");
    let (_, dependencies) = manifest.split_once("[dependencies]\n").expect("a section");
    let (dependencies, _) = dependencies.split_once("\n\n").expect("its end");
    let used = dependencies
        .lines()
        .map(|line| line.split(['.', ' ']).next().unwrap());
    let tutorial = read("docs/tutorial.md");
    let added = tutorial.lines().filter_map(|line| {
        let (_, added) = line.split_once("$ cargo add ")?;
        added.split(' ').next()
    });
    let mut added: Vec<_> = added.collect();
    added.sort_unstable();
    assert_eq!(added, used.collect::<Vec<_>>());
}
