mod account {
    #[derive(Default)]
    pub struct Account {
        balance: i64,
    }

    impl Account {
        fn deposit(&mut self, amount: i64) {
            self.balance += amount;
        }

        pub fn balance(&self) -> i64 {
            self.balance
        }
    }
}

pub fn after_deposits(amounts: &[i64]) -> i64 {
    let mut account = account::Account::default();
    for amount in amounts {
        account.deposit(*amount);
    }
    account.balance()
}
