pub fn clamp_all(values: &mut [i32], low: i32, high: i32) {
    for value in values.iter_mut() {
        *value = low.max(high.min(*value);
    }
}
