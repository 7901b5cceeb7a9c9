pub fn repeat_last(words: &mut Vec<String>) {
    let last = words[words.len() - 1].clone();
    words.push(String::from("-"));
    words.push(last);
}
