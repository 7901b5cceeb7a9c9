pub fn largest_gap(sorted: &[u32]) -> u32 {
    let mut largest = 0;
    for pair in sorted.windows(2) {
        let gap = pair[1] - pair[0];
        if gap > largest {
            largset = gap;
        }
    }
    largest
}
