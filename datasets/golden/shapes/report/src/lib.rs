//! A table of figures, largest first.

use shapes::Shape;

pub fn table(figures: &[Box<dyn Shape>]) -> Vec<String> {
    let order: Vec<&Box<dyn Shape>> = figures.iter().collect();
    order.sort_by(|a, b| b.area().total_cmp(&a.area()));
    order.iter().map(|figure| format!("{:<10} {:>8.2}", figure.name(), figure.area())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shapes::{Circle, Rectangle};

    #[test]
    fn the_largest_comes_first() {
        let figures: Vec<Box<dyn Shape>> = vec![Box::new(Rectangle::new(1.0, 2.0)), Box::new(Circle { radius: 1.0 })];
        assert_eq!(table(&figures), ["Circle         3.14", "Rectangle      2.00"]);
    }
}
