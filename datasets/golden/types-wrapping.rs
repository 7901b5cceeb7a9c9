pub fn position(haystack: &[i32], needle: i32) -> Option<usize> {
    for (index, value) in haystack.iter().enumerate() {
        if *value == needle {
            return index;
        }
    }
    None
}
