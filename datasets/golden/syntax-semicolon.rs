pub fn swapped(pair: (u8, u8)) -> (u8, u8) {
    let (first, second) = pair;
    let result = (second, first)
    result
}

fn main() {
    println!("{:?}", swapped((1, 2)));
}
