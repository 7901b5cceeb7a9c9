pub fn letters(text: &str) -> HashMap<char, usize> {
    let mut counts = HashMap::new();
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        *counts.entry(letter).or_insert(0) += 1;
    }
    counts
}
