// Broken programs as people write them, with questions for probe-type.test.ts: `⟦expr⟧` marks a place, the answers stand
// in the order of the opening marks, `-` where there is none to give.

export interface Program {
  readonly what: string;
  readonly text: string;
  readonly answers: readonly string[];
}

/** What type is this? */
export const programs: readonly Program[] = [
  {
    what: 'type errors beside the question',
    text: `
use std::collections::HashMap;

struct Inventory { items: HashMap<String, u32>, owner: Option<String> }

impl Inventory {
    fn total(&self) -> u64 {
        let sum: u64 = ⟦self.items.values().sum::<u32>()⟧;
        let label: String = "total";
        ⟦sum⟧
    }
    fn find(&self, name: &str) -> u32 {
        let got = ⟦self.items.get(⟦name⟧)⟧;
        match got { Some(⟦n⟧) => n, None => 0 }
    }
    fn owner_len(&self) -> usize {
        ⟦self.owner⟧.as_ref().map(|⟦o⟧| ⟦o.len()⟧).unwrap_or(0)
    }
}
`,
    answers: ['u32', 'u64', 'Option<&u32>', '&str', '&u32', 'Option<String>', '&String', 'usize'],
  },
  {
    what: 'unresolved names elsewhere in the same function',
    text: `
fn mean(xs: &[f64]) -> f64 {
    let n = ⟦xs.len()⟧;
    let total = xs.iter().⟦sum⟧::<f64>();
    let spread = maximum(xs) - minimum(xs);
    let ratio = ⟦total⟧ / n;
    let scaled: Vec<f64> = ⟦xs.iter().map(|x| x * 2.0).collect()⟧;
    let s = ⟦spread⟧;
    ratio
}
`,
    answers: ['usize', 'f64', 'f64', 'Vec<f64>', '-'],
  },
  {
    what: 'borrow and move errors',
    text: `
#[derive(Debug)]
struct Node { value: i32, next: Option<Box<Node>> }

fn push(list: &mut Vec<Node>, v: i32) {
    let first = &list[0];
    list.push(Node { value: v, next: None });
    println!("{:?}", ⟦first⟧);
}

fn tail(mut node: Node) -> Node {
    while let Some(⟦next⟧) = node.next { node = *⟦next⟧; }
    let moved = node;
    println!("{:?} {}", node, ⟦moved.value⟧);
    ⟦node⟧
}
`,
    answers: ['&Node', 'Box<Node>', 'Box<Node>', 'i32', 'Node'],
  },
  {
    what: 'a missing brace in another function',
    text: `
struct Point { x: f64, y: f64 }

fn broken(p: &Point) -> f64 {
    if p.x > 0.0 {
        p.x
    else {
        p.y
    }
}

fn distance(a: &Point, b: &Point) -> f64 {
    let dx = ⟦a.x - b.x⟧;
    let pair = (⟦a⟧, "é", ⟦'c'⟧);
    let n: i32 = ⟦pair.1⟧.len();
    ⟦(dx * dx).sqrt()⟧
}

impl Point {
    fn scale(&self, k: f64) -> Point {
        Point { x: self.x * k, y: ⟦self.y⟧ * k }
    }
}
`,
    answers: ['f64', '&Point', 'char', '&str', 'f64', 'f64'],
  },
  {
    what: 'an unclosed parenthesis in the same function',
    text: `
fn show(names: Vec<String>) -> String {
    let mut out = String::new();
    for ⟦name⟧ in names.iter() {
        out.push_str(&format!("{}, ", name);
    }
    let parts = ⟦out.split(", ")⟧;
    let last = parts.⟦last()⟧;
    ⟦out⟧
}
`,
    answers: ['&String', "std::str::Split<'_, &str>", 'Option<&str>', 'String'],
  },
  {
    what: 'a stray brace between methods',
    text: `
struct Counter { hits: [u16; 4] }

impl Counter {
    fn first(&self) -> u16 {
        self.hits[0]
    }
    }

    fn second(&self) -> u16 {
        let h = ⟦self.hits⟧;
        ⟦h[1]⟧
    }
}

fn after() -> Option<char> { ⟦"abc".chars().next()⟧ }
`,
    answers: ['[u16; 4]', 'u16', 'Option<char>'],
  },
  {
    what: 'an unterminated string, and words that are no item',
    text: `
import std::io

fn greet() {
    println!("hello);
}

int add(a: i32, b: i32) { a + b }

fn area(w: u32, h: u32) -> u32 {
    let both = ⟦(w, h)⟧;
    ⟦both.0⟧
}
`,
    answers: ['(u32, u32)', 'u32'],
  },
  {
    what: 'generics and trait bounds that do not hold',
    text: `
use std::fmt::Display;

fn largest<T>(items: &[T]) -> T {
    let mut best = ⟦items[0]⟧;
    for ⟦item⟧ in items { if *item > best { best = *item; } }
    ⟦best⟧
}

struct Stack<T> { items: Vec<T> }
impl<T: Display> Stack<T> {
    fn pop(&mut self) -> T { ⟦self.items.pop()⟧ }
    fn each<F>(&self, f: F) where F: Fn(&T) -> usize { let n = ⟦f(&self.items[0])⟧; let s: &str = n; }
    fn pairs(&self) -> Vec<(usize, &T)> { ⟦self.items.iter().enumerate()⟧ }
}
`,
    answers: ['T', '&T', 'T', 'Option<T>', 'usize', "Enumerate<std::slice::Iter<'_, T>>"],
  },
  {
    what: 'closures and iterator chains',
    text: `
fn work(lines: &[&str]) -> Result<i32, std::num::ParseIntError> {
    let parsed = ⟦lines.iter().map(|⟦l⟧| ⟦l.trim()⟧.parse::<i32>())⟧.collect::<Result<Vec<_>, _>>();
    let numbers = ⟦parsed?⟧;
    let add = ⟦|a: i32, b: i32| a + b⟧;
    let folded = ⟦numbers.iter().fold(0, |⟦acc⟧, ⟦x⟧| add(acc, *x))⟧;
    let text: String = folded;
    let found = ⟦numbers.iter().position(|n| *n == 3)⟧;
    Ok(⟦found⟧)
}
`,
    answers: [
      "Map<std::slice::Iter<'_, &str>, {closure}>",
      '&&str',
      '&str',
      'Vec<i32>',
      '{closure}',
      'i32',
      'i32',
      '&i32',
      'Option<usize>',
      'Option<usize>',
    ],
  },
  {
    what: 'trait objects',
    text: `
trait Shape { fn area(&self) -> f64; fn name(&self) -> String { "shape".to_string() } }
struct Circle(f64);
impl Shape for Circle { fn area(&self) -> f64 { 3.14 * ⟦self.0⟧ } }
struct Square { side: u32 }
impl Shape for Square { fn area(&self) -> f64 { ⟦self.side⟧ } }

fn biggest(shapes: &Vec<Box<dyn Shape>>) -> Box<dyn Shape> {
    let mut best = &⟦shapes[0]⟧;
    for ⟦s⟧ in shapes { if s.area() > best.area() { best = s; } }
    let n = ⟦best.name()⟧;
    let r = ⟦best.as_ref()⟧;
    ⟦best⟧
}
`,
    answers: ['f64', 'u32', 'Box<dyn Shape>', '&Box<dyn Shape>', 'String', '&dyn Shape', '&Box<dyn Shape>'],
  },
  {
    what: 'arguments of macros, and literals',
    text: `
fn report(scores: &[(String, Option<f32>)]) {
    for (name, score) in scores {
        println!("{} {}", ⟦name⟧, ⟦score.unwrap()⟧);
        assert_eq!(⟦name.len()⟧, "x");
    }
    let total: u8 = "many";
    let v = vec![⟦scores.len()⟧, 2];
    let big = ⟦1_000⟧;
    let wide: u64 = ⟦7⟧;
    let half = ⟦0.5f32⟧;
    let word: char = ⟦"a"⟧;
}
`,
    answers: ['&String', 'f32', 'usize', 'usize', '{integer}', 'u64', 'f32', '&str'],
  },
  {
    what: 'bindings by every kind of pattern',
    text: `
enum Event { Key { code: u16, shift: bool }, Click(i32, i32), Quit }

fn handle(events: Vec<Event>, (⟦width⟧, height): (u32, u32), fallback: Option<&mut String>) -> i32 {
    let unit: () = 5;
    for (⟦i⟧, event) in events.iter().enumerate() {
        match event {
            Event::Key { ⟦code⟧, shift: true } => {}
            Event::Click(⟦x⟧, y) if *y > 0 => return undefined_name,
            other @ Event::Quit => {}
            Event::Click(⟦7⟧, _) => {}
            _ => {}
        }
    }
    if let Some(⟦text⟧) = fallback { text.push('a'); }
    let [first, ..] = [1u8, 2, 3];
    let Some(⟦last⟧) = events.last() else { return 0 };
    ⟦first⟧
}
`,
    answers: ['u32', 'usize', '&u16', '&i32', '-', '&mut String', '&Event', 'u8'],
  },
  {
    what: 'places without an answer',
    text: `
fn nothing() {
    let a = ⟦undeclared⟧;
    let b = ⟦undeclared.len()⟧ + 1;
    let c = ⟦"5".parse().unwrap()⟧;
    let d: ⟦Vec<u8>⟧ = vec![];
    let e = ⟦None⟧;
    ⟦fn⟧ inner() {}
    let f = ⟦Missing::new()⟧;
    mac_missing!(⟦a⟧);
}
`,
    answers: ['-', '-', '-', '-', 'Option<_>', '-', '-', '-'],
  },
  {
    what: 'inference that later lines decide',
    text: `
fn collect(words: &[&str]) -> Vec<String> {
    let mut out = ⟦Vec::new()⟧;
    for w in words { out.push(w.to_string()); }
    let mut counts = ⟦std::collections::BTreeMap::new()⟧;
    for w in words { *counts.entry(w.len()).or_insert(0u8) += 1; }
    let n: i64 = ⟦"12".parse().unwrap()⟧;
    let broken: char = 1;
    ⟦out⟧
}
`,
    answers: ['Vec<String>', 'BTreeMap<usize, u8>', 'i64', 'Vec<String>'],
  },
  {
    what: 'imports, attributes and signatures that do not resolve',
    text: `
use std::colections::HashMap;
use crate::nowhere::Thing;

#[derive(Debgu, Clone)]
struct Account { id: u32, owner: &str, kind: Kindd }

fn balances(accounts: &[Account]) -> HashMap<u32, i64> { HashMap::new() }

fn ids(accounts: &[Account]) -> Vec<u32> {
    prinln!("{}", accounts.len());
    let all = ⟦accounts.iter().map(|⟦a⟧| ⟦a.id⟧)⟧;
    let kinds = ⟦accounts[0].kind⟧;
    let n = ⟦all.count()⟧;
    vec![n]
}
`,
    answers: ["Map<std::slice::Iter<'_, Account>, {closure}>", '&Account', 'u32', '-', 'usize'],
  },
  {
    what: 'constants, statics, arrays and shorthand',
    text: `
const LIMIT: u32 = ⟦10usize⟧;
static NAMES: [&str; 2] = ⟦["a", "b"]⟧;
struct P { x: i64, y: i64 }
fn make(x: i32) -> P {
    let y = 3i64;
    let grid = ⟦[[0u8; 3]; 2]⟧;
    let row = ⟦&grid[0][..]⟧;
    let f = ⟦make⟧;
    P { ⟦x⟧, y }
}
`,
    answers: ['usize', '[&str; 2]', '[[u8; 3]; 2]', '&[u8]', 'fn(i32) -> P', 'i32'],
  },
];

