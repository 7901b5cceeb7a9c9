pub fn repeat_last(words: &mut Vec<String>) {
    let last = &words[words.len() - 1];
    words.push(String::from("-"));
    words.push(last.clone());
}
