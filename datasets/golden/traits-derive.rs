#[derive(Debug, Clone, Copy)]
pub enum Level {
    Low,
    High,
}

pub fn changes(levels: &[Level]) -> usize {
    levels.windows(2).filter(|pair| pair[0] != pair[1]).count()
}
