//! Counts the words of its input. It does not compile: a value is used after it was moved.

use std::collections::BTreeMap;
use std::io::Read;

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase())
        .collect()
}

fn count(words: Vec<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

fn summary(text: &str) -> String {
    let all = words(text);
    let counts = count(all);
    let most = counts.iter().max_by_key(|(_, n)| **n);
    match most {
        Some((word, n)) => format!("{} words, {} different, most often \"{word}\" ({n})", all.len(), counts.len()),
        None => "no words".to_string(),
    }
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("standard input is readable text");
    println!("{}", summary(&text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_without_case_and_punctuation() {
        assert_eq!(summary("The cat, the dog; the end."), "6 words, 4 different, most often \"the\" (3)");
    }

    #[test]
    fn says_so_when_there_is_nothing() {
        assert_eq!(summary(" ... "), "no words");
    }
}