/** What type does the context expect here? */
export const expectations: readonly Program[] = [
  {
    what: 'what the context expects',
    text: `
struct Item { name: String, price: f64, tags: Vec<String> }
fn discount(item: &mut Item, by: Option<f64>) -> Result<f64, String> {
    let count: usize = ⟦"three"⟧;
    if ⟦item.price⟧ { return Err(⟦404⟧); }
    item.name = ⟦'x'⟧;
    item.tags.push(⟦"new"⟧);
    discount(⟦item.price⟧, ⟦0.5⟧);
    let made = Item { name: ⟦1⟧, price: 2.0, tags: vec![] };
    let printed = format!("{}", ⟦item.name⟧);
    ⟦made⟧
}
`,
    answers: [
      'usize',
      'bool',
      'String',
      'String',
      'String',
      '&mut Item',
      'Option<f64>',
      'String',
      '-',
      'Result<f64, String>',
    ],
  },
  {
    what: 'contexts that take more than one type',
    text: `
fn shout<T: Into<String>>(text: T) -> String { text.into().to_uppercase() }
fn pair<T>(a: T, b: T) {}
fn go() -> i32 {
    shout(⟦5⟧);
    pair(1u8, ⟦"x"⟧);
    let free = ⟦undeclared⟧;
    let xs: Vec<i32> = vec![1, ⟦"2"⟧];
    1i32 + ⟦"1"⟧
}
`,
    answers: ['-', 'u8', '-', 'i32', '-'],
  },
];
