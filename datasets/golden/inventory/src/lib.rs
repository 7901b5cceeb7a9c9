//! A small stock keeper. It does not compile: one slip hides the next.

use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub name: String,
    pub quantity: u32,
    pub cents: u64,
}

#[derive(Debug, PartialEq)]
pub enum StockError {
    Unknown(String),
    NotEnough { wanted: u32, left: u32 },
}

impl fmt::Display for StockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StockError::Unknown(name) => write!(f, "no item called {name}"),
            StockError::NotEnough { wanted, left } => write!(f, "{wanted} wanted, {left} left"),
        }
    }
}

#[derive(Default)]
pub struct Inventory {
    items: HashMap<String, Item>,
}

impl Inventory {
    pub fn add(&mut self, item: Item) {
        let entry = self.items.entry(item.name.clone()).or_insert(Item { quantity: 0, ..item.clone() })
        entry.quantity += item.quantity;
        entry.cents = item.cents;
    }

    pub fn take(&self, name: &str, wanted: u32) -> Result<u32, StockError> {
        let item = self.items.get_mut(name).ok_or_else(|| StockError::Unknown(name))?;
        if item.quantity < wanted {
            return Err(StockError::NotEnough { wanted, left: item.quantity });
        }
        item.quantity -= wanted;
        Ok(item.quantity)
    }

    /// Worth of everything in stock, in cents.
    pub fn worth(&self) -> u64 {
        self.items.values().map(|item| item.quantity * item.cents).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stocked() -> Inventory {
        let mut inventory = Inventory::default();
        inventory.add(Item { name: "bolt".to_string(), quantity: 10, cents: 25 });
        inventory.add(Item { name: "nut".to_string(), quantity: 4, cents: 10 });
        inventory.add(Item { name: "bolt".to_string(), quantity: 5, cents: 30 });
        inventory
    }

    #[test]
    fn adding_twice_sums_quantities_and_takes_the_last_price() {
        assert_eq!(stocked().worth(), 15 * 30 + 4 * 10);
    }

    #[test]
    fn taking_lowers_the_stock() {
        let mut inventory = stocked();
        assert_eq!(inventory.take("bolt", 6), Ok(9));
        assert_eq!(inventory.worth(), 9 * 30 + 4 * 10);
    }

    #[test]
    fn taking_too_much_or_the_unknown_is_refused() {
        let mut inventory = stocked();
        assert_eq!(inventory.take("nut", 5), Err(StockError::NotEnough { wanted: 5, left: 4 }));
        assert_eq!(inventory.take("gear", 1), Err(StockError::Unknown("gear".to_string())));
    }
}
