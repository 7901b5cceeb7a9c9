pub fn mean_and_max(values: Vec<f64>) -> Option<(f64, f64)> {
    let mut sum = 0.0;
    let mut max = f64::NEG_INFINITY;
    for value in values {
        sum += value;
        max = max.max(value);
    }
    if values.is_empty() {
        return None;
    }
    Some((sum / values.len() as f64, max))
}
