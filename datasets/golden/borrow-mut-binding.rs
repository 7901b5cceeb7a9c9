pub fn running_totals(values: &[i64]) -> Vec<i64> {
    let mut total = 0;
    let totals = Vec::with_capacity(values.len());
    for value in values {
        total += value;
        totals.push(total);
    }
    totals
}
