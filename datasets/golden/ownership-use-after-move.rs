#[derive(Debug)]
pub struct Report {
    pub title: String,
    pub lines: Vec<String>,
}

pub fn length(report: &Report) -> usize {
    report.lines.iter().map(|line| line.len()).sum()
}

pub fn summary(report: Report) -> String {
    let size = length(report);
    format!("{}: {} bytes", report.title, size)
}
