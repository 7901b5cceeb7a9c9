use std::fmt::Display;

pub fn joined<T>(items: &[T]) -> String {
    let words: Vec<String> = items.iter().map(|item| format!("<{}>", item)).collect();
    words.join(" ")
}
