// Questions to the compiler during an episode: what is asked, how often, and that an answer decides.
import { type Ran, Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

/** Nothing but the call of `price` says what is parsed, and its parameter stands in another place than the error. */
const parcel = `use std::str::FromStr;

#[derive(Clone, Copy)]
pub struct Parcel {
    pub grams: u32,
}

impl FromStr for Parcel {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Parcel { grams: text.parse()? })
    }
}

impl Parcel {
    pub fn is_light(&self) -> bool {
        self.grams < 100
    }
}

pub fn price(parcel: Parcel) -> u32 {
    parcel.grams * 2
}

pub fn quote(text: &str) -> u32 {
    let parcel = text.trim().parse().unwrap();
    if parcel.is_light() {
        return 0;
    }
    price(parcel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        assert_eq!(quote(" 150 "), 300);
        assert_eq!(quote("99"), 0);
    }
}
`;

const asked = ({ events }: Ran) =>
  events
    .flatMap((event) => (event.type === 'observation' ? [event.observation] : []))
    .filter(({ tool }) => tool.startsWith('probe_'));

test.needs('bubblewrap', 'an error is repaired because the compiler was asked, and not without', async () => {
  const path = await shop.crate('parcel', { 'src/lib.rs': parcel });
  const run = await shop.fix(path);
  assert.is(run.result.status, 'fixed', run.result.reason);
  assert.match(run.result.bundle?.diff ?? '', /\+.*parse::<Parcel>\(\)/);
  assert.ok(asked(run).some(({ ok, data }) => ok && data.want === 'expected' && data.type === 'Parcel'));
  assert.is(run.result.probes, asked(run).length);
  const without = await shop.fix(path, { probes: 0 });
  assert.is(asked(without).length, 0);
  assert.is.not(without.result.status, 'fixed');
});

test.needs('bubblewrap', 'no more is asked than the budget lets', async () => {
  const path = await shop.crate('two', {
    'src/lib.rs': parcel.replace(
      '#[cfg(test)]',
      `${parcel.slice(parcel.indexOf('pub fn quote')).split('\n\n')[0]?.replace('quote', 'second')}\n\n#[cfg(test)]`,
    ),
  });
  const run = await shop.fix(path, { probes: 1, candidates: 8 });
  assert.is(asked(run).length, 1);
  assert.is(run.result.probes, 1);
});
