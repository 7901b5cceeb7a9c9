pub fn count_above(values: &[u32], least: u32) -> usize {
    values.iter().filter(|value| *value > least).count()
}
