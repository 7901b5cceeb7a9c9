//! Plane figures with a derived name.

pub use shape_derive::Named;

pub trait Named {
    fn name(&self) -> &'static str;
}

pub trait Shape: Named {
    fn area(&self) -> f64;
}

#[derive(Named, Debug)]
pub struct Rectangle {
    width: f64,
    height: f64,
}

impl Rectangle {
    pub fn new(width: f64, height: f64) -> Self {
        Rectangle { width, height }
    }
}

#[derive(Named, Debug)]
pub struct Circle {
    pub radius: f64,
}

impl Shape for Rectangle {
    fn area(&self) -> f64 {
        self.width * self.heigth
    }
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        std::f64::consts::PI * self.radius * self.radius
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_multiplies_its_sides() {
        assert_eq!(Rectangle::new(2.0, 3.5).area(), 7.0);
    }

    #[test]
    fn names_are_derived() {
        assert_eq!(Circle { radius: 1.0 }.name(), "Circle");
    }
}
